/** What guardrails see of a plan that has not begun. */
import { partly } from "../ir/partly/decide.ts";
import { type Fresh, known } from "../ir/partly/value.ts";
import type { Plan } from "../plan/plan.schema.ts";
import { afterTolerated, conditionsOf, type PlanView, planView } from "../plan/view.ts";

export function viewOf(plan: Pick<Plan, "nodes" | "loops" | "summary">, fresh: Fresh): PlanView {
  const env = { fresh, ref: () => undefined };
  const reached = afterTolerated(plan);
  return planView(plan, {
    presence(node) {
      const when = node.when.length === 0 ? [] : conditionsOf(node.when, env);
      const literal = reached.get(node.id);
      return when === null || literal === undefined ? when : [...when, literal];
    },
    resource: ({ call }) =>
      call.resource.is === "known" ? known(call.resource.value) : partly(call.resource.expr, env),
  });
}
