/** What the events of attempts make of the state: of a step's call, and of the calls of its rollback. */
import type { Value } from "../../compiler/ir/expr.ts";
import type { AttemptId, EventOf, Failure } from "../event.schema.ts";
import { captures, changedNothing, isWrite, planned, triesAgain } from "./calls.ts";
import { leaseAnew, leaseSince } from "./fold-lease.ts";
import { failNode, over, partTimer, paused, resumed, toCalls } from "./fold-node.ts";
import { resourceOf } from "./scope.ts";
import { type CallState, callKey, callOf, failingOf, type NodeState, nodeOf, type RunState } from "./state.ts";
import { toUndo, undoCallDone, undoFailed } from "./undo.ts";

const idOf = (e: AttemptId): AttemptId => ({ node: e.node, phase: e.phase, index: e.index, attempt: e.attempt });

/** The call, if this attempt of it is the one in flight: answers that come late or twice change nothing. */
function inFlight(state: RunState, event: AttemptId): CallState | null {
  const call = callOf(state, event);
  return call.attempt === event.attempt && (call.status === "running" || call.status === "interrupted") ? call : null;
}

export function attemptStarted(state: RunState, event: EventOf<"attempt.started">): void {
  const n = nodeOf(state, event.node);
  const call = callOf(state, event);
  call.status = "running";
  call.attempt = event.attempt;
  call.processes = [];
  if (!tracked(state, event)) {
    if (n.hook !== null) state.notifying++;
    for (const e of n.elements) e.running++;
  }
  state.running.set(callKey(event), idOf(event));
  if (event.phase === "undo") return;
  n.status = "active";
  n.gated = false;
  leaseAnew(n, event.at);
  for (const part of n.parts) {
    if (part.started !== null) continue;
    part.started = { at: Date.parse(event.at), pausedMs: state.clock.pausedMs };
    partTimer(state, state.parts.indexOf(part));
  }
  if (!isWrite(n)) return;
  // What was captured before an attempt that may have acted is what undo must put back, so it is kept.
  call.capturing = captures(n.node) && !(call.acted && call.captured !== null);
  state.wrote = true;
  const resource = resourceOf(state, n.node.call);
  if (resource === null) state.writtenInstances.add(n.node.call.instance);
  else state.written.add(resource);
}

export function attemptCaptured(state: RunState, event: EventOf<"attempt.captured">): void {
  const call = inFlight(state, event);
  if (call === null) return;
  call.capturing = false;
  call.captured = { data: event.data, blob: event.blob };
}

export function attemptProcess(state: RunState, event: EventOf<"attempt.process">): void {
  const { pid, group, started } = event;
  inFlight(state, event)?.processes.push({ pid, group, started });
}

export function attemptSucceeded(state: RunState, event: EventOf<"attempt.succeeded">): void {
  const call = inFlight(state, event);
  if (call === null) return;
  landed(state, event);
  finishCall(state, nodeOf(state, event.node), event, call, event.result, event.at);
}

function finishCall(
  state: RunState,
  n: NodeState,
  id: Pick<AttemptId, "phase" | "index">,
  call: CallState,
  result: Value,
  at: string,
): void {
  call.status = "done";
  call.acted = true;
  call.capturing = false;
  call.failure = null;
  if (id.phase === "undo") undoCallDone(state, n, id.index);
  else {
    leaseSince(state, n, Date.parse(at));
    over(state, n, "done", result, at);
  }
}

export function attemptFailed(state: RunState, event: EventOf<"attempt.failed">): void {
  const n = nodeOf(state, event.node);
  const call = callOf(state, event);
  const neverCalled = event.failure.kind === "refused" && call.status !== "running" && call.attempt < event.attempt;
  if (!neverCalled && inFlight(state, event) === null) return;
  landed(state, event);
  const plan = planned(n, event.phase, event.index);
  const asks = event.failure.kind === "lost" && asksPeople(state, event);
  call.attempt = event.attempt;
  call.used++;
  call.acted ||= !call.capturing && !changedNothing(plan, event.failure);
  call.capturing = false;
  call.failure = event.failure;
  state.agenda.inHand.delete(`lease/${event.node}`);
  if (event.phase === "do" && call.acted) leaseSince(state, n, Date.parse(event.at));
  if (asks) {
    becomesUnknown(state, event, call);
    return;
  }
  if (triesAgain(state, n, event.phase, plan, call, event.failure)) {
    call.status = "retry";
    state.agenda.retries.push(idOf(event));
    return;
  }
  giveUp(state, n, event, call, event.failure);
}

