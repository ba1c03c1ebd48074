/** Guardrails for which a plan cannot be applied. */
import type { Plan, PlanGuardrail } from "./plan.schema.ts";

/** Whether it fails and stops the plan: what is only advice stops nothing. */
export const refuses = ({ status, enforcement }: Pick<PlanGuardrail, "status" | "enforcement">): boolean =>
  status === "fail" && enforcement !== "advisory";

export function refusedBy({ guardrails }: Pick<Plan, "guardrails">): PlanGuardrail[] {
  return guardrails.filter(refuses);
}
