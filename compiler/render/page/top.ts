/** What stands above all: what it is, who asks why, what must not be missed, and what became of it. */

import type { ApproveNode, Plan } from "../../plan/plan.schema.ts";
import { refusedBy } from "../../plan/refused.ts";
import { windowWarnings } from "../../window/at-plan.ts";
import { askedWords } from "../covers.ts";
import { type Danger, dangersOf } from "../danger.ts";
import { pointOfNoReturn } from "../failing.ts";
import { tookText } from "../fates.ts";
import { type Fate, type Happened, fateOf as told } from "../happened.ts";
import { shellWord } from "../shell.ts";
import { approverName, brief, count } from "../show-value.ts";
import { leftWords, malformed, resourceText, timeText, totals, trustWarnings } from "../words.ts";
import { type Book, nodeLink, placeLinks } from "./book.ts";
import { type Html, html, NOTHING } from "./html.ts";
import { fateClass } from "./node.ts";
import { paragraphHtml, paragraphsOf, terms } from "./values.ts";

/** Nodes a danger links to before the rest is counted. */
const MOST_NAMED = 6;

export function topHtml(book: Book): Html {
  const { plan } = book;
  const { action } = plan;
  return html`<header class="top"><p class="kicker">${book.happened === null ? "Plan" : html`Run <code>${brief(book.happened.run, 80)}</code>`} of <code>${brief(action.name, 100)}</code> in ${brief(plan.workspace, 100)}</p>
<h1>${brief(action.title, 200)}</h1>
${outcomeHtml(book)}${authorHtml(action.doc)}<ul class="chips">${riskChip(plan)}${totals(plan).map((text) => html`<li>${text}</li>`)}${book.happened === null ? html`<li hidden data-expires="${plan.expiresAt}"></li>` : ""}</ul>
<div class="split"><div>${refusedHtml(plan)}${dangersHtml(book)}${irreversibleHtml(book)}${warningsHtml(plan)}</div>${metaHtml(book)}</div></header>`;
}

/** What an author says may be long, and must not push what is not to be missed out of sight. */
function authorHtml(doc: string | null): Html {
  const [first, ...more] = paragraphsOf(doc);
  if (first === undefined) return NOTHING;
  const rest =
    more.length === 0 ? "" : html`<details class="more"><summary>more</summary>${more.map(paragraphHtml)}</details>`;
  return html`<div class="author"><span class="by">in its author’s words</span>${paragraphHtml(brief(first, 400))}${rest}</div>`;
}

function riskChip({ action: { risk } }: Plan): Html {
  if (risk === null) return NOTHING;
  const how = risk === "high" || risk === "critical" ? "grave" : risk === "medium" ? "warning" : "quiet";
  return html`<li class="${how}"><strong>risk ${brief(risk, 40)}</strong></li>`;
}

/** How a run ended, and what is left to do by hand. */
function outcomeHtml(book: Book): Html {
  const { happened } = book;
  if (happened === null) return NOTHING;
  const fates = new Map<Fate, number>();
  for (const node of book.plan.nodes) {
    if (node.kind === "join") continue;
    const { fate } = told(happened, node.id);
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
  }
  return html`<section class="outcome ${outcomeClass(happened)}" aria-label="Outcome"><p><strong>${brief(happened.outcome ?? "not ended", 80)}</strong>${happened.why === null ? "" : html`: ${brief(happened.why, 800)}`}</p>
<p class="quiet">${timesText(happened)}</p><p class="fates">${[...fates].map(([fate, n]) => html`<span class="fate ${fateClass(fate)}">${count(n)} ${fate === "pending" ? "not begun" : fate}</span> `)}</p>${
    happened.left.length === 0
      ? ""
      : html`<h2>Left to do by hand</h2><ul class="left">${happened.left.map(
          ({ node, what }) => html`<li>${nodeLink(book, node)}: ${brief(leftWords(what), 600)}</li>`,
        )}</ul>`
  }</section>`;
}

function outcomeClass({ outcome, left }: Happened): string {
  if (left.length > 0) return "grave";
  if (outcome === null) return "quiet";
  return outcome === "succeeded" ? "good" : "warning";
}

function timesText({ startedAt, endedAt }: Happened): string {
  if (startedAt === null) return "not started";
  const began = `began ${timeText(new Date(startedAt).toISOString())}`;
  return endedAt === null ? began : `${began}, took ${tookText(endedAt - startedAt)}`;
}

function refusedHtml(plan: Plan): Html {
  const faults = malformed(plan);
  const refused = refusedBy(plan);
  return html`${
    faults.length === 0
      ? ""
      : html`<p class="box grave"><strong>This plan is malformed, do not approve it:</strong> ${faults.slice(0, 3).join("; ")}${faults.length > 3 ? " …" : ""}</p>`
  }${refused.map(
    (g) =>
      html`<p class="box grave"><strong>Refused by guardrail <a href="#guardrails">${brief(g.name, 80)}</a>:</strong> ${brief(g.why ?? "", 400)}</p>`,
  )}`;
}

