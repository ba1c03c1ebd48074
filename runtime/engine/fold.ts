/**
 * `fold`: what an event makes of the state of a run. Deterministic, and each event costs as much as its node has
 * neighbours (the first of an undo: as much as the plan has nodes, once).
 */
import type { EventOf, RunEvent } from "../event.schema.ts";
import { stepElements } from "./elements.ts";
import {
  attemptCaptured,
  attemptFailed,
  attemptProcess,
  attemptSettled,
  attemptStarted,
  attemptSucceeded,
  outcomeMarked,
  retryPlanned,
} from "./fold-attempt.ts";
import { leaseClosed, leaseDue, leaseEnded, leaseGranted, leaseOpened, leasesHeld, moveLeases } from "./fold-lease.ts";
import { absorb, end, failNode, over, ready, resumed } from "./fold-node.ts";
import { awaited, cancelRequested, escalated, given, pauseRequested, rollbackRequested } from "./fold-people.ts";
import { judgedKey } from "./guardrails.ts";
import { hookFinished, hookStarted } from "./hooks.ts";
import { type NodeState, nodeOf, ownNodes, type RunState, type Timer } from "./state.ts";
import { undoCallDone, undoIfDrained } from "./undo.ts";

/**
 * Takes in the next event of the run's stream. THE STATE GIVEN IS CONSUMED: it is updated in place and returned, so
 * use only what comes back. Throws for an event that names what the plan does not have.
 */
export function fold(state: RunState, event: RunEvent): RunState {
  apply(state, event);
  state.clock.last = Date.parse(event.at);
  stepElements(state, event.at);
  undoIfDrained(state);
  return state;
}

function apply(state: RunState, event: RunEvent): void {
  state.agenda.inHand.delete("release"); // something happened, so the run may move again
  switch (event.type) {
    case "approval.recorded":
    case "plan.used":
    case "lock.taken":
    case "lock.released":
    case "limit.counted":
    case "lease.counted":
    case "lease.over":
    case "lease.gone":
    case "freeze.set":
    case "freeze.lifted":
    case "control.said":
      return; // of other streams
    case "run.created":
      created(state, event);
      return;
    case "run.held":
      held(state, event);
      return;
    case "gate.judged":
      gateJudged(state, event);
      return;
    case "run.cancel_requested":
      cancelRequested(state, event);
      return;
    case "run.pause_requested":
      pauseRequested(state, event);
      return;
    case "run.rollback_requested":
      rollbackRequested(state, event);
      return;
    case "run.frozen":
    case "run.thawed":
      frozen(state, event);
      return;
    case "locks.taken":
    case "locks.refused":
    case "locks.released":
      foldLocks(state, event);
      return;
    case "clock.jumped":
      clockJumped(state, event);
      return;
    case "lease.opened":
      leaseOpened(state, event);
      return;
    case "lease.granted":
      leaseGranted(state, event);
      return;
    case "lease.due":
      leaseDue(state, event);
      return;
    case "lease.ended":
      leaseEnded(state, event);
      return;
    case "lease.closed":
      leaseClosed(state, event);
      return;
    case "hook.started":
      hookStarted(state, event);
      return;
    case "hook.finished":
      hookFinished(state, event);
      return;
    case "element.failed":
      elementFailed(state, event);
      return;
    case "part.timed_out":
      partTimedOut(state, event);
      return;
    case "undo.skipped":
      undoCallDone(state, nodeOf(state, event.node), event.index);
      return;
    case "approval.awaited":
      awaited(state, event);
      return;
    case "approval.escalated":
      escalated(state, nodeOf(state, event.node));
      return;
    case "approval.given":
      given(state, event);
      return;
    case "run.timed_out":
      end(state, "timed_out", `the run is over its timeout of ${(state.plan.timeout ?? 0) / 1000}s`);
      return;
    case "run.finished":
      state.finished = event;
      state.phase = "finished";
      state.agenda.inHand.clear();
      return;
    case "node.skipped":
      over(state, nodeOf(state, event.node), "skipped", null, event.at);
      return;
    case "node.passed":
      passed(state, nodeOf(state, event.node), event.at);
      return;
    case "node.failed":
      failNode(state, nodeOf(state, event.node), event.why, event.at);
      return;
    case "wait.started":
      waitStarted(state, nodeOf(state, event.node), Date.parse(event.until));
      return;
    case "check.polled":
      polled(state, nodeOf(state, event.node), event);
      return;
    case "attempt.started":
      attemptStarted(state, event);
      return;
    case "attempt.captured":
      attemptCaptured(state, event);
      return;
    case "attempt.process":
      attemptProcess(state, event);
      return;
    case "attempt.succeeded":
      attemptSucceeded(state, event);
      return;
    case "attempt.failed":
      attemptFailed(state, event);
      return;
    case "retry.planned":
      retryPlanned(state, event);
      return;
    case "attempt.settled":
      attemptSettled(state, event);
      return;
    case "outcome.marked":
      outcomeMarked(state, event);
      return;
  }
}

