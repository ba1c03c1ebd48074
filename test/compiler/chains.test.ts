import { expect, test } from "vitest";
import { walkChains } from "../../compiler/ir/chains.ts";
import { constant, type Expr } from "../../compiler/ir/expr.ts";

const ref = (name: string): Expr => ({ k: "ref", root: "var", name });
const field = (of: Expr, name: string): Expr => ({ k: "field", of, name, safe: false });
const op = (...args: Expr[]): Expr => ({ k: "op", op: "and", args, at: null });

function chains(expr: Expr): string[] {
  const found: string[] = [];
  walkChains(expr, ({ root, path }) => {
    if (root.k === "ref") found.push([root.name, ...path].join("."));
    else if (path.length > 0) found.push(`${root.k}.${path.join(".")}`);
  });
  return found;
}

test("a chain is found as a whole, and none within it", () => {
  expect(chains(field(field(ref("a"), "b"), "c"))).toEqual(["a.b.c"]);
  expect(chains(op(field(ref("a"), "b"), ref("a"), constant(1)))).toEqual(["a.b", "a"]);
});

test("what a chain begins with is looked into", () => {
  expect(chains(field(op(ref("x"), field(ref("y"), "z")), "c"))).toEqual(["op.c", "x", "y.z"]);
});

test("one expression that stands in two places is found in both", () => {
  const a = ref("a");
  expect(chains(op(field(a, "b"), a))).toEqual(["a.b", "a"]);
  expect(chains(op(a, field(a, "b")))).toEqual(["a", "a.b"]);
});
