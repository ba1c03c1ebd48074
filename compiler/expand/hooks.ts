/** Hooks: what is told at the start and at the end of a run. Each is a graph of its own, beside the plan's. */
import { freeRefs } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { PlanHook } from "../plan/plan.schema.ts";
import { newFrontier } from "./frontier.ts";
import { endsOf } from "./order.ts";
import { inner, type Place } from "./state.ts";
import { expandStatements } from "./statements.ts";

/** What an action that was run gives; none where the run ended before it had all of it. */
function ifThere(place: Place, result: Expr): Expr {
  const read = new Set(freeRefs(result).flatMap(({ root, name }) => (root === "step" ? [name] : [])));
  // What it reads of steps that may be left out is optional there already.
  const conditions = new Map(place.x.parts.map((part) => [part.id, part.when.length]));
  const sure = place.x.nodes.filter((node) => read.has(node.id) && node.when.length === conditions.get(node.part));
  return sure.reduce<Expr>((value, { id }) => {
    const there: Expr = { k: "op", op: "is_some", args: [{ k: "ref", root: "step", name: id }], at: null };
    return { k: "op", op: "if", args: [there, value, constant(null)], at: null };
  }, result);
}

/** `place` is that of the action, after its statements: a hook sees all that they bind. */
export function expandHooks(place: Place): PlanHook[] {
  return place.action.hooks.map(({ event, body, at }) => {
    const nodes: Place["x"]["nodes"] = [];
    const x = { ...place.x, nodes, loops: [], approvals: new Map(), writesSeen: true };
    const within = inner(place, { x, prefix: `on_${event}.`, element: null, frontier: newFrontier([]) });
    for (const [name, ends] of place.vars) {
      const id = name.slice("ends:".length);
      const result = place.vars.get(id);
      if (name === endsOf(id) && ends.k === "list" && result !== undefined) within.vars.set(id, ifThere(place, result));
    }
    expandStatements(within, body);
    // It begins when its event comes: what the run gave by then is there, and nothing of the run is waited for. Nothing of
    // it is undone, so the plan lists no elements of its loops.
    const own = new Set(nodes.map(({ id }) => id));
    const apart = nodes.map((node) => ({ ...node, element: null, after: node.after.filter(({ id }) => own.has(id)) }));
    return { event, at, nodes: apart };
  });
}
