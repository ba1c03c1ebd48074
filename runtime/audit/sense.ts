/** Whether the events of a stream make sense together: what an intact log of a correct runtime never breaks. */
import type { RunEvent } from "../event.schema.ts";
import { namedStream, runOf } from "../store/names.ts";
import { judgeRun, judgeTried, newRunSense, type RunSense, type Tried } from "./sense-run.ts";

/** What is remembered of a stream. Changed in place by `judge`. */
export interface StreamSense {
  readonly stream: string;
  count: number;
  /** null for a stream that is no run's. */
  readonly run: RunSense | null;
  /** The run that used the plan, for a plan's stream; that holds the lock, for a lock's. */
  usedBy: string | null;
  /** Leases of a lease's stream that are not gone, and whether they are over. */
  readonly leases: Map<string, boolean>;
}

export function newSense(stream: string): StreamSense {
  const run = runOf(stream) === null ? null : newRunSense();
  return { stream, count: 0, run, usedBy: null, leases: new Map() };
}

/** Takes the next event of the stream; says what makes no sense about it, or null. */
export function judge(sense: StreamSense, event: RunEvent): string | null {
  const first = sense.count === 0;
  sense.count += 1;
  const run = runOf(sense.stream);
  if (run !== null && sense.run !== null) return judgeRun(sense.run, run, first, event);
  const kind = sense.stream.slice(0, sense.stream.indexOf("/") + 1);
  const rest = sense.stream.slice(kind.length);
  switch (kind) {
    case "plan/":
      return judgePlan(sense, rest, event);
    case "lock/":
      return judgeLock(sense, event);
    case "limit/":
      return judgeLimit(sense, event);
    case "lease/":
      return judgeLease(sense, event);
    case "erasure/":
      if (event.type !== "run.erased") return `${event.type} does not belong to what is said of an erasure`;
      if (event.run !== rest) return `it tells of run ${JSON.stringify(event.run)}`;
      return first ? null : "the run is erased a second time";
    case "switch/":
      return judgeFreeze(sense, event);
    case "control/":
      return event.type === "control.said" ? null : `${event.type} does not belong to what is said to a run`;
    default:
      return "the stream is of no known kind";
  }
}

/** As `judge`, of an attempt; undefined where the whole event is needed for that. */
export function judgeAttempt(sense: StreamSense, tried: Tried): string | null | undefined {
  if (sense.run === null || sense.count === 0 || sense.run.finished) return undefined;
  sense.count += 1;
  return judgeTried(sense.run, tried);
}

function judgePlan(sense: StreamSense, digest: string, event: RunEvent): string | null {
  switch (event.type) {
    case "approval.recorded":
      return event.approval.plan === digest
        ? null
        : `it records an approval of plan ${JSON.stringify(event.approval.plan)}`;
    case "plan.used":
      if (sense.usedBy !== null) return `the plan is used a second time, by run ${JSON.stringify(event.run)}`;
      sense.usedBy = event.run;
      return null;
    default:
      return `${event.type} does not belong to a plan's stream`;
  }
}

function judgeLock(sense: StreamSense, event: RunEvent): string | null {
  switch (event.type) {
    case "lock.taken":
      if (namedStream("lock", event.workspace, event.name) !== sense.stream) {
        return `it tells of the lock ${JSON.stringify(event.name)}, whose stream is another`;
      }
      if (sense.usedBy !== null) return `the lock is taken while run ${JSON.stringify(sense.usedBy)} holds it`;
      sense.usedBy = event.run;
      return null;
    case "lock.released":
      if (sense.usedBy !== event.run)
        return `the lock is let go by run ${JSON.stringify(event.run)}, which does not hold it`;
      sense.usedBy = null;
      return null;
    default:
      return `${event.type} does not belong to a lock's stream`;
  }
}

function judgeLimit(sense: StreamSense, event: RunEvent): string | null {
  if (event.type !== "limit.counted") return `${event.type} does not belong to a limit's stream`;
  const { workspace, action, key } = event;
  const stream = namedStream("limit", workspace, action, ...(key === null ? [] : [key]));
  return stream === sense.stream ? null : `it counts a run of ${JSON.stringify(action)}, whose stream is another`;
}

function judgeLease({ stream, leases }: StreamSense, event: RunEvent): string | null {
  if (event.type !== "lease.counted" && event.type !== "lease.over" && event.type !== "lease.gone") {
    return `${event.type} does not belong to a lease's stream`;
  }
  const id = `${event.run}:${event.node}`;
  const over = leases.get(id);
  switch (event.type) {
    case "lease.counted":
      if (namedStream("lease", event.workspace, event.instance, event.resource) !== stream) {
        return `it counts a lease on ${JSON.stringify(event.resource)}, whose stream is another`;
      }
      leases.set(id, false);
      return over === undefined ? null : `lease ${id} is counted a second time`;
    case "lease.over":
      leases.set(id, true);
      return over !== undefined ? null : `lease ${id} is over, and does not stand`;
    case "lease.gone":
      return leases.delete(id) ? null : `lease ${id} is gone, and does not stand`;
  }
}

/** A freeze is named by its place, from 1. */
function judgeFreeze({ count }: StreamSense, event: RunEvent): string | null {
  if (event.type === "freeze.set") return null;
  if (event.type !== "freeze.lifted") return `${event.type} does not belong to the switch that freezes runs`;
  return event.id < count ? null : `freeze ${event.id} is lifted, and was not set`;
}
