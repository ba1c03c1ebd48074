/** Kleene's logic over values known in part: what it decides is held against every way the unknown may turn out. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EvaluationError, evaluate } from "../../compiler/ir/evaluate.ts";
import { constant, type Expr, type Value } from "../../compiler/ir/expr.ts";
import { decide, type PartlyEnv, partly } from "../../compiler/ir/partly/decide.ts";
import { known, type Literal, listOf, literal, type Member, recordOf } from "../../compiler/ir/partly/value.ts";
import { processorTime } from "../tools/processor-time.ts";

const ref = (root: "step" | "run" | "local", name: string): Expr => ({ k: "ref", root, name });
const op = (name: string, ...args: Expr[]): Expr => ({ k: "op", op: name, args, at: null });
const field = (of: Expr, name: string): Expr => ({ k: "field", of, name, safe: false });
const each = (body: Expr): Expr => ({ k: "fn", params: ["w"], body });
const w = ref("local", "w");

/** Truths that only the run knows, and one text of a few. */
const ATOMS = ["a", "b", "c", "d"] as const;
const TEXTS = ["x", "y", "z"] as const;
interface World {
  readonly truths: Readonly<Record<string, boolean>>;
  readonly text: string;
}
const WORLDS: readonly World[] = Array.from({ length: 2 ** ATOMS.length }).flatMap((_, bits) =>
  TEXTS.map((text) => ({ text, truths: Object.fromEntries(ATOMS.map((name, i) => [name, (bits >> i) % 2 === 1])) })),
);

/** A step as a guardrail sees it; `resource` null: only the run knows. */
interface Step {
  readonly when: readonly Literal[];
  readonly size: number;
  readonly resource: string | null;
}

const key = (name: string): string => `step:${JSON.stringify(name)}`;

function memberOf(step: Step): Member {
  const resource = step.resource === null ? partly(ref("step", "text"), envOf([])) : known(step.resource);
  return {
    when: step.when,
    item: recordOf(
      new Map([
        ["size", known(step.size)],
        ["resource", resource],
      ]),
    ),
  };
}

function envOf(steps: readonly Step[]): PartlyEnv {
  return {
    fresh: { next: 0 },
    ref: (_root, name) => (name === "plan.writes" ? listOf(steps.map(memberOf)) : undefined),
  };
}

/** What the expression gives in one world; undefined where it cannot be computed. */
function inWorld(expr: Expr, steps: readonly Step[], world: World): Value | undefined {
  const there = steps.filter(({ when }) =>
    when.every(({ key: k, holds }) => world.truths[JSON.parse(k.slice(5))] === holds),
  );
  const writes = there.map(({ size, resource }) => ({ size, resource: resource ?? world.text }));
  try {
    return evaluate(expr, {
      ref: (_root, name) =>
        constant(name === "plan.writes" ? writes : name === "text" ? world.text : (world.truths[name] ?? null)),
    });
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

/** Steps under conditions as blocks nest them: each condition stands in one place only. */
const blocks: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.shuffledSubarray([...ATOMS]), fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 9 }))
  .map(([atoms, choices]) => {
    const places: (readonly Literal[])[] = [[]];
    for (const atom of atoms) {
      const around = places[atom.charCodeAt(0) % places.length] ?? [];
      places.push([...around, literal(key(atom), true)], [...around, literal(key(atom), false)]);
    }
    return choices.map((choice) => ({
      when: places[choice % places.length] ?? [],
      size: choice % 4,
      resource: choice % 5 === 0 ? null : (TEXTS[choice % 3] ?? "x"),
    }));
  });
/** And under any conditions at all. */
const scattered: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    when: fc.array(
      fc.tuple(fc.constantFrom(...ATOMS), fc.boolean()).map(([name, holds]) => literal(key(name), holds)),
      {
        maxLength: 3,
      },
    ),
    size: fc.integer({ min: -2, max: 3 }),
    resource: fc.option(fc.constantFrom(...TEXTS)),
  }),
  { maxLength: 6 },
);

