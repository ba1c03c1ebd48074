/** What comes before what in two graphs that share nodes: exactly, over all ways, without recursion. */
import type { PlanNode } from "../plan/plan.schema.ts";

/** A node that is in both, by its place in each. */
export interface Shared {
  readonly old: number;
  readonly now: number;
}

/** Two shared nodes in an order that only one of the plans has. */
export interface Order {
  /** Indexes among the shared nodes. */
  readonly first: number;
  readonly then: number;
  /** Only the old plan has it. */
  readonly lost: boolean;
  /** No other shared node lies between. */
  readonly direct: boolean;
  /** No other shared node that writes lies between. */
  readonly directWrite: boolean;
}

/** So many nodes are looked at together: bits of a number. */
const CHUNK = 31;

/** Pairs that are not asked for: those of different elements of one loop. */
export interface Skipped {
  /** Of each shared node a number for its loop and one for its element; -1 where its pairs are all asked for. */
  readonly loop: Int32Array;
  readonly element: Int32Array;
}

/** Tells of every order of two shared nodes that one plan has and the other has not. */
export function differentOrders(
  old: readonly PlanNode[],
  now: readonly PlanNode[],
  shared: readonly Shared[],
  writes: (shared: number) => boolean,
  skipped: Skipped,
  tell: (order: Order) => void,
): void {
  const [before, after] = [sideOf(old, shared, "old", writes), sideOf(now, shared, "now", writes)];
  for (let start = 0; start < shared.length; start += CHUNK) {
    const end = Math.min(shared.length, start + CHUNK);
    spread(before, start, end);
    spread(after, start, end);
    const [loops, elements] = [bitsOf(skipped.loop, start, end), bitsOf(skipped.element, start, end)];
    shared.forEach((place, then) => {
      const was = before.reached[place.old] ?? 0;
      const is = after.reached[place.now] ?? 0;
      const loop = skipped.loop[then] ?? -1;
      const others = loop < 0 ? 0 : (loops.get(loop) ?? 0) & ~(elements.get(skipped.element[then] ?? -1) ?? 0);
      const asked = (was ^ is) & ~others;
      for (let first = start; asked !== 0 && first < end; first += 1) {
        const bit = 1 << (first - start);
        if ((asked & bit) === 0) continue;
        const lost = (was & bit) !== 0;
        const side = lost ? before : after;
        const at = lost ? place.old : place.now;
        const direct = ((side.near[at] ?? 0) & bit) !== 0;
        tell({ first, then, lost, direct, directWrite: ((side.nearWrite[at] ?? 0) & bit) !== 0 });
      }
    });
  }
}

/** Which nodes of a chunk have each number. */
function bitsOf(numbers: Int32Array, start: number, end: number): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let i = start; i < end; i += 1) {
    const n = numbers[i] ?? -1;
    if (n >= 0) found.set(n, (found.get(n) ?? 0) | (1 << (i - start)));
  }
  return found;
}

interface Side {
  /** Indexes of direct predecessors of all nodes, one after the other; those of node `i` from `ends[i]` to `ends[i + 1]`. */
  readonly before: Int32Array;
  readonly ends: Int32Array;
  /** Which shared node each is; -1 for none. */
  readonly sharedAt: Int32Array;
  readonly writes: Uint8Array;
  /** Bits of those nodes of the chunk that come before, over any way, and over ways without another shared node. */
  readonly reached: Int32Array;
  readonly near: Int32Array;
  readonly nearWrite: Int32Array;
}

function sideOf(
  nodes: readonly PlanNode[],
  shared: readonly Shared[],
  which: "old" | "now",
  writes: (shared: number) => boolean,
): Side {
  const sharedAt = new Int32Array(nodes.length).fill(-1);
  const writing = new Uint8Array(nodes.length);
  shared.forEach((each, i) => {
    sharedAt[each[which]] = i;
    writing[each[which]] = writes(i) ? 1 : 0;
  });
  return {
    ...predecessors(nodes),
    sharedAt,
    writes: writing,
    reached: new Int32Array(nodes.length),
    near: new Int32Array(nodes.length),
    nearWrite: new Int32Array(nodes.length),
  };
}

/** Only what stands earlier counts: a plan made by hand may name what does not. */
function predecessors(nodes: readonly PlanNode[]): Pick<Side, "before" | "ends"> {
  const index = new Map<string, number>();
  const all: number[] = [];
  const ends = new Int32Array(nodes.length + 1);
  nodes.forEach((node, i) => {
    for (const { id } of node.after) {
      const place = index.get(id);
      if (place !== undefined) all.push(place);
    }
    ends[i + 1] = all.length;
    if (!index.has(node.id)) index.set(node.id, i);
  });
  return { before: Int32Array.from(all), ends };
}

/** Plain loops over flat arrays: of a plan of 50,000 nodes this goes over each edge more than a thousand times. */
function spread(side: Side, start: number, end: number): void {
  const { before, ends, sharedAt, writes, reached, near, nearWrite } = side;
  for (let i = 0; i < reached.length; i += 1) {
    let all = 0;
    let close = 0;
    let closeWrite = 0;
    const last = ends[i + 1] as number;
    for (let e = ends[i] as number; e < last; e += 1) {
      const p = before[e] as number;
      const place = sharedAt[p] as number;
      const bit = place >= start && place < end ? 1 << (place - start) : 0;
      all |= (reached[p] as number) | bit;
      close |= place >= 0 ? bit : (near[p] as number);
      closeWrite |= writes[p] === 1 ? bit : (nearWrite[p] as number) | bit;
    }
    reached[i] = all;
    near[i] = close;
    nearWrite[i] = closeWrite;
  }
}
