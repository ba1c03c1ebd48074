/** From a plan to what is drawn of it: frames and boxes with words, folded where it is large, and the arrows between. */
import { formatDuration } from "../../ir/format.ts";
import type { Plan, PlanFile, PlanNode } from "../../plan/plan.schema.ts";
import { toleratedWords } from "../failing.ts";
import { fateWords, mostUrgent, tally } from "../fates.ts";
import { fateOf, type Happened, type NodeFate } from "../happened.ts";
import { escapeControls } from "../safe.ts";
import { brief, count } from "../show-value.ts";
import { plural } from "../words.ts";
import { type Alarms, alarmsOf, together as marksOf, NO_ALARMS } from "./alarms.ts";
import { fansOf, gathered } from "./fans.ts";
import { type Folded, foldTree, type Group } from "./fold.ts";
import { type Knot, knotsOf } from "./graph.ts";
import { finalOf, labelOf, leaseOf, lookOf } from "./labels.ts";
import {
  type Alarm,
  type Box,
  type BoxFate,
  boxesOf,
  type Chip,
  type Flow,
  type Frame,
  type Picture,
} from "./model.ts";
import { factsOf, gatesOf, notesOf, partNotes, ruleAlarms, rulesOf } from "./notes.ts";
import { type Tree, treeOf } from "./tree.ts";

/** Up to here every node has a box of its own: it is all seen at once. */
const FEW = 14;
/** Above this many boxes, fans of at least `FAN` are drawn as one. */
const MANY = 30;
const FAN = 4;

export function pictureOf(file: PlanFile, happened: Happened | null = null): Picture {
  const { plan } = file;
  const alarms = happened?.outcome == null ? alarmsOf(plan) : NO_ALARMS;
  const flows = [
    flowOf(plan, plan.nodes, null, happened, alarms),
    ...plan.hooks.flatMap((hook, i) =>
      hook.nodes.length === 0 ? [] : [flowOf(plan, hook.nodes, i, happened, alarms)],
    ),
  ];
  return {
    title: brief(plan.action.title, 120),
    facts: factsOf(file),
    risk: plan.action.risk === null ? null : brief(plan.action.risk, 40),
    notes: notesOf(file, happened),
    flows,
    size: flows.flatMap(({ root }) => boxesOf(root)).filter(({ look }) => look !== "join").length,
  };
}

interface Shape {
  readonly folded: Folded;
  readonly knots: readonly Knot[];
}

function flowOf(
  plan: Plan,
  nodes: readonly PlanNode[],
  hook: number | null,
  happened: Happened | null,
  alarms: Alarms,
): Flow {
  const prefix = hook === null ? "n" : `h${hook}n`;
  const { root, places } = treeOf(nodes, new Set(plan.parts.map(({ id }) => id)));
  const nameOf = (node: number): string => `${prefix}${node}`;
  const shape = (fold: number): Shape | null => {
    const folded = foldTree(nodes, root, fold);
    const knots = knotsOf(nodes, places, folded, nameOf);
    return knots === null ? null : { folded, knots };
  };
  const large = nodes.filter(({ kind }) => kind !== "join").length > FEW;
  const found = (large ? shape(2) : null) ?? shape(Number.POSITIVE_INFINITY);
  if (found === null) throw new Error("nodes that are not folded stand in the order of the plan, which has no rings");
  const leader =
    found.knots.length > MANY
      ? fansOf(found.knots, nodes, homes(found.folded.root, nameOf), FAN)
      : new Map<string, string>();
  const knots = gathered(found.knots, leader);

  const after = hook === null ? afterOf(nodes, knots) : new Set<string>();
  const boxOf = new Map(
    knots.map((knot) => [knot.id, boxFrom(knot, { plan, nodes, hook, happened, alarms, after: after.has(knot.id) })]),
  );
  const context: Context = {
    plan,
    nodes,
    boxOf,
    nameOf,
    happened,
    alarms,
    counter: 0,
    prefix: hook === null ? "c" : `h${hook}c`,
  };
  const frame = frameOf(found.folded.root, context);
  const edges = knots.flatMap(({ id, after: before }) => before.map((from) => ({ from: from.id, to: id })));
  if (hook !== null) return { event: plan.hooks[hook]?.event ?? null, root: frame, edges };
  return { event: null, ...withGates(frame, edges, knots, gatesOf(plan)) };
}

function homes(group: Group, nameOf: (node: number) => string): ReadonlyMap<string, string> {
  const home = new Map<string, string>();
  const walk = (each: Group): void => {
    for (const box of each.boxes) home.set(nameOf(box[0] ?? 0), each.trees[0]?.path ?? "");
    each.groups.forEach(walk);
  };
  walk(group);
  return home;
}

