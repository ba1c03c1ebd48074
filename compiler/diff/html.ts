/** Two plans compared, as one page that stands for itself: no script, nothing loaded, its only style named by its hash. */
import { createHash } from "node:crypto";
import { type Html, html, markup, NOTHING } from "../render/page/html.ts";
import { brief, count } from "../render/show-value.ts";
import { CSS } from "./css.ts";
import { type Entry, KINDS, type Kind } from "./entry.ts";
import type { PlanDiff } from "./plan-diff.ts";
import { changeOf, DIFF_LINES, elementsText, HEADINGS, moreLines, notesOf, sideText, times, verdict } from "./words.ts";

/** Characters of a value that are shown. */
const MOST = 2_000;

/** A whole document. A pure function of the comparison. */
export function diffHtml(diff: PlanDiff): string {
  const { said, counted } = verdict(diff);
  const { grave, others } = notesOf(diff);
  const look = diff.counts.widened > 0 ? "verdict widened" : diff.same ? "verdict same" : "verdict";
  const hash = createHash("sha256").update(CSS, "utf8").digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${said}: ${brief(diff.new.title, 120)} · opsc diff</title>
<style>${markup(CSS)}</style>
</head>
<body>
<main>
<header class="${look}">
<h1>${said}</h1>
${counted === "" ? NOTHING : html`<p>${counted}</p>\n`}${grave.map((note) => html`<p class="grave">${note}</p>\n`)}</header>
${KINDS.map((kind) => section(kind, diff))}</main>
<footer>
<dl><dt>OLD</dt><dd>${sideText(diff.old)}</dd><dt>NEW</dt><dd>${sideText(diff.new)}</dd></dl>
${others.map((note) => html`<p>${note}</p>\n`)}</footer>
</body>
</html>
`.markup;
}

function section(kind: Kind, { entries }: PlanDiff): Html {
  const of = entries.filter((entry) => entry.kind === kind);
  if (of.length === 0) return NOTHING;
  const [title, about] = HEADINGS[kind];
  return html`<section class="${kind}" aria-labelledby="${kind}">
<h2 id="${kind}">${title} <small>${count(of.length)}${about === "" ? "" : ` · ${about}`}</small></h2>
<ul>
${of.map(item)}</ul>
</section>
`;
}

/** What is said in code is one direction, whatever it holds. */
const code = (text: string): Html => html`<code dir="ltr">${text}</code>`;

function item(entry: Entry): Html {
  const { from, to } = changeOf(entry, MOST);
  const elements = elementsText(entry);
  return html`<li><span class="area">${entry.area}</span><div><span class="subject">${code(entry.subject)}${times(entry)}</span> ${entry.what}${
    elements === null ? NOTHING : html` <span class="quiet">(for ${elements})</span>`
  }${change(from, to)}${lines(entry.diff)}</div></li>
`;
}

function change(from: string | null, to: string | null): Html {
  if (from !== null && to !== null)
    return html`<div class="change">${code(from)}<span aria-label="to">→</span>${code(to)}</div>`;
  const only = from ?? to;
  return only === null ? NOTHING : html`<div class="change">${code(only)}</div>`;
}

function lines(diff: readonly string[]): Html {
  if (diff.length === 0) return NOTHING;
  const shown = diff.slice(0, DIFF_LINES).map((line) => html`<span class="${lookOf(line)}">${line}</span>\n`);
  const hidden = diff.length - shown.length;
  return html`<pre>${shown}</pre>${hidden > 0 ? html`<div class="quiet">${moreLines(hidden)}</div>` : NOTHING}`;
}

function lookOf(line: string): string {
  if (line.startsWith("+")) return "in";
  if (line.startsWith("-")) return "out";
  return line.startsWith("@@") ? "at" : "keep";
}
