/** Hooks: what is told at the start and at the end of a run. Each is a graph of its own, beside the plan's. */
import type { PlanHook } from "../plan/plan.schema.ts";
import { newFrontier } from "./frontier.ts";
import { inner, type Place } from "./state.ts";
import { expandStatements } from "./statements.ts";

/** `place` is that of the action, after its statements: a hook sees all that they bind. */
export function expandHooks(place: Place): PlanHook[] {
  return place.action.hooks.map(({ event, body, at }) => {
    const nodes: Place["x"]["nodes"] = [];
    const x = { ...place.x, nodes, loops: [], approvals: new Map(), writesSeen: true };
    const within = inner(place, { x, prefix: `on_${event}.`, element: null, frontier: newFrontier([]) });
    expandStatements(within, body);
    // It begins when its event comes: what the run gave by then is there, and nothing of the run is waited for.
    const own = new Set(nodes.map(({ id }) => id));
    return { event, at, nodes: nodes.map((node) => ({ ...node, after: node.after.filter(({ id }) => own.has(id)) })) };
  });
}
