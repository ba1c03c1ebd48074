/** The evaluator: one for planner and runtime, so what it knows early it must not know differently later. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWord } from "../../compiler/expand/words.ts";
import {
  type Env,
  EvaluationError,
  emptyEnv,
  equal,
  evaluate,
  freeRefs,
  reduce,
  reduceOutermost,
  substitute,
} from "../../compiler/ir/evaluate.ts";
import { exprSchema } from "../../compiler/ir/expr.schema.ts";
import { constant, type Expr, FORMATS, type Value } from "../../compiler/ir/expr.ts";
import { formatDuration, formatSize, formatValue } from "../../compiler/ir/format.ts";
import { lambdaOps, strictOps } from "../../compiler/ir/ops.ts";

const v = (name: string): Expr => ({ k: "ref", root: "var", name });
const op = (name: string, ...args: Expr[]): Expr => ({ k: "op", op: name, args, at: "a.ops:1:1" });
const envOf = (values: Readonly<Record<string, Value>>): Env => ({
  ref: (root, name) => (root === "var" && Object.hasOwn(values, name) ? constant(values[name] ?? null) : undefined),
});

type Answer = { readonly value: Value } | { readonly error: string };

function answer(compute: () => Value): Answer {
  try {
    return { value: compute() };
  } catch (error) {
    if (error instanceof EvaluationError) return { error: error.message };
    throw error;
  }
}

// ------------------------------------------------------------------------------------------- made-up expressions

const values: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, 1, -1, 2.5, 1e15, "", "a", "b c", "12", "2026-11-21T09:00:00.000Z"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "from", "to", "__proto__"), tie("value"), { maxKeys: 3 }),
  ),
})).value;

const strictNames = Object.keys(strictOps);
const lambdaNames = Object.keys(lambdaOps);
const names = ["x", "y", "z"];

const exprs: fc.Arbitrary<Expr> = fc.letrec<{ expr: Expr }>((tie) => {
  const e = tie("expr");
  return {
    expr: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      values.map(constant),
      fc.constantFrom(...names).map(v),
      fc.constant<Expr>({ k: "ref", root: "local", name: "p" }),
      fc.record({ k: fc.constant("field" as const), of: e, name: fc.constantFrom("a", "b"), safe: fc.boolean() }),
      fc.record({ k: fc.constant("list" as const), items: fc.array(e, { maxLength: 3 }) }),
      fc.record({
        k: fc.constant("record" as const),
        fields: fc.dictionary(fc.constantFrom("a", "b", "__proto__"), e, { maxKeys: 2 }),
      }),
      fc.record({
        k: fc.constant("text" as const),
        parts: fc.array(fc.oneof(fc.constant("t"), fc.record({ e, as: fc.constantFrom(...FORMATS) })), {
          maxLength: 3,
        }),
      }),
      fc.record({
        k: fc.constant("op" as const),
        op: fc.constantFrom("and", "or", "if", "coalesce", "cut", "constructor", ...strictNames),
        args: fc.array(e, { maxLength: 3 }),
        at: fc.constant(null),
      }),
      fc
        .record({ name: fc.constantFrom(...lambdaNames), subject: e, body: e })
        .map(({ name, subject, body }): Expr => op(name, subject, { k: "fn", params: ["p"], body })),
      fc.record({
        k: fc.constant("match" as const),
        on: e,
        arms: fc.array(fc.record({ is: fc.option(fc.array(values, { maxLength: 2 })), then: e }), { maxLength: 2 }),
        at: fc.constant(null),
      }),
    ),
  };
}).expr;

const bindings = fc.record({ x: values, y: values, z: values });

describe("whatever the expression", () => {
  test("nothing but its own error is thrown", () => {
    fc.assert(
      fc.property(exprs, bindings, (expr, vars) => {
        answer(() => evaluate(expr, envOf(vars)));
      }),
      { numRuns: 1000 },
    );
  });

  test("what is reduced by a part of what is known has the same value later", () => {
    fc.assert(
      fc.property(exprs, bindings, fc.subarray(names), (expr, vars, early) => {
        const whole = answer(() => evaluate(expr, envOf(vars)));
        const known = Object.fromEntries(Object.entries(vars).filter(([name]) => early.includes(name)));
        const inTwo = answer(() => evaluate(reduce(expr, envOf(known)), envOf(vars)));
        if ("value" in whole) expect(inTwo).toEqual(whole);
        // What fails may fail with another of its faults, or be decided by a side that was not known before.
        else if ("value" in inTwo) expect(answer(() => evaluate(expr, envOf(vars)))).toHaveProperty("error");
      }),
      { numRuns: 1000 },
    );
  });

  test("reducing once more changes nothing, also when only the outermost is looked at", () => {
    fc.assert(
      fc.property(exprs, bindings, (expr, vars) => {
        try {
          const once = reduce(expr, envOf({ x: vars.x }));
          expect(reduce(once, emptyEnv)).toEqual(once);
          if (once.k !== "fn") expect(reduceOutermost(once)).toEqual(once);
        } catch (error) {
          if (!(error instanceof EvaluationError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  test("substituting and then evaluating is evaluating", () => {
    fc.assert(
      fc.property(exprs, bindings, (expr, vars) => {
        const env = envOf(vars);
        expect(answer(() => evaluate(substitute(expr, env), emptyEnv))).toEqual(answer(() => evaluate(expr, env)));
      }),
      { numRuns: 500 },
    );
  });

  test("it is JSON that its schema knows", () => {
    fc.assert(
      fc.property(exprs, (expr) => {
        expect(exprSchema.safeParse(JSON.parse(JSON.stringify(expr))).success).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("Kleene's logic", () => {
  const T = constant(true);
  const F = constant(false);
  const U = v("unknown");
  const all: Expr[] = [T, F, U];
  const rank = (e: Expr): number => (e.k !== "const" ? 1 : e.v === true ? 2 : 0);
  const not = (e: Expr): Expr => reduce(op("not", e), emptyEnv);
  const pairs = all.flatMap((a) => all.map((b) => [a, b] as const));

  test.each(pairs)("and is the least, or the greatest: %j %j", (a, b) => {
    expect(rank(reduce(op("and", a, b), emptyEnv))).toBe(Math.min(rank(a), rank(b)));
    expect(rank(reduce(op("or", a, b), emptyEnv))).toBe(Math.max(rank(a), rank(b)));
  });
  test.each(pairs)("De Morgan: %j %j", (a, b) => {
    expect(rank(not(op("and", a, b)))).toBe(rank(reduce(op("or", not(a), not(b)), emptyEnv)));
  });
  test("a side that fails does not matter where the other decides", () => {
    const fails = op("eq", op("num.div", constant(1), constant(0)), constant(1));
    expect(reduce(op("and", F, fails), emptyEnv)).toEqual(F);
    expect(reduce(op("or", T, fails), emptyEnv)).toEqual(T);
    expect(reduce(op("and", U, fails), emptyEnv)).toMatchObject({ op: "and" });
    expect(() => reduce(op("and", T, fails), emptyEnv)).toThrow("division by zero");
  });
  test("all and any over what is partly known", () => {
    const over = (name: string, ...items: Value[]): Expr =>
      op(name, constant(items), {
        k: "fn",
        params: ["p"],
        body: op(
          "or",
          op("eq", { k: "ref", root: "local", name: "p" }, constant(1)),
          op("and", U, op("eq", { k: "ref", root: "local", name: "p" }, constant(2))),
        ),
      });
    expect(reduce(over("list.any", 2, 1), emptyEnv)).toEqual(T);
    expect(reduce(over("list.all", 2, 3), emptyEnv)).toEqual(F);
    expect(reduce(over("list.any", 2, 3), emptyEnv)).toMatchObject({ op: "list.any" });
    expect(evaluate(reduce(over("list.any", 2, 3), emptyEnv), envOf({ unknown: true }))).toBe(true);
  });
});

describe("operations", () => {
  const of = (name: string, ...args: Value[]): Value => evaluate(op(name, ...args.map(constant)), emptyEnv);
  const fails = (name: string, ...args: Value[]): string => {
    const got = answer(() => of(name, ...args));
    return "error" in got ? got.error : `it gave ${JSON.stringify(got.value)}`;
  };

  test.each<[string, Value[], Value]>([
    ["int.rem", [-7, 3], -1],
    ["num.div", [7, 2], 3.5],
    ["unit.mul", [1000, 1.0005], 1001],
    ["unit.div", [-3, 2], -2],
    ["percent.of_int", [25, 10], 2],
    ["percent.of_unit", [50, 3], 2],
    ["percent.of_int", [29, 100], 29],
    ["percent.of_int", [-29, 100], -29],
    ["percent.of_int", [0.1, 1000], 1],
    ["percent.of_int", [-1, 150], -2],
    ["percent.of_unit", [0.5, 100], 1],
    ["percent.of_unit", [-0.5, 100], -1],
    ["percent.of", [29, 100], 29],
    ["int.sum", [[9007199254740990, 1]], 9007199254740991],
    ["string.split", ["a😀", ""], ["a", "😀"]],
    ["string.replace", ["😀b", "", "-"], "😀-b"],
    ["num.round", [-2.5], -3],
    ["num.floor", [-2.5], -3],
    ["int.neg", [0], 0],
    ["time.plus", ["2026-11-21T09:00:00.000Z", 60_000], "2026-11-21T09:01:00.000Z"],
    ["time.since", ["2026-11-21T09:01:00.000Z", "2026-11-21T09:00:00.000Z"], 60_000],
    ["range.has", [{ from: 1, to: 3 }, 3], true],
    ["string.length", ["añ😀"], 3],
    ["string.split", ["a,b,", ","], ["a", "b", ""]],
    ["string.lines", ["a\r\n\nb\n"], ["a", "b"]],
    ["string.replace", ["a.b.c", ".", "$&"], "a$&b$&c"],
    ["string.to_int", [" +7 "], 7],
    ["list.at", [[1, 2, 3], -1], 3],
    ["list.unique", [[1, "1", 1, { a: 1, b: 2 }, { b: 2, a: 1 }]], [1, "1", { a: 1, b: 2 }]],
    ["list.sum", [[]], 0],
    ["list.first", [[]], null],
    ["map.keys", [{ b: 1, a: 2 }], ["a", "b"]],
    [
      "map.members",
      [{ a: { x: 1 }, b: 2 }, true],
      [
        { x: 1, key: "a" },
        { key: "b", value: 2 },
      ],
    ],
    ["map.members", [{ a: { from: 1, to: 2 } }, false], [{ key: "a", value: { from: 1, to: 2 } }]],
    ["map.get", [{ a: 1 }, "toString"], null],
    ["string.to_json", [' {"on": [true, null, 1.5]}\n'], { on: [true, null, 1.5] }],
    ["string.to_json", ['"a"'], "a"],
    ["eq", [{ a: [1] }, { a: [1] }], true],
    ["eq", [[], {}], false],
    ["eq", [null, false], false],
  ])("%s of %j is %j", (name, args, result) => {
    expect(of(name, ...args)).toEqual(result);
  });

  test.each<[string, Value[], string]>([
    ["num.div", [1, 0], "division by zero"],
    ["int.rem", [1, 0], "division by zero"],
    ["int.mul", [2 ** 30, 2 ** 30], "the result is too large for an int"],
    ["num.mul", [1e300, 1e300], "the result is too large"],
    ["list.at", [[1], 1], "index 1 is outside a list of 1"],
    ["list.at", [[1], 0.5], "index 0.5 is outside a list of 1"],
    ["map.at", [{}, "a"], `there is no "a" in this map`],
    ["string.to_int", ["1.5"], `"1.5" is not an int`],
    ["string.to_int", ["9007199254740993"], "the result is too large for an int"],
    ["string.to_decimal", ["1e999"], "the result is too large"],
    ["string.to_json", ["{ on: true }"], `"{ on: true }" is not JSON`],
    ["string.to_json", [""], `"" is not JSON`],
    ["string.to_json", ["[".repeat(201) + "]".repeat(201)], `"${"[".repeat(36)}… is nested too deeply`],
    ["time.plus", ["2026-11-21T09:00:00.000Z", 9e15], "the result is outside the years 0001 to 9999"],
    ["time.plus", ["9999-12-31T23:59:59.999Z", 1], "the result is outside the years 0001 to 9999"],
    ["time.minus", ["0001-01-01T00:00:00.000Z", 1], "the result is outside the years 0001 to 9999"],
    ["int.sum", [[9007199254740991, 2]], "the result is too large for an int"],
    ["percent.of_int", [200, 9007199254740991], "the result is too large for an int"],
    ["time.plus", ["soon", 1], `"soon" is not a time`],
    ["lt", [1, "a"], `1 and "a" cannot be compared`],
    ["int.add", ["1", 1], `"1" is not a number`],
    ["enum.index", [["a", "b"], "c"], `"c" is none of a, b`],
    ["frobnicate", [], "this version does not know the operation frobnicate"],
    ["constructor", [], "this version does not know the operation constructor"],
  ])("%s of %j fails: %s", (name, args, message) => {
    expect(fails(name, ...args)).toBe(message);
  });

  test("a share of a whole number is as exact as the decimal it is written in", () => {
    const whole = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 4 }), whole, (p, s, n) => {
        const percent = Number(`${p}e-${s}`);
        const product = BigInt(p) * BigInt(n);
        const unit = 100n * 10n ** BigInt(s);
        const down = Number(of("percent.of_int", percent, n));
        expect(BigInt(down) * unit <= product && product < BigInt(down + 1) * unit).toBe(true);
        const near = BigInt(Number(of("percent.of_unit", percent, n)));
        const rest = 2n * (product - near * unit);
        expect(rest === (product < 0n ? -unit : unit)).toBe(false);
        expect(-unit <= rest && rest <= unit).toBe(true);
      }),
    );
  });

  test("what is cut has the fields of the shape, known in whole or in part", () => {
    const shape = constant({
      fields: { a: null, hosts: { each: { fields: { name: null } } }, by: { values: { fields: {} } } },
    });
    const host = { k: "record", fields: { name: v("x"), port: constant(1) } } as const;
    const whole: Expr = { k: "record", fields: { a: constant(1), b: v("y"), hosts: { k: "list", items: [host] } } };
    const cut = reduce(op("cut", whole, shape), emptyEnv);
    expect(freeRefs(cut).map((ref) => ref.name)).toEqual(["x"]);
    const read = (e: Expr, name: string): Expr => ({ k: "field", of: e, name, safe: false });
    expect(reduce(read(op("cut", v("y"), shape), "a"), emptyEnv)).toEqual(read(v("y"), "a"));
    expect(of("cut", { a: 1, b: 2, by: { k: { z: 1 } } }, shape.k === "const" ? shape.v : null)).toEqual({
      a: 1,
      by: { k: {} },
    });
    expect(of("cut", null, { fields: {} })).toBe(null);
    expect(evaluate(op("cut", constant({ a: 1 }), v("x")), envOf({ x: { fields: {} } }))).toEqual({});
    fc.assert(
      fc.property(bindings, (vars) => {
        const later = evaluate(cut, envOf(vars));
        expect(evaluate(op("cut", whole, shape), envOf(vars))).toEqual(later);
      }),
    );
  });

  test("a value that would fill the memory is refused before it is made", () => {
    const long = "x".repeat(3_000_000);
    expect(fails("string.add", long, long)).toBe("the text is too large");
    expect(fails("string.replace", long, "x", "yyyyyyyyyy")).toBe("the text is too large");
    expect(
      fails(
        "list.join",
        Array.from({ length: 1000 }, () => "a"),
        long,
      ),
    ).toBe("the text is too large");
  });

  test("a function that is never called cannot fail", () => {
    const body = op("num.div", constant(1), constant(0));
    expect(evaluate(op("list.map", constant([]), { k: "fn", params: ["p"], body }), emptyEnv)).toEqual([]);
  });

  test("sorting is stable, and by the key alone", () => {
    const items = [
      { n: 2, i: 0 },
      { n: 1, i: 1 },
      { n: 2, i: 2 },
      { n: 1, i: 3 },
    ];
    const key: Expr = { k: "field", of: { k: "ref", root: "local", name: "p" }, name: "n", safe: false };
    expect(evaluate(op("list.sort_by", constant(items), { k: "fn", params: ["p"], body: key }), emptyEnv)).toEqual([
      items[1],
      items[3],
      items[0],
      items[2],
    ]);
  });
});

test("of a text not all of which is known, the known becomes literal, and texts within it parts of it", () => {
  const text = (...parts: Extract<Expr, { k: "text" }>["parts"][number][]): Expr => ({ k: "text", parts });
  const inner = text("b/", { e: v("host"), as: "plain" }, "/", { e: v("wait"), as: "duration" });
  const whole = text(
    "a/",
    { e: v("known"), as: "duration" },
    "/",
    { e: inner, as: "plain" },
    { e: v("none"), as: "plain" },
  );
  const reduced = reduce(whole, envOf({ known: 300_000, none: "" }));
  expect(reduced).toEqual(text("a/5m/b/", { e: v("host"), as: "plain" }, "/", { e: v("wait"), as: "duration" }));
  expect(reduce(reduced, envOf({ host: "web", wait: 1000 }))).toEqual(constant("a/5m/b/web/1s"));
  expect(reduceOutermost(reduced)).toBe(reduced);
});

describe("values as text", () => {
  test.each<[Value, (typeof FORMATS)[number], string]>([
    [90_061_001, "duration", "1d1h1m1s1ms"],
    [0, "duration", "0s"],
    [-1500, "duration", "-1s500ms"],
    [536_870_912, "size", "512MiB"],
    [10_000_000_000, "size", "10GB"],
    [1234, "size", "1234B"],
    [0, "size", "0B"],
    [25, "percent", "25%"],
    [570, "time_of_day", "09:30"],
    [{ count: 3, per: 3_600_000 }, "rate", "3 per 1h"],
    [{ from: 1, to: 5 }, "range", "1..5"],
    [{ b: 1, a: [true, null] }, "json", `{"a":[true,null],"b":1}`],
    [null, "plain", "none"],
    ["x", "plain", "x"],
  ])("%j as %s is %s", (value, as, text) => {
    expect(formatValue(value, as)).toBe(text);
  });

  test("durations and sizes are written as the language reads them", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (n) => {
        expect(readWord(formatDuration(n), { kind: "duration" })).toEqual({ value: n });
        expect(readWord(formatSize(n), { kind: "size" })).toEqual({ value: n });
      }),
    );
  });
});

test("a word means the same whether it is one token or read as a file is", () => {
  const word = fc.oneof(
    fc.stringMatching(/^[0-9][0-9a-zA-Z:.%_-]{0,12}$/),
    fc.nat({ max: 10 ** 9 }).map(formatDuration),
    fc.constantFrom(
      "25%",
      "1.5GiB",
      "2026-11-21",
      "2026-11-21T09:00:00Z",
      "09:00",
      "24:00",
      "1h30m",
      "30m1h",
      "1_000s",
    ),
  );
  const kinds = fc.constantFrom("duration", "size", "percent", "date", "time", "time_of_day");
  const outcome = (read: ReturnType<typeof readWord>): unknown => ("value" in read ? read : "bad");
  fc.assert(
    // White space before it is no part of a token.
    fc.property(word, kinds, (w, kind) => {
      expect(outcome(readWord(w, { kind }))).toEqual(outcome(readWord(` ${w}`, { kind })));
    }),
    { numRuns: 1000 },
  );
});

test("equality is an equivalence", () => {
  fc.assert(
    fc.property(values, values, (a, b) => {
      expect(equal(a, structuredClone(a) as Value)).toBe(true);
      expect(equal(a, b)).toBe(equal(b, a));
    }),
  );
});

test("free references are those an environment can be asked for", () => {
  const expr = op("list.map", v("xs"), {
    k: "fn",
    params: ["p"],
    body: op("int.add", { k: "ref", root: "local", name: "p" }, v("n")),
  });
  expect(freeRefs(expr)).toEqual([
    { root: "var", name: "xs" },
    { root: "var", name: "n" },
  ]);
});
