import { describe, expect, test } from "vitest";
import type { PlanNode } from "../../compiler/plan/plan.schema.ts";
import { elementsOf, type Item, outline, segmentsOf } from "../../compiler/render/outline.ts";
import { planText } from "../../compiler/render/text.ts";
import { call, join, planFile, STRING, step, wait } from "./build.ts";

const one = (id: string, after: readonly string[], resource = "r"): PlanNode =>
  step(id, after, call("x.y", "write", resource, [["on", STRING, resource]]), { rollback: { kind: "auto" } });

/** `roll(a b | c)`: loops with their waves; parts with what they hold; other nodes by name. */
const brief = (items: readonly Item[]): string[] => items.map(briefOne);

function briefOne(item: Item): string {
  switch (item.kind) {
    case "node":
      return item.name;
    case "loop":
      return `${item.loop.name}(${item.loop.waves.map((w) => w.join(" ")).join(" | ")})`;
    case "part":
      return `${item.part.name}{${brief(item.part.items).join(" ")}}`;
  }
}

describe("ids", () => {
  test("parts, keys with dots and brackets in them", () => {
    expect(segmentsOf("deploy.roll[web-1.example].drain")).toEqual([
      { name: "deploy", key: null },
      { name: "roll", key: "web-1.example" },
      { name: "drain", key: null },
    ]);
    expect(segmentsOf("roll[a[0]].x").map(({ key }) => key)).toEqual(["a[0]", null]);
    expect(segmentsOf("open[.x").map(({ name }) => name)).toEqual(["open[", "x"]);
  });
  test.each(["a.", "a[", "a[b].", "]..["])("%s, again and again, is shown all the same", (piece) => {
    expect(planText(planFile([one(piece.repeat(4000), [])]), { color: false, width: 80 })).toContain("write");
  });
  test("the loops around a node", () => {
    expect(elementsOf("drain")).toEqual([]);
    expect(elementsOf("outer[a].inner[b].x").map(({ loop, element }) => [loop, element])).toEqual([
      ["outer", "outer[a]"],
      ["outer[a].inner", "outer[a].inner[b]"],
    ]);
  });
});

describe("waves", () => {
  test("batches parted by joins and pauses", () => {
    const nodes = [
      one("before", []),
      one("l[a].x", ["before"], "a"),
      one("l[b].x", ["before"], "b"),
      join("l[batch 1]", ["l[a].x", "l[b].x"]),
      wait("l[batch 2]", ["l[batch 1]"], 5000),
      one("l[c].x", ["l[batch 2]"], "c"),
      one("after", ["l[c].x"]),
    ];
    const items = outline({ nodes, parts: [] });
    expect(brief(items)).toEqual(["before", "l(a b | c)", "after"]);
    expect(items[1]?.kind === "loop" ? items[1].loop.pauses : []).toEqual([5000]);
  });
  test("a window that slides: each element waits for one of those before", () => {
    const nodes = [
      one("l[a].x", []),
      one("l[b].x", []),
      one("l[c].x", ["l[a].x"]),
      one("l[d].x", ["l[b].x"]),
      one("l[e].x", ["l[c].x"]),
    ];
    expect(brief(outline({ nodes, parts: [] }))).toEqual(["l(a b | c d | e)"]);
  });
  test("branches beside each other are told", () => {
    const text = planText(
      planFile([one("first", []), one("left", ["first"]), one("right", ["first"]), one("last", ["left", "right"])]),
      { color: false, width: 80 },
    );
    expect(text).toMatch(/right = .*\n.*\n.*\n +together with left/);
    expect(text).toContain("waits for left, right");
    expect(text).not.toContain("waits for first");
  });
});

test("loops in loops fold, each with a key of its own", () => {
  const nodes = ["a", "b"].flatMap((outer) =>
    ["x", "y"].map((inner) => one(`o[${outer}].i[${inner}].go`, [], `${outer}/${inner}`)),
  );
  expect(planText(planFile(nodes), { color: false, width: 80 })).toContain('go = x.y(on: "‹key›/‹key 2›")');
});
