/**
 * What is written down and read by others, byte for byte: the expression IR, a checked program, a plan, the published
 * schemas. A change here is a change of format. `UPDATE_GOLDEN=1 vitest run test/compiler/golden.test.ts` writes them
 * anew; the difference is to be read, and a version raised where what is old cannot be read any more.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { schemaTexts } from "../../cli/schemas.ts";
import { sealPlan } from "../../compiler/expand/plan.ts";
import { exprSchema } from "../../compiler/ir/expr.schema.ts";
import type { Expr } from "../../compiler/ir/expr.ts";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { programSchema } from "../../compiler/program.schema.ts";
import { planOf } from "./planning.ts";
import { programOf } from "./project.ts";

const folder = path.resolve(import.meta.dirname, "../golden");

function same(name: string, text: string): void {
  const file = path.join(folder, name);
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, "utf8"));
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const tour = { "tour.ops": readFileSync(path.join(folder, "program/tour.ops"), "utf8") };

test("the program of a tour of the language", () => {
  const program = programOf(tour);
  expect(programSchema.parse(program)).toEqual(program);
  same("program/tour.json", json(program));
});

test("the plan of the tour", () => {
  const plan = planOf(tour, {
    words: { service: "db", version: "v2", env: "production", note: "hello" },
    reason: "a tour",
    facts: {
      built: { exists: true, content: "b\na\n\nc\n", sha256: "0".repeat(64) },
      jobs: { exit_code: 0, stdout: "7\n", stderr: "" },
    },
  });
  const file = sealPlan(plan);
  expect(planFileSchema.parse(file)).toEqual(file);
  same("program/tour.opsplan.json", json(file));
});

const expressions = [
  `1 + 2 * 3`,
  `n + 1`,
  `n / 2 + 0.5`,
  `25% of n`,
  `d * 2 + 5m`,
  `t + 1h`,
  `s == "x" || !(n > 1) && n in 1..5`,
  `s + "a"`,
  `"\${s} \${n} \${d} \${xs}"`,
  `o ?? 5`,
  `r.port ?? 80`,
  `m.get(s)?.length ?? 0`,
  `m[s]`,
  `xs[0]`,
  `xs.map(x => x.length + n).filter(y => y > 1).sum()`,
  `xs.any(x => xs.all(y => x == y))`,
  `e == production ? 1 : 2`,
  `e < production`,
  `e in [staging]`,
  `match e { staging => "a", production => s }`,
  `match n { 1 | 2 => "few", _ => "many" }`,
  `{ a: n, "b c": [s, "x"] }`,
  `run.now`,
  `3 per 1h`,
];

test("the IR of expressions", () => {
  const params = `n: int, d: duration, t: time, s: string, o?: int, r: { port?: int }, m: map<string>, xs: list<string>, e: Env`;
  const ir: Record<string, Expr> = {};
  for (const source of expressions) {
    const program = programOf(`enum Env { staging, production }\naction a(${params}) { return ${source} }`);
    const { returns } = program.actions[0] ?? {};
    ir[source] = exprSchema.parse(returns);
  }
  same("expr/expressions.json", json(ir));
});

describe("published schemas", () => {
  const texts = schemaTexts();
  test.each([...texts.keys()])("%s", (name) => {
    same(`schemas/${name}`, texts.get(name) ?? "");
  });
  test("no schema was left behind", () => {
    expect(readdirSync(path.join(folder, "schemas")).sort()).toEqual([...texts.keys()].sort());
  });
});
