/**
 * The graph of a plan's nodes: the only file that knows the graph library.
 *
 * The library holds nodes and edges; what is asked of them is answered here on integer positions and without
 * recursion, because plans may be chains of ten thousand nodes. Nodes are known to the library by their index, so that
 * no id, however odd, means anything to it.
 */
import { Graph } from "@dagrejs/graphlib";

/** Whatever has an id and names those that come before it. */
export interface Linked {
  readonly id: string;
  readonly after: readonly { readonly id: string }[];
}

/** A built graph. Made by `buildGraph`; everything else here takes it. */
export interface PlanGraph<N extends Linked> {
  readonly nodes: readonly N[];
  /** Index in `nodes` of each id; the first one where an id is there twice. */
  readonly index: ReadonlyMap<string, number>;
  /** Indexes of direct predecessors and successors, without repeats, ascending. */
  readonly before: readonly (readonly number[])[];
  readonly next: readonly (readonly number[])[];
  /** Ids that `after` names and that no node has. They make no edge. */
  readonly missing: readonly { readonly node: string; readonly after: string }[];
}

/** A cycle met where an order was asked for. `cycle` holds ids, each waiting for the one before it, the first for the last. */
export class CycleError extends Error {
  readonly cycle: readonly string[];
  constructor(cycle: readonly string[]) {
    super(`these wait for each other: ${cycle.join(" → ")} → ${cycle[0] ?? ""}`);
    this.name = "CycleError";
    this.cycle = cycle;
  }
}

/** Never throws: ids that are not there are listed in `missing`, cycles are left for `findCycle`. */
export function buildGraph<N extends Linked>(nodes: readonly N[]): PlanGraph<N> {
  const index = new Map<string, number>();
  const graph = new Graph({ directed: true });
  nodes.forEach((node, i) => {
    if (!index.has(node.id)) index.set(node.id, i);
    graph.setNode(String(i));
  });
  const missing: { node: string; after: string }[] = [];
  nodes.forEach((node, i) => {
    for (const { id } of node.after) {
      const from = index.get(id);
      if (from === undefined) missing.push({ node: node.id, after: id });
      else graph.setEdge(String(from), String(i));
    }
  });
  const ascending = (names: readonly string[]): number[] => names.map(Number).sort((a, b) => a - b);
  return {
    nodes,
    index,
    before: nodes.map((_, i) => ascending(graph.predecessors(String(i)) ?? [])),
    next: nodes.map((_, i) => ascending(graph.successors(String(i)) ?? [])),
    missing,
  };
}

/** Ids so that each stands after those it waits for, otherwise as near to the given order as can be. Throws `CycleError`. */
export function topologicalOrder<N extends Linked>(graph: PlanGraph<N>): string[] {
  return topological(graph).map((i) => idOf(graph, i));
}

/** Ids that wait for each other in a ring, each for the one before it; null where there is none. */
export function findCycle<N extends Linked>(graph: PlanGraph<N>): readonly string[] | null {
  const OPEN = 1;
  const DONE = 2;
  const state = new Uint8Array(graph.nodes.length);
  for (let root = 0; root < graph.nodes.length; root++) {
    if (state[root] !== 0) continue;
    const path: { readonly at: number; child: number }[] = [{ at: root, child: 0 }];
    state[root] = OPEN;
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const child = graph.next[top.at]?.[top.child++];
      if (child === undefined) {
        state[top.at] = DONE;
        path.pop();
      } else if (state[child] === OPEN) {
        return path.slice(path.findIndex(({ at }) => at === child)).map(({ at }) => idOf(graph, at));
      } else if (state[child] === 0) {
        state[child] = OPEN;
        path.push({ at: child, child: 0 });
      }
    }
  }
  return null;
}

