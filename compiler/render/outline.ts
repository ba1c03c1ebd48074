/**
 * A plan's nodes as a person would list them: loops with their elements and waves, elements that are alike folded
 * into one, and the actions that steps run, each with what it does.
 */
import type { PlanNode, PlanPart } from "../plan/plan.schema.ts";
import { type Folded, foldElements, type Unfolded } from "./fold.ts";
import type { Hole } from "./fold-holes.ts";

/** A node, a loop whose elements hold further items, or an action that a step runs, which holds what it does. */
export type Item =
  | { readonly kind: "node"; readonly node: PlanNode; readonly name: string }
  | { readonly kind: "loop"; readonly loop: Loop }
  | { readonly kind: "part"; readonly part: Part };

export interface Loop {
  /** Id of the loop, such as `roll`, or `outer[a].inner`. */
  readonly id: string;
  readonly name: string;
  readonly elements: readonly Element[];
  /** Keys that may run together, wave by wave. */
  readonly waves: readonly (readonly string[])[];
  /** Pauses between waves, in milliseconds, without repeats, and the nodes that make them. */
  readonly pauses: readonly number[];
  readonly pauseIds: ReadonlySet<string>;
  /** What every element does, `‹key›` standing for its key, and holes for a few words more; null where they differ in more. */
  readonly each: Each | null;
}

export interface Each {
  readonly nodes: readonly PlanNode[];
  readonly parts: readonly PlanPart[];
  readonly items: readonly Item[];
  readonly sign: string;
  readonly holes: readonly Hole[];
  /** Of the id of one of `nodes`: the ids it stands for, in the order of the elements. */
  readonly standsFor: ReadonlyMap<string, readonly string[]>;
}

export interface Element {
  readonly key: string;
  /** Such as `roll[web-1]`. */
  readonly id: string;
  readonly items: readonly Item[];
}

export interface Part {
  /** Path of the step that runs the action. */
  readonly id: string;
  readonly name: string;
  readonly plan: PlanPart;
  readonly items: readonly Item[];
}

/** What an outline is made of: a plan, or a hook's nodes with the plan's parts. */
export interface Outlined {
  readonly nodes: readonly PlanNode[];
  readonly parts: readonly PlanPart[];
}

export interface Segment {
  readonly name: string;
  readonly key: string | null;
}

/** More than loops and actions ever lie in one another: what a plan made by hand has beyond that is one name. */
const DEEPEST = 60;

/** The parts of a node id: `roll[web-1.example].drain` is `roll` with a key, then `drain`. */
export function segmentsOf(id: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < id.length) {
    if (segments.length === DEEPEST) return [...segments, { name: id.slice(at), key: null }];
    const dot = id.indexOf(".", at);
    const open = id.indexOf("[", at);
    if (open !== -1 && (dot === -1 || open < dot)) {
      const inner = id.indexOf("].", open);
      const close = inner !== -1 ? inner : id.endsWith("]") ? id.length - 1 : -1;
      if (close !== -1) {
        segments.push({ name: id.slice(at, open), key: id.slice(open + 1, close) });
        at = close + 2;
        continue;
      }
    }
    const end = dot === -1 ? id.length : dot;
    segments.push({ name: id.slice(at, end), key: null });
    at = end + 1;
  }
  return segments;
}

/** The id without its keys: `roll[].drain`. */
export function keyless(id: string): string {
  return segmentsOf(id)
    .map(({ name, key }) => (key === null ? name : `${name}[]`))
    .join(".");
}

/** All loop elements around a node, outermost first. */
export function elementsOf(id: string): { readonly loop: string; readonly element: string; readonly key: string }[] {
  const found: { loop: string; element: string; key: string }[] = [];
  let path = "";
  const segments = segmentsOf(id);
  segments.forEach(({ name, key }, i) => {
    const loop = path === "" ? name : `${path}.${name}`;
    path = key === null ? loop : `${loop}[${key}]`;
    if (key !== null && i < segments.length - 1) found.push({ loop, element: path, key });
  });
  return found;
}

/**
 * The items of a plan, in the order of its nodes; `within` is what all their ids begin with and no name repeats. A loop or a part stands where its first node stands. Joins are left out.
 */
