import { describe, expect, it } from "vitest";
import { parse } from "../../language/parse.ts";
import { moduleSchema } from "../../language/tree.schema.ts";
import { visit } from "../../language/walk.ts";
import { processorTime } from "../tools/processor-time.ts";

/** Generous, so that a slow machine passes; what is quadratic would take hours. */
const BOUND = 20_000;

/** Parses within the bound; the depth of the tree must be fit for those who walk it by recursion. */
function parseInTime(text: string): ReturnType<typeof parse> {
  const spent = processorTime();
  const result = parse(text);
  expect(spent()).toBeLessThan(BOUND);
  return result;
}

describe("depth", () => {
  const openers = ["[", "(", "{ a: ", "f(", "x[", "!", "- ", "x => ", "a ? ", "match ", "match a { b => "];
  it.each(openers)("5,000 times %j is one fault, and what follows is kept", (opener) => {
    const { tree, faults } = parseInTime(`let a = ${opener.repeat(5000)}\nenum E { m }`);
    expect(tree.items.map((item) => item.kind)).toEqual(["let", "enum"]);
    expect(faults.map((fault) => fault.code)).toContain("too_deep");
    expect(faults.length).toBeLessThanOrEqual(3);
    expect(moduleSchema.parse(tree)).toEqual(tree);
  });

  it.each([
    ["[", "]"],
    ["(", ")"],
    ["f(a: ", ")"],
    ['"${', '}"'],
    ['"""${', '}"""'],
    ["x ? ", " : y"],
  ])("5,000 times %j, each with its %j, is one fault", (opener, closer) => {
    const { tree, faults } = parseInTime(`let a = ${opener.repeat(5000)}1${closer.repeat(5000)}\nenum E { m }`);
    expect(faults).toMatchObject([{ code: "too_deep" }]);
    expect(tree.items.map((item) => item.kind)).toEqual(["let", "enum"]);
  });

  it.each(['"${', '"""${'])("5,000 times %j that is never closed is one fault", (opener) => {
    const { tree, faults } = parseInTime(`let a = ${opener.repeat(5000)}\nenum E { m }`);
    expect(faults).toMatchObject([{ code: "bad_string" }]);
    expect(tree.items.map((item) => item.kind)).toEqual(["let", "enum"]);
  });

  it("says how deep it may be", () => {
    const { faults } = parse(`let a = ${"[".repeat(5000)}${"]".repeat(5000)}`);
    expect(faults).toMatchObject([{ code: "too_deep", args: { limit: "64" } }]);
    expect(parse(`let a = ${"[".repeat(60)}${"]".repeat(60)}`).faults).toEqual([]);
  });

  it.each(["if a { ", "parallel { ", "step s = f() { ", "rollback { ", "if a { } else "])(
    "5,000 bodies: %s",
    (opener) => {
      const { tree, faults } = parseInTime(`action a() {\n${opener.repeat(5000)}\n\nenum E { m }`);
      expect(tree.items.map((item) => item.kind)).toEqual(["action", "enum"]);
      expect(faults.map((fault) => fault.code)).toContain("too_deep");
      expect(JSON.stringify(tree).length).toBeGreaterThan(0);
    },
  );

  it.each(["list<", "{ a: "])("5,000 types: %s", (opener) => {
    const { tree, faults } = parseInTime(`type T = ${opener.repeat(5000)}\nenum E { m }`);
    expect(tree.items.map((item) => item.kind)).toEqual(["type", "enum"]);
    expect(faults.map((fault) => fault.code)).toContain("too_deep");
  });

  it.each([" + a", ".a", "[0]", "()", " ?? a"])("a chain of 100,000 times %j is too deep, not too much", (link) => {
    const { tree, faults } = parseInTime(`let a = b${link.repeat(100_000)}\nlet c = 1`);
    expect(faults).toMatchObject([{ code: "too_deep", args: { limit: "256" } }]);
    expect(tree.items).toHaveLength(2);
    expect(moduleSchema.parse(tree)).toEqual(tree);
  });

  it("a chain of 200 is a chain", () => {
    expect(parse(`let a = ${Array(200).fill("b").join(" + ")}`).faults).toEqual([]);
  });
});

describe("size", () => {
  it("a line of 10 MB", { timeout: 2 * BOUND }, () => {
    const { tree, faults } = parseInTime(`let a = [${"12345, ".repeat(1_450_000)}]\nlet b = 2`);
    expect(faults).toEqual([]);
    expect(tree.items).toHaveLength(2);
  });

  it("a text of 10 MB", { timeout: 2 * BOUND }, () => {
    const { tree, faults } = parseInTime(`let a = "${"x".repeat(10_000_000)}"`);
    expect(faults).toEqual([]);
    expect(tree.items).toHaveLength(1);
  });

  it("100,000 declarations", { timeout: 2 * BOUND }, () => {
    const { tree, faults } = parseInTime("action a() { step s = f(a: 1) }\n".repeat(100_000));
    expect(faults).toEqual([]);
    expect(tree.items).toHaveLength(100_000);
  });

  it("100,000 declarations that are not closed", { timeout: 2 * BOUND }, () => {
    const { tree, faults } = parseInTime("action a() {\n  x = f(1,\n".repeat(100_000));
    expect(tree.items).toHaveLength(100_000);
    expect(faults.length).toBeLessThanOrEqual(200_000);
  });

  it.each(["/* a\n", '"""\n', 'let a = """\n', '"${', "}\n", "let a = {\n", "@ ", "///\n"])(
    "100,000 times %j",
    { timeout: 2 * BOUND },
    (piece) => {
      const { tree } = parseInTime(piece.repeat(100_000));
      let nodes = 0;
      visit(tree, () => {
        nodes += 1;
        return undefined;
      });
      expect(nodes).toBeGreaterThan(0);
    },
  );
});
