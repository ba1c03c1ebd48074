/**
 * `decide`: what is to be done now. A function of the state and the time given; no clock, no chance, no IO.
 *
 * It TAKES what it decides on from the state's agenda, so asked twice without an event in between it gives nothing
 * new, and what it costs is what is new. The events of its commands are to be folded in before it is asked again.
 */
import { backoff, planned } from "./calls.ts";
import { type Command, record } from "./command.ts";
import { decideCalls, decideReady } from "./decide-do.ts";
import { decideUndo } from "./decide-undo.ts";
import { finish } from "./finish.ts";
import { blocked, callKey, callOf, nodeOf, type RunState } from "./state.ts";

/** Commands in a deterministic order. `now` is milliseconds since 1970. */
export function decide(state: RunState, now: number): Command[] {
  if (state.phase === "new" || state.phase === "finished") return [];
  const at = new Date(now).toISOString();
  const commands: Command[] = [];
  settle(state, commands);
  if (!blocked(state)) {
    timers(state, now, at, commands);
    verdicts(state, at, commands);
    retries(state, commands);
    if (state.phase === "doing" && state.ending === null) {
      decideReady(state, now, at, commands);
      decideCalls(state, now, at, commands);
    }
    if (state.phase === "undoing" && state.ending?.mode === "rollback") decideUndo(state, now, at, commands);
  }
  if (commands.length === 0) close(state, at, commands);
  return commands;
}

function settle(state: RunState, commands: Command[]): void {
  for (const attempt of state.agenda.settle) {
    const id = `settle/${callKey(attempt)}/${attempt.attempt}`;
    state.agenda.inHand.add(`settle/${callKey(attempt)}`);
    commands.push({ kind: "settle", id, attempt, processes: [...callOf(state, attempt).processes] });
  }
  state.agenda.settle = [];
}

function timers(state: RunState, now: number, at: string, commands: Command[]): void {
  const { timers: due, calls, undo } = state.agenda;
  for (let timer = due.peek(); timer !== undefined && timer.at <= now; timer = due.peek()) {
    due.pop();
    const n = state.nodes[timer.index];
    switch (timer.what) {
      case "timeout":
        if (timeIsUp(state, now)) commands.push(record("timeout", { type: "run.timed_out", at }));
        break;
      case "wait":
        if (n?.status === "active" && state.ending === null) {
          commands.push(record(`pass/${n.node.id}`, { type: "node.passed", at, node: n.node.id }));
        }
        break;
      case "poll":
        // A poll that was put off or brought forward leaves its old timer behind.
        if (n?.check?.due === timer.at) calls.push(timer.index);
        break;
      case "retry":
        // Whether it still applies is looked at when there is a place for it.
        if (timer.phase === "do") calls.push(timer.index);
        else undo.push(timer.index);
        break;
    }
  }
}

function timeIsUp(state: RunState, now: number): boolean {
  const { clock, plan, ending, phase } = state;
  if (plan.timeout === null || ending !== null || phase !== "doing" || clock.pausedSince !== null) return false;
  return now >= clock.startedAt + clock.pausedMs + plan.timeout;
}

/** Checks that are out of time. */
function verdicts(state: RunState, at: string, commands: Command[]): void {
  for (const index of state.agenda.verdicts) {
    const n = state.nodes[index];
    if (n?.node.kind !== "check" || n.status !== "active" || state.ending !== null) continue;
    const held =
      n.check?.holdingSince == null
        ? (n.check?.why ?? "it did not hold")
        : `it held, but not for ${n.node.hold / 1000}s`;
    const why = `did not come to hold within ${n.node.within / 1000}s: ${held}`;
    commands.push(record(`fail/${n.node.id}`, { type: "node.failed", at, node: n.node.id, why }));
  }
  state.agenda.verdicts = [];
}

function retries(state: RunState, commands: Command[]): void {
  for (const attempt of state.agenda.retries) {
    const call = callOf(state, attempt);
    if (call.status !== "retry" || call.attempt !== attempt.attempt) continue;
    if (attempt.phase === "do" && state.ending !== null) continue;
    const delay = backoff(planned(nodeOf(state, attempt.node), attempt.phase, attempt.index), call);
    commands.push({ kind: "retry", id: `retry/${callKey(attempt)}/${attempt.attempt}`, attempt, delay });
  }
  state.agenda.retries = [];
}

/** When nothing moves: the run is over, or waits for people, or for what is under way. */
function close(state: RunState, at: string, commands: Command[]): void {
  const { agenda, ending } = state;
  if (state.running.size > 0 || state.unsettled.size > 0) return;
  if (blocked(state)) {
    if (agenda.inHand.size === 0) release(state, "unknown_outcome", commands);
    return;
  }
  const overNow =
    ending === null ? state.live === 0 : ending.mode === "halt" || (state.phase === "undoing" && state.undoing === 0);
  if (overNow) {
    commands.push(record("finish", finish(state, at)));
  } else if (ending === null && state.awaiting > 0 && state.live === state.awaiting && agenda.inHand.size === 0) {
    release(state, "waiting_approval", commands);
  }
}

function release(state: RunState, because: "waiting_approval" | "unknown_outcome", commands: Command[]): void {
  // Said once: it is in hand until a new process holds the run or a person has spoken.
  state.agenda.inHand.add("release");
  commands.push({ kind: "release", id: `release/${state.holds}/${state.approvals.length}`, because });
}