export function outline(outlined: Outlined, within = ""): readonly Item[] {
  const known = within === "" ? outlines.get(outlined) : undefined;
  if (known !== undefined) return known;
  const made = outlineOf(outlined, within);
  if (within === "") outlines.set(outlined, made);
  return made;
}

/** Of plans: several parts of a rendering ask for them, and to compare the elements of a large loop takes its time. */
const outlines = new WeakMap<Outlined, readonly Item[]>();

function outlineOf({ nodes, parts }: Outlined, within: string): readonly Item[] {
  return build(nodes, {
    all: nodes,
    parts: new Map(parts.map((part) => [part.id, part])),
    loops: new Set(nodes.flatMap(({ id }) => elementsOf(id).map(({ loop }) => loop))),
    within,
    depth: 0,
  });
}

interface Around {
  readonly all: readonly PlanNode[];
  readonly parts: ReadonlyMap<string, PlanPart>;
  readonly loops: ReadonlySet<string>;
  /** The element or part that is being outlined; `` outside all. */
  readonly within: string;
  /** How many elements are around. */
  readonly depth: number;
}

type Container =
  | { readonly kind: "element"; readonly id: string; readonly loop: string; readonly key: string }
  | { readonly kind: "part"; readonly id: string };

/** The next container of a node on the way from `within` to it; null where it lies in `within` itself. */
function containerOf(id: string, { within, parts, depth }: Around): Container | null {
  if (depth === DEEPEST) return null;
  const inner = within === "" ? id : id.slice(within.length + 1);
  let path = within;
  const segments = segmentsOf(inner);
  for (const { name, key } of segments.slice(0, -1)) {
    const loop = path === "" ? name : `${path}.${name}`;
    path = key === null ? loop : `${loop}[${key}]`;
    if (key !== null) return { kind: "element", id: path, loop, key };
    if (parts.has(path)) return { kind: "part", id: path };
  }
  return null;
}

interface LoopDraft {
  readonly elements: Map<string, { readonly key: string; readonly members: PlanNode[] }>;
  readonly pauses: Set<number>;
  readonly pauseIds: Set<string>;
}

type Entry =
  | { readonly kind: "node"; readonly node: PlanNode }
  | { readonly kind: "loop"; readonly id: string; readonly draft: LoopDraft }
  | { readonly kind: "part"; readonly id: string; readonly members: PlanNode[] };

function build(nodes: readonly PlanNode[], around: Around): Item[] {
  const entries: Entry[] = [];
  const loops = new Map<string, LoopDraft>();
  const members = new Map<string, PlanNode[]>();
  const loopDraft = (id: string): LoopDraft => {
    const known = loops.get(id);
    if (known !== undefined) return known;
    const draft: LoopDraft = { elements: new Map(), pauses: new Set(), pauseIds: new Set() };
    loops.set(id, draft);
    entries.push({ kind: "loop", id, draft });
    return draft;
  };
  const partMembers = (id: string): PlanNode[] => {
    const known = members.get(id);
    if (known !== undefined) return known;
    const list: PlanNode[] = [];
    members.set(id, list);
    entries.push({ kind: "part", id, members: list });
    return list;
  };
  for (const node of nodes) {
    const container = containerOf(node.id, around);
    const paused = node.kind === "wait" ? pausedLoop(node.id, around.loops) : null;
    if (container?.kind === "element") {
      const { elements } = loopDraft(container.loop);
      const element = elements.get(container.id) ?? { key: container.key, members: [] };
      elements.set(container.id, element);
      element.members.push(node);
    } else if (container?.kind === "part") {
      partMembers(container.id).push(node);
    } else if (node.kind === "wait" && paused !== null) {
      const draft = loopDraft(paused);
      draft.pauses.add(node.duration);
      draft.pauseIds.add(node.id);
    } else if (node.kind !== "join") {
      entries.push({ kind: "node", node });
    }
  }
  return entries.flatMap((entry) => itemsOf(entry, around));
}

function itemsOf(entry: Entry, around: Around): Item[] {
  switch (entry.kind) {
    case "node":
      return [{ kind: "node", node: entry.node, name: nameIn(entry.node.id, around) }];
    case "loop":
      return [{ kind: "loop", loop: finish(entry.id, entry.draft, around) }];
    case "part":
      return partItem(entry.id, entry.members, around);
  }
}

