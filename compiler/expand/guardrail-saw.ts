/** The values that stand in a guardrail's conditions, for people: what it was decided on. */
import { type Chain, walkChains } from "../ir/chains.ts";
import { type Env, EvaluationError, reduce } from "../ir/evaluate.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { type PartlyEnv, partly } from "../ir/partly/decide.ts";
import { sawValue } from "../ir/partly/saw.ts";
import type { PlanGuardrail } from "../plan/plan.schema.ts";
import type { Guardrail } from "../program.ts";
import type { ReadFact } from "./guardrail-facts.ts";

/** By the name under which they stand there; lists by their length, which may be between two numbers. */
export function sawOf(
  guardrail: Guardrail,
  env: Env,
  known: PartlyEnv,
  facts: readonly ReadFact[],
): PlanGuardrail["saw"] {
  const seen = new Map<string, Value>();
  const visit = ({ whole, root: at, path }: Chain): void => {
    const root = rootOf(at, facts);
    if (root === null || (path.length === 0 && at.k === "record")) return;
    try {
      const found = sawValue([root, ...path].join("."), partly(reduce(whole, env), known));
      if (found !== null) seen.set(found.name, found.value);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
    }
  };
  for (const expr of [guardrail.when, ...guardrail.requires.map((r) => r.condition)])
    if (expr !== null) walkChains(expr, visit);
  return [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value }));
}

/** `cut` stands between an input and its fields where a guardrail asks for fewer of them. */
function rootOf(at: Expr, facts: readonly ReadFact[]): string | null {
  if (at.k === "record") return "run";
  if (at.k !== "ref" || at.root !== "var") return null;
  return facts.find(({ id }) => id === at.name)?.name ?? at.name.replace(/^input:/, "");
}
