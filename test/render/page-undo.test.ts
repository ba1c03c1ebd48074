/** In which order undo would run if a step failed, as the page tells it. */
import { describe, expect, test } from "vitest";
import { type UndoKind, type UndoNode, undoPath } from "../../compiler/render/page/undo-path.ts";

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