function giveUp(
  state: RunState,
  n: NodeState,
  event: AttemptId & { readonly at: string },
  call: CallState,
  failure: Failure,
): void {
  call.status = "gave_up";
  if (event.phase === "undo") undoFailed(state, n, failure.message);
  else failNode(state, n, failure.message, event.at);
}

export function retryPlanned(state: RunState, event: EventOf<"retry.planned">): void {
  const n = nodeOf(state, event.node);
  const call = callOf(state, event);
  if (call.status !== "retry" || call.attempt !== event.attempt) return;
  call.status = "backoff";
  call.until = Date.parse(event.until);
  // The index of a rollback's call is the one it is at, so the node says enough.
  const alone = event.phase === "undo" && n.lease?.due === true;
  const timers = alone ? state.agenda.leaseTimers : state.agenda.timers;
  timers.push({ at: call.until, what: "retry", index: n.index, phase: event.phase });
}

/** What was cut off can no longer act: now it may be repeated, or a person is asked what became of it. */
export function attemptSettled(state: RunState, event: EventOf<"attempt.settled">): void {
  const call = callOf(state, event);
  state.agenda.inHand.delete(`settle/${callKey(event)}`);
  if (call.status !== "interrupted" || call.attempt !== event.attempt) return;
  const n = nodeOf(state, event.node);
  landed(state, event);
  const repeats = mayRepeat(n, event, call);
  const asks = asksPeople(state, event);
  call.acted ||= !call.capturing;
  call.capturing = false;
  // It may have been there ever since the attempt began, however long nobody was there to see.
  if (event.phase === "do" && call.acted) leaseSince(state, n, n.lease?.began ?? 0);
  if (repeats) {
    call.status = "idle";
    again(state, n, event.phase);
    return;
  }
  if (!asks) {
    // A hook must not keep a run from its end, and undo copes with not knowing: nobody is asked.
    call.status = "gave_up";
    failNode(state, n, "it was cut off, and whether it took place is not known", event.at);
    return;
  }
  becomesUnknown(state, event, call);
}

/** Nothing of it can act any more, and a person must say what became of it. */
function becomesUnknown(state: RunState, event: AttemptId & { readonly at: string }, call: CallState): void {
  call.status = "unknown";
  const { node, phase, index } = event;
  state.unknown.set(callKey(event), { node, phase, index });
  paused(state, event.at);
}

const mayRepeat = (n: NodeState, { phase, index }: Omit<AttemptId, "attempt">, call: CallState): boolean =>
  call.capturing || planned(n, phase, index).repeat !== "once";

/** Whether, once nothing of it can act any more, a person is asked what became of a call that was cut off or lost. */
export function asksPeople(state: RunState, id: Omit<AttemptId, "attempt">): boolean {
  const n = nodeOf(state, id.node);
  if (n.hook !== null || (id.phase === "do" && failingOf(n) !== null)) return false;
  return !mayRepeat(n, id, callOf(state, id));
}

export function outcomeMarked(state: RunState, event: EventOf<"outcome.marked">): void {
  const call = callOf(state, event);
  if (call.status !== "unknown" || (event.phase === "do" && state.phase !== "doing")) return;
  const n = nodeOf(state, event.node);
  state.unknown.delete(callKey(event));
  resumed(state, event.at);
  if (event.decision === "retry") {
    call.status = "idle";
    again(state, n, event.phase);
    return;
  }
  n.marked ||= event.phase === "do";
  finishCall(state, n, event, call, null, event.at);
}

function again(state: RunState, n: NodeState, phase: AttemptId["phase"]): void {
  if (phase === "do") toCalls(state, n);
  else toUndo(state, n);
}

const tracked = (state: RunState, event: AttemptId): boolean =>
  state.running.has(callKey(event)) || state.unsettled.has(callKey(event));

function landed(state: RunState, event: AttemptId): void {
  const key = callKey(event);
  if (tracked(state, event)) {
    const n = nodeOf(state, event.node);
    if (n.hook !== null) state.notifying--;
    for (const e of n.elements) e.running--;
  }
  state.running.delete(key);
  state.unsettled.delete(key);
  state.agenda.inHand.delete(key);
}
