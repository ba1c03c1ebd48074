/** The steps of a plan as indented lines: loops with their waves, each step with what a reviewer must know and no more. */
import { canonicalJson } from "../canonical.ts";
import type { Plan, PlanHook } from "../plan/plan.schema.ts";
import type { Hole } from "./fold-holes.ts";
import type { Happened } from "./happened.ts";
import { type Line, run, wrap } from "./ink.ts";
import { elementsOf, type Item, type Loop, type Outlined, outline, type Part } from "./outline.ts";
import { showKnowable } from "./show-expr.ts";
import { approverName, brief, count } from "./show-value.ts";
import { type Context, DETAIL, nodeLines, realIds, WORD, whenOf } from "./text-node.ts";
import { rowsOf } from "./text-runs.ts";
import { type Edges, type Within, waitText } from "./text-waits.ts";
import { drawnEdges, resolvedWaits } from "./waits.ts";
import { displayWidth, padEnd } from "./width.ts";
import { deadlineWords, plural, wavesWords } from "./words.ts";

/** The timeout most steps have, in milliseconds; null where there is no step. */
export function usualTimeout(plan: Plan): number | null {
  const counts = new Map<number, number>();
  for (const node of plan.nodes)
    if (node.kind === "step") counts.set(node.timeout, (counts.get(node.timeout) ?? 0) + 1);
  const [most] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return most?.[0] ?? null;
}

/** One or more lines for each node, loop or part, each at most `width` columns where words allow; with what became of it. */
export function stepLines(plan: Plan, width: number, happened: Happened | null = null): Line[] {
  return itemLines(outline(plan), 2, contextOf(plan, plan, width, happened), null);
}

/** The same for what a hook does, which is never undone. */
export function hookLines(plan: Plan, { event, nodes }: PlanHook, width: number, happened: Happened | null): Line[] {
  const outlined = { nodes, parts: plan.parts };
  return itemLines(
    outline(outlined, `on_${event}`),
    4,
    { ...contextOf(plan, outlined, width, happened), undo: false },
    null,
  );
}

function contextOf(plan: Plan, outlined: Outlined, width: number, happened: Happened | null): Context {
  return {
    plan,
    width,
    happened,
    undo: true,
    standsFor: new Map(),
    given: new Set(),
    usual: usualTimeout(plan),
    ...edgesOf(outlined),
  };
}

function edgesOf({ nodes, parts }: Outlined): Edges {
  const members = new Map<string, Set<string>>();
  const ids = new Set(parts.map(({ id }) => id));
  for (const node of nodes) {
    for (const group of groupsOf(node.id, ids)) {
      const set = members.get(group) ?? new Set();
      members.set(group, set.add(node.id));
    }
  }
  return { waits: resolvedWaits(nodes, drawnEdges(nodes)), members };
}

/** The loops and parts around a node. */
function groupsOf(id: string, parts: ReadonlySet<string>): string[] {
  const loops = elementsOf(id).map(({ loop }) => loop);
  const around: string[] = [];
  for (let dot = id.indexOf("."); dot !== -1; dot = id.indexOf(".", dot + 1)) {
    const path = id.slice(0, dot);
    if (parts.has(path)) around.push(path);
  }
  return [...loops, ...around];
}

function itemLines(items: readonly Item[], indent: number, context: Context, within: Within | null): Line[] {
  const waits = items.map((item, i) => waitText(item, items[i - 1] ?? null, context, within));
  const rows = new Map(rowsOf(items, waits).map((row) => [row.first, row] as const));
  const lines: Line[][] = [];
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const row = rows.get(i);
    if (row !== undefined) {
      lines.push(loopLines(row.loop, indent, context, waits[i] ?? null, ["alike", "step"]));
      i = row.last;
    } else if (item !== undefined) lines.push(linesOfItem(item, indent, context, waits[i] ?? null));
  }
  return lines.flat();
}

function linesOfItem(item: Item, indent: number, context: Context, waits: string | null): Line[] {
  switch (item.kind) {
    case "node":
      return nodeLines(item.node, item.name, indent, context, waits);
    case "loop":
      return loopLines(item.loop, indent, context, waits);
    case "part":
      return partLines(item.part, indent, context, waits);
  }
}

