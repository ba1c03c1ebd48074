/** What a plan decides of a guardrail is what every way the run may go gives: random programs, random rules. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { constant, type Expr } from "../../compiler/ir/expr.ts";
import type { Plan, StepNode } from "../../compiler/plan/plan.schema.ts";
import { planOf } from "./planning.ts";

/** Reads on which the program branches: each answers yes or no. */
const LOOKS = ["l0", "l1", "l2"] as const;
const PLACES = ["a", "b", "c"] as const;

interface Branch {
  readonly on: number;
  readonly not: boolean;
  readonly then: readonly Part[];
  readonly otherwise: readonly Part[];
}
type Part = { readonly place: number; readonly destroys: boolean } | Branch;

const part: fc.Arbitrary<Part> = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3, depthSize: "small", withCrossShrink: true },
    fc.record({ place: fc.nat(PLACES.length - 1), destroys: fc.boolean() }),
    fc.record({
      on: fc.nat(LOOKS.length - 1),
      not: fc.boolean(),
      then: fc.array(tie("part"), { minLength: 1, maxLength: 3 }),
      otherwise: fc.array(tie("part"), { maxLength: 2 }),
    }),
  ),
})).part;

function source(parts: readonly Part[], rule: string): string {
  let count = 0;
  const lines = (body: readonly Part[]): string =>
    body
      .map((each) => {
        if ("place" in each) {
          const path = `"${PLACES[each.place] ?? "a"}"`;
          const call = each.destroys ? `file.delete(path: ${path})` : `file.write(path: ${path}, content: "x")`;
          return `step s${count++} = ${call} { rollback auto }`;
        }
        const otherwise = each.otherwise.length === 0 ? "" : ` else { ${lines(each.otherwise)} }`;
        return `if ${each.not ? "!" : ""}${LOOKS[each.on] ?? "l0"}.exists { ${lines(each.then)} }${otherwise}`;
      })
      .join("\n");
  const looks = LOOKS.map((name) => `step ${name} = file.read(path: "${name}")`).join("\n");
  return `use file
guardrail rule { require ${rule} }
action act() {
  ${looks}
  ${lines(parts)}
}`;
}

/** A rule, and what it means for the steps that are run. */
type Steps = readonly StepNode[];
const resourceOf = ({ call }: StepNode): string => (call.resource.is === "known" ? String(call.resource.value) : "");
const rules: fc.Arbitrary<{
  readonly text: string;
  readonly counts: boolean;
  readonly holds: (writes: Steps) => boolean;
}> = fc.oneof(
  fc.tuple(fc.constantFrom("<=", ">=", "=="), fc.nat(8)).map(([op, n]) => ({
    text: `plan.writes.count ${op} ${n}`,
    counts: true,
    holds: (w: Steps) => (op === "<=" ? w.length <= n : op === ">=" ? w.length >= n : w.length === n),
  })),
  fc.tuple(fc.constantFrom(...PLACES), fc.nat(3)).map(([place, n]) => ({
    text: `plan.writes.count(w => w.resource == "file:${place}") <= ${n}`,
    counts: true,
    holds: (w: Steps) => w.filter((s) => resourceOf(s) === `file:${place}`).length <= n,
  })),
  fc.constantFrom(...PLACES).map((place) => ({
    text: `plan.resources.contains("file:${place}")`,
    counts: false,
    holds: (w: Steps) => w.some((s) => resourceOf(s) === `file:${place}`),
  })),
  fc.constantFrom(...PLACES).map((place) => ({
    text: `plan.writes.all(w => w.effect == "write" || w.resource != "file:${place}")`,
    counts: false,
    holds: (w: Steps) => w.every((s) => s.call.effect === "write" || resourceOf(s) !== `file:${place}`),
  })),
  fc.nat(4).map((n) => ({
    text: `plan.destroys.count < ${n} || plan.resources.length == 1`,
    counts: false,
    holds: (w: Steps) =>
      w.filter((s) => s.call.effect === "destroy").length < n || new Set(w.map(resourceOf)).size === 1,
  })),
);

/** The writes that are run where the reads answer so. */
function runWhere(plan: Plan, answers: Readonly<Record<string, boolean>>): StepNode[] {
  const holds = (when: Expr): boolean =>
    evaluate(when, {
      ref: (_root, name) => constant({ exists: answers[name] ?? false, content: null, sha256: null }),
    }) === true;
  return plan.nodes.flatMap((node) =>
    node.kind === "step" && node.call.effect !== "read" && node.when.every(holds) ? [node] : [],
  );
}

test("decided when it is planned, it comes out so however the run goes; counts are left open only where ways differ", () => {
  const seen = { decided: 0, open: 0 };
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), rules, (parts, rule) => {
      const plan = planOf(source(parts, rule.text));
      const { status } = plan.guardrails[0] ?? { status: "none" };
      const worlds = Array.from({ length: 2 ** LOOKS.length }, (_, bits) =>
        Object.fromEntries(LOOKS.map((name, i) => [name, (bits >> i) % 2 === 1])),
      );
      const outcomes = new Set(worlds.map((answers) => rule.holds(runWhere(plan, answers))));
      if (status === "deferred") {
        seen.open += 1;
        if (rule.counts) expect(outcomes.size).toBe(2);
      } else {
        seen.decided += 1;
        expect([...outcomes]).toEqual([status === "pass"]);
      }
    }),
    { numRuns: 150 },
  );
  expect(seen.decided).toBeGreaterThan(30);
  expect(seen.open).toBeGreaterThan(5);
}, 60_000);
