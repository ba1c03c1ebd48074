/** Where a node stands among the others: what it waits for, and what then waits for it. */
import { freeRefs } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import type { PlanNode } from "../plan/plan.schema.ts";
import { exits, passBarrier } from "./frontier.ts";
import type { Place } from "./state.ts";

/** Of one attempt, in milliseconds, where the source does not say. */
export const DEFAULT_TIMEOUT = 300_000;

export type After = PlanNode["after"];

export function order(place: Place): After {
  return exits(place.frontier).map((id) => ({ id, why: "order" }));
}

/** What a node waits for: its place in the order, the results it reads, the steps named after `after`. */
export function dependencies(place: Place, exprs: readonly Expr[], after: readonly string[], read: boolean): After {
  const why = new Map<string, After[number]["why"]>();
  for (const id of read ? place.frontier.entry : exits(place.frontier)) why.set(id, "order");
  for (const id of after) why.set(id, "after");
  for (const expr of exprs) for (const ref of freeRefs(expr)) if (ref.root === "step") why.set(ref.name, "data");
  return [...why].map(([id, reason]) => ({ id, why: reason }));
}

/** The nodes that stand for steps and checks; for a step that runs an action those with which it ends. */
export function named(place: Place, ids: readonly string[]): string[] {
  return ids.flatMap((id) => {
    const ends = place.vars.get(endsOf(id));
    const exprs = ends?.k === "list" ? ends.items : [place.vars.get(id)];
    return exprs.flatMap((expr) => (expr?.k === "ref" && expr.root === "step" ? [expr.name] : []));
  });
}

/** Under this name stand the last nodes of an action that a step runs, for those that come `after` it. */
export const endsOf = (id: string): string => `ends:${id}`;

export function addRead(place: Place, node: PlanNode): void {
  place.x.nodes.push(node);
  place.frontier.open.push(node.id);
}

export function addBarrier(place: Place, node: PlanNode): void {
  place.x.nodes.push(node);
  passBarrier(place.frontier, [node.id]);
}
