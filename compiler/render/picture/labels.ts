/** The words of a box, and everything about its node for a tooltip. Safe, neither clipped nor escaped for a format. */
import { formatDuration } from "../../ir/format.ts";
import type { Plan, PlanNode } from "../../plan/plan.schema.ts";
import { askedWords } from "../covers.ts";
import { elementsOf, segmentsOf } from "../outline.ts";
import { escapeControls } from "../safe.ts";
import { showExpr } from "../show-expr.ts";
import { brief } from "../show-value.ts";
import { replaceWords } from "../whole-words.ts";
import {
  approvalWords,
  callText,
  checkText,
  leaseText,
  requirementText,
  resourceText,
  retryText,
  undoOf,
  wordOf,
} from "../words.ts";
import type { Look } from "./model.ts";

export const KEY = "‹key›";

export interface Label {
  readonly id: string;
  readonly head: string;
  readonly details: readonly string[];
  readonly tip: readonly string[];
}

export function lookOf(node: PlanNode): Look {
  return node.kind === "step" ? node.call.effect : node.kind;
}

/** Two or three words where a step, once begun, cannot be taken back; null where it can. */
export function finalOf(node: PlanNode): string | null {
  if (node.kind !== "step") return null;
  const how = undoOf(node)?.how;
  return how === "irreversible" ? "irreversible" : how === "unstated" ? "no way back stated" : null;
}

/** How long what a step gives lasts, and what ends it; of several the first two that differ. */
export function leaseOf(nodes: readonly PlanNode[]): string | null {
  const words = new Set(nodes.flatMap((node) => (node.kind === "step" ? one(leaseText(node)) : [])));
  return words.size === 0 ? null : listed([...words], words.size === 1 ? 1 : 2);
}

/** Of several nodes that are drawn as one: what they share, and how many things it is where they share nothing. */
export function labelOf(nodes: readonly PlanNode[], plan: Plan): Label {
  const [first] = nodes;
  if (first === undefined) return { id: "", head: "", details: [], tip: [] };
  if (nodes.length === 1) return labelOfOne(first, plan);
  const all = nodes.map((node) => general(labelOfOne(node, plan), node));
  const shared = (pick: (label: Label) => string | undefined): string => {
    const values = new Set(all.map(pick));
    return listed(
      [...values].flatMap((value) => value ?? []),
      values.size === 1 ? 1 : 2,
    );
  };
  const names = nodes.map(({ id }) => brief(id, 60));
  const label = all[0];
  const sameIds = new Set(all.map(({ id }) => id)).size === 1;
  return {
    id: sameIds ? (label?.id ?? "") : listed(names, 4),
    head: sameIds ? (label?.head ?? "") : listed(nodes.map(nameOf), 3),
    details: (label?.details ?? []).map((_, i) => shared(({ details }) => details[i])),
    tip: [
      `${nodes.length} alike: ${listed(names, 20)}`,
      ...(label?.tip ?? []).map((line, i) => (i === 0 ? `each: ${line}` : line)),
    ],
  };
}

function labelOfOne(node: PlanNode, plan: Plan): Label {
  return { id: escapeControls(node.id), head: headOf(node), details: detailsOf(node, plan), tip: tipOf(node, plan) };
}

function nameOf(node: PlanNode): string {
  const last = segmentsOf(node.id).at(-1);
  return escapeControls(last === undefined ? node.id : last.key === null ? last.name : `${last.name}[${last.key}]`);
}

function headOf(node: PlanNode): string {
  switch (node.kind) {
    case "step":
    case "check":
      return nameOf(node);
    case "approve":
      return node.groups
        .map(({ title, id }) => escapeControls(title === "" ? id : title))
        .join(node.mode === "all" ? " and " : " or ");
    case "require":
      return `require ${requirementText(node.requirement)}`;
    case "wait":
      return `wait ${formatDuration(node.duration)}`;
    case "join":
      return "";
  }
}

function detailsOf(node: PlanNode, plan: Plan): string[] {
  const when = node.when.length === 0 ? [] : [`if ${node.when.map((each) => showExpr(each)).join(" and ")}`];
  switch (node.kind) {
    case "step":
      return [
        `${node.call.effect} · ${escapeControls(`${node.call.instance}.${node.call.operation}`)}`,
        resourceText(node.call),
        ...when,
      ];
    case "check": {
      const hold = node.hold > 0 ? `for ${formatDuration(node.hold)}, ` : "";
      return [
        `check · ${node.requires.map(requirementText).join(" and ")}`,
        `${hold}within ${formatDuration(node.within)}`,
        ...when,
      ];
    }
    case "approve": {
      const words = approvalWords(node, plan.requester, askedWords(plan, node));
      return [`approval · ${words.quorum}`, words.hopeless ?? words.terms.join(", "), ...when];
    }
    case "require":
      return [
        node.requirement.message === null ? "else the run fails" : `else ${showExpr(node.requirement.message)}`,
        ...when,
      ];
    case "wait":
    case "join":
      return when;
  }
}

const one = (line: string | null): string[] => (line === null ? [] : [line]);

function tipOf(node: PlanNode, plan: Plan): string[] {
  const lines = [`${wordOf(node)} ${escapeControls(node.id)}`];
  if (node.kind !== "join" && "doc" in node && node.doc !== null) lines.push(brief(node.doc, 400));
  switch (node.kind) {
    case "step": {
      const undo = undoOf(node);
      const retry = retryText(node.retry);
      lines.push(callText(node.call), `on ${resourceText(node.call)}`);
      lines.push(...one(leaseText(node)));
      if (undo !== null) lines.push(undo.text);
      if (node.preview !== null && !node.preview.sensitive) lines.push(`preview: ${brief(node.preview.summary, 200)}`);
      lines.push(`at most ${formatDuration(node.timeout)} an attempt${retry === null ? "" : `, ${retry}`}`);
      if (node.call.repeat === "once") lines.push("not repeatable: an unknown outcome is put to a person");
      break;
    }
    case "check":
      lines.push(callText(node.call), checkText(node));
      break;
    case "approve": {
      const words = approvalWords(node, plan.requester, askedWords(plan, node));
      lines.push(`${words.by} must approve: ${words.quorum}, ${words.terms.join(", ")}`);
      for (const { title, members } of words.groups)
        lines.push(`${title}: ${members.length === 0 ? "nobody" : listed(members, 12)}`);
      if (words.hopeless !== null) lines.push(words.hopeless);
      break;
    }
    case "require":
      lines.push(requirementText(node.requirement));
      break;
    case "wait":
      lines.push(formatDuration(node.duration));
      break;
    case "join":
      break;
  }
  if (node.when.length > 0) lines.push(`only if ${node.when.map((when) => showExpr(when)).join(" and ")}`);
  lines.push(`written at ${escapeControls(node.at)}`);
  return lines;
}

export function listed(names: readonly string[], most: number): string {
  return names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** With `‹key›` where the key of an element around it stands as a word of its own. */
function general(label: Label, { id }: PlanNode): Label {
  const keys = elementsOf(id).flatMap(({ key }) => (key === "" ? [] : [escapeControls(key)]));
  if (keys.length === 0) return label;
  const words = [...new Set(keys)].sort((a, b) => b.length - a.length);
  const put = (text: string): string => replaceWords(text, words, KEY);
  return { id: put(label.id), head: label.head, details: label.details.map(put), tip: label.tip.map(put) };
}