/**
 * For each node the ids it must really be drawn as waiting for: those not already implied by another. In the order of
 * `graph.nodes`; same reachability, fewest edges. Throws `CycleError`.
 *
 * An edge is redundant if its start reaches another direct predecessor. Most are settled by the intervals of one
 * spanning tree; what is left by a walk back that never goes before the earliest node in question.
 */
export function transitiveReduction<N extends Linked>(graph: PlanGraph<N>): string[][] {
  const { order, position } = positions(graph);
  const tree = spanningTree(graph, position);
  const seen = new Int32Array(graph.nodes.length).fill(-1);
  const kept: string[][] = graph.nodes.map(() => []);
  for (const at of order) {
    const candidates = withoutAncestors(graph.before[at] ?? [], tree);
    const reduced = candidates.length < 2 ? candidates : withoutReached(graph, at, candidates, position, seen);
    kept[at] = reduced.sort((a, b) => a - b).map((i) => idOf(graph, i));
  }
  return kept;
}

export interface Reachability {
  /** Whether `to` waits, directly or not, for `from`. A node does not wait for itself. Unknown ids reach nothing. */
  reaches(from: string, to: string): boolean;
  /** Whether two different nodes may run at the same time. */
  unordered(a: string, b: string): boolean;
}

/** Prepares questions about order. A question costs at most the nodes between the two in topological order. Throws `CycleError`. */
export function reachability<N extends Linked>(graph: PlanGraph<N>): Reachability {
  const { position } = positions(graph);
  const tree = spanningTree(graph, position);
  const seen = new Int32Array(graph.nodes.length);
  let question = 0;
  const at = (i: number): number => position[i] ?? 0;

  const walk = (from: number, to: number): boolean => {
    question++;
    const stack = [to];
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      if (isAncestor(tree, from, i)) return true;
      for (const before of graph.before[i] ?? []) {
        if (before === from) return true;
        if (at(before) <= at(from) || seen[before] === question) continue;
        seen[before] = question;
        stack.push(before);
      }
    }
    return false;
  };
  const reaches = (from: string, to: string): boolean => {
    const a = graph.index.get(from);
    const b = graph.index.get(to);
    return a !== undefined && b !== undefined && at(a) < at(b) && walk(a, b);
  };
  return { reaches, unordered: (a, b) => a !== b && !reaches(a, b) && !reaches(b, a) };
}

/**
 * The heaviest path: its total weight and its ids, first to last. `weight` is asked once for each node and must not be
 * negative; unit is the caller's. Empty graph: 0 and no ids. Throws `CycleError`.
 */
export function longestPath<N extends Linked>(
  graph: PlanGraph<N>,
  weight: (node: N) => number,
): { readonly weight: number; readonly path: readonly string[] } {
  const total = new Float64Array(graph.nodes.length);
  const via = new Int32Array(graph.nodes.length).fill(-1);
  let end = -1;
  for (const i of topological(graph)) {
    const node = graph.nodes[i];
    if (node === undefined) continue;
    for (const before of graph.before[i] ?? []) {
      if (via[i] === -1 || (total[before] ?? 0) > (total[via[i] ?? 0] ?? 0)) via[i] = before;
    }
    total[i] = (via[i] === -1 ? 0 : (total[via[i] ?? 0] ?? 0)) + weight(node);
    if (end === -1 || (total[i] ?? 0) > (total[end] ?? 0)) end = i;
  }
  const path: string[] = [];
  for (let i = end; i !== -1; i = via[i] ?? -1) path.push(idOf(graph, i));
  return { weight: end === -1 ? 0 : (total[end] ?? 0), path: path.reverse() };
}

function idOf<N extends Linked>(graph: PlanGraph<N>, i: number): string {
  return graph.nodes[i]?.id ?? "";
}