const atom = fc.constantFrom(...ATOMS).map((name) => ref("step", name));
const compare = (number: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> =>
  fc
    .tuple(fc.constantFrom("lt", "le", "gt", "ge", "eq", "ne"), number, number)
    .map(([name, left, right]) => op(name, left, right));

const rules = fc.letrec<{ truth: Expr; number: Expr; list: Expr; holds: Expr }>((tie) => ({
  truth: fc.oneof(
    { depthSize: "small" },
    atom,
    fc.boolean().map(constant),
    tie("truth").map((x) => op("not", x)),
    fc.tuple(fc.constantFrom("and", "or"), tie("truth"), tie("truth")).map(([name, x, y]) => op(name, x, y)),
    fc.tuple(tie("truth"), tie("truth"), tie("truth")).map(([x, y, z]) => op("if", x, y, z)),
    compare(tie("number")),
    fc
      .tuple(fc.constantFrom("list.any", "list.all"), tie("list"), tie("holds"))
      .map(([name, of, f]) => op(name, of, each(f))),
    fc
      .tuple(tie("list"), fc.constantFrom(...TEXTS))
      .map(([of, text]) => op("list.has", op("list.map", of, each(field(w, "resource"))), constant(text))),
    fc.tuple(tie("truth"), tie("truth"), tie("truth")).map(
      ([on, yes, no]): Expr => ({
        k: "match",
        on,
        at: null,
        arms: [
          { is: [true], then: yes },
          { is: null, then: no },
        ],
      }),
    ),
    fc.constantFrom(...TEXTS).map((text) => op("eq", ref("step", "text"), constant(text))),
  ),
  number: fc.oneof(
    { depthSize: "small" },
    fc.integer({ min: -1, max: 6 }).map(constant),
    tie("list").map((of) => op("list.length", of)),
    fc.tuple(tie("list"), tie("holds")).map(([of, f]) => op("list.count", of, each(f))),
    tie("list").map((of) => op("int.sum_by", of, each(field(w, "size")))),
    tie("list").map((of) => op("int.sum", op("list.map", of, each(field(w, "size"))))),
    tie("list").map((of) => op("list.length", op("list.unique", op("list.map", of, each(field(w, "resource")))))),
    fc
      .tuple(fc.constantFrom("int.add", "int.sub", "int.mul"), tie("number"), tie("number"))
      .map(([name, x, y]) => op(name, x, y)),
    fc.tuple(tie("truth"), tie("number"), tie("number")).map(([x, y, z]) => op("if", x, y, z)),
  ),
  list: fc.oneof(
    { depthSize: "small" },
    fc.constant(ref("run", "plan.writes")),
    fc.tuple(tie("list"), tie("holds")).map(([of, f]) => op("list.filter", of, each(f))),
    fc.tuple(tie("truth"), tie("list"), tie("list")).map(([x, y, z]) => op("if", x, y, z)),
    fc.tuple(tie("list"), tie("list")).map(([x, y]) => op("list.add", x, y)),
    tie("list").map((of) => op("list.sort_by", of, each(field(w, "size")))),
    tie("list").map((of) => op("list.reverse", of)),
    tie("list").map((of) => op("list.unique", of)),
  ),
  /** Of one member, `w`. */
  holds: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(...TEXTS).map((text) => op("eq", field(w, "resource"), constant(text))),
    fc.integer({ min: -1, max: 4 }).map((n) => op("lt", field(w, "size"), constant(n))),
    atom,
    tie("holds").map((x) => op("not", x)),
    fc.tuple(fc.constantFrom("and", "or"), tie("holds"), tie("holds")).map(([name, x, y]) => op(name, x, y)),
    tie("number").map((n) => op("lt", field(w, "size"), n)),
  ),
}));

