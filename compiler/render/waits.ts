/** What each node waits for, in the fewest words: redundant edges left out, joins replaced by what they gather. */
import { buildGraph, transitiveReduction } from "../plan/graph.ts";
import type { PlanNode } from "../plan/plan.schema.ts";

export type Waits = ReadonlyMap<string, readonly string[]>;

/** Edges that are drawn: only those back to earlier nodes, without the redundant ones. By node id. Never throws. */
export function drawnEdges(nodes: readonly PlanNode[]): Waits {
  const graph = buildGraph(backwardsOnly(nodes));
  const reduced = transitiveReduction(graph);
  return new Map(nodes.map((node, i) => [node.id, reduced[i] ?? []]));
}

/** `drawnEdges` with every join replaced by what it waits for. Nodes behind one join share one list. */
export function resolvedWaits(nodes: readonly PlanNode[], edges: Waits): Waits {
  const joins = new Set(nodes.flatMap((node) => (node.kind === "join" ? [node.id] : [])));
  const resolved = new Map<string, readonly string[]>();
  for (const node of nodes) {
    const direct = edges.get(node.id) ?? [];
    const [only] = direct;
    if (direct.length === 1 && only !== undefined && joins.has(only)) {
      resolved.set(node.id, resolved.get(only) ?? []);
    } else if (direct.some((id) => joins.has(id))) {
      resolved.set(node.id, [...new Set(direct.flatMap((id) => (joins.has(id) ? (resolved.get(id) ?? []) : [id])))]);
    } else {
      resolved.set(node.id, direct);
    }
  }
  return resolved;
}

/** A hand-made plan may hold a cycle; `malformed` tells of it, and here it makes no trouble. */
function backwardsOnly(
  nodes: readonly PlanNode[],
): { readonly id: string; readonly after: readonly { readonly id: string }[] }[] {
  const earlier = new Set<string>();
  return nodes.map((node) => {
    const after = node.after.filter(({ id }) => earlier.has(id));
    earlier.add(node.id);
    return { id: node.id, after };
  });
}