function created(state: RunState, event: EventOf<"run.created">): void {
  state.run = event.run;
  state.digest = event.plan;
  state.requester = event.requester;
  state.applier = event.applier;
  state.approvals = [...event.approvals];
  state.phase = "doing";
  state.clock.startedAt = Date.parse(event.at);
  if (state.plan.timeout !== null) {
    state.agenda.timers.push({
      at: state.clock.startedAt + state.plan.timeout,
      what: "timeout",
      index: -1,
      phase: "do",
    });
  }
  for (const n of ownNodes(state)) if (n.waiting === 0) ready(state, n, event.at);
}

/** A new process: it knows of no answer under way, and has not seen what the world did meanwhile. */
function held(state: RunState, event: EventOf<"run.held">): void {
  state.holds++;
  if (state.holds === 1) return;
  const { agenda } = state;
  // A log that ends later than it is now: the clock was set back while nobody had the run in hand.
  const by = Date.parse(event.at) - state.clock.last;
  if (by < 0) moveTimes(state, by);
  state.locked = null;
  state.onlyLeases = event.leases === true;
  if (state.pause !== null && !state.onlyLeases) {
    state.pause = null;
    resumed(state, event.at);
  }
  unpark(state);
  for (const id of agenda.inHand) if (id.startsWith("gate/")) agenda.calls.push(nodeOf(state, id.slice(5)).index);
  agenda.inHand.clear();
  for (const [key, attempt] of state.running) {
    const n = nodeOf(state, attempt.node);
    const call = attempt.phase === "do" ? n.call : n.undo.calls[attempt.index];
    if (call === undefined) continue;
    call.status = "interrupted";
    state.unsettled.set(key, attempt);
    agenda.settle.push(attempt);
  }
  state.running.clear();
  leasesHeld(state);
  state.gate = "needed";
  lookAnew(state, Date.parse(event.at));
}

/** Nobody looked at checks in between, so neither the time in which they had to hold nor their limit ran on. */
function lookAnew(state: RunState, at: number): void {
  for (const index of state.polling) {
    const n = state.nodes[index];
    if (n?.check == null) continue;
    n.check.startedAt = at;
    n.check.holdingSince = null;
    n.check.due = at;
    state.agenda.timers.push({ at, what: "poll", index, phase: "do" });
  }
}

function clockJumped(state: RunState, event: EventOf<"clock.jumped">): void {
  moveTimes(state, event.by);
  // It may have slept for days: facts and guardrails are looked at again.
  state.gate = "needed";
  lookAnew(state, Date.parse(event.at));
}

/** Times that count from something in the run move with the clock, `by` in milliseconds; what people were given time for does not. */
function moveTimes(state: RunState, by: number): void {
  const { timers } = state.agenda;
  const all: Timer[] = [];
  for (let timer = timers.pop(); timer !== undefined; timer = timers.pop()) all.push(timer);
  for (const timer of all) timers.push(timer.what === "escalate" ? timer : { ...timer, at: timer.at + by });
  for (const n of state.nodes) {
    n.until += by;
    for (const call of [n.call, ...n.undo.calls]) if (call?.status === "backoff") call.until += by;
  }
  moveLeases(state, by);
  // Neither the time that it ran nor the time that people were waited for is another by that.
  state.clock.pausedMs += by;
  if (state.clock.pausedSince !== null) state.clock.pausedSince += by;
}

function gateJudged(state: RunState, event: EventOf<"gate.judged">): void {
  const { agenda } = state;
  state.gates++;
  agenda.inHand.delete(event.node === null ? "gate" : `gate/${event.node}`);
  if (state.ending?.cause === "rolled_back" && state.phase === "doing") {
    if (event.ok) state.gate = "open";
    // What others have changed since is not put back over their heads: all stays as it had ended.
    else state.ending = { cause: "refusal", mode: "halt", why: event.why ?? "what it rests on could not be read" };
    return;
  }
  if (state.ending !== null || state.phase !== "doing") return;
  if (!event.ok) {
    end(state, "refusal", event.why ?? "the gate before a write did not open");
    return;
  }
  if (event.node !== null) {
    const n = nodeOf(state, event.node);
    n.gated = true;
    agenda.calls.push(n.index);
    return;
  }
  state.gate = "open";
  // What a write had passed by itself before is as old as the gate that was passed then.
  for (const n of state.nodes) n.gated = false;
  state.stillUnknown = new Set(event.guardrails.filter((g) => g.status === "unknown").map(judgedKey));
  unpark(state);
}

