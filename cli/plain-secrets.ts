/** Plans are read by many and kept, and cannot be changed after: one that holds a secret as text is neither made nor applied. */

import { planBytes } from "../compiler/expand/plan.ts";
import type { Plan, PlanFile } from "../compiler/plan/plan.schema.ts";
import { EXIT, Stop } from "./exit.ts";
import { redactor } from "./redactor.ts";

/**
 * Throws `Stop` where the plan holds a secret that is known by now, or where `who` acts goes by one: the log tells of both, and
 * what is taken out of it there would leave a run that nobody could go on with.
 */
export function demandNoSecret(file: PlanFile, who: string | null = null): void {
  const bytes = planBytes(file);
  const [inPlan, inName] = [redactor.text(bytes) !== bytes, who !== null && redactor.text(who) !== who];
  if (inPlan) {
    const places = placesIn(file.plan);
    throw new Stop(
      EXIT.refused,
      `the plan would hold a secret as text${places.length === 0 ? "" : `: ${places.join(", ")}`}`,
      "hand it on as a secret: a plan names where one is read, and never holds it. What is also a name or a word of the plan can be no secret",
    );
  }
  if (inName)
    throw new Stop(
      EXIT.refused,
      "the name of who does this is also a secret of the plan",
      "the log tells who did what: declare as secret only what is to be seen by nobody",
    );
}

const holds = (value: unknown): boolean => {
  const text = JSON.stringify(value);
  return redactor.text(text) !== text;
};

/** Where, for people. The names may be the secret, and are shown as anything is. */
function placesIn(plan: Plan): string[] {
  const nodes = [...plan.nodes, ...plan.hooks.flatMap((hook) => hook.nodes)];
  return [
    ...plan.inputs.filter(holds).map(({ name }) => `the input ${name}`),
    ...plan.facts.filter(holds).map(({ id }) => `the fact ${id}`),
    ...nodes.filter(holds).map((node) => `the ${node.kind} ${node.id}`),
    ...plan.guardrails.filter(holds).map(({ id }) => `the guardrail ${id}`),
    ...plan.providers.filter(holds).map(({ instance }) => `the settings of ${instance}`),
    ...plan.secrets.filter(holds).map(({ id }) => `where ${id.slice(id.indexOf("#") + 1)} is read`),
    ...(holds(plan.action) ? ["the action"] : []),
    ...(holds(plan.reason) ? ["the reason"] : []),
    ...(holds(plan.requester) ? ["who asked for it"] : []),
  ];
}
