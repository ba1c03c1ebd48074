/** Whether the nodes of a plan stand in an order in which they can be gone through: what a file that somebody wrote may not do. */
import type { Plan, PlanNode } from "./plan.schema.ts";

/** What is wrong with it, in words that follow the name of the file; null where each node has an id of its own and comes after those it names. */
export function outOfOrder({ nodes, hooks }: Pick<Plan, "nodes" | "hooks">): string | null {
  const all = new Set<string>();
  for (const graph of [nodes, ...hooks.map((hook) => hook.nodes)]) {
    const wrong = wrongIn(graph, all);
    if (wrong !== null) return wrong;
  }
  return null;
}

function wrongIn(graph: readonly PlanNode[], all: Set<string>): string | null {
  const before = new Set<string>();
  for (const { id, after } of graph) {
    const missing = after.find((each) => !before.has(each.id));
    if (missing !== undefined) return `its node ${id} comes after ${missing.id}, which does not stand before it`;
    if (all.has(id)) return `two of its nodes are called ${id}`;
    before.add(id);
    all.add(id);
  }
  return null;
}
