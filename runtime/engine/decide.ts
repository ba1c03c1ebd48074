/**
 * `decide`: what is to be done now. A function of the state and the time given; no clock, no chance, no IO.
 *
 * It TAKES what it decides on from the state's agenda, so asked twice without an event in between it gives nothing
 * new, and what it costs is what is new. The events of its commands are to be folded in before it is asked again.
 */
import { goesOn } from "./calls.ts";
import { type Command, record } from "./command.ts";
import { decideClose } from "./decide-close.ts";
import { decideCalls, decideReady } from "./decide-do.ts";
import { decideLeases } from "./decide-lease.ts";
import { decideRetries } from "./decide-retry.ts";
import { decideUndo, lookAgain } from "./decide-undo.ts";
import { partDue, toCalls } from "./fold-node.ts";
import { decideHooks } from "./hooks.ts";
import { askedAt, blocked, callKey, callOf, keepsStill, type NodeState, type RunState } from "./state.ts";

/** Commands in a deterministic order. `now` is milliseconds since 1970. */
export function decide(state: RunState, now: number): Command[] {
  if (state.phase === "new" || state.phase === "finished") return [];
  const at = new Date(now).toISOString();
  const commands: Command[] = [];
  settle(state, commands);
  if (state.pause === null && !keepsStill(state)) {
    if (!blocked(state)) work(state, now, at, commands);
    hooks(state, now, at, commands);
  }
  decideLeases(state, now, at, commands);
  if (commands.length === 0) decideClose(state, at, commands);
  return commands;
}

/** What the action and its undo do next. */
function work(state: RunState, now: number, at: string, commands: Command[]): void {
  timers(state, now, at, commands);
  verdicts(state, at, commands);
  decideRetries(state, commands, (n) => n.lease?.due !== true);
  elements(state, at, commands);
  if (state.phase === "doing" && state.ending === null) {
    decideReady(state, state.agenda.ready, now, at, commands);
    decideCalls(state, state.agenda.calls, now, at, commands);
  }
  if (undoes(state)) decideUndo(state, state.agenda.undo, now, at, commands);
  if (state.phase === "doing" && state.ending?.cause === "rolled_back") lookAgain(state, commands);
}

const undoes = (state: RunState): boolean =>
  state.undoing > 0 &&
  ((state.phase === "undoing" && state.ending?.mode === "rollback") ||
    (state.phase === "doing" && state.ending === null));

function hooks(state: RunState, now: number, at: string, commands: Command[]): void {
  if (state.hooks.size === 0) return;
  decideReady(state, state.agenda.hookReady, now, at, commands);
  decideCalls(state, state.agenda.hookCalls, now, at, commands);
  decideHooks(state, at, commands);
}

function elements(state: RunState, at: string, commands: Command[]): void {
  for (const e of state.agenda.elements) {
    if (e.announced || state.ending !== null) continue;
    const event = { type: "element.failed", at, element: e.id, why: e.why ?? "" } as const;
    commands.push(record(`element/${e.id}`, event));
  }
  state.agenda.elements = [];
}

function settle(state: RunState, commands: Command[]): void {
  for (const attempt of state.agenda.settle) {
    const call = callOf(state, attempt);
    if (call.status !== "interrupted" || call.attempt !== attempt.attempt) continue;
    const id = `settle/${callKey(attempt)}/${attempt.attempt}`;
    state.agenda.inHand.add(`settle/${callKey(attempt)}`);
    commands.push({ kind: "settle", id, attempt, processes: [...call.processes] });
  }
  state.agenda.settle = [];
}

function timers(state: RunState, now: number, at: string, commands: Command[]): void {
  const { timers: due, undo } = state.agenda;
  for (let timer = due.peek(); timer !== undefined && timer.at <= now; timer = due.peek()) {
    due.pop();
    const n = state.nodes[timer.index];
    switch (timer.what) {
      case "timeout":
        if (timeIsUp(state, now)) commands.push(record("timeout", { type: "run.timed_out", at }));
        break;
      case "part":
        if (partIsUp(state, timer.index, now)) {
          const part = state.parts[timer.index]?.id ?? "";
          commands.push(record(`timeout/${part}`, { type: "part.timed_out", at, part }));
        }
        break;
      case "escalate":
        if (n !== undefined) escalate(state, n, timer.at, at, commands);
        break;
      case "wait":
        if (n?.status === "active" && goesOn(state, n)) {
          commands.push(record(`pass/${n.node.id}`, { type: "node.passed", at, node: n.node.id }));
        }
        break;
      case "poll":
        // A poll that was put off or brought forward leaves its old timer behind.
        if (n?.check?.due === timer.at) toCalls(state, n);
        break;
      case "retry":
        // Whether it still applies is looked at when there is a place for it.
        if (timer.phase === "undo") undo.push(timer.index);
        else if (n !== undefined) toCalls(state, n);
        break;
      case "lease":
        // On an agenda of their own, which is looked at whatever the run waits for.
        break;
    }
  }
}

function timeIsUp(state: RunState, now: number): boolean {
  const { clock, plan, ending, phase } = state;
  if (plan.timeout === null || ending !== null || phase !== "doing" || clock.pausedSince !== null) return false;
  return now >= clock.startedAt + clock.pausedMs + plan.timeout;
}

function partIsUp(state: RunState, index: number, now: number): boolean {
  const due = partDue(state, index);
  return (
    due !== null && due <= now && state.ending === null && state.phase === "doing" && state.clock.pausedSince === null
  );
}

/** Those who may give it from now on, while nobody has. */
function escalate(state: RunState, n: NodeState, due: number, at: string, commands: Command[]): void {
  const { node } = n;
  if (node.kind !== "approve" || !n.awaited || state.ending !== null) return;
  const next = node.escalate[n.escalated];
  if (next === undefined || askedAt(state, n) + next.after > due) return;
  const to = next.groups.map((group) => group.id);
  commands.push(
    record(`escalate/${node.id}/${n.escalated + 1}`, { type: "approval.escalated", at, node: node.id, to }),
  );
}

/** Checks that are out of time. */
function verdicts(state: RunState, at: string, commands: Command[]): void {
  for (const index of state.agenda.verdicts) {
    const n = state.nodes[index];
    if (n?.node.kind !== "check" || n.status !== "active" || !goesOn(state, n)) continue;
    const held =
      n.check?.holdingSince == null
        ? (n.check?.why ?? "it did not hold")
        : `it held, but not for ${n.node.hold / 1000}s`;
    const why = `did not come to hold within ${n.node.within / 1000}s: ${held}`;
    commands.push(record(`fail/${n.node.id}`, { type: "node.failed", at, node: n.node.id, why }));
  }
  state.agenda.verdicts = [];
}
