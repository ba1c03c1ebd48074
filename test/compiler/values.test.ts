/** What values come to, told by a condition that none of them meets. */
import { describe, expect, test } from "vitest";
import { reduce } from "../../compiler/ir/evaluate.ts";
import { constant } from "../../compiler/ir/expr.ts";
import { check, programOf } from "./project.ts";

const SHOWN = `type Shown = string where it == "\\u{0}" else "<\${it}>"\n`;

/** The text of the last let of `source`. */
function shown(source: string, text: string): string {
  const { diagnostics } = check({ "a.ops": `${SHOWN}${source}\nlet _shown: Shown = "${text}"\n` });
  const errors = diagnostics.filter((d) => d.severity === "error").map((d) => d.message);
  expect(errors).toHaveLength(1);
  return errors[0]?.replace(/^.*?<|>$/gs, "") ?? "";
}

describe("a record where fewer fields are wanted is cut to them", () => {
  const types = `type A = { a: int }
type B = { a: int, b?: int }
let x: { a: int, b: string } = { a: 1, b: "x" }
let y: A = x
`;

  test.each<[string, string, string, string]>([
    ["a hidden field does not come back", "let z: B = y", "${z.b ?? 7} ${z} ${y}", '7 {"a":1} {"a":1}'],
    ["within lists", "let z: list<A> = [x, y]", "${z} ${z.unique().length}", '[{"a":1},{"a":1}] 1'],
    ["within maps", "let z: map<A> = { k: x }", "${z}", '{"k":{"a":1}}'],
    ["within optionals", "let z: A? = x", "${z ?? y}", '{"a":1}'],
    ["a record as a map", "let z: map<int> = y", "${z} ${z.keys}", '{"a":1} ["a"]'],
    ["it equals what it looks like", "", "${y == { a: 1 }}", "true"],
    ["the values of a map", "let m: map<B> = { k: { a: 1, b: 2 } }\nlet z: list<A> = m.values", "${z}", '[{"a":1}]'],
  ])("%s", (_, more, text, value) => {
    expect(shown(`${types}${more}`, text)).toBe(value);
  });

  test.each<[string, string, string, string]>([
    ["a list", "let z = [{ a: 1, b: 2 }, { a: 1 }]", "${z} ${z[1].b ?? 7}", '[{"a":1,"b":2},{"a":1}] 7'],
    ["a sum of lists", "let z = [{ a: 1, b: 2 }] + [{ a: 1 }]", "${z}", '[{"a":1,"b":2},{"a":1}]'],
    ["a choice", "let z = [1].length == 1 ? { a: 1, b: 2 } : { a: 1 }", "${z}", '{"a":1,"b":2}'],
  ])("what is not asked for is not lost: %s", (_, more, text, value) => {
    expect(shown(more, text)).toBe(value);
  });

  test("also where the value is known when planned only", () => {
    const source = `${types.split("\n").slice(0, 2).join("\n")}
action f(x: { a: int, b: string }) {
  let y: A = x
  let z: B = y
  wait (z.b ?? 5) * 1s
}
`;
    const body = programOf({ "a.ops": source }).actions[0]?.body ?? [];
    const [first] = body;
    if (first?.s !== "let") throw new Error("no let");
    const value = reduce(first.value, { ref: () => constant({ a: 1, b: "x" }) });
    expect(value).toEqual(constant({ a: 1 }));
  });
});

test("a share is what arithmetic says", () => {
  expect(shown("", "${29% of 100} ${58% of 100} ${10% of 9} ${29% of 100s} ${7% of 50B}")).toBe("29 58 0 29s 4B");
});
