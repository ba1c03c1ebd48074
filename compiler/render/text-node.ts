/** A node as lines: its word and name, what became of it, and what a reviewer must know of it. */
import { canonicalJson } from "../canonical.ts";
import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanNode, StepNode } from "../plan/plan.schema.ts";
import { askedWords } from "./covers.ts";
import { FATE_INKS, FATE_SIGNS, fateWords, mostUrgent, tally, tookText } from "./fates.ts";
import { fateOf, type Happened, type NodeFate } from "./happened.ts";
import { type Ink, type Line, run, wrap } from "./ink.ts";
import { showExpr } from "./show-expr.ts";
import { brief, count } from "./show-value.ts";
import type { Edges } from "./text-waits.ts";
import { padEnd } from "./width.ts";
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
} from "./words.ts";

export interface Context extends Edges {
  readonly plan: Plan;
  readonly width: number;
  /** Timeout that most steps have, said once; milliseconds. */
  readonly usual: number | null;
  readonly happened: Happened | null;
  /** Whether how a step is undone is of interest: hooks are not undone. */
  readonly undo: boolean;
  /** The nodes that a node of a folded loop stands for. */
  readonly standsFor: ReadonlyMap<string, readonly string[]>;
  /** Conditions told at the head of the part that is listed, as canonical JSON. */
  readonly given: ReadonlySet<string>;
}

/** Columns of the word that begins a line: `destroy`, `approval`. */
export const WORD = 9;
export const DETAIL = 2;

export function inkOf(node: PlanNode): Ink {
  switch (node.kind) {
    case "step":
      return node.call.effect === "read" ? "dim" : node.call.effect === "write" ? "yellow" : "bold-red";
    case "check":
      return "cyan";
    case "approve":
      return "magenta";
    case "require":
    case "wait":
    case "join":
      return "dim";
  }
}

export function nodeLines(
  node: PlanNode,
  name: string,
  indent: number,
  context: Context,
  waits: string | null,
): Line[] {
  const fates = fatesOf(node, context);
  const head: Line = [
    ...signOf(fates, indent),
    run(padEnd(wordOf(node), WORD), inkOf(node)),
    ...subjectOf(node, name, context),
    ...plainFate(fates),
  ];
  const details = [
    ...fateLines(fates),
    ...detailsOf(node, context),
    ...whenOf(node, context),
    ...(waits === null ? [] : [[run(waits, "dim")]]),
  ];
  const at = indent + WORD + DETAIL;
  return [
    ...wrap(head, context.width, at),
    ...details.flatMap((detail) => wrap([run(" ".repeat(at)), ...detail], context.width, at + DETAIL)),
  ];
}

type NamedFate = NodeFate & { readonly id: string };

/** Of a node as listed, which stands for one of each element where alike elements are folded. Empty where nothing is known of a run. */
function fatesOf({ id }: PlanNode, { happened, standsFor }: Context): NamedFate[] {
  return happened === null ? [] : realIds(id, standsFor).map((each) => ({ ...fateOf(happened, each), id: each }));
}

export function realIds(id: string, standsFor: Context["standsFor"]): readonly string[] {
  return standsFor.get(id) ?? [id];
}

/** The indent, with the sign of the most urgent fate as its last but one column. */
function signOf(fates: readonly NamedFate[], indent: number): Line {
  if (fates.length === 0) return [run(" ".repeat(indent))];
  const fate = mostUrgent(fates);
  return [run(" ".repeat(indent - 2)), run(`${FATE_SIGNS[fate]} `, FATE_INKS[fate])];
}

/** Elements told by name where their fates differ, before the rest is only in the count. */
const MOST_NAMED = 8;

/** How long what simply went well took stands beside it; a line of its own is for what did not. */
function plainFate(fates: readonly NamedFate[]): Line {
  const [only, ...others] = fates;
  return others.length === 0 && only !== undefined && isPlain(only) && only.took !== null
    ? [run(` · ${tookText(only.took)}`, FATE_INKS.done)]
    : [];
}

const isPlain = ({ fate, attempts, why, lease }: NodeFate): boolean =>
  lease === undefined && ((fate === "done" && attempts <= 1 && why === null) || fate === "pending");

function fateLines(fates: readonly NamedFate[]): Line[] {
  const [first] = fates;
  if (first === undefined) return [];
  if (fates.length === 1) return isPlain(first) ? [] : [[run(fateWords(first), FATE_INKS[first.fate])]];
  const fate = mostUrgent(fates);
  const notable = fates.filter(
    (each) => !["done", "pending", "skipped"].includes(each.fate) || each.attempts > 1 || each.lease !== undefined,
  );
  return [
    [run(tally(fates), FATE_INKS[fate])],
    ...notable
      .slice(0, MOST_NAMED)
      .map((each): Line => [run(`${brief(each.id, 80)}: ${fateWords(each)}`, FATE_INKS[each.fate])]),
    ...(notable.length > MOST_NAMED ? [[run(`and ${count(notable.length - MOST_NAMED)} more`, "dim" as const)]] : []),
  ];
}

function subjectOf(node: PlanNode, name: string, { plan }: Context): Line {
  switch (node.kind) {
    case "step":
    case "check":
      return [run(brief(name, 200), "bold"), run(` = ${callText(node.call)}`)];
    case "approve": {
      const words = approvalWords(node, plan.requester);
      return [run(words.by, "bold"), run(`: ${words.quorum}${node.upfront ? "" : `, ${askedWords(plan, node)}`}`)];
    }
    case "require":
      return [run(requirementText(node.requirement))];
    case "wait":
      return [run(formatDuration(node.duration))];
    case "join":
      return [];
  }
}

function detailsOf(node: PlanNode, context: Context): Line[] {
  switch (node.kind) {
    case "step":
      return stepDetails(node, context);
    case "check":
      return [[run(checkText(node))]];
    case "require":
      return node.requirement.message === null ? [] : [[run(`else ${showExpr(node.requirement.message)}`, "dim")]];
    case "approve":
    case "wait":
    case "join":
      return [];
  }
}

function stepDetails(node: StepNode, { usual, undo: told }: Context): Line[] {
  const undo = told ? undoOf(node) : null;
  const retry = retryText(node.retry);
  const lease = leaseText(node);
  const notes = [
    ...(lease === null ? [] : [lease]),
    ...(node.timeout === usual ? [] : [`at most ${formatDuration(node.timeout)} an attempt`]),
    ...(retry === null ? [] : [retry]),
    ...(node.call.repeat === "once" ? ["not repeatable: an unknown outcome is put to a person"] : []),
  ];
  const resource = node.call.effect === "read" ? [] : [`on ${resourceText(node.call)}`];
  const first = [...resource, ...notes].join(" · ");
  return [
    ...(first === "" ? [] : [[run(first, "dim")]]),
    ...(undo === null
      ? []
      : [[run(undo.text, undo.how === "irreversible" || undo.how === "unstated" ? "bold-red" : "dim")]]),
  ];
}

export function whenOf({ when }: Pick<PlanNode, "when">, { given }: Pick<Context, "given">): Line[] {
  const told = when.filter((each) => !given.has(canonicalJson(each)));
  return told.length === 0 ? [] : [[run(`only if ${told.map((each) => showExpr(each)).join(" and ")}`, "blue")]];
}
