/** In which order undo would run if a step failed, as the page tells it. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlanNode } from "../../compiler/plan/plan.schema.ts";
import { bookOf } from "../../compiler/render/page/book.ts";
import { pageData } from "../../compiler/render/page/data.ts";
import { type UndoKind, type UndoNode, undoPath } from "../../compiler/render/page/undo-path.ts";
import { join, plan, planFile, step } from "../runtime/run-plans.ts";
import { World } from "../runtime/run-world.ts";

/** `"a > b, c"`-like graphs by hand: name, kind, what it waits for. */
function graph(...rows: readonly (readonly [name: string, undo: UndoKind, before: string, element?: string])[]) {
  const names = rows.map(([name]) => name);
  const nodes = rows.map(
    ([, undo, before, element = null]): UndoNode => ({
      undo,
      before: [...before].map((name) => names.indexOf(name)),
      element,
    }),
  );
  return (failed: string, within: string | null = null) => {
    const { waves, kept, points, maybe } = undoPath(nodes, names.indexOf(failed), within);
    const named = (list: readonly number[]): string => list.map((i) => names[i]).join("");
    return { waves: waves.map(named), kept: named(kept), points: named(points), maybe: named(maybe) };
  };
}

describe("if a step fails", () => {
  test("a chain is undone in reverse, with the step that failed: it may have acted", () => {
    const path = graph(["a", "undo", ""], ["b", "none", "a"], ["c", "undo", "b"], ["d", "undo", "c"]);
    expect(path("c")).toEqual({ waves: ["c", "a"], kept: "", points: "", maybe: "" });
    expect(path("b")).toEqual({ waves: ["a"], kept: "", points: "", maybe: "" });
  });

  test("steps that do not rest on each other are undone together, after all that rest on them", () => {
    const path = graph(
      ["a", "undo", ""],
      ["b", "undo", "a"],
      ["c", "undo", "a"],
      ["d", "undo", "c"],
      ["j", "none", "bd"],
    );
    expect(path("j").waves).toEqual(["db", "c", "a"]);
  });

  test("what may run beside it is undone too, if it had begun", () => {
    const path = graph(["a", "undo", ""], ["b", "undo", "a"], ["c", "undo", "a"], ["d", "undo", "b"]);
    expect(path("b")).toEqual({ waves: ["b", "a"], kept: "", points: "", maybe: "c" });
  });

  test("a step that cannot be undone stays, and all it rests on; what rests on it is undone", () => {
    const path = graph(
      ["a", "undo", ""],
      ["b", "point", "a"],
      ["c", "undo", "b"],
      ["x", "undo", ""],
      ["d", "undo", "cx"],
    );
    expect(path("d")).toEqual({ waves: ["d", "xc"], kept: "a", points: "b", maybe: "" });
    expect(path("b")).toEqual({ waves: [], kept: "a", points: "b", maybe: "x" });
  });

  test("an element that may fail is undone alone", () => {
    const path = graph(
      ["a", "undo", ""],
      ["b", "undo", "a", "l[1]"],
      ["c", "undo", "b", "l[1]"],
      ["d", "undo", "a", "l[2]"],
    );
    expect(path("c", "l[1]")).toEqual({ waves: ["c", "b"], kept: "", points: "", maybe: "" });
    expect(path("c")).toEqual({ waves: ["c", "b", "a"], kept: "", points: "", maybe: "d" });
  });

  test("a chain of 100,000 is no trouble", () => {
    const nodes = Array.from(
      { length: 100_000 },
      (_, i): UndoNode => ({ undo: "undo", before: i === 0 ? [] : [i - 1], element: null }),
    );
    const { waves } = undoPath(nodes, 99_999);
    expect([waves.length, waves[0], waves.at(-1)]).toEqual([100_000, [99_999], [0]]);
  });
});

describe("what the page says is what a run does", () => {
  type Kind = "undo" | "point" | "nothing" | "read" | "join";
  const shapes = fc.array(
    fc.record({
      kind: fc.constantFrom<Kind>("undo", "undo", "undo", "undo", "point", "nothing", "read", "join"),
      /** Bits: which of the nodes before it it waits for. */
      after: fc.nat({ max: 255 }),
      takes: fc.constantFrom(50, 100, 400, 900),
    }),
    { minLength: 2, maxLength: 8 },
  );
  const nameOf = (i: number): string => `n${i}`;
  const nodeOf = (kind: Kind, id: string, after: readonly string[]): PlanNode => {
    switch (kind) {
      case "undo":
        return step(id, after);
      case "point":
        return step(id, after, { rollback: null, irreversible: "it is gone" });
      case "nothing":
        return step(id, after, { rollback: { kind: "nothing", why: "none needed" } });
      case "read":
        return step(id, after, { call: { effect: "read", operation: "look" }, rollback: null });
      case "join":
        return join(id, after);
    }
  };

  test("of random plans, whichever step fails", async () => {
    let undone = 0;
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat({ max: 7 }), async (all, at) => {
        const failing = at % all.length;
        fc.pre(all[failing]?.kind !== "join");
        const nodes = all.map(({ kind, after }, i) =>
          nodeOf(
            kind,
            nameOf(i),
            Array.from({ length: i }, (_, k) => k)
              .filter((k) => (after >> k) % 2 === 1)
              .map(nameOf),
          ),
        );
        const of = plan(nodes);
        const said = undoPath(pageData(bookOf(planFile(of), null)).nodes, failing);
        const world = new World((_, name, __, method) => {
          const n = Number(name.slice(1));
          if (method === "run" && n === failing) return { answer: "error", acts: true, retryable: false };
          return { takes: all[n]?.takes ?? 50 };
        });
        await world.apply(of);
        const did = world.did("remove");
        undone += did.length;
        const perhapsKept = (name: string): boolean =>
          said.maybePoints.some((point) => reaches(nodes, name, nameOf(point)));
        const sure = said.waves
          .flat()
          .map(nameOf)
          .filter((name) => !perhapsKept(name));
        expect(did).toEqual(expect.arrayContaining(sure));
        for (const name of did) expect([...said.waves.flat().map(nameOf), ...said.maybe.map(nameOf)]).toContain(name);
        const order = did.filter((name) => sure.includes(name));
        const waves = new Map(said.waves.flatMap((wave, i) => wave.map((n) => [nameOf(n), i] as const)));
        for (const [i, name] of order.entries())
          for (const before of order.slice(0, i))
            if (reaches(nodes, name, before)) expect(waves.get(before)).toBeLessThan(waves.get(name) ?? -1);
            else expect(reaches(nodes, before, name)).toBe(false);
      }),
      { numRuns: 300 },
    );
    expect(undone).toBeGreaterThan(100);
  });

  /** Whether `to` waits for `from`, over others perhaps. */
  function reaches(nodes: readonly PlanNode[], from: string, to: string): boolean {
    const node = nodes.find(({ id }) => id === to);
    return node?.after.some(({ id }) => id === from || reaches(nodes, from, id)) === true;
  }
});