test("whatever is decided is what every completion of the unknown gives", () => {
  let decided = 0;
  fc.assert(
    fc.property(rules.truth, fc.oneof(blocks, scattered), (rule, steps) => {
      const found = decide(rule, envOf(steps));
      if (found === null) return;
      decided += 1;
      for (const world of WORLDS) {
        const given = inWorld(rule, steps, world);
        // What cannot be computed in one world is no matter of logic.
        if (given !== undefined) expect(given).toBe(found);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(decided).toBeGreaterThan(500);
}, 60_000);

test("first and last of what may be there, and lists as they stand: decided only where every completion agrees", () => {
  const list = fc.constantFrom<(of: Expr) => Expr>(
    (of) => op("list.first", op("list.map", of, each(field(w, "size")))),
    (of) => op("list.first", op("list.sort", op("list.map", of, each(field(w, "size"))))),
    (of) => op("list.last", op("list.map", of, each(field(w, "size")))),
    (of) => op("list.max", op("list.map", of, each(field(w, "size")))),
    (of) => field(op("list.find", of, each(op("gt", field(w, "size"), constant(0)))), "size"),
    (of) => op("list.join", op("list.map", of, each(field(w, "resource"))), constant(",")),
  );
  fc.assert(
    fc.property(list, rules.list, scattered, (make, of, steps) => {
      const expr = make(of);
      const found = partly(expr, envOf(steps));
      if (found.p !== "known") return;
      for (const world of WORLDS) {
        const given = inWorld(expr, steps, world);
        if (given !== undefined) expect(given).toEqual(found.value);
      }
    }),
    { numRuns: 1_000 },
  );
}, 60_000);

test("counts and sums are exact: undecided only where completions differ", () => {
  const number = fc.constantFrom<Expr>(
    op("list.length", ref("run", "plan.writes")),
    op("list.count", ref("run", "plan.writes"), each(op("lt", field(w, "size"), constant(2)))),
    op("int.sum_by", ref("run", "plan.writes"), each(field(w, "size"))),
    op("list.length", op("list.filter", ref("run", "plan.writes"), each(op("gt", field(w, "size"), constant(0))))),
  );
  const rule = fc
    .tuple(fc.constantFrom("lt", "le", "gt", "ge", "eq", "ne"), number, fc.integer({ min: 0, max: 12 }))
    .map(([name, of, bound]) => op(name, of, constant(bound)));
  fc.assert(
    fc.property(rule, fc.oneof(blocks, scattered), (condition, steps) => {
      const outcomes = new Set(WORLDS.map((world) => inWorld(condition, steps, world)));
      const [only] = outcomes;
      expect(decide(condition, envOf(steps))).toBe(outcomes.size === 1 ? only : null);
    }),
    { numRuns: 3_000 },
  );
}, 60_000);

describe("by hand", () => {
  const certain = (n: number): Step[] => Array.from({ length: n }, () => ({ when: [], size: 1, resource: "x" }));
  const possible = (n: number, name: string, holds = true): Step[] =>
    Array.from({ length: n }, () => ({ when: [literal(key(name), holds)], size: 1, resource: "y" }));
  const count = op("list.length", ref("run", "plan.writes"));
  const atMost = (n: number): Expr => op("le", count, constant(n));

  test("4 writes that are certain and 3 that are possible are 10 at most", () => {
    expect(decide(atMost(10), envOf([...certain(4), ...possible(3, "a")]))).toBe(true);
  });
  test("8 to 12 are not decided, and 11 to 12 are too many", () => {
    expect(decide(atMost(10), envOf([...certain(8), ...possible(4, "a")]))).toBeNull();
    expect(decide(atMost(10), envOf([...certain(11), ...possible(1, "a")]))).toBe(false);
  });
  test("of two branches only one is run", () => {
    expect(decide(atMost(10), envOf([...certain(4), ...possible(6, "a"), ...possible(5, "a", false)]))).toBe(true);
    expect(decide(op("eq", count, constant(3)), envOf([...possible(3, "a"), ...possible(3, "a", false)]))).toBe(true);
  });
  test("what fails for certain is told apart from what is not known", () => {
    const failing = op("int.rem", constant(1), constant(0));
    expect(decide(op("eq", failing, constant(1)), envOf([]))).toBe("failed");
    expect(decide(op("and", ref("step", "a"), op("eq", failing, constant(1))), envOf([]))).toBeNull();
    expect(decide(op("and", constant(false), op("eq", failing, constant(1))), envOf([]))).toBe(false);
  });
  test("10,000 steps under 10,000 conditions are counted at once", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => possible(1, `c${i}`)).flat();
    const spent = processorTime();
    expect(decide(atMost(10_000), envOf(many))).toBe(true);
    expect(decide(atMost(9_999), envOf(many))).toBeNull();
    expect(spent()).toBeLessThan(2_000);
  });
});
