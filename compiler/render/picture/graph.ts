/** Arrows between boxes: those between their nodes, without what is implied and what a fold hides. */
import { buildGraph, findCycle, topologicalOrder, transitiveReduction } from "../../plan/graph.ts";
import type { PlanNode } from "../../plan/plan.schema.ts";
import type { Folded, Group } from "./fold.ts";
import type { Tree } from "./tree.ts";

/** A box that other boxes come before. */
export interface Knot {
  readonly id: string;
  readonly nodes: readonly number[];
  readonly after: readonly { readonly id: string }[];
}

/**
 * Each box with those before it, in an order that respects them; null where folding makes a ring. `nameOf` names a box by
 * the first of its nodes. Joins that gather from one or for one are taken out.
 */
export function knotsOf(
  nodes: readonly PlanNode[],
  places: readonly (readonly Tree[])[],
  { root, folded }: Folded,
  nameOf: (node: number) => string,
): Knot[] | null {
  const boxes: { readonly name: string; readonly nodes: readonly number[] }[] = [];
  const boxOf = new Map<number, string>();
  const collect = (group: Group): void => {
    for (const box of group.boxes) {
      const name = nameOf(box[0] ?? 0);
      boxes.push({ name, nodes: box });
      for (const i of box) boxOf.set(i, name);
    }
    group.groups.forEach(collect);
  };
  collect(root);
  boxes.sort((a, b) => (a.nodes[0] ?? 0) - (b.nodes[0] ?? 0));

  const before = sources(nodes, places, folded, boxOf);
  const knots = boxes.map(
    ({ name, nodes: own }): Knot => ({
      id: name,
      nodes: own,
      after: [...(before.get(name) ?? [])].filter((id) => id !== name).map((id) => ({ id })),
    }),
  );
  if (findCycle(buildGraph(knots)) !== null) return null;
  return reduced(withoutIdleJoins(reduced(knots), nodes));
}

/** The boxes before each box. Edges from one element of a folded loop to another are left out: its waves tell of them. */
function sources(
  nodes: readonly PlanNode[],
  places: readonly (readonly Tree[])[],
  folded: ReadonlySet<Tree>,
  boxOf: ReadonlyMap<number, string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, number>();
  const found = new Map<string, Set<string>>();
  /** What is before a node that has no box. */
  const over = new Map<number, ReadonlySet<string>>();
  /** What is before a folded loop as a whole, for elements that wait only for other elements. */
  const entries = new Map<Tree, Set<string>>();
  const waiting: { readonly box: string; readonly loop: Tree }[] = [];
  nodes.forEach((node, i) => {
    const own = new Set<string>();
    const chain = places[i] ?? [];
    let hidden: Tree | null = null;
    for (const { id } of node.after) {
      const at = index.get(id);
      if (at === undefined) continue;
      const loop = sharedLoop(chain, places[at] ?? []);
      const box = boxOf.get(at);
      if (loop !== null && folded.has(loop)) {
        hidden = loop;
        if (boxOf.get(i) !== undefined) continue;
      }
      const from = box === undefined ? [...(over.get(at) ?? [])] : [box];
      for (const each of from) own.add(each);
      for (const tree of chain)
        if (folded.has(tree) && !places[at]?.includes(tree)) for (const each of from) addTo(entries, tree, each);
    }
    if (!index.has(node.id)) index.set(node.id, i);
    const box = boxOf.get(i);
    if (box === undefined) {
      over.set(i, own);
      return;
    }
    const all = found.get(box) ?? new Set<string>();
    found.set(box, all);
    for (const each of own) all.add(each);
    if (hidden !== null) waiting.push({ box, loop: hidden });
  });
  for (const { box, loop } of waiting) {
    const all = found.get(box);
    if (all?.size === 0) for (const each of entries.get(loop) ?? []) all.add(each);
  }
  return found;
}

function addTo<K>(sets: Map<K, Set<string>>, key: K, name: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([name]));
  else set.add(name);
}

/** The loop that both lie in where they do not lie in the same element of it; null where there is none. */
function sharedLoop(chain: readonly Tree[], other: readonly Tree[]): Tree | null {
  const fork = chain.findIndex((tree, at) => tree !== other[at]);
  const last = chain[(fork === -1 ? chain.length : fork) - 1];
  return last?.kind === "loop" ? last : null;
}

function reduced(knots: readonly Knot[]): Knot[] {
  const graph = buildGraph(knots);
  const kept = transitiveReduction(graph);
  const slim = knots.map((knot, i) => ({ ...knot, after: (kept[i] ?? []).map((id) => ({ id })) }));
  const byId = new Map(slim.map((knot) => [knot.id, knot]));
  return topologicalOrder(graph).flatMap((id) => byId.get(id) ?? []);
}

/** A join earns its dot only where it stands for more arrows than it has. `knots` in order. */
function withoutIdleJoins(knots: readonly Knot[], nodes: readonly PlanNode[]): Knot[] {
  const out = new Map<string, number>();
  for (const { after } of knots) for (const { id } of after) out.set(id, (out.get(id) ?? 0) + 1);
  const instead = new Map<string, readonly { readonly id: string }[]>();
  const kept: Knot[] = [];
  for (const knot of knots) {
    const after = [...new Set(knot.after.flatMap(({ id }) => instead.get(id)?.map((each) => each.id) ?? [id]))].map(
      (id) => ({ id }),
    );
    const join = knot.nodes.every((i) => nodes[i]?.kind === "join");
    if (join && after.length * (out.get(knot.id) ?? 0) <= after.length + (out.get(knot.id) ?? 0))
      instead.set(knot.id, after);
    else kept.push({ ...knot, after });
  }
  return kept;
}
