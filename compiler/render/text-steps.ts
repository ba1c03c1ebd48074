/** The steps of a plan as indented lines: loops with their waves, each step with what a reviewer must know and no more. */
import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanNode, StepNode } from "../plan/plan.schema.ts";
import { keySign } from "./fold.ts";
import { type Ink, type Line, run, wrap } from "./ink.ts";
import { elementsOf, type Item, type Loop, outline } from "./outline.ts";
import { showExpr } from "./show-expr.ts";
import { brief } from "./show-value.ts";
import { drawnEdges, resolvedWaits, type Waits } from "./waits.ts";
import { padEnd } from "./width.ts";
import {
  approvalWords,
  callText,
  checkText,
  plural,
  requirementText,
  resourceText,
  retryText,
  undoOf,
  wordOf,
} from "./words.ts";

interface Context {
  readonly plan: Plan;
  readonly width: number;
  /** Timeout that most steps have, said once; milliseconds. */
  readonly usual: number | null;
  readonly waits: Waits;
  /** All nodes of each loop, by the loop's id. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Columns of the word that begins a line: `destroy`, `approval`. */
const WORD = 9;
const DETAIL = 2;

/** The timeout most steps have, in milliseconds; null where there is no step. */
export function usualTimeout(plan: Plan): number | null {
  const counts = new Map<number, number>();
  for (const node of plan.nodes)
    if (node.kind === "step") counts.set(node.timeout, (counts.get(node.timeout) ?? 0) + 1);
  const [most] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return most?.[0] ?? null;
}

/** One or more lines for each node or loop, each at most `width` columns where words allow. */
export function stepLines(plan: Plan, width: number): Line[] {
  return itemLines(outline(plan.nodes), 2, contextOf(plan, plan.nodes, width), null);
}

function contextOf(plan: Plan, nodes: readonly PlanNode[], width: number): Context {
  const members = new Map<string, Set<string>>();
  for (const node of nodes) {
    for (const { loop } of elementsOf(node.id)) {
      const set = members.get(loop) ?? new Set();
      members.set(loop, set.add(node.id));
    }
  }
  return { plan, width, usual: usualTimeout(plan), waits: resolvedWaits(nodes, drawnEdges(nodes)), members };
}

function itemLines(items: readonly Item[], indent: number, context: Context, inLoop: string | null): Line[] {
  return items.flatMap((item, i) => {
    const previous = items[i - 1] ?? null;
    const waits = waitText(item, previous, context, inLoop);
    return item.kind === "node"
      ? nodeLines(item.node, item.name, indent, context, waits)
      : loopLines(item.loop, indent, context, waits);
  });
}

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

function nodeLines(node: PlanNode, name: string, indent: number, context: Context, waits: string | null): Line[] {
  const head: Line = [
    run(" ".repeat(indent)),
    run(padEnd(wordOf(node), WORD), inkOf(node)),
    ...subjectOf(node, name, context),
  ];
  const details = [...detailsOf(node, context), ...whenOf(node), ...(waits === null ? [] : [[run(waits, "dim")]])];
  const at = indent + WORD + DETAIL;
  return [
    ...wrap(head, context.width, at),
    ...details.flatMap((detail) => wrap([run(" ".repeat(at)), ...detail], context.width, at + DETAIL)),
  ];
}

function subjectOf(node: PlanNode, name: string, { plan }: Context): Line {
  switch (node.kind) {
    case "step":
    case "check":
      return [run(name, "bold"), run(` = ${callText(node.call)}`)];
    case "approve": {
      const words = approvalWords(node, plan.requester);
      return [run(words.by, "bold"), run(`: ${words.quorum}${node.upfront ? "" : ", the run pauses here"}`)];
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

function stepDetails(node: StepNode, { usual }: Context): Line[] {
  const undo = undoOf(node);
  const retry = retryText(node.retry);
  const notes = [
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

function whenOf(node: PlanNode): Line[] {
  return node.when.length === 0
    ? []
    : [[run(`only if ${node.when.map((when) => showExpr(when)).join(" and ")}`, "blue")]];
}

function loopLines(loop: Loop, indent: number, context: Context, waits: string | null): Line[] {
  const shape = `${plural(loop.elements.length, "element")}, ${wavesText(loop)}`;
  const head = [run(" ".repeat(indent)), run(padEnd("for each", WORD)), run(loop.name, "bold"), run(`: ${shape}`)];
  const at = indent + WORD + DETAIL;
  const lines = wrap(head, context.width, at);
  const detail = (text: string): Line[] => wrap([run(" ".repeat(at)), run(text, "dim")], context.width, at + DETAIL);
  if (loop.each !== null || loop.waves.length > 1) lines.push(...waveLines(loop).flatMap(detail));
  if (waits !== null) lines.push(...detail(waits));
  if (loop.each !== null) {
    const inside = { ...contextOf(context.plan, loop.each.nodes, context.width), usual: context.usual };
    return [...lines, ...itemLines(loop.each.items, indent + 2, inside, loop.id)];
  }
  return [
    ...lines,
    ...loop.elements.flatMap((element) => [
      [run(" ".repeat(indent + 2)), run(`[${element.key}]`, "bold")],
      ...itemLines(element.items, indent + 4, context, loop.id),
    ]),
  ];
}

function wavesText({ elements, waves, pauses }: Loop): string {
  const pause = pauses.length === 0 ? "" : `, ${pauses.map(formatDuration).join(" or ")} between`;
  if (elements.length === 1) return "one";
  if (waves.length === 1) return "all at the same time";
  const most = Math.max(...waves.map((wave) => wave.length));
  return (most === 1 ? "one after the other" : `at most ${most} at a time, in ${waves.length} waves`) + pause;
}

/** Keys by wave; plain where waves are all of one. */
function waveLines({ waves, elements, each }: Loop): string[] {
  const key = each === null ? "" : `${keySign(elementsOf(`${elements[0]?.id ?? ""}.x`).length - 1)}: `;
  if (waves.length === 1 || waves.every((wave) => wave.length === 1)) return [`${key}${waves.flat().join(", ")}`];
  return [`${key}${waves.map((wave, i) => `wave ${i + 1} ${wave.join(", ")}`).join(" · ")}`];
}

/** Said only where it is not simply the item before: `waits for a, b`, `together with a`, `waits for nothing`. */
function waitText(item: Item, previous: Item | null, context: Context, inLoop: string | null): string | null {
  const own = entryWaits(item, context).filter(
    (id) => inLoop === null || !context.members.get(inLoop)?.has(id) || isNear(id, item),
  );
  if (inLoop !== null && previous === null) return null;
  if (previous === null) return own.length === 0 ? null : `waits for ${names(own, context)}`;
  const before = nodesOf(previous, context);
  if (own.length > 0 && own.every((id) => before.has(id))) return null;
  const beside = entryWaits(previous, context);
  if (own.length === beside.length && own.every((id) => beside.includes(id)))
    return `together with ${nameOf(previous)}`;
  return own.length === 0 ? "waits for nothing" : `waits for ${names(own, context)}`;
}

/** Inside a loop, what other elements do is told by the waves. */
function isNear(id: string, item: Item): boolean {
  const own =
    item.kind === "node" ? elementsOf(item.node.id).at(-1)?.element : elementsOf(item.loop.id).at(-1)?.element;
  return own !== undefined && id.startsWith(`${own}.`);
}

function entryWaits(item: Item, context: Context): readonly string[] {
  if (item.kind === "node") return context.waits.get(item.node.id) ?? [];
  const inside = context.members.get(item.loop.id);
  const outside = new Set<string>();
  for (const id of inside ?? [])
    for (const before of context.waits.get(id) ?? [])
      if (!inside?.has(before) && !item.loop.pauseIds.has(before)) outside.add(before);
  return [...outside];
}

function nodesOf(item: Item, context: Context): ReadonlySet<string> {
  return item.kind === "node" ? new Set([item.node.id]) : (context.members.get(item.loop.id) ?? new Set());
}

function nameOf(item: Item): string {
  return brief(item.kind === "node" ? item.name : item.loop.name, 60);
}

/** Up to three ids as they are; many of one loop by the loop's name. */
function names(ids: readonly string[], context: Context): string {
  const shown: string[] = [];
  const byLoop = new Map<string, number>();
  for (const id of ids) {
    const loop = elementsOf(id)[0]?.loop;
    if (ids.length <= 3 || loop === undefined || !context.members.has(loop)) shown.push(brief(id, 60));
    else byLoop.set(loop, (byLoop.get(loop) ?? 0) + 1);
  }
  const listed = shown.length > 6 ? [...shown.slice(0, 5), `${shown.length - 5} more`] : shown;
  return [...listed, ...[...byLoop].map(([loop, n]) => `${brief(loop, 60)} (${n})`)].join(", ");
}
