/** What makes sense in the stream of a run, as far as that can be told without its plan. */
import type { AttemptId, EventOf, RunEvent } from "../event.schema.ts";

/** What is remembered of a run. Changed in place. */
export interface RunSense {
  finished: boolean;
  /** It was finished, and a process has taken it in hand to roll it back. */
  takenUp: boolean;
  fence: number;
  /** It has ended before: attempts of then are forgotten. */
  ended: boolean;
  /** The calls of steps, by their nodes; and all other calls, by `keyOf`. */
  readonly steps: Map<string, Call>;
  readonly others: Map<string, Call>;
  /** How many of them are in flight. */
  flying: number;
  readonly hooks: Set<string>;
  locks: boolean;
  /** Steps whose lease is not closed, and how it stands. */
  readonly leases: Map<string, "opened" | "granted" | "ended" | "failed">;
}

/** Its last attempt, and whether that is in flight. */
interface Call {
  attempt: number;
  flying: boolean;
}

export const newRunSense = (): RunSense => ({
  finished: false,
  takenUp: false,
  ended: false,
  fence: 0,
  steps: new Map(),
  others: new Map(),
  flying: 0,
  hooks: new Set(),
  locks: false,
  leases: new Map(),
});

const ELSEWHERE: ReadonlySet<RunEvent["type"]> = new Set([
  "approval.recorded",
  "plan.used",
  "lock.taken",
  "lock.released",
  "limit.counted",
  "run.erased",
  "lease.counted",
  "lease.over",
  "lease.gone",
  "freeze.set",
  "freeze.lifted",
  "control.said",
]);

/** Takes the next event; says what makes no sense about it, or null. */
export function judgeRun(sense: RunSense, run: string, first: boolean, event: RunEvent): string | null {
  if (ELSEWHERE.has(event.type)) return `${event.type} does not belong to a run's stream`;
  if (first && event.type !== "run.created") return `the run begins with ${event.type}, not with run.created`;
  if (sense.finished) return afterEnd(sense, event);
  switch (event.type) {
    case "run.created":
      if (!first) return "the run is created a second time";
      return event.run === run ? null : `it tells of run ${JSON.stringify(event.run)}`;
    case "run.held":
      return held(sense, event);
    case "run.rollback_requested":
      return "it is to be rolled back before it has ended";
    case "run.finished":
      return finished(sense);
    case "locks.taken":
    case "locks.released":
    case "locks.refused":
      return locks(sense, event);
    case "lease.opened":
    case "lease.granted":
    case "lease.due":
    case "lease.ended":
    case "lease.closed":
      return lease(sense, event);
    case "gate.judged":
      return event.ok && (event.facts.some(({ same }) => !same) || (event.previews?.changed.length ?? 0) > 0)
        ? "the gate opens though the world is not that of the plan"
        : null;
    case "hook.started":
      if (sense.hooks.has(event.event)) return `the hook on ${event.event} begins while it goes on`;
      sense.hooks.add(event.event);
      return null;
    case "hook.finished":
      return sense.hooks.delete(event.event) ? null : `the hook on ${event.event} ends without having begun`;
    default:
      return "attempt" in event ? judgeTried(sense, triedOf(event)) : null;
  }
}

/** A run that has ended is only ever taken up to be rolled back, or to end leases of it. */
function afterEnd(sense: RunSense, event: RunEvent): string | null {
  if (event.type === "run.held" && !sense.takenUp) {
    sense.takenUp = true;
    return held(sense, event);
  }
  const ends = event.type === "lease.due" || (event.type === "lease.closed" && event.how === "by_hand");
  if (!sense.takenUp || (!ends && event.type !== "run.rollback_requested"))
    return `${event.type} comes after the run's end`;
  sense.finished = false;
  sense.takenUp = false;
  return ends ? lease(sense, event) : null;
}

type LeaseEvent = EventOf<"lease.opened" | "lease.granted" | "lease.due" | "lease.ended" | "lease.closed">;

