/** What happens to the graph when a node becomes ready, is over or fails, and when the run begins to end. */
import type { Value } from "../../compiler/ir/expr.ts";
import { type ElementState, type Ending, failingOf, type NodeState, type RunState } from "./state.ts";

/** `at` in these functions is the time of the event, RFC 3339. */
export function ready(state: RunState, n: NodeState, at: string): void {
  n.status = "ready";
  if (n.hook === null) {
    state.live++;
    state.agenda.ready.push(n.index);
  } else {
    n.hook.live++;
    state.agenda.hookReady.push(n.index);
  }
  if (n.node.kind === "check") {
    n.check = { startedAt: Date.parse(at), holdingSince: null, polls: 0, due: 0, why: null };
    state.polling.add(n.index);
  }
}

/** Puts the node among those that wait for a place. */
export function toCalls(state: RunState, n: NodeState): void {
  (n.hook === null ? state.agenda.calls : state.agenda.hookCalls).push(n.index);
}

function leave(state: RunState, n: NodeState, at: string): void {
  if (n.status === "ready" || n.status === "active") {
    if (n.hook === null) state.live--;
    else n.hook.live--;
  }
  for (const part of n.parts) part.left--;
  state.polling.delete(n.index);
  if (n.awaited) {
    n.awaited = false;
    state.awaiting--;
    resumed(state, at);
  }
}

const isOver = (n: NodeState): boolean =>
  n.status === "failed" || n.status === "done" || n.status === "passed" || n.status === "skipped";

/** The node is over and its successors may go on. */
export function over(
  state: RunState,
  n: NodeState,
  status: "done" | "passed" | "skipped",
  result: Value,
  at: string,
): void {
  // The result of a step that failed (its result could not be read) is not made good by its call's success.
  if (isOver(n)) return;
  leave(state, n, at);
  n.status = status;
  n.result = result;
  letGo(state, n, at);
}

function letGo(state: RunState, n: NodeState, at: string): void {
  for (const index of state.successors[n.index] ?? []) {
    const next = state.nodes[index];
    if (next === undefined) continue;
    next.waiting--;
    if (next.waiting === 0 && next.status === "pending") ready(state, next, at);
  }
}

export function failNode(state: RunState, n: NodeState, why: string, at: string): void {
  if (n.status === "failed") return;
  leave(state, n, at);
  n.status = "failed";
  n.why = why;
  const told = `${n.node.id}: ${why}`;
  if (n.hook !== null) {
    n.hook.why.push(told);
    return;
  }
  if (failingOf(n) !== null || absorb(state, n.elements[0] ?? null, told)) return;
  state.failures.push(n.index);
  if (state.plan.onFailure === "continue") return;
  const cause = n.node.kind === "require" ? "refusal" : n.node.kind === "approve" ? "denied" : "failed";
  end(state, cause, told);
}

/** Whether the failure of something in element `e` is tolerated, there or further out; if so, that element is failing. */
export function absorb(state: RunState, e: ElementState | null, why: string): boolean {
  if (state.ending !== null || state.phase !== "doing") return false;
  for (let at = e; at !== null; at = at.within) {
    at.loop.failed++;
    if (at.loop.failed > at.loop.tolerate) continue;
    at.status = "failing";
    at.why = why;
    state.failing++;
    state.tolerated.push(at);
    state.agenda.elements.push(at);
    return true;
  }
  return false;
}

/** An element that failed is undone, so what was to come in it is not; what comes after it goes on. */
export function passElement(state: RunState, e: ElementState, at: string): void {
  for (const index of e.nodes) {
    const n = state.nodes[index];
    if (n === undefined) continue;
    if (n.status === "failed") {
      // What comes after one that failed in an element inside this one went on when that was over.
      if (!n.elements.some((inner) => inner !== e && inner.status === "failed")) letGo(state, n, at);
    } else if (isOver(n)) n.result = null;
    else {
      n.why = "its element failed";
      over(state, n, "skipped", null, at);
    }
  }
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
  if (clock.pausedSince === null || state.awaiting > 0 || state.unknown.size > 0 || state.pause !== null) return;
  clock.pausedMs += Math.max(0, Date.parse(at) - clock.pausedSince);
  clock.pausedSince = null;
  const { timers } = state.agenda;
  if (state.plan.timeout !== null) {
    timers.push({ at: clock.startedAt + clock.pausedMs + state.plan.timeout, what: "timeout", index: -1, phase: "do" });
  }
  for (const index of state.parts.keys()) partTimer(state, index);
}

/** When the part of that index is out of time, as far as is known now. */
export function partDue(state: RunState, index: number): number | null {
  const part = state.parts[index];
  if (part === undefined || part.started === null || part.left <= 0) return null;
  return part.started.at + part.timeout + state.clock.pausedMs - part.started.pausedMs;
}

export function partTimer(state: RunState, index: number): void {
  const due = partDue(state, index);
  if (due !== null) state.agenda.timers.push({ at: due, what: "part", index, phase: "do" });
}
