/** Wide fans: steps that call the same thing between the same steps are drawn as one, as elements of a loop are. */
import type { PlanNode } from "../../plan/plan.schema.ts";
import type { Knot } from "./graph.ts";

/** For each knot that is drawn with another the name of that one. `home`: what a box lies in; `least`: how many make a fan. */
export function fansOf(
  knots: readonly Knot[],
  nodes: readonly PlanNode[],
  home: ReadonlyMap<string, string>,
  least: number,
): ReadonlyMap<string, string> {
  const next = new Map<string, string[]>();
  for (const { id, after } of knots) {
    for (const before of after) {
      const list = next.get(before.id) ?? [];
      next.set(before.id, list);
      list.push(id);
    }
  }
  const fans = new Map<string, string[]>();
  for (const { id, after, nodes: own } of knots) {
    const node = nodes[own[0] ?? -1];
    if (own.length !== 1 || node?.kind !== "step") continue;
    const does = [node.call.shown, node.call.effect, node.irreversible === null, node.rollback?.kind, node.when.length];
    const key = JSON.stringify([
      home.get(id),
      does,
      after.map((before) => before.id).sort(),
      next.get(id)?.sort() ?? [],
    ]);
    const fan = fans.get(key) ?? [];
    fans.set(key, fan);
    fan.push(id);
  }
  const leader = new Map<string, string>();
  for (const [first = "", ...rest] of fans.values())
    if (rest.length + 1 >= least) for (const id of rest) leader.set(id, first);
  return leader;
}

/** `knots` with each fan as one. */
export function gathered(knots: readonly Knot[], leader: ReadonlyMap<string, string>): Knot[] {
  const members = new Map<string, number[]>();
  for (const { id, nodes } of knots) {
    const name = leader.get(id) ?? id;
    const own = members.get(name) ?? [];
    members.set(name, own);
    for (const node of nodes) own.push(node);
  }
  return knots.flatMap((knot) =>
    leader.has(knot.id)
      ? []
      : [
          {
            id: knot.id,
            nodes: members.get(knot.id) ?? knot.nodes,
            after: [...new Set(knot.after.map(({ id }) => leader.get(id) ?? id))].map((id) => ({ id })),
          },
        ],
  );
}
