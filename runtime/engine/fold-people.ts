/** What people say, and what is asked of them: cancels, pauses, a rollback of what had ended, approvals. */
import type { EventOf } from "../event.schema.ts";
import { standAsBefore } from "./fold-lease.ts";
import { paused, resumed } from "./fold-node.ts";
import { askedAt, type NodeState, nodeOf, type RunState } from "./state.ts";

export function cancelRequested(state: RunState, event: EventOf<"run.cancel_requested">): void {
  if (event.said !== undefined) state.heard = event.said + 1;
  if (isOver(state)) return;
  // A person who wants a run to end does not want it to be paused.
  state.pause = null;
  resumed(state, event.at);
  const why = `cancelled by ${event.by}${event.reason === null ? "" : `: ${event.reason}`}`;
  // A later word of a person replaces how the run ends, never why it does.
  state.ending =
    state.ending === null ? { cause: "cancelled", mode: event.mode, why } : { ...state.ending, mode: event.mode };
}

export function pauseRequested(state: RunState, event: EventOf<"run.pause_requested">): void {
  if (event.said !== undefined) state.heard = event.said + 1;
  if (isOver(state)) return;
  state.pause = { by: event.by, reason: event.reason };
  paused(state, event.at);
}

/** How it ends is decided; what leases still need is not stopped. */
const isOver = ({ phase }: RunState): boolean => phase === "finished" || phase === "closing" || phase === "leases";

/** The run is taken up again where it ended, to be undone as far as it is not. */
export function rollbackRequested(state: RunState, event: EventOf<"run.rollback_requested">): void {
  if (state.finished === null) return;
  const why = `rolled back by ${event.by}${event.reason === null ? "" : `: ${event.reason}`}`;
  standAsBefore(state);
  state.formerEnding = state.ending;
  state.reopened = "rollback";
  state.former = state.finished;
  state.finished = null;
  state.closing = null;
  state.phase = "doing";
  state.ending = { cause: "rolled_back", mode: "rollback", why };
  state.gate = "needed";
  state.agenda.retries = [];
}

export function awaited(state: RunState, event: EventOf<"approval.awaited">): void {
  const n = nodeOf(state, event.node);
  if (n.awaited) return;
  n.awaited = true;
  n.status = "active";
  n.askedAt = Date.parse(event.at);
  state.awaiting++;
  paused(state, event.at);
  escalateNext(state, n);
  const hook = state.hooks.get("approval_requested");
  if (hook !== undefined) hook.wanted = true;
}

/** Who else may give it then, is looked at when the time has come. */
function escalateNext(state: RunState, n: NodeState): void {
  const next = n.node.kind === "approve" ? n.node.escalate[n.escalated] : undefined;
  if (next === undefined) return;
  const asked = askedAt(state, n);
  state.agenda.timers.push({ at: asked + next.after, what: "escalate", index: n.index, phase: "do" });
}

export function escalated(state: RunState, n: NodeState): void {
  n.escalated++;
  if (!n.awaited) return;
  state.agenda.ready.push(n.index);
  escalateNext(state, n);
}

export function given(state: RunState, event: EventOf<"approval.given">): void {
  // One approval may be given for several nodes; it is still one.
  const text = JSON.stringify(event.approval);
  if (!state.approvals.some((known) => JSON.stringify(known) === text)) state.approvals.push(event.approval);
  const n = nodeOf(state, event.node);
  if (n.status === "ready" || n.status === "active") state.agenda.ready.push(n.index);
}
