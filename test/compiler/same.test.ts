import { describe, expect, test } from "vitest";
import { same } from "../../compiler/same.ts";

describe("same", () => {
  test.each<[string, unknown, unknown, boolean]>([
    ["records in another order", { a: 1, b: [2] }, { b: [2], a: 1 }, true],
    ["a field more", { a: 1 }, { a: 1, b: undefined }, false],
    ["a list and a record", [1], { 0: 1 }, false],
    ["maps", new Map([["a", { x: 1 }]]), new Map([["a", { x: 1 }]]), true],
    ["maps that differ", new Map([["a", 1]]), new Map([["b", 1]]), false],
    ["zeros that differ in their sign", 0, -0, false],
  ])("%s", (_, a, b, is) => expect(same(a, b)).toBe(is));

  test("of long lists and of deep ones costs no stack", () => {
    const long = (last: number): number[] => [...Array.from({ length: 300_000 }, (_, i) => i), last];
    expect(same(long(1), long(1))).toBe(true);
    expect(same(long(1), long(2))).toBe(false);
    const deep = (): unknown => {
      let value: unknown = null;
      for (let i = 0; i < 100_000; i += 1) value = [value];
      return value;
    };
    expect(same(deep(), deep())).toBe(true);
  });
});