/**
 * What comes after a step that cannot be taken back, and such steps themselves. Asked of the nodes, since a fold may hide
 * what leads from one wave to the next: a box is after it if all of its nodes are, or if it follows a box that is.
 */
function afterOf(nodes: readonly PlanNode[], knots: readonly Knot[]): ReadonlySet<string> {
  const ids = new Set<string>();
  const isAfter = nodes.map((node) => {
    const found = finalOf(node) !== null || node.after.some(({ id }) => ids.has(id));
    if (found) ids.add(node.id);
    return found;
  });
  const boxes = new Set<string>();
  for (const { id, nodes: own, after } of knots)
    if (own.every((i) => isAfter[i]) || after.some((before) => boxes.has(before.id))) boxes.add(id);
  return boxes;
}

interface Given {
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
  readonly hook: number | null;
  readonly happened: Happened | null;
  readonly alarms: Alarms;
  readonly after: boolean;
}

function boxFrom(knot: Knot, { plan, nodes, hook, happened, alarms, after }: Given): Box {
  const own = knot.nodes.flatMap((i) => nodes[i] ?? []);
  const [first] = own;
  const fates = happened === null ? null : own.map(({ id }) => fateOf(happened, id));
  const fate = fates === null || first?.kind === "join" ? null : together(fates);
  const why = fates?.length === 1 ? (fates[0]?.why ?? null) : null;
  const { id, head, details, tip } = labelOf(own, plan);
  return {
    name: knot.id,
    look: first === undefined ? "join" : lookOf(first),
    nodes: knot.nodes,
    hook,
    id,
    head,
    details,
    lease: (fates?.length === 1 ? fates[0]?.lease : undefined) ?? leaseOf(own),
    final: hook === null && first !== undefined ? finalOf(first) : null,
    conditional: own.some(({ when }) => when.length > 0),
    after,
    tip: [...tip, ...(fate === null ? [] : [`in the run: ${fate.words}`]), ...(why === null ? [] : [brief(why, 400)])],
    fate,
    alarms: marksOf(own.map(({ id: node }) => alarms.ofNode(node))),
  };
}

/** Why it came to that is in the tooltip: there is no room for it in a box. */
function together(fates: readonly NodeFate[]): BoxFate {
  const [only] = fates;
  if (only !== undefined && fates.length === 1) return { fate: only.fate, words: fateWords(only, { alone: true }) };
  return { fate: mostUrgent(fates), words: tally(fates) };
}

interface Context {
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
  readonly boxOf: ReadonlyMap<string, Box>;
  readonly nameOf: (node: number) => string;
  readonly happened: Happened | null;
  readonly alarms: Alarms;
  readonly prefix: string;
  counter: number;
}

function frameOf(group: Group, context: Context): Frame {
  const [first] = group.trees;
  const name = `${context.prefix}${context.counter++}`;
  const boxes = group.boxes.flatMap((box) => context.boxOf.get(context.nameOf(box[0] ?? 0)) ?? []);
  const frames = group.groups.map((inner) => frameOf(inner, context));
  const waves = group.kind === "loop" && group.hidden.length + foldedIn(group) > 0 ? wavesOf(group, context) : [];
  const base: Frame = {
    name,
    kind: group.kind,
    id: escapeControls(first?.path ?? ""),
    title: titleOf(group, context),
    notes: notesFor(group, context),
    alarms: alarmsFor(group, context),
    count: group.kind === "element" ? group.trees.length : 1,
    waves,
    pauses: group.hidden.filter((i) => context.nodes[i]?.kind === "wait"),
    boxes,
    frames,
  };
  return group.kind === "loop" ? unwrapped(base) : base;
}

function alarmsFor({ kind, trees }: Group, { plan, alarms }: Context): Alarm[] {
  if (kind === "loop") return marksOf(trees.map(({ path }) => alarms.ofLoop(path)));
  return kind === "part" ? marksOf(trees.map(({ path }) => ruleAlarms(rulesOf(plan, path)))) : [];
}

/** An element of one box needs no frame; nor does the only kind of element that a loop has. */
function unwrapped(loop: Frame): Frame {
  const frames: Frame[] = [];
  const boxes = [...loop.boxes];
  for (const element of loop.frames) {
    const [box] = element.boxes;
    if (box !== undefined && element.boxes.length === 1 && element.frames.length === 0)
      boxes.push(element.count > 1 ? box : { ...box, head: `${box.head} [${element.title}]` });
    else frames.push(element);
  }
  const [only] = frames;
  if (only !== undefined && frames.length === 1 && only.count > 1 && boxes.length === 0)
    return { ...loop, count: only.count, boxes: only.boxes, frames: only.frames };
  return { ...loop, boxes, frames };
}

