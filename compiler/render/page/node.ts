/** One node: its line in the outline, and all there is to know of it. */
import { formatDuration } from "../../ir/format.ts";
import type { ApproveNode, PlanNode, PlanRequirement, StepNode } from "../../plan/plan.schema.ts";
import { askedWords } from "../covers.ts";
import { toleratedWords } from "../failing.ts";
import { FATE_SIGNS, fateWords, tookText } from "../fates.ts";
import type { Fate, NodeFate } from "../happened.ts";
import { showExpr } from "../show-expr.ts";
import { brief } from "../show-value.ts";
import {
  approvalWords,
  checkText,
  leaseText,
  requirementText,
  resourceText,
  retryText,
  undoOf,
  wordOf,
} from "../words.ts";
import { type Book, fateOf, nodeLinks, toleratedAround } from "./book.ts";
import { type Html, html, NOTHING } from "./html.ts";
import { callHtml, changeHtml, docHtml, saysSomething, terms } from "./values.ts";

/** The line of a node: what it is, its name, what it calls and touches, and what must not be missed. */
export function nodeHead(book: Book, node: PlanNode, name: string): Html {
  return html`<span class="word ${wordOf(node)}">${wordOf(node)}</span> <span class="name">${brief(name, 160)}</span> ${subject(book, node)}${marks(book, node)}${fateChip(fateOf(book, node.id))}`;
}

function subject(book: Book, node: PlanNode): Html {
  switch (node.kind) {
    case "step":
      return html`<span class="op">${brief(`${node.call.instance}.${node.call.operation}`, 80)}</span> <span class="res">${brief(resourceText(node.call), 120)}</span>`;
    case "check":
      return html`<span class="op">${brief(`${node.call.instance}.${node.call.operation}`, 80)}</span> <span class="res">${brief(checkText(node), 160)}</span>`;
    case "approve": {
      const words = approvalWords(node, book.plan.requester);
      return html`<span class="res">${brief(words.by, 120)}: ${words.quorum}</span>`;
    }
    case "require":
      return html`<span class="res">${requirementText(node.requirement)}</span>`;
    case "wait":
      return html`<span class="res">${formatDuration(node.duration)}</span>`;
    case "join":
      return NOTHING;
  }
}

function marks({ plan }: Book, node: PlanNode): Html {
  return html`${node.kind === "step" && node.irreversible !== null ? html` <span class="mark grave">cannot be undone</span>` : ""}${
    node.kind === "approve" && !node.upfront ? html` <span class="mark">${askedWords(plan, node)}</span>` : ""
  }${node.kind === "step" && node.lease !== null ? html` <span class="mark">for ${formatDuration(node.lease)}</span>` : ""}${
    node.when.length > 0 ? html` <span class="mark">conditional</span>` : ""
  }`;
}

/** As a class: without the space that a fate may have. */
export const fateClass = (fate: Fate): string => `is-${fate.replace(" ", "-")}`;

function fateChip(fate: NodeFate | null): Html {
  // What has not begun has nothing to tell.
  if (fate === null || fate.fate === "pending") return NOTHING;
  const took = fate.took === null ? "" : ` ${tookText(fate.took)}`;
  return html` <span class="fate ${fateClass(fate.fate)}"><span aria-hidden="true">${FATE_SIGNS[fate.fate]}</span> ${fate.fate}${took}</span>`;
}

/** Everything about a node, most important first. */
export function nodeBody(book: Book, node: PlanNode): Html {
  const change = book.changes.get(node.id);
  const doc = node.kind === "step" || node.kind === "check" ? node.doc : null;
  return html`${happenedHtml(fateOf(book, node.id))}${docHtml(doc)}${
    change !== undefined && saysSomething(change) ? html`<h4>What changes</h4>${changeHtml(change)}` : ""
  }${kindBody(book, node)}<h4>Terms</h4>${terms([
    node.when.length === 0
      ? null
      : ["only if", html`${node.when.map((when, i) => html`${i === 0 ? "" : " and "}<code>${showExpr(when)}</code>`)}`],
    ...kindRows(book, node),
    waitsRow(book, node),
    followersRow(book, node),
    partRow(book, node),
    ["id", html`<code>${brief(node.id, 400)}</code>`],
    ["written at", html`<code>${brief(node.at, 200)}</code>`],
  ])}`;
}

function happenedHtml(fate: NodeFate | null): Html {
  if (fate === null || fate.fate === "pending") return NOTHING;
  return html`<p class="became ${fateClass(fate.fate)}"><strong aria-hidden="true">${FATE_SIGNS[fate.fate]}</strong> ${fateWords(fate)}</p>`;
}

function kindBody(book: Book, node: PlanNode): Html {
  switch (node.kind) {
    case "step":
      return html`<h4>Call</h4>${callHtml(node.call)}${undoHtml(node)}`;
    case "check":
      return html`<h4>Reads</h4>${callHtml(node.call)}${requiresBody(node.requires)}`;
    case "approve":
      return approveBody(book, node);
    case "require":
      return requiresBody([node.requirement]);
    case "wait":
      return html`<p>Waits for ${formatDuration(node.duration)}.</p>`;
    case "join":
      return NOTHING;
  }
}

