/** Which secrets a plan needs, and where they are read. */
import { isConst, walkExpr } from "../ir/evaluate.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import type { Plan, PlanCall } from "../plan/plan.schema.ts";
import type { Program } from "../program.ts";
import { asSource, markIn, type SecretSource, showSource, sourceOf } from "../secret.ts";
import { holdsSecret } from "../types/relations.ts";

type Secrets = Plan["secrets"];
type Parts = Pick<Plan, "inputs" | "providers" | "facts" | "guardrails" | "nodes" | "hooks">;

/**
 * By id, in order: declared ones that calls or settings of the plan are handed, and those that inputs name. What a step
 * answers in place of a secret is known only then, and not among them.
 */
export function secretsOf(program: Program, plan: Parts): Secrets {
  const found = new Map<string, SecretSource>();
  const declared = new Map(program.secrets.map((secret) => [secret.id, secret]));
  const value = (it: Value): void => {
    const mark = markIn(it);
    const secret = typeof mark === "string" ? declared.get(mark) : undefined;
    if (secret !== undefined) found.set(secret.id, sourceOf(secret));
    else if (Array.isArray(it)) it.forEach(value);
    else if (isRecord(it)) Object.values(it).forEach(value);
  };
  const expr = (it: Expr): void =>
    walkExpr(it, (each) => {
      if (isConst(each)) value(each.v);
    });
  const call = (it: PlanCall): void => {
    for (const arg of it.args) {
      if (!holdsSecret(arg.type)) continue;
      if (arg.value.is === "known") value(arg.value.value);
      else expr(arg.value.expr);
    }
  };
  for (const { config } of plan.providers) Object.values(config).forEach(value);
  for (const fact of plan.facts) call(fact.call);
  for (const guardrail of plan.guardrails) for (const fact of guardrail.facts) call(fact.call);
  for (const node of [...plan.nodes, ...plan.hooks.flatMap((hook) => hook.nodes)]) {
    if (node.kind !== "step" && node.kind !== "check") continue;
    call(node.call);
    if (node.kind === "step" && node.rollback?.kind === "calls")
      for (const each of node.rollback.calls) call(each.call);
  }
  for (const input of plan.inputs)
    if (holdsSecret(input.type)) for (const source of sourcesIn(input.value)) found.set(showSource(source), source);
  return [...found].map(([id, source]) => ({ id, source })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Of an input: where the secrets are that it gives. */
export function sourcesIn(value: Value): readonly SecretSource[] {
  const source = asSource(markIn(value));
  if (source !== null) return [source];
  if (Array.isArray(value)) return value.flatMap(sourcesIn);
  return isRecord(value) ? Object.values(value).flatMap(sourcesIn) : [];
}