function foldedIn(group: Group): number {
  return group.groups.filter(({ trees }) => trees.length > 1).length;
}

function titleOf(group: Group, { plan }: Context): string {
  const [first] = group.trees;
  switch (group.kind) {
    case "root":
      return "";
    case "part": {
      const title = plan.parts.find(({ id }) => id === first?.path)?.action.title ?? "";
      return title === ""
        ? escapeControls(first?.name ?? "")
        : `${escapeControls(first?.name ?? "")}: ${brief(title, 120)}`;
    }
    case "loop":
      return `for each ${escapeControls(first?.name ?? "")}`;
    case "element":
      return group.trees.length === 1 ? escapeControls(first?.name ?? "") : `each of ${count(group.trees.length)}`;
  }
}

function notesFor(group: Group, { plan, nodes }: Context): string[] {
  const [first] = group.trees;
  switch (group.kind) {
    case "root":
    case "element":
      return [];
    case "part":
      return first === undefined ? [] : partNotes(plan, first.path);
    case "loop": {
      const elements = group.trees.reduce((sum, tree) => sum + tree.children.size, 0);
      const waves = Math.max(...group.trees.map((tree) => tree.wave)) + 1;
      const most = Math.max(...group.trees.map(widest));
      const pauses = [...new Set(group.trees.flatMap(({ between }) => between.flatMap((i) => pauseOf(nodes[i]))))];
      const loop = plan.loops.find(({ id }) => id === first?.path);
      const may = loop?.tolerate ?? 0;
      const order =
        elements <= 1
          ? []
          : waves === 1
            ? ["all at the same time"]
            : most === 1
              ? ["one after the other"]
              : [`at most ${count(most)} at a time, in ${count(waves)} waves`];
      const where = group.trees.length > 1 ? ` in ${count(group.trees.length)} loops` : "";
      return [
        `${plural(elements, "element")}${where}${order.map((words) => `, ${words}`).join("")}`,
        ...(pauses.length === 0 ? [] : [`a pause of ${pauses.join(" or ")} between waves`]),
        ...(may === 0 || loop === undefined ? [] : [`${count(may)} may fail; ${toleratedWords(plan, loop)}`]),
      ];
    }
  }
}

function pauseOf(node: PlanNode | undefined): string[] {
  return node?.kind === "wait" ? [formatDuration(node.duration)] : [];
}

function widest(loop: Tree): number {
  const sizes = new Map<number, number>();
  for (const { wave } of loop.children.values()) sizes.set(wave, (sizes.get(wave) ?? 0) + 1);
  return Math.max(0, ...sizes.values());
}

/** Elements by wave. Loops of folded elements are told by number alone: their waves are not one another's. */
function wavesOf(group: Group, { nodes, happened }: Context): Chip[][] {
  const [loop] = group.trees;
  if (loop === undefined || group.trees.length > 1) return [];
  const waves: Chip[][] = [];
  for (const element of loop.children.values()) {
    const inside = happened === null ? [] : nodesIn(element).flatMap((i) => nodes[i] ?? []);
    const chip: Chip = {
      key: escapeControls(element.name),
      id: escapeControls(element.path),
      fate: happened === null ? null : together(inside.map(({ id }) => fateOf(happened, id))),
    };
    const wave = waves[element.wave] ?? [];
    waves[element.wave] = wave;
    wave.push(chip);
  }
  return waves.filter((wave) => wave !== undefined);
}

function nodesIn(tree: Tree): number[] {
  return [...tree.nodes, ...[...tree.children.values()].flatMap(nodesIn)];
}

function withGates(
  root: Frame,
  edges: readonly { readonly from: string; readonly to: string }[],
  knots: readonly Knot[],
  gates: readonly Box[],
): Pick<Flow, "root" | "edges"> {
  const last = gates.at(-1);
  if (last === undefined) return { root, edges };
  return {
    root: { ...root, boxes: [...gates, ...root.boxes] },
    edges: [
      ...gates.slice(1).map(({ name }, i) => ({ from: gates[i]?.name ?? "", to: name })),
      ...knots.flatMap(({ id, after }) => (after.length === 0 ? [{ from: last.name, to: id }] : [])),
      ...edges,
    ],
  };
}
