/** What happens to the graph when a node becomes ready, is over or fails, and when the run begins to end. */
import type { Value } from "../../compiler/ir/expr.ts";
import type { Ending, NodeState, RunState } from "./state.ts";

/** `at` in these functions is the time of the event, RFC 3339. */
export function ready(state: RunState, n: NodeState, at: string): void {
  n.status = "ready";
  state.live++;
  state.agenda.ready.push(n.index);
  if (n.node.kind === "check") {
    n.check = { startedAt: Date.parse(at), holdingSince: null, polls: 0, due: 0, why: null };
    state.polling.add(n.index);
  }
}

function leave(state: RunState, n: NodeState, at: string): void {
  if (n.status === "ready" || n.status === "active") state.live--;
  state.polling.delete(n.index);
  if (n.awaited) {
    n.awaited = false;
    state.awaiting--;
    resumed(state, at);
  }
}

/** The node is over and its successors may go on. */
export function over(
  state: RunState,
  n: NodeState,
  status: "done" | "passed" | "skipped",
  result: Value,
  at: string,
): void {
  // The result of a step that failed (its result could not be read) is not made good by its call's success.
  if (n.status === "failed" || n.status === "done" || n.status === "passed" || n.status === "skipped") return;
  leave(state, n, at);
  n.status = status;
  n.result = result;
  for (const index of state.successors[n.index] ?? []) {
    const next = state.nodes[index];
    if (next === undefined) continue;
    next.waiting--;
    if (next.waiting === 0) ready(state, next, at);
  }
}

export function failNode(state: RunState, n: NodeState, why: string, at: string): void {
  if (n.status === "failed") return;
  leave(state, n, at);
  n.status = "failed";
  n.why = why;
  state.failures.push(n.index);
  if (state.plan.onFailure === "continue") return;
  const cause = n.node.kind === "require" ? "refusal" : n.node.kind === "approve" ? "denied" : "failed";
  end(state, cause, `${n.node.id}: ${why}`);
}

/** No new work of the action from here on. The first cause stays. */
export function end(state: RunState, cause: Ending["cause"], why: string): void {
  if (state.ending !== null || state.phase !== "doing") return;
  state.ending = { cause, mode: state.plan.onFailure === "rollback" ? "rollback" : "halt", why };
}

/** The run's own timeout stands still while people are waited for. */
export function paused(state: RunState, at: string): void {
  state.clock.pausedSince ??= Date.parse(at);
}

export function resumed(state: RunState, at: string): void {
  const { clock } = state;
  if (clock.pausedSince === null || state.awaiting > 0 || state.unknown.size > 0) return;
  clock.pausedMs += Date.parse(at) - clock.pausedSince;
  clock.pausedSince = null;
  if (state.plan.timeout === null) return;
  const due = clock.startedAt + clock.pausedMs + state.plan.timeout;
  state.agenda.timers.push({ at: due, what: "timeout", index: -1, phase: "do" });
}
