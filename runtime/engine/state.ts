/**
 * The state of a run: its plan, indexed once, and where each node stands. It is what `fold` makes of the log; nothing
 * but `fold` changes it, save the agenda, from which `decide` takes.
 */
import type { Value } from "../../compiler/ir/expr.ts";
import type { Plan, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { Approval, AttemptId, EventOf, Failure } from "../event.schema.ts";
import { Heap } from "./heap.ts";
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
 * no return · `failed` to be done by hand
 */
export type UndoStatus = "none" | "active" | "undone" | "needless" | "kept" | "failed";

export interface NodeState {
  readonly index: number;
  readonly node: PlanNode;
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
  /** Its own gate was passed for the attempt to come. */
  gated: boolean;
  undo: { status: UndoStatus; waiting: number; at: number; calls: CallState[]; why: string | null };
}

export interface Ending {
  readonly cause: "failed" | "refusal" | "denied" | "cancelled" | "timed_out";
  readonly mode: "rollback" | "halt";
  readonly why: string;
}

export type Timer = {
  readonly at: number;
  readonly what: "wait" | "retry" | "poll" | "timeout";
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
  /** Writes that wait for the gate. */
  held: number[];
  readonly undo: Heap<number>;
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
  readonly agenda: Agenda;

  run: string;
  digest: string;
  requester: string;
  applier: string;
  approvals: Approval[];
  phase: "new" | "doing" | "undoing" | "finished";
  ending: Ending | null;
  finished: EventOf<"run.finished"> | null;
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
  readonly running: Map<string, AttemptId>;
  readonly unsettled: Map<string, AttemptId>;
  readonly unknown: Map<string, Omit<AttemptId, "attempt">>;
  readonly polling: Set<number>;
  readonly failures: number[];
  clock: { startedAt: number; pausedMs: number; pausedSince: number | null };
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

function newNode(node: PlanNode, index: number): NodeState {
  return {
    index,
    node,
    waiting: node.after.length,
    status: "pending",
    result: null,
    why: null,
    marked: false,
    call: newCall(),
    check: null,
    until: 0,
    awaited: false,
    gated: false,
    undo: { status: "none", waiting: 0, at: 0, calls: [], why: null },
  };
}

const earlier = (a: Timer, b: Timer): boolean =>
  a.at !== b.at ? a.at < b.at : a.index !== b.index ? a.index < b.index : a.what < b.what;

/** A run of this plan to which nothing has happened. Throws if the plan's nodes are not in order (a bug of its maker). */
export function newState(plan: Plan, rules: Rules, options: { readonly parallel: number }): RunState {
  const nodes = plan.nodes.map(newNode);
  const byId = new Map(nodes.map((n) => [n.node.id, n]));
  const successors: number[][] = nodes.map(() => []);
  for (const n of nodes) {
    for (const { id } of n.node.after) {
      const before = byId.get(id);
      if (before === undefined || before.index >= n.index) {
        throw new Error(`plan node ${n.node.id} comes after ${id}, which does not stand before it`);
      }
      successors[before.index]?.push(n.index);
    }
  }
  const low = (a: number, b: number) => a < b;
  return {
    plan,
    rules,
    parallel: options.parallel,
    nodes,
    byId,
    successors,
    agenda: {
      ready: new Heap(low),
      calls: new Heap(low),
      held: [],
      undo: new Heap((a, b) => a > b),
      retries: [],
      settle: [],
      verdicts: [],
      timers: new Heap(earlier),
      inHand: new Set(),
    },
    run: "",
    digest: "",
    requester: "",
    applier: "",
    approvals: [],
    phase: "new",
    ending: null,
    finished: null,
    holds: 0,
    gate: "needed",
    gates: 0,
    stillUnknown: new Set(),
    wrote: false,
    written: new Set(),
    writtenInstances: new Set(),
    live: 0,
    awaiting: 0,
    undoing: 0,
    running: new Map(),
    unsettled: new Map(),
    unknown: new Map(),
    polling: new Set(),
    failures: [],
    clock: { startedAt: 0, pausedMs: 0, pausedSince: null },
  };
}

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
  state.unknown.size > 0 && (state.ending === null || (state.phase === "undoing" && state.ending.mode === "rollback"));

/** When `decide` should be asked again if nothing happens before: milliseconds since 1970, or null. */
export function wakeAt(state: RunState): number | null {
  if (state.phase === "new" || state.phase === "finished" || blocked(state)) return null;
  return state.agenda.timers.peek()?.at ?? null;
}
