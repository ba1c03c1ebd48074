/** Values, calls and differences as HTML. */
import type { Knowable, PlanCall } from "../../plan/plan.schema.ts";
import type { Type } from "../../types/type.ts";
import type { Change } from "../changes.ts";
import { safeLines } from "../safe.ts";
import { showKnowable } from "../show-expr.ts";
import { brief, count, type ShowOptions } from "../show-value.ts";
import { plural, WITHHELD } from "../words.ts";
import { isHead, wordwise } from "./difference.ts";
import { type Html, html, NOTHING } from "./html.ts";

/** A page has room, and yet a plan may hold whole files. */
const ROOMY: ShowOptions = { text: 2000, items: 60 };
/** Lines of one text or difference before the rest is counted. */
const MOST_LINES = 300;

/** Names and values, `rows` of them; nothing for no rows. */
export function terms(rows: readonly (readonly [name: Html | string, value: Html | string] | null)[]): Html {
  const shown = rows.filter((row) => row !== null);
  return shown.length === 0
    ? NOTHING
    : html`<dl>${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A text of several lines stands as it is; anything else in the language's own writing. */
export function valueHtml(knowable: Knowable, type: Type | null): Html {
  if (knowable.is === "known" && typeof knowable.value === "string" && type?.kind !== "secret") {
    if (/\n./.test(knowable.value)) return linesHtml(safeLines(knowable.value));
  }
  const text = showKnowable(knowable, type, ROOMY);
  return knowable.is === "known"
    ? html`<code>${text}</code>`
    : html`<code class="later">${text}</code> <small>known at the run</small>`;
}

function linesHtml(lines: readonly string[]): Html {
  const left = lines.length - MOST_LINES;
  return html`<pre class="text">${lines.slice(0, MOST_LINES).map((line) => html`${line}\n`)}${left > 0 ? `… ${plural(left, "more line")}` : ""}</pre>`;
}

/** What is called with what. Arguments that are none are left out. */
export function callHtml(call: PlanCall): Html {
  const args = call.args.filter(({ value }) => value.is === "deferred" || value.value !== null);
  const real = `${call.instance}.${call.operation}`;
  const own = call.shown.endsWith(`.${call.operation}`) || call.shown === call.operation;
  return html`<div class="call"><code class="op">${real}</code>${own ? "" : html` <small>called as <code>${brief(call.shown, 120)}</code></small>`}${terms(
    args.map(({ name, type, value }) => [html`<code>${brief(name, 120)}</code>`, valueHtml(value, type)] as const),
  )}</div>`;
}

/** `replicas: 3 → 6`, what the provider says, and the lines that differ. */
export function changeHtml(change: Change): Html {
  return html`${
    change.fields.length === 0
      ? ""
      : html`<table class="fields"><thead><tr><th scope="col">what</th><th scope="col">now</th><th scope="col">then</th></tr></thead><tbody>${change.fields.map(
          ({ name, from, to }) =>
            html`<tr><th scope="row"><code>${name}</code></th><td><code class="was">${from}</code></td><td><code class="will">${to}</code></td></tr>`,
        )}</tbody></table>`
  }${change.summary === null ? "" : html`<p>${change.summary}</p>`}${
    change.sensitive && change.fields.length === 0 ? html`<p class="quiet">${WITHHELD.replace(/^t/, "T")}.</p>` : ""
  }${diffHtml(change.diff)}`;
}

const isEmpty = (change: Change): boolean =>
  change.fields.length === 0 && change.summary === null && change.diff.length === 0 && !change.sensitive;

/** Whether anything is known of it beyond what it touches. */
export const saysSomething = (change: Change): boolean => !isEmpty(change);

function diffHtml(lines: readonly string[]): Html {
  if (lines.length === 0) return NOTHING;
  const left = lines.length - MOST_LINES;
  const seen = lines.slice(0, MOST_LINES);
  const pieces = wordwise(seen);
  const shown = seen.map((line, i) => {
    const as = isHead(seen, i) ? "file" : diffClass(line);
    if (as === null) return html`${line}\n`;
    if (as === "file" || as === "at") return html`<span class="${as}">${line}</span>\n`;
    const words = pieces[i]?.map(({ text, changed }) => (changed ? html`<strong>${text}</strong>` : text)) ?? [];
    return html`<span class="${as}">${line[0] ?? ""}${words}</span>\n`;
  });
  return html`<pre class="diff">${shown}${left > 0 ? `… ${count(left)} more lines of this difference` : ""}</pre>`;
}

function diffClass(line: string): string | null {
  if (line.startsWith("+")) return "add";
  if (line.startsWith("-")) return "del";
  return line.startsWith("@@") ? "at" : null;
}

/** What an author says of something, which is not what the plan shows it to be. */
export const docHtml = (doc: string | null): Html => html`${paragraphsOf(doc).map(paragraphHtml)}`;

export const paragraphHtml = (text: string): Html => html`<p class="doc">${brief(text, 800)}</p>`;

/** A line end within a paragraph is none. */
export function paragraphsOf(doc: string | null): string[] {
  const paragraphs = (doc ?? "").split(/\n\s*\n/).map((text) => text.trim().replace(/\s*\n\s*/g, " "));
  return paragraphs.filter((text) => text !== "");
}