const LEVELS: Readonly<Record<Danger["level"], string>> = { grave: "Grave", warning: "Warning", note: "Note" };

/** The worst first; each with links to the nodes it is about. */
function dangersHtml(book: Book): Html {
  const dangers = dangersOf(book.plan);
  if (dangers.length === 0) return NOTHING;
  return html`<section class="dangers" aria-labelledby="dangers-title"><h2 id="dangers-title">Not to be missed</h2><ul>${dangers.map(
    ({ level, words, nodes }) =>
      html`<li class="${level}"><span class="level">${LEVELS[level]}</span> <span>${words}${nodes.length === 0 ? "" : html` <span class="about">${placeLinks(book, nodes, MOST_NAMED)}</span>`}</span></li>`,
  )}</ul></section>`;
}

function irreversibleHtml(book: Book): Html {
  const found = book.plan.nodes.flatMap((node) =>
    node.kind === "step" && node.irreversible !== null ? [{ node, why: node.irreversible }] : [],
  );
  const point = pointOfNoReturn(book.plan);
  if (point === null) return NOTHING;
  return html`<section class="dangers" aria-labelledby="undone-title"><h2 id="undone-title">Cannot be undone</h2><ul>${found
    .slice(0, 40)
    .map(
      ({ node, why }) =>
        html`<li class="grave"><span class="level">Stays</span> <span>${nodeLink(book, node.id)} on <code>${resourceText(node.call)}</code>: ${brief(why, 300)}</span></li>`,
    )}${found.length > 40 ? html`<li>and ${count(found.length - 40)} more</li>` : ""}</ul><p class="quiet">${nodeLink(book, point.step.id)} ${point.words}.</p></section>`;
}

/** What a reader must know of how far it can be trusted, and of windows that are closed or too short. */
function warningsHtml(plan: Plan): Html {
  const told = [...trustWarnings(plan), ...windowWarnings(plan)];
  return told.length === 0
    ? NOTHING
    : html`<ul class="box warning plainlist">${told.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function metaHtml({ file: { plan, digest }, happened }: Book): Html {
  // Of a run that has ended nothing is asked any more, nor of a plan that is only to be looked at or cannot be applied.
  const isAsked =
    happened === null
      ? plan.unread === undefined && refusedBy(plan).length === 0 && malformed(plan).length === 0
      : happened.outcome === null;
  const asked = isAsked ? plan.nodes.filter((node) => node.kind === "approve") : [];
  return html`<div class="meta">${terms([
    ["requested by", html`<strong>${brief(plan.requester, 200)}</strong>`],
    ["because", plan.reason === null ? html`<span class="quiet">no reason given</span>` : brief(plan.reason, 800)],
    plan.action.owner === null ? null : ["owner", brief(approverName(plan.action.owner), 100)],
    ["digest", copyable(digest)],
    ...toApprove(plan, asked, happened === null ? "PLAN.opsplan.json" : happened.run, happened !== null),
    ["made", html`<time datetime="${plan.createdAt}">${timeText(plan.createdAt)}</time>`],
    ["expires", html`<time datetime="${plan.expiresAt}">${timeText(plan.expiresAt)}</time>`],
    ["written at", html`<code>${brief(plan.action.at, 200)}</code>`],
  ])}</div>`;
}

/** Approvals told beside the command before the rest is counted. */
const MOST_ASKED = 3;

/** How to say yes, and what it covers. What is asked half way is given to the run. */
function toApprove(plan: Plan, asked: readonly ApproveNode[], what: string, running: boolean): Row[] {
  const rows = (title: string, command: Html | string, of: readonly ApproveNode[]): Row[] => {
    const terms = [...new Set(of.map((node) => askedWords(plan, node)))];
    const rest = terms.length > MOST_ASKED ? ` and ${count(terms.length - MOST_ASKED)} more` : "";
    return of.length === 0
      ? []
      : [[title, html`${command}<br><span class="quiet">${terms.slice(0, MOST_ASKED).join("; ")}${rest}</span>`]];
  };
  const command = copyable(`opsc approve ${shellWord(what)}`);
  if (running) return rows("to approve", command, asked);
  const upfront = asked.filter(({ upfront: first }) => first);
  return [
    ...rows("to approve", command, upfront),
    ...rows(
      upfront.length === 0 ? "to approve" : "later",
      html`<code>opsc approve RUN</code>, once the run asks`,
      asked.filter(({ upfront: first }) => !first),
    ),
  ];
}

type Row = readonly [name: string, value: Html | string];

/** The button is made by the page's script, which alone can copy. */
const copyable = (text: string): Html => html`<code class="copy">${text}</code>`;