/** Kahn's algorithm with a heap of indexes, so that among those ready the one given first comes first. */
function topological<N extends Linked>(graph: PlanGraph<N>): number[] {
  const waiting = graph.before.map((before) => before.length);
  const ready = new MinHeap();
  waiting.forEach((count, i) => {
    if (count === 0) ready.push(i);
  });
  const order: number[] = [];
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    order.push(i);
    for (const next of graph.next[i] ?? []) {
      const left = (waiting[next] ?? 0) - 1;
      waiting[next] = left;
      if (left === 0) ready.push(next);
    }
  }
  if (order.length < graph.nodes.length) throw new CycleError(findCycle(graph) ?? []);
  return order;
}

function positions<N extends Linked>(graph: PlanGraph<N>): { readonly order: number[]; readonly position: Int32Array } {
  const order = topological(graph);
  const position = new Int32Array(order.length);
  order.forEach((i, at) => {
    position[i] = at;
  });
  return { order, position };
}

/** Preorder number of each node, and the last preorder number under it, in a tree where each hangs on its latest predecessor. */
interface SpanningTree {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

function spanningTree<N extends Linked>(graph: PlanGraph<N>, position: Int32Array): SpanningTree {
  const children: number[][] = graph.nodes.map(() => []);
  const roots: number[] = [];
  graph.before.forEach((before, i) => {
    let parent = -1;
    for (const b of before) if (parent === -1 || (position[b] ?? 0) > (position[parent] ?? 0)) parent = b;
    (children[parent] ?? roots).push(i);
  });
  const first = new Int32Array(graph.nodes.length);
  const last = new Int32Array(graph.nodes.length);
  let counter = 0;
  for (const root of roots) {
    first[root] = counter++;
    const path: { readonly at: number; child: number }[] = [{ at: root, child: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const child = children[top.at]?.[top.child++];
      if (child === undefined) {
        last[top.at] = counter - 1;
        path.pop();
      } else {
        first[child] = counter++;
        path.push({ at: child, child: 0 });
      }
    }
  }
  return { first, last };
}

function isAncestor(tree: SpanningTree, above: number, below: number): boolean {
  const at = tree.first[below] ?? 0;
  return above !== below && (tree.first[above] ?? 0) <= at && at <= (tree.last[above] ?? 0);
}

/** In preorder, a node has a descendant among the others exactly if the very next one is one. */
function withoutAncestors(candidates: readonly number[], tree: SpanningTree): number[] {
  const sorted = [...candidates].sort((a, b) => (tree.first[a] ?? 0) - (tree.first[b] ?? 0));
  return sorted.filter((c, i) => {
    const following = sorted[i + 1];
    return following === undefined || !isAncestor(tree, c, following);
  });
}

function withoutReached<N extends Linked>(
  graph: PlanGraph<N>,
  at: number,
  candidates: readonly number[],
  position: Int32Array,
  seen: Int32Array,
): number[] {
  // The latest cannot be reached from the others, so the walk ends once all the rest has been met: a value that every
  // step of a long chain reads is met at once, at the step before.
  const stack = [...candidates].sort((a, b) => (position[a] ?? 0) - (position[b] ?? 0));
  const earliest = position[stack[0] ?? 0] ?? 0;
  const wanted = new Set(stack.slice(0, -1));
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    for (const before of graph.before[i] ?? []) {
      if ((position[before] ?? 0) < earliest || seen[before] === at) continue;
      seen[before] = at;
      stack.push(before);
      if (wanted.delete(before) && wanted.size === 0) return candidates.filter((c) => seen[c] !== at);
    }
  }
  return candidates.filter((c) => seen[c] !== at);
}

class MinHeap {
  readonly #items: number[] = [];

  push(value: number): void {
    const items = this.#items;
    let i = items.length;
    items.push(value);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if ((items[parent] ?? 0) <= value) break;
      items[i] = items[parent] ?? 0;
      i = parent;
    }
    items[i] = value;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] ?? 0) < (items[child] ?? 0)) child++;
      if ((items[child] ?? 0) >= last) break;
      items[i] = items[child] ?? 0;
      i = child;
    }
    items[i] = last;
    return top;
  }
}
