/**
 * A plan's nodes as a person would list them: loops with their elements and waves, elements that are alike folded
 * into one, and for each node what it waits for where that is not plain from its place.
 */
import type { PlanNode } from "../plan/plan.schema.ts";
import { foldElements } from "./fold.ts";

/** A node, or a loop whose elements hold further items. */
export type Item =
  | { readonly kind: "node"; readonly node: PlanNode; readonly name: string }
  | { readonly kind: "loop"; readonly loop: Loop };

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
  /** What every element does, `‹key›` standing for its key; null where they differ in more. */
  readonly each: { readonly nodes: readonly PlanNode[]; readonly items: readonly Item[] } | null;
}

export interface Element {
  readonly key: string;
  /** Such as `roll[web-1]`. */
  readonly id: string;
  readonly items: readonly Item[];
}

export interface Segment {
  readonly name: string;
  readonly key: string | null;
}

/** The parts of a node id: `roll[web-1.example].drain` is `roll` with a key, then `drain`. */
export function segmentsOf(id: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < id.length) {
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

/** The loop element a node belongs to (`roll[web-1]`), the innermost one; null outside loops. */
export function elementOf(id: string): string | null {
  return elementsOf(id).at(-1)?.element ?? null;
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

/** The items of a plan, in the order of its nodes; a loop stands where its first node stands. Joins are left out. */
export function outline(nodes: readonly PlanNode[]): Item[] {
  const loops = new Set(nodes.flatMap(({ id }) => elementsOf(id).map(({ loop }) => loop)));
  return build(nodes, nodes, 0, loops);
}

interface Draft {
  readonly elements: Map<string, { readonly key: string; readonly members: PlanNode[] }>;
  readonly pauses: Set<number>;
  readonly pauseIds: Set<string>;
}

function build(
  all: readonly PlanNode[],
  nodes: readonly PlanNode[],
  depth: number,
  loops: ReadonlySet<string>,
): Item[] {
  const drafts = new Map<string, Draft>();
  const entries: (PlanNode | string)[] = [];
  const draftOf = (loop: string): Draft => {
    const known = drafts.get(loop);
    if (known !== undefined) return known;
    const draft: Draft = { elements: new Map(), pauses: new Set(), pauseIds: new Set() };
    drafts.set(loop, draft);
    entries.push(loop);
    return draft;
  };
  for (const node of nodes) {
    const around = elementsOf(node.id)[depth];
    if (around !== undefined) {
      const { elements } = draftOf(around.loop);
      const element = elements.get(around.element) ?? { key: around.key, members: [] };
      elements.set(around.element, element);
      element.members.push(node);
    } else if (node.kind === "wait" && pausedLoop(node.id, loops) !== null) {
      const draft = draftOf(pausedLoop(node.id, loops) ?? "");
      draft.pauses.add(node.duration);
      draft.pauseIds.add(node.id);
    } else if (node.kind !== "join") {
      entries.push(node);
    }
  }
  return entries.map((entry): Item => {
    if (typeof entry !== "string")
      return { kind: "node", node: entry, name: segmentsOf(entry.id).slice(depth).map(showSegment).join(".") };
    return { kind: "loop", loop: finish(all, entry, draftOf(entry), depth, loops) };
  });
}

function finish(all: readonly PlanNode[], id: string, draft: Draft, depth: number, loops: ReadonlySet<string>): Loop {
  const elements = [...draft.elements].map(
    ([element, { key, members }]): Element => ({ key, id: element, items: build(all, members, depth + 1, loops) }),
  );
  const same = foldElements(
    [...draft.elements].map(([element, { key, members }]) => ({ id: element, key, nodes: members })),
    depth,
  );
  return {
    id,
    name: segmentsOf(id).slice(depth).map(showSegment).join("."),
    elements,
    waves: wavesOf(all, id, draft),
    pauses: [...draft.pauses],
    pauseIds: draft.pauseIds,
    each: same === null ? null : { nodes: same, items: build(same, same, depth + 1, loops) },
  };
}

function showSegment({ name, key }: Segment): string {
  return key === null ? name : `${name}[${key}]`;
}

/** The pause between two waves is named as an element of its loop would be, with nothing in it: `roll[batch 1]`. */
function pausedLoop(id: string, loops: ReadonlySet<string>): string | null {
  const parent = id.endsWith("]") ? id.slice(0, id.lastIndexOf("[")) : "";
  return loops.has(parent) ? parent : null;
}

/** An element is one wave later than the latest element of the loop that it waits for, directly or over others. */
function wavesOf(all: readonly PlanNode[], loop: string, draft: Draft): string[][] {
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
  return waves.filter((wave) => wave !== undefined && loop !== "");
}