/** What waited for locks, the gate or the first hook is looked at again. */
function unpark(state: RunState): void {
  for (const index of state.agenda.held) state.agenda.calls.push(index);
  state.agenda.held = [];
}

function foldLocks(state: RunState, event: EventOf<"locks.taken" | "locks.refused" | "locks.released">): void {
  const { inHand } = state.agenda;
  switch (event.type) {
    case "locks.taken":
      inHand.delete("lock");
      state.locks = "held";
      state.locked = null;
      unpark(state);
      return;
    case "locks.refused": {
      inHand.delete("lock");
      state.locked = event.held;
      const held = event.held.map(({ name, run }) => `${name} is held by run ${run}`).join(", ");
      // One that waited for them and is paused meanwhile goes on waiting when it is resumed.
      if (!state.wrote && state.pause === null) end(state, "refusal", `lock ${held}`);
      return;
    }
    case "locks.released":
      inHand.delete("unlock");
      state.locks = "none";
      // Others may have written meanwhile: facts and guardrails are looked at again.
      state.gate = "needed";
      return;
  }
}

function frozen(state: RunState, event: EventOf<"run.frozen" | "run.thawed">): void {
  if (event.type === "run.frozen") {
    const { type: _, at: __, ...freeze } = event;
    const { id, by, reason, until } = freeze;
    state.frozen = freeze;
    // A run that has changed nothing yet is not begun.
    const why = `frozen by ${by}: ${reason} (freeze ${id}, ${until === null ? "until it is lifted" : `until ${until}`})`;
    if (!state.wrote && state.pause === null && state.awaiting === 0) end(state, "refusal", why);
    return;
  }
  state.frozen = null;
  // Others may have mended things meanwhile: facts and guardrails are looked at again.
  state.gate = "needed";
  unpark(state);
}

function elementFailed(state: RunState, event: EventOf<"element.failed">): void {
  const e = state.elements.get(event.element);
  if (e !== undefined) e.announced = true;
}

function partTimedOut(state: RunState, event: EventOf<"part.timed_out">): void {
  const part = state.parts.find(({ id }) => id === event.part);
  if (part === undefined || part.left <= 0) return;
  part.left = 0;
  const why = `${part.id} is over its timeout of ${part.timeout / 1000}s`;
  if (part.element !== null && (part.element.status !== "going" || absorb(state, part.element, why))) return;
  end(state, "timed_out", why);
}

function passed(state: RunState, n: NodeState, at: string): void {
  // Days may have passed while people were asked: facts and guardrails are looked at again.
  if (n.node.kind === "approve" && !n.node.upfront) state.gate = "needed";
  over(state, n, "passed", null, at);
}

function waitStarted(state: RunState, n: NodeState, until: number): void {
  n.status = "active";
  n.until = until;
  state.agenda.timers.push({ at: until, what: "wait", index: n.index, phase: "do" });
}

function polled(state: RunState, n: NodeState, event: EventOf<"check.polled">): void {
  const { node, check } = n;
  state.agenda.inHand.delete(`poll/${event.node}`);
  if (node.kind !== "check" || check === null || (n.status !== "ready" && n.status !== "active")) return;
  n.status = "active";
  const at = Date.parse(event.at);
  check.polls++;
  check.why = event.why;
  check.holdingSince = event.holds ? (check.holdingSince ?? at) : null;
  if (check.holdingSince !== null && at - check.holdingSince >= node.hold) {
    over(state, n, "done", event.value, event.at);
    return;
  }
  const last = check.startedAt + node.within;
  if (at >= last) {
    state.agenda.verdicts.push(n.index);
    return;
  }
  // Not a moment later than what would decide it: the end of `hold`, the end of `within`.
  const held = check.holdingSince === null ? last : check.holdingSince + node.hold;
  check.due = Math.min(at + Math.max(1, node.every), Math.max(held, at + 1), last);
  state.agenda.timers.push({ at: check.due, what: "poll", index: n.index, phase: "do" });
}
