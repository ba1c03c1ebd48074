/** What a view of a plan is told beside its picture: each node in a few words with its place, what to look at, what undo would do. */

import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanFile, PlanGuardrail, PlanNode } from "../plan/plan.schema.ts";
import { dangersOf } from "../render/danger.ts";
import type { Danger } from "../render/danger-type.ts";
import { bookOf } from "../render/page/book.ts";
import { pageData } from "../render/page/data.ts";
import { undoPath } from "../render/page/undo-path.ts";
import { escapeControls } from "../render/safe.ts";
import { showExpr } from "../render/show-expr.ts";
import { brief } from "../render/show-value.ts";
import {
  approvalWords,
  callText,
  checkText,
  requirementText,
  resourceText,
  retryText,
  totals,
  undoOf,
  wordOf,
} from "../render/words.ts";

/** Beyond this nobody looks at a list; the picture and the plan itself have all of them. */
export const MOST_NODES = 2000;

export interface NodeView {
  /** Position in the plan's nodes. */
  readonly index: number;
  readonly id: string;
  /** `read`, `write`, `destroy`, `check`, `approval`, `require`, `wait`. */
  readonly word: string;
  readonly what: string;
  readonly details: readonly (readonly [name: string, text: string])[];
  readonly irreversible: boolean;
  /** `file:line:column` */
  readonly at: string;
}

export interface GuardrailView {
  readonly name: string;
  readonly status: PlanGuardrail["status"];
  readonly enforcement: PlanGuardrail["enforcement"];
  readonly why: string | null;
  readonly at: string;
}

export interface PlanView {
  readonly title: string;
  readonly risk: string | null;
  readonly totals: readonly string[];
  readonly dangers: readonly Danger[];
  /** Ids of facts: none is read, and what rests on them stays open. */
  readonly unread: readonly string[];
  readonly nodes: readonly NodeView[];
  /** Nodes that `nodes` leaves out. */
  readonly left: number;
  readonly guardrails: readonly GuardrailView[];
  readonly onFailure: Plan["onFailure"];
}

/** Texts are plain: control characters are written out, nothing else is escaped. */
export function planView({ plan }: PlanFile): PlanView {
  // That it was made offline is nothing to be warned of where every plan is.
  const { unread = [], ...read } = plan;
  const all = plan.nodes.flatMap((node, index) => (node.kind === "join" ? [] : [{ node, index }]));
  return {
    title: brief(plan.action.title, 200),
    risk: plan.action.risk === null ? null : brief(plan.action.risk, 40),
    // When it expires says nothing of a plan that is made anew with every edit.
    totals: totals(plan).filter((text) => !text.startsWith("expires ")),
    dangers: dangersOf(read).map((danger) => ({ ...danger, nodes: danger.nodes.map(escapeControls) })),
    unread: unread.map(({ id }) => brief(id, 120)),
    nodes: all.slice(0, MOST_NODES).map(({ node, index }) => nodeView(plan, node, index)),
    left: Math.max(0, all.length - MOST_NODES),
    guardrails: plan.guardrails.map(({ name, status, enforcement, why, at }) => ({
      name: brief(name, 120),
      status,
      enforcement,
      why: why === null ? null : brief(why, 600),
      at,
    })),
    onFailure: plan.onFailure,
  };
}

function nodeView(plan: Plan, node: PlanNode, index: number): NodeView {
  const when: NodeView["details"] =
    node.when.length === 0 ? [] : [["only if", node.when.map((each) => showExpr(each)).join(" and ")]];
  return {
    index,
    id: escapeControls(node.id),
    word: wordOf(node),
    what: whatOf(plan, node),
    details: [...when, ...detailsOf(plan, node)],
    irreversible: node.kind === "step" && node.irreversible !== null,
    at: node.at,
  };
}

function whatOf(plan: Plan, node: PlanNode): string {
  switch (node.kind) {
    case "step":
      return brief(callText(node.call), 300);
    case "check":
      return brief(`${callText(node.call)} ${checkText(node)}`, 300);
    case "approve": {
      const { by, quorum } = approvalWords(node, plan.requester);
      return brief(`${by}: ${quorum}`, 200);
    }
    case "require":
      return brief(requirementText(node.requirement), 300);
    case "wait":
      return formatDuration(node.duration);
    case "join":
      return "";
  }
}

function detailsOf(plan: Plan, node: PlanNode): NodeView["details"] {
  switch (node.kind) {
    case "step": {
      const undo = undoOf(node);
      const retry = retryText(node.retry);
      const doc = node.doc === null ? [] : [["says", brief(node.doc, 600)] as const];
      return [
        ...doc,
        [
          node.call.effect === "read" ? "reads" : node.call.effect === "write" ? "writes" : "destroys",
          resourceText(node.call),
        ],
        ...(undo === null ? [] : [["undo", brief(undo.text, 600)] as const]),
        ["each attempt", `at most ${formatDuration(node.timeout)}${retry === null ? "" : `, ${retry}`}`],
        ...(node.lease === null ? [] : [["lease", `undone by itself after ${formatDuration(node.lease)}`] as const]),
      ];
    }
    case "check":
      return node.requires.map((each) => ["until", requirementText(each)] as const);
    case "approve": {
      const words = approvalWords(node, plan.requester);
      return [
        ...words.groups.map(({ title, members }) => [brief(title, 120), brief(members.join(", "), 600)] as const),
        ["terms", words.terms.join(", ")],
        ...(words.hopeless === null ? [] : [["cannot be given", words.hopeless] as const]),
      ];
    }
    case "require":
    case "wait":
    case "join":
      return [];
  }
}

export interface UndoView {
  /** Positions of steps that are undone, the first ones first; those of one list together. */
  readonly waves: readonly (readonly number[])[];
  /** Have a rollback, and stay all the same since something that cannot be undone rests on them. */
  readonly kept: readonly number[];
  /** Cannot be undone, and took or may have taken place. */
  readonly points: readonly number[];
  /** May or may not have begun by then. */
  readonly maybe: readonly number[];
  /** The element of a loop that is undone alone, since the loop tolerates its failure; null where everything is. */
  readonly within: string | null;
}

/** What would be undone if the node at this position of the plan failed; null where nothing is, as the action says. */
export function undoView(file: PlanFile, failed: number): UndoView | null {
  if (file.plan.onFailure !== "rollback") return null;
  const data = pageData(bookOf(file, null));
  const nodes = data.nodes.slice(0, data.own);
  const within = nodes[failed]?.element ?? null;
  const { waves, kept, points, maybe, maybePoints } = undoPath(nodes, failed, within);
  return { waves, kept, points, maybe: [...maybe, ...maybePoints].sort((a, b) => a - b), within };
}