/** An action that a step runs: what it is, what it is given, and below it what it does. */
function partLines({ id, name, plan, items }: Part, indent: number, context: Context, waits: string | null): Line[] {
  const given = plan.inputs.map(({ name: input, type, value }) => `${brief(input, 40)}: ${showKnowable(value, type)}`);
  const action = brief(plan.action.name, 60);
  const head: Line = [
    run(" ".repeat(indent)),
    run(padEnd("run", WORD), "bold"),
    run(brief(name, 80), "bold"),
    run(` = ${action}(${given.join(", ")})`),
  ];
  const about = [
    ...(plan.action.title === plan.action.name ? [] : [brief(plan.action.title, 120)]),
    ...(plan.action.risk === null ? [] : [`risk ${brief(plan.action.risk, 40)}`]),
    ...(plan.timeout === null ? [] : [deadlineWords(plan.timeout)]),
    ...(plan.windows.length === 0 ? [] : [`in window ${plan.windows.map(approverName).join(", ")}`]),
  ];
  const at = indent + WORD + DETAIL;
  const detail = (line: Line): Line[] => wrap([run(" ".repeat(at)), ...line], context.width, at + DETAIL);
  const inside = { ...context, given: new Set([...context.given, ...plan.when.map((each) => canonicalJson(each))]) };
  return [
    ...wrap(head, context.width, at),
    ...(about.length === 0 ? [] : detail([run(about.join(" · "), "dim")])),
    ...whenOf(plan, context).flatMap(detail),
    ...(waits === null ? [] : detail([run(waits, "dim")])),
    ...itemLines(items, indent + 2, inside, { kind: "part", id }),
  ];
}

function loopLines(
  loop: Loop,
  indent: number,
  context: Context,
  waits: string | null,
  [word, what]: readonly [string, string] = ["for each", "element"],
): Line[] {
  const shape = `${plural(loop.elements.length, what)}, ${wavesWords(loop) ?? "one"}`;
  const head = [
    run(" ".repeat(indent)),
    run(padEnd(word, WORD)),
    run(brief(loop.name, 200), "bold"),
    run(`: ${shape}`),
  ];
  const at = indent + WORD + DETAIL;
  const lines = wrap(head, context.width, at);
  const detail = (text: string): Line[] => wrap([run(" ".repeat(at)), run(text, "dim")], context.width, at + DETAIL);
  const holes = loop.each?.holes ?? [];
  // A table of what differs names all keys in their order.
  if (holes.length > 0 ? !inRow(loop) : loop.each !== null || loop.waves.length > 1)
    lines.push(...waveLines(loop).flatMap(detail));
  lines.push(...holeLines(loop, holes).flatMap(detail));
  if (waits !== null) lines.push(...detail(waits));
  if (loop.each !== null) {
    const { each } = loop;
    const inside: Context = {
      ...context,
      ...edgesOf({ nodes: each.nodes, parts: each.parts }),
      standsFor: new Map(
        [...each.standsFor].map(([id, ids]) => [id, ids.flatMap((one) => realIds(one, context.standsFor))]),
      ),
    };
    return [...lines, ...itemLines(each.items, indent + 2, inside, { kind: "loop", id: loop.id })];
  }
  return [
    ...lines,
    ...loop.elements.flatMap((element) => [
      ...wrap([run(" ".repeat(indent + 2)), run(`[${brief(element.key, 200)}]`, "bold")], context.width, indent + 4),
      ...itemLines(element.items, indent + 4, context, { kind: "loop", id: loop.id }),
    ]),
  ];
}

/** What stands in the holes of what all elements do: a table, an element each. */
function holeLines({ elements, each }: Loop, holes: readonly Hole[]): string[] {
  if (holes.length === 0) return [];
  const rows = [
    [each?.sign ?? "", ...holes.map(({ sign }) => sign)],
    ...elements.map(({ key }, i) => [brief(key, 60), ...holes.map(({ values }) => values[i] ?? "")]),
  ];
  const widths = (rows[0] ?? []).map((_, at) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[at] ?? "")), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, at) => padEnd(cell, widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** The order of the elements says all there is to know of waves. */
function inRow({ waves }: Pick<Loop, "waves">): boolean {
  return waves.length === 1 || waves.every((wave) => wave.length === 1);
}

/** Keys by wave; plain where waves are all of one. */
function waveLines({ waves, each }: Loop): string[] {
  const key = each === null ? "" : `${each.sign}: `;
  if (inRow({ waves })) return [`${key}${listed(waves.flat(), MOST_KEYS)}`];
  const told = waves.slice(0, MOST_WAVES).map((wave, i) => `wave ${i + 1} ${listed(wave, MOST_KEYS / MOST_WAVES)}`);
  const left = waves.length - told.length;
  return [`${key}${[...told, ...(left > 0 ? [`and ${plural(left, "more wave")}`] : [])].join(" · ")}`];
}

/** Keys and waves shown before the rest is counted: what a reader looks through. */
const MOST_KEYS = 60;
const MOST_WAVES = 12;

function listed(all: readonly string[], most: number): string {
  const keys = all.map((key) => brief(key, 60));
  // One more is no longer than saying so.
  if (keys.length <= most + 1) return keys.join(", ");
  return `${keys.slice(0, most).join(", ")} and ${count(keys.length - most)} more`;
}
