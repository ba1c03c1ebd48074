/** What whoever ends the leases of a plan has to read from its environment: secrets of their rollbacks that are kept in variables. */
import type { Plan, StepNode } from "../../compiler/plan/plan.schema.ts";

export interface Variable {
  /** The secret, as its source declares it. */
  readonly secret: string;
  /** Of the environment. */
  readonly name: string;
}

/** Those needed to end the leases of the steps that are `wanted`, in the order of the plan's secrets. */
export function variablesOf(plan: Plan, wanted: (node: StepNode) => boolean): Variable[] {
  const needed = new Set<string>();
  for (const node of plan.nodes) {
    if (node.kind !== "step" || node.lease === null || !wanted(node)) continue;
    const calls = node.rollback?.kind === "calls" ? node.rollback.calls.map(({ call }) => call) : [node.call];
    const settings = plan.providers.filter(({ instance }) => calls.some((call) => call.instance === instance));
    for (const id of secretsIn([calls.map(({ args }) => args), settings.map(({ config }) => config)])) needed.add(id);
  }
  return plan.secrets.flatMap(({ id, source }): Variable[] =>
    needed.has(id) && source.from === "env" ? [{ secret: id.slice(id.lastIndexOf("#") + 1), name: source.name }] : [],
  );
}

/** Ids of the secrets that a value or an expression names. */
function secretsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]): string[] =>
    key === "$secret" && typeof each === "string" ? [each] : secretsIn(each),
  );
}
