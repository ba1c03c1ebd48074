/**
 * The state of a run: its plan, indexed once, and where each node stands. It is what `fold` makes of the log; nothing
 * but `fold` changes it, save the agenda, from which `decide` takes.
 */
import type { Value } from "../../compiler/ir/expr.ts";
import type { Plan, PlanHook, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { Approval, AttemptId, EventOf, Failure } from "../event.schema.ts";
import type { Heap } from "./heap.ts";
import type { Rules } from "./rules.ts";

/**
 * A call of a step or of its rollback.
 * `idle` to be started · `running` · `retry` failed, to be tried again · `backoff` waits for that ·
 * `interrupted` cut off by a crash, not settled yet · `unknown` a person must say · `done` · `gave_up`
 */
export type CallStatus = "idle" | "running" | "retry" | "backoff" | "interrupted" | "unknown" | "done" | "gave_up";

export interface CallState {
  status: CallStatus;
  /** Number of the latest attempt; 0 before the first. */
  attempt: number;
  /** Attempts that ended badly of themselves; an interrupted one does not count. */
  used: number;
  /** Whether an attempt that is over may have had an effect. */
  acted: boolean;
  /** The attempt in flight reads what undo will need, and has not come to its effect. */
  capturing: boolean;
  captured: { readonly data: Value; readonly blob: string | null } | null;
  processes: { readonly pid: number; readonly group: number; readonly started: string }[];
  /** When the next attempt is due, in `backoff`. */
  until: number;
  failure: Failure | null;
}

/** `active` also while a step's outcome is unknown and while an approval is awaited. */
export type NodeStatus = "pending" | "ready" | "active" | "done" | "passed" | "skipped" | "failed";

/**
 * `none` not looked at · `active` being undone · `undone` · `needless` nothing to undo · `kept` behind a point of
 * no return · `shared` stays as long as others have a lease on the same · `failed` to be done by hand
 */
export type UndoStatus = "none" | "active" | "undone" | "needless" | "kept" | "shared" | "failed";

/**
 * The lease of a step. `counted` its step is not over · `granted` · `taking` its rollback may run · `shared` it is over, and
 * stays as long as others have a lease on the same · `failed` left to people · `closed`
 */
export interface LeaseState {
  status: "counted" | "granted" | "taking" | "shared" | "failed" | "closed";
  /** What it is on, as its stream counts it. */
  readonly resource: string;
  /** When the latest attempt of its step began, and when that was over; 0 before. Milliseconds since 1970, `until` too. */
  began: number;
  since: number;
  until: number;
  /** Its end has come by itself, or was wanted: its rollback runs whatever the run does. */
  due: boolean;
  /** A person wanted it to end before it was granted: it is over as soon as it is. */
  unwanted: boolean;
  /** How often its rollback has failed, and when it is tried again by itself; 0: not before a person asks. */
  tries: number;
  again: number;
}

export interface NodeState {
  readonly index: number;
  readonly node: PlanNode;
  /** The elements of loops it lies in, the innermost first. */
  readonly elements: readonly ElementState[];
  /** The parts with a timeout that it is of. */
  readonly parts: readonly PartState[];
  /** The hook it is of; null for what the action itself does. */
  readonly hook: HookState | null;
  /** Predecessors that are not over. */
  waiting: number;
  status: NodeStatus;
  result: Value;
  why: string | null;
  /** A person said that it is done, so its result is not known. */
  marked: boolean;
  call: CallState;
  /** `due`: when the next poll is. Milliseconds since 1970. */
  check: { startedAt: number; holdingSince: number | null; polls: number; due: number; why: string | null } | null;
  until: number;
  awaited: boolean;
  /** When its approval was asked for, milliseconds since 1970, and how many of its escalations were told. */
  askedAt: number | null;
  escalated: number;
  /** Its own gate was passed for the attempt to come. */
  gated: boolean;
  /** null until it is counted, and where its step has none. */
  lease: LeaseState | null;
  /** `passed`: what comes before it was told that it is undone, or needs none. */
  undo: {
    status: UndoStatus;
    waiting: number;
    passed: boolean;
    at: number;
    calls: CallState[];
    why: string | null;
  };
}

/**
 * An element of a loop. `going` · `failing` tolerated, and what is in flight lands · `undoing` alone · `failed` that is
 * over: what comes after the element goes on.
 */
export interface ElementState {
  readonly id: string;
  readonly loop: LoopState;
  readonly within: ElementState | null;
  /** Indexes of its nodes, those of elements inside it too, ascending. */
  readonly nodes: number[];
  status: "going" | "failing" | "undoing" | "failed";
  why: string | null;
  announced: boolean;
  /** Calls in flight, and nodes being undone. */
  running: number;
  undoing: number;
}

export interface LoopState {
  readonly id: string;
  readonly tolerate: number;
  failed: number;
}

/** A part of the plan that has a timeout of its own. */
export interface PartState {
  readonly id: string;
  readonly timeout: number;
  /** The innermost element that all its nodes lie in. */
  readonly element: ElementState | null;
  /** How many of its nodes are not over. */
  left: number;
  /** Since when it runs, and how long people had been waited for by then; null before its first step. */
  started: { readonly at: number; readonly pausedMs: number } | null;
}

/** A graph of its own that tells people. It may go on beside the run, and begin again when there is more to tell. */
export interface HookState {
  readonly event: PlanHook["event"];
  readonly nodes: number[];
  going: boolean;
  /** How often it has begun. */
  round: number;
  /** There is something to tell that its latest round has not. */
  wanted: boolean;
  live: number;
  why: string[];
}

export interface Ending {
  /** `rolled_back`: the run was over, and a person wants it undone. */
  readonly cause: "failed" | "refusal" | "denied" | "cancelled" | "timed_out" | "rolled_back";
  readonly mode: "rollback" | "halt";
  readonly why: string;
}

export type Timer = {
  readonly at: number;
  readonly what: "wait" | "retry" | "poll" | "timeout" | "escalate" | "part" | "lease";
  /** Of the node, or of the part; -1 for the run. */
  readonly index: number;
  readonly phase: "do" | "undo";
};

/**
 * What is to be looked at. `fold` adds, `decide` takes; an entry that no longer applies is dropped when it is taken,
 * so a state folded from a stored log has an agenda that is longer but means the same.
 */
export interface Agenda {
  /** Nodes that became ready, or whose approvals changed. */
  readonly ready: Heap<number>;
  /** Steps and checks that wait for a place among those that run. */
  readonly calls: Heap<number>;
  /** The same of hooks, which go on whatever the run does. */
  readonly hookReady: Heap<number>;
  readonly hookCalls: Heap<number>;
  /** Steps that wait for locks, the gate or the hook of the start. */
  held: number[];
  /** Hooks asked for that no event asks for: the one of the start. */
  readonly hooks: Set<HookState>;
  /** Elements that failed, to be told. */
  elements: ElementState[];
  readonly undo: Heap<number>;
  /** Steps whose leases are to be looked at, those of them whose rollback may go on, and when leases end. */
  leases: number[];
  readonly taking: Heap<number>;
  readonly leaseTimers: Heap<Timer>;
  retries: AttemptId[];
  settle: AttemptId[];
  /** Nodes to be failed or, for checks, found out of time. */
  verdicts: number[];
  readonly timers: Heap<Timer>;
  /** Ids of commands without an event of their own that this process has given out and not heard of. */
  readonly inHand: Set<string>;
}

export interface RunState {
  readonly plan: Plan;
  readonly rules: Rules;
  /** How many calls may run at once. */
  readonly parallel: number;
  readonly nodes: readonly NodeState[];
  readonly byId: ReadonlyMap<string, NodeState>;
  readonly successors: readonly (readonly number[])[];
  /** How many of `nodes` are the action's own: hooks' come after them. */
  readonly own: number;
  readonly loops: readonly LoopState[];
  readonly elements: ReadonlyMap<string, ElementState>;
  readonly parts: readonly PartState[];
  readonly hooks: ReadonlyMap<PlanHook["event"], HookState>;
  readonly agenda: Agenda;

  run: string;
  digest: string;
  requester: string;
  applier: string;
  approvals: Approval[];
  /** `closing`: all is done and undone, and the last hooks tell of it. `leases`: it had ended, and leases of it are taken back. */
  phase: "new" | "doing" | "undoing" | "closing" | "finished" | "leases";
  ending: Ending | null;
  /** How it ends, from `closing` on. */
  closing: EventOf<"run.finished"> | null;
  finished: EventOf<"run.finished"> | null;
  /** How it had ended, when it is rolled back later or leases of it end; and why, before a rollback was asked for. */
  former: EventOf<"run.finished"> | null;
  formerEnding: Ending | null;
  /** What it was taken up again for, last. */
  reopened: "rollback" | "leases" | null;
  /** Whoever has it in hand has taken it up to end leases alone. */
  onlyLeases: boolean;
  /** A person wants it to stop where it is for a while. */
  pause: { readonly by: string; readonly reason: string | null } | null;
  /** A freeze holds it: no write of it begins. */
  frozen: Omit<EventOf<"run.frozen">, "type" | "at"> | null;
  /** How many entries of its control stream it has taken in. */
  heard: number;
  locks: "none" | "held";
  /** Who holds what it could not take; null while it has not been refused. */
  locked: EventOf<"locks.refused">["held"] | null;
  holds: number;
  gate: "needed" | "open";
  gates: number;
  /** Guardrails that the last gate could not decide and that did not stop it. */
  stillUnknown: ReadonlySet<string>;
  /** Some write has started. */
  wrote: boolean;
  /** Resources, and instances where the resource is not known, on which a write has started. */
  readonly written: Set<string>;
  readonly writtenInstances: Set<string>;
  /** Nodes that are ready or active, and nodes being undone. */
  live: number;
  awaiting: number;
  undoing: number;
  /** Elements that failed and are not over. */
  failing: number;
  readonly tolerated: ElementState[];
  /** Calls of hooks in flight, which `running` and `unsettled` hold too. */
  notifying: number;
  readonly running: Map<string, AttemptId>;
  readonly unsettled: Map<string, AttemptId>;
  readonly unknown: Map<string, Omit<AttemptId, "attempt">>;
  /** Hooks of which something failed, in the order they ended. */
  readonly hookFaults: { readonly event: string; readonly why: string }[];
  readonly polling: Set<number>;
  /** Steps whose lease was counted. */
  readonly leased: Set<number>;
  readonly failures: number[];
  /** `last`: of the last event. Milliseconds since 1970, `pausedMs` a length of time. */
  clock: { startedAt: number; pausedMs: number; pausedSince: number | null; last: number };
}

export const newCall = (): CallState => ({
  status: "idle",
  attempt: 0,
  used: 0,
  acted: false,
  capturing: false,
  captured: null,
  processes: [],
  until: 0,
  failure: null,
});

export const callKey = (a: Omit<AttemptId, "attempt">): string => `${a.phase}/${a.node}/${a.index}`;

/** The node of that id. Throws if there is none: the event or command is not of this plan. */
export function nodeOf(state: RunState, id: string): NodeState {
  const n = state.byId.get(id);
  if (n === undefined) throw new Error(`the plan has no node ${id}`);
  return n;
}

/** The call an attempt is of; made on first sight for rollbacks. */
export function callOf(state: RunState, a: Omit<AttemptId, "attempt">): CallState {
  const n = nodeOf(state, a.node);
  if (a.phase === "do") return n.call;
  const found = n.undo.calls[a.index];
  if (found !== undefined) return found;
  const made = newCall();
  n.undo.calls[a.index] = made;
  return made;
}

export const isOver = (n: NodeState): boolean =>
  n.status !== "pending" && n.status !== "ready" && n.status !== "active";

/** The nodes of the action itself, in the order of the plan. */
export const ownNodes = (state: RunState): readonly NodeState[] => state.nodes.slice(0, state.own);

/** Calls of the action or of its undo that are in flight, or cut off and not settled. */
export const inFlightOf = (state: RunState): number => state.running.size + state.unsettled.size - state.notifying;

/** The element that failed in which the node lies, while it is not over; null: it goes on. */
export const failingOf = (n: NodeState): ElementState | null => n.elements.find((e) => e.status !== "going") ?? null;

/** When an approval was asked for: with the plan, or when the run came to it. Milliseconds since 1970. */
export const askedAt = (state: RunState, n: NodeState): number =>
  n.node.kind === "approve" && !n.node.upfront && n.askedAt !== null ? n.askedAt : Date.parse(state.plan.createdAt);

/** Whether locks are to be taken before anything is changed. */
export const needsLocks = (state: RunState): boolean => state.plan.locks.length > 0 && state.locks === "none";

/** Whether the call may have changed something, as far as is known now. */
export function mayHaveActed(call: CallState): boolean {
  switch (call.status) {
    case "done":
    case "unknown":
      return true;
    case "running":
    case "interrupted":
      return call.acted || !call.capturing;
    case "idle":
    case "retry":
    case "backoff":
    case "gave_up":
      return call.acted;
  }
}

/** Nothing new is begun until a person says what became of a `once` call. */
export const blocked = (state: RunState): boolean =>
  state.unknown.size > 0 &&
  (state.ending === null ||
    state.phase === "leases" ||
    (state.phase === "undoing" && state.ending.mode === "rollback"));

/** Nothing of it is begun but the end of leases. One that is ending goes on to its end all the same. */
export const keepsStill = (state: RunState): boolean =>
  state.onlyLeases && state.ending === null && state.phase === "doing";

/** When `decide` should be asked again if nothing happens before: milliseconds since 1970, or null. */
export function wakeAt(state: RunState): number | null {
  if (state.phase === "new" || state.phase === "finished") return null;
  const { timers, leaseTimers } = state.agenda;
  // Leases end whatever else the run waits for; while the last hooks tell how it ended, it is as it is told.
  const lease = state.phase === "closing" ? undefined : leaseTimers.peek()?.at;
  const stands = state.pause !== null || blocked(state) || keepsStill(state);
  const other = stands ? undefined : timers.peek()?.at;
  return lease === undefined || other === undefined ? (lease ?? other ?? null) : Math.min(lease, other);
}