function nameIn(id: string, { within }: Around): string {
  return within === "" ? id : id.slice(within.length + 1);
}

/** Nothing where all it holds is joins. */
function partItem(id: string, members: readonly PlanNode[], around: Around): Item[] {
  const plan = around.parts.get(id);
  const items = build(members, { ...around, within: id });
  if (plan === undefined || items.length === 0) return items;
  return [{ kind: "part", part: { id, name: nameIn(id, around), plan, items } }];
}

function finish(id: string, draft: LoopDraft, around: Around): Loop {
  const parts = partsByElement(draft, around);
  const unfolded = [...draft.elements].map(([element, { key, members }]) => ({
    id: element,
    key,
    nodes: members,
    parts: parts.get(element) ?? [],
  }));
  return {
    id,
    name: nameIn(id, around),
    elements: unfolded.map((element) => ({ key: element.key, id: element.id, items: inside(element, around) })),
    waves: wavesOf(around.all, draft),
    pauses: [...draft.pauses],
    pauseIds: draft.pauseIds,
    each: eachOf(unfolded, around),
  };
}

function eachOf(unfolded: readonly Unfolded[], around: Around): Each | null {
  const same = foldElements(unfolded, around.depth);
  if (same === null) return null;
  return {
    nodes: same.nodes,
    parts: same.parts,
    items: inside(same, around),
    sign: same.sign,
    holes: same.holes,
    standsFor: new Map(
      same.nodes.map((node, i) => [node.id, unfolded.flatMap((element) => element.nodes[i]?.id ?? [])] as const),
    ),
  };
}

/** The items of one element, which are ordered among themselves. */
function inside({ id, nodes, parts }: Pick<Folded, "id" | "nodes" | "parts">, { depth }: Around): Item[] {
  return build(nodes, {
    all: nodes,
    parts: new Map(parts.map((part) => [part.id, part])),
    loops: new Set(nodes.flatMap((node) => elementsOf(node.id).map(({ loop }) => loop))),
    within: id,
    depth: depth + 1,
  });
}

function partsByElement({ elements }: LoopDraft, { parts }: Around): ReadonlyMap<string, readonly PlanPart[]> {
  const found = new Map<string, PlanPart[]>();
  for (const part of parts.values()) {
    for (const { element } of elementsOf(`${part.id}.x`)) {
      if (!elements.has(element)) continue;
      const list = found.get(element) ?? [];
      found.set(element, list);
      list.push(part);
    }
  }
  return found;
}

/** The pause between two waves is named as an element of its loop would be, with nothing in it: `roll[batch 1]`. */
function pausedLoop(id: string, loops: ReadonlySet<string>): string | null {
  const parent = id.endsWith("]") ? id.slice(0, id.lastIndexOf("[")) : "";
  return loops.has(parent) ? parent : null;
}

/** An element is one wave later than the latest element of the loop that it waits for, directly or over others. */
function wavesOf(all: readonly PlanNode[], draft: LoopDraft): string[][] {
  const elementByNode = new Map<string, string>();
  for (const [element, { members }] of draft.elements) for (const { id } of members) elementByNode.set(id, element);
  const first = all.findIndex(({ id }) => elementByNode.has(id));
  const last = all.findLastIndex(({ id }) => elementByNode.has(id));
  // Of each node: the latest wave it comes after, and in which wave it stands if it is of the loop.
  const reached = new Map<string, { readonly wave: number; readonly element: string | undefined }>();
  const waveOf = new Map<string, number>();
  for (const node of all.slice(first, last + 1)) {
    const element = elementByNode.get(node.id);
    let wave = element === undefined ? -1 : (waveOf.get(element) ?? 0);
    for (const { id } of node.after) {
      const before = reached.get(id);
      if (before === undefined) continue;
      const crossing = element !== undefined && before.element !== element && before.wave >= 0;
      wave = Math.max(wave, before.wave + (crossing ? 1 : 0));
    }
    reached.set(node.id, { wave, element });
    if (element !== undefined) waveOf.set(element, wave);
  }
  const waves: string[][] = [];
  for (const [element, { key }] of draft.elements) {
    const at = waveOf.get(element) ?? 0;
    const wave = waves[at] ?? [];
    waves[at] = wave;
    wave.push(key);
  }
  return waves.filter((wave) => wave !== undefined);
}
