/** Two steps that may run at the same time and touch the same thing, one of them writing. */
import { type PlanGraph, reachability } from "../plan/graph.ts";
import type { PlanNode } from "../plan/plan.schema.ts";
import type { Problem } from "./problem.ts";

type Acting = Extract<PlanNode, { kind: "step" | "check" }>;

export function findRaces(graph: PlanGraph<PlanNode>): Problem[] {
  const { nodes } = graph;
  const acting = nodes.filter((n): n is Acting => n.kind === "step" || n.kind === "check");
  const groups = new Map<string, Acting[]>();
  const unknown: Acting[] = [];
  for (const node of acting) {
    const { resource } = node.call;
    if (resource.is === "deferred") unknown.push(node);
    else {
      const group = groups.get(String(resource.value));
      if (group === undefined) groups.set(String(resource.value), [node]);
      else group.push(node);
    }
  }
  const suspects = [...groups].filter(([, members]) => members.length > 1 && members.some(writes));
  if (suspects.length === 0 && unknown.length === 0) return [];
  const order = reachability(graph);
  const problems: Problem[] = [];
  for (const [resource, members] of suspects) {
    const pair = firstUnordered(members, order.unordered);
    if (pair !== null) problems.push(race(pair[0], pair[1], `both touch ${resource}`));
  }
  // A resource not known yet may be any of its instance.
  for (const node of unknown) {
    const other = acting.find(
      (o) =>
        o !== node &&
        o.call.instance === node.call.instance &&
        (writes(o) || writes(node)) &&
        order.unordered(o.id, node.id),
    );
    if (other !== undefined) problems.push(race(other, node, `what ${node.id} touches is only known in the run`));
  }
  return problems;
}

const writes = (node: Acting): boolean => node.call.effect !== "read";

/** In plan order a chain of writers is ordered if each is ordered with the next; readers are held against their nearest writers. */
function firstUnordered(
  members: readonly Acting[],
  unordered: (a: string, b: string) => boolean,
): [Acting, Acting] | null {
  let writer: Acting | null = null;
  let readers: Acting[] = [];
  for (const node of members) {
    if (writer !== null && unordered(writer.id, node.id)) return [writer, node];
    if (!writes(node)) {
      readers.push(node);
      continue;
    }
    for (const reader of readers) if (unordered(reader.id, node.id)) return [reader, node];
    writer = node;
    readers = [];
  }
  return null;
}

function race(a: Acting, b: Acting, why: string): Problem {
  return {
    kind: "program",
    what: "race",
    message: `${a.id} and ${b.id} may run at the same time, and ${why}`,
    at: b.at,
    help: "let them follow one another, or give each operation the resource it really touches",
  };
}
