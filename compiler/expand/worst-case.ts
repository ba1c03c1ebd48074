/** How long a plan may take at most, people not counted. */
import type { PlanGraph } from "../plan/graph.ts";
import type { Plan, PlanNode } from "../plan/plan.schema.ts";

/**
 * Milliseconds of the longest path through `graph`, whose nodes stand after those they wait for. Within a part that has a
 * timeout nothing begins when that is over; what has begun by then may still take its time.
 */
export function worstCase(graph: PlanGraph<PlanNode>, parts: Plan["parts"]): number {
  const limits = timedParts(parts);
  const began = new Map<string, number>();
  const ends = new Float64Array(graph.nodes.length);
  let last = 0;
  graph.nodes.forEach((node, i) => {
    let start = 0;
    for (const before of graph.before[i] ?? []) start = Math.max(start, ends[before] ?? 0);
    for (const { id, timeout } of limits.get(node.part) ?? []) {
      // A part begins no later than any of its nodes does.
      const first = Math.min(began.get(id) ?? start, start);
      began.set(id, first);
      start = Math.min(start, first + timeout);
    }
    ends[i] = start + longest(node);
    last = Math.max(last, ends[i] ?? 0);
  });
  return last;
}

interface Timed {
  readonly id: string;
  readonly timeout: number;
}

/** For each part those with a timeout that it lies in, itself among them. Parts stand after those they lie in. */
function timedParts(parts: Plan["parts"]): ReadonlyMap<string, readonly Timed[]> {
  const found = new Map<string, readonly Timed[]>();
  const around: string[] = [];
  for (const { id, timeout } of parts) {
    for (let top = around.at(-1); top !== undefined && top !== "" && !id.startsWith(`${top}.`); top = around.at(-1))
      around.pop();
    const outer = found.get(around.at(-1) ?? "") ?? [];
    found.set(id, timeout === null ? outer : [...outer, { id, timeout }]);
    around.push(id);
  }
  return found;
}

/** The longest a node may take. */
function longest(node: PlanNode): number {
  switch (node.kind) {
    case "step": {
      let pauses = 0;
      for (let i = 0; i < node.retry.attempts - 1; i++)
        pauses += Math.min(node.retry.backoffMin * 2 ** Math.min(i, 30), node.retry.backoffMax);
      return node.timeout * node.retry.attempts + pauses;
    }
    case "check":
      return node.within + node.timeout;
    case "wait":
      return node.duration;
    case "approve":
    case "require":
    case "join":
      return 0;
  }
}
