/** Whether the nodes of a plan stand in an order in which they can be gone through: what a file that somebody wrote may not do. */
import type { Plan } from "./plan.schema.ts";

/** What is wrong with it, with ids as they stand in the plan; empty for any plan a planner made. Nodes of hooks wait for those of their own hook alone. */
export function orderFaults({ nodes, hooks }: Pick<Plan, "nodes" | "hooks">): string[] {
  const faults: string[] = [];
  const all = new Set<string>();
  for (const graph of [nodes, ...hooks.map((hook) => hook.nodes)]) {
    const earlier = new Set<string>();
    for (const { id, after } of graph) {
      if (all.has(id)) faults.push(`two nodes are called ${id}`);
      for (const each of after)
        if (!earlier.has(each.id)) faults.push(`${id} waits for ${each.id}, which does not stand before it`);
      earlier.add(id);
      all.add(id);
    }
  }
  return faults;
}