function lease({ leases }: RunSense, event: LeaseEvent): string | null {
  const { node, type } = event;
  const stands = leases.get(node);
  if (type === "lease.opened") {
    leases.set(node, "opened");
    return stands === undefined ? null : `the lease of ${node} is opened a second time`;
  }
  if (stands === undefined) return `${type} of ${node}, which has no lease`;
  switch (type) {
    case "lease.granted":
      leases.set(node, "granted");
      return stands === "opened" || stands === "granted" ? null : `the lease of ${node} is granted after its end`;
    case "lease.due":
      // A person may want it to end while its step goes on.
      return stands === "opened" && event.because !== "revoked"
        ? `the lease of ${node} is over before it was granted`
        : null;
    case "lease.ended":
      leases.set(node, "ended");
      return null;
    case "lease.closed":
      if (event.how === "failed") leases.set(node, "failed");
      else leases.delete(node);
      return event.how === "unused" && stands !== "opened"
        ? `the lease of ${node} is unused after it was granted`
        : null;
  }
}

function held(sense: RunSense, event: EventOf<"run.held">): string | null {
  if (event.fence <= sense.fence) return `it is held under claim ${event.fence} after claim ${sense.fence}`;
  sense.fence = event.fence;
  return null;
}

function finished(sense: RunSense): string | null {
  const goesOn = sense.flying > 0 ? firstFlying(sense) : null;
  sense.finished = true;
  sense.ended = true;
  for (const calls of [sense.steps, sense.others]) for (const [key, call] of calls) if (!call.flying) calls.delete(key);
  if (sense.locks) return "the run ends without having let go of its locks";
  if (goesOn !== null) return `the run ends while ${goesOn} goes on`;
  return sense.hooks.size === 0 ? null : `the run ends while its hook on ${[...sense.hooks][0]} goes on`;
}

function firstFlying({ steps, others }: RunSense): string | null {
  for (const [node, { flying }] of steps) if (flying) return `do/${node}/0`;
  for (const [key, { flying }] of others) if (flying) return key;
  return null;
}

function locks(sense: RunSense, event: EventOf<"locks.taken" | "locks.released" | "locks.refused">): string | null {
  const [had, has] = [sense.locks, event.type === "locks.taken"];
  if (event.type !== "locks.refused") sense.locks = has;
  if (event.type === "locks.released") return had ? null : "locks are let go that it does not hold";
  return had ? "locks are asked for that it holds" : null;
}

function triedOf(event: Extract<RunEvent, AttemptId>): Tried {
  const { type, node, phase, index, attempt } = event;
  const refused = type === "attempt.failed" && event.failure.kind === "refused";
  return { type, node, phase, index, attempt, refused };
}

const keyOf = ({ phase, node, index }: AttemptId): string => `${phase}/${node}/${index}`;

/** What of an event of an attempt its place is judged by. */
export interface Tried extends AttemptId {
  readonly type: Extract<RunEvent, AttemptId>["type"];
  /** Whether it failed before it was called. */
  readonly refused: boolean;
}

/** As `judgeRun`, of a run that has begun and not ended. */
export function judgeTried(sense: RunSense, event: Tried): string | null {
  // Nearly all are of the one call of a step.
  const isStep = event.phase === "do" && event.index === 0;
  const [calls, key] = isStep ? [sense.steps, event.node] : [sense.others, keyOf(event)];
  const call = calls.get(key);
  const last = call?.attempt ?? (sense.ended ? event.attempt - 1 : 0);
  const under = call?.flying === true && call.attempt === event.attempt;
  const is = (): string => `attempt ${event.attempt} of ${keyOf(event)}`;
  const ended = (): string | null => {
    if (!under) return `${event.type} of ${is()}, which is not under way`;
    call.flying = false;
    sense.flying -= 1;
    return null;
  };
  switch (event.type) {
    case "attempt.started":
      if (call?.flying === true) return `${is()} begins while attempt ${call.attempt} goes on`;
      if (event.attempt !== last + 1) return `${is()} begins after attempt ${last}`;
      sense.flying += 1;
      if (call === undefined) calls.set(key, { attempt: event.attempt, flying: true });
      else [call.attempt, call.flying] = [event.attempt, true];
      return null;
    case "attempt.captured":
    case "attempt.process":
      return under ? null : `${event.type} of ${is()}, which is not under way`;
    case "attempt.failed":
      // What cannot be called at all fails without having begun.
      if (call?.flying !== true && event.refused && event.attempt === last + 1) {
        calls.set(key, { attempt: event.attempt, flying: false });
        return null;
      }
      return ended();
    case "attempt.succeeded":
    case "attempt.settled":
      return ended();
    case "retry.planned":
      return call?.flying !== true && event.attempt === last
        ? null
        : `${is()} is to be repeated, and is not the last that ended`;
  }
}