const EFFECTS: Readonly<Record<StepNode["call"]["effect"], string>> = {
  read: "reads, changes nothing",
  write: "writes",
  destroy: "destroys",
};
const REPEATS: Readonly<Record<StepNode["call"]["repeat"], string>> = {
  idempotent: "may be repeated: doing it twice is doing it once",
  keyed: "may be repeated under the same key",
  once: "must not be repeated: if its outcome is not known, a person is asked",
};

type Row = readonly [name: Html | string, value: Html | string];

function kindRows(book: Book, node: PlanNode): readonly (Row | null)[] {
  switch (node.kind) {
    case "step":
      return stepRows(book, node);
    case "check":
      return [
        ["until", checkText(node).replace(/^until /, "")],
        ["each read", `at most ${formatDuration(node.timeout)}`],
      ];
    case "approve":
    case "require":
    case "wait":
    case "join":
      return [];
  }
}

function stepRows(book: Book, node: StepNode): readonly (Row | null)[] {
  const { call } = node;
  const retry = retryText(node.retry);
  return [
    ["effect", html`${EFFECTS[call.effect]} <code>${resourceText(call)}</code>`],
    call.effect === "read" ? null : ["again", REPEATS[call.repeat]],
    ["each attempt", `at most ${formatDuration(node.timeout)}; ${retry ?? "one attempt"}`],
    leaseRow(node),
    toleratedRow(book, node),
  ];
}

function leaseRow(node: StepNode): Row | null {
  const lease = leaseText(node);
  return lease === null ? null : ["lease", lease];
}

function toleratedRow(book: Book, node: StepNode): Row | null {
  const loop = toleratedAround(book, node)?.loop;
  return loop === undefined
    ? null
    : ["if it fails", `as long as its loop tolerates it, ${toleratedWords(book.plan, loop)}`];
}

function undoHtml(node: StepNode): Html {
  const undo = undoOf(node);
  if (undo === null) return NOTHING;
  const title = html`<h4>Undo</h4>`;
  if (undo.how === "irreversible" || undo.how === "unstated")
    return html`${title}<p class="grave"><strong>${undo.text}</strong></p>`;
  if (node.rollback?.kind !== "calls") return html`${title}<p>${undo.text}</p>`;
  return html`${title}<ol class="calls">${node.rollback.calls.map(
    ({ call, when, timeout, at }) =>
      html`<li>${callHtml(call)}<p class="quiet">${when === null ? "" : html`only if <code>${showExpr(when)}</code> · `}at most ${formatDuration(timeout)} · <code>${brief(at, 200)}</code></p></li>`,
  )}</ol>`;
}

function requiresBody(requires: readonly PlanRequirement[]): Html {
  return html`<h4>Requires</h4><ul>${requires.map(
    (each) =>
      html`<li><code>${requirementText(each)}</code>${each.message === null ? "" : html`<br><small>else: ${showExpr(each.message)}</small>`}</li>`,
  )}</ul>`;
}

/** Who may give it, who may not, and how long it holds. */
export function approveBody(book: Book, node: ApproveNode): Html {
  const words = approvalWords(node, book.plan.requester, askedWords(book.plan, node));
  return html`<p>${words.quorum}, ${words.terms.join(", ")}.</p>${
    words.hopeless === null ? "" : html`<p class="grave"><strong>${words.hopeless}</strong></p>`
  }<ul class="groups">${words.groups.map(
    ({ title, members }) => html`<li><strong>${brief(title, 120)}</strong>: ${peopleText(members)}</li>`,
  )}</ul>${
    words.requesterExcluded
      ? html`<p class="quiet">${brief(book.plan.requester, 120)} asked for it, and does not count.</p>`
      : ""
  }${words.later.map(
    ({ after, groups }) =>
      html`<p>After ${after} also by ${groups.map(({ title, members }, i) => html`${i === 0 ? "" : ", "}<strong>${brief(title, 120)}</strong> (${peopleText(members)})`)}.</p>`,
  )}`;
}

/** People named before the rest is counted. */
const MOST_PEOPLE = 40;

function peopleText(members: readonly string[]): string {
  if (members.length === 0) return "nobody";
  const left = members.length - MOST_PEOPLE;
  const named = members.slice(0, MOST_PEOPLE).map((member) => brief(member, 120));
  return `${named.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

function waitsRow(book: Book, node: PlanNode): Row {
  const waits = book.waits.get(node.id) ?? [];
  return ["waits for", waits.length === 0 ? html`nothing` : nodeLinks(book, waits)];
}

function followersRow(book: Book, node: PlanNode): Row | null {
  const followers = book.followers[book.index.get(node.id) ?? -1] ?? [];
  if (followers.length === 0) return null;
  return [
    "then",
    nodeLinks(
      book,
      followers.map((i) => book.nodes[i]?.id ?? ""),
    ),
  ];
}

function partRow(book: Book, node: PlanNode): Row | null {
  const part = book.parts.get(node.part);
  return node.part === "" || part === undefined
    ? null
    : ["part of", html`${brief(part.action.title, 120)} <code>${brief(part.id, 120)}</code>`];
}
