import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  buildGraph,
  CycleError,
  findCycle,
  type Linked,
  longestPath,
  reachability,
  topologicalOrder,
  transitiveReduction,
} from "../../compiler/plan/graph.ts";
import { processorTime } from "../tools/processor-time.ts";

/** `["a", "b<a", "c<a,b"]`: c waits for a and b. */
function nodes(...written: string[]): Linked[] {
  return written.map((text) => {
    const [id = "", after = ""] = text.split("<");
    return { id, after: after === "" ? [] : after.split(",").map((a) => ({ id: a })) };
  });
}

describe("order", () => {
  test("keeps the given order where it may", () => {
    expect(topologicalOrder(buildGraph(nodes("b", "a", "c<a")))).toEqual(["b", "a", "c"]);
  });
  test("moves what must wait", () => {
    expect(topologicalOrder(buildGraph(nodes("c<a", "b", "a")))).toEqual(["b", "a", "c"]);
  });
  test("ids that are not there make no edge and are told", () => {
    const graph = buildGraph(nodes("a<gone", "b<a"));
    expect(graph.missing).toEqual([{ node: "a", after: "gone" }]);
    expect(topologicalOrder(graph)).toEqual(["a", "b"]);
  });
  test("no id is special", () => {
    const ids = ["__proto__", "constructor", "a\u0001b", "\u0001", ""];
    const chain = ids.map((id, i) => ({ id, after: i === 0 ? [] : [{ id: ids[i - 1] ?? "" }] }));
    expect(topologicalOrder(buildGraph(chain))).toEqual(ids);
  });
});

describe("cycles", () => {
  test("the ring itself is returned, without the way to it", () => {
    const graph = buildGraph(nodes("start", "a<start,c", "b<a", "c<b", "end<c"));
    expect(findCycle(graph)).toEqual(["a", "b", "c"]);
    expect(() => topologicalOrder(graph)).toThrow(CycleError);
    expect(() => topologicalOrder(graph)).toThrow("a → b → c → a");
  });
  test("a node may wait for itself", () => {
    expect(findCycle(buildGraph(nodes("a<a")))).toEqual(["a"]);
  });
  test("none in an ordered graph", () => {
    expect(findCycle(buildGraph(nodes("a", "b<a", "c<a,b")))).toBeNull();
  });
});

describe("transitive reduction", () => {
  test("drops what another edge implies", () => {
    expect(transitiveReduction(buildGraph(nodes("a", "b<a", "c<a,b", "d<a,b,c")))).toEqual([[], ["a"], ["b"], ["c"]]);
  });
  test("keeps a diamond", () => {
    expect(transitiveReduction(buildGraph(nodes("a", "b<a", "c<a", "d<b,c,a")))).toEqual([
      [],
      ["a"],
      ["a"],
      ["b", "c"],
    ]);
  });
  test("sees ways that leave the spanning tree", () => {
    // x reaches d over c, which hangs on b in the tree; the tree alone would keep x.
    expect(transitiveReduction(buildGraph(nodes("x", "a", "b<a", "c<b,x", "d<x,c")))).toEqual([
      [],
      [],
      ["a"],
      ["x", "b"],
      ["c"],
    ]);
  });
});

describe("order between two", () => {
  const { reaches, unordered } = reachability(buildGraph(nodes("a", "b<a", "c<a", "d<b", "e<c,d")));
  test("reaches over several edges, not backwards, not itself", () => {
    expect([reaches("a", "e"), reaches("b", "e"), reaches("e", "a"), reaches("b", "c"), reaches("a", "a")]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
  test("unordered", () => {
    expect([unordered("b", "c"), unordered("c", "d"), unordered("a", "d"), unordered("a", "a")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

test("longest path", () => {
  const weights: Record<string, number> = { a: 1, b: 5, c: 2, d: 1 };
  const graph = buildGraph(nodes("a", "b<a", "c<a", "d<b,c"));
  expect(longestPath(graph, (n) => weights[n.id] ?? 0)).toEqual({ weight: 7, path: ["a", "b", "d"] });
  expect(longestPath(buildGraph([]), () => 1)).toEqual({ weight: 0, path: [] });
});

/** Any graph whose edges go from earlier to later. */
const acyclic: fc.Arbitrary<Linked[]> = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { maxLength: 24 })
  .map((rows) => rows.map((row, i) => ({ id: `n${i}`, after: i === 0 ? [] : row.map((r) => ({ id: `n${r % i}` })) })));

function closure(list: readonly Linked[]): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const node of list) {
    const set = new Set<string>();
    for (const { id } of node.after) {
      set.add(id);
      for (const further of all.get(id) ?? []) set.add(further);
    }
    all.set(node.id, set);
  }
  return all;
}

describe("for any graph", () => {
  test("the reduction reaches the same and no edge of it can be spared", () => {
    fc.assert(
      fc.property(acyclic, (list) => {
        const kept = transitiveReduction(buildGraph(list));
        const reduced = list.map((node, i) => ({ id: node.id, after: (kept[i] ?? []).map((id) => ({ id })) }));
        const before = closure(list);
        expect(closure(reduced)).toEqual(before);
        for (const node of reduced) {
          for (const { id } of node.after)
            expect(node.after.some((o) => o.id !== id && before.get(o.id)?.has(id))).toBe(false);
        }
      }),
    );
  });
  test("reaches agrees with the closure", () => {
    fc.assert(
      fc.property(acyclic, (list) => {
        const { reaches } = reachability(buildGraph(list));
        const all = closure(list);
        for (const a of list) for (const b of list) expect(reaches(a.id, b.id)).toBe(all.get(b.id)?.has(a.id) ?? false);
      }),
    );
  });
});

/** Milliseconds of `work`, with the graph already built. */
function time(work: () => unknown): number {
  const spent = processorTime();
  work();
  return spent();
}

describe("large graphs, without recursion and in near linear time (bounds are generous)", () => {
  const chain = Array.from({ length: 10_000 }, (_, i) => ({
    id: `n${i}`,
    // Each also reads the first and the one before the previous.
    after: i === 0 ? [] : [{ id: `n${i - 1}` }, { id: "n0" }, { id: `n${Math.max(0, i - 2)}` }],
  }));
  const fan = [
    { id: "root", after: [] },
    ...Array.from({ length: 5000 }, (_, i) => ({ id: `w${i}`, after: [{ id: "root" }] })),
    { id: "end", after: [{ id: "root" }, ...Array.from({ length: 5000 }, (_, i) => ({ id: `w${i}` }))] },
  ];
  test("a chain of 10,000", () => {
    const graph = buildGraph(chain);
    expect(time(() => expect(topologicalOrder(graph)).toHaveLength(10_000))).toBeLessThan(1000);
    expect(time(() => expect(findCycle(graph)).toBeNull())).toBeLessThan(1000);
    expect(time(() => expect(transitiveReduction(graph).flat()).toHaveLength(9999))).toBeLessThan(1000);
    expect(time(() => expect(longestPath(graph, () => 1).weight).toBe(10_000))).toBeLessThan(1000);
    expect(reachability(graph).reaches("n0", "n9999")).toBe(true);
  });
  test("a fan of 5,000", () => {
    const graph = buildGraph(fan);
    expect(time(() => expect(transitiveReduction(graph).at(-1)).toHaveLength(5000))).toBeLessThan(1000);
    expect(reachability(graph).unordered("w0", "w4999")).toBe(true);
  });
});
