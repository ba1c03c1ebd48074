/** Whether the events of a stream make sense together: what an intact log of a correct runtime never breaks. */
import type { RunEvent } from "../event.schema.ts";
import { runOf } from "../store/names.ts";

/** What is remembered of a stream. Changed in place by `judge`. */
export interface StreamSense {
  readonly stream: string;
  count: number;
  finished: boolean;
  /** The run that used the plan, for a plan's stream. */
  usedBy: string | null;
  fence: number;
}

export function newSense(stream: string): StreamSense {
  return { stream, count: 0, finished: false, usedBy: null, fence: 0 };
}

/** Takes the next event of the stream; says what makes no sense about it, or null. */
export function judge(sense: StreamSense, event: RunEvent): string | null {
  const first = sense.count === 0;
  sense.count += 1;
  const run = runOf(sense.stream);
  if (run !== null) return judgeRun(sense, run, first, event);
  if (sense.stream.startsWith("plan/")) return judgePlan(sense, sense.stream.slice("plan/".length), event);
  return "the stream is neither a run's nor a plan's";
}

function judgeRun(sense: StreamSense, run: string, first: boolean, event: RunEvent): string | null {
  if (event.type === "approval.recorded" || event.type === "plan.used")
    return `${event.type} belongs to a plan's stream`;
  if (sense.finished) return `${event.type} comes after the run's end`;
  if (first && event.type !== "run.created") return `the run begins with ${event.type}, not with run.created`;
  switch (event.type) {
    case "run.created":
      if (!first) return "the run is created a second time";
      return event.run === run ? null : `it tells of run ${JSON.stringify(event.run)}`;
    case "run.held":
      if (event.fence <= sense.fence) return `it is held under claim ${event.fence} after claim ${sense.fence}`;
      sense.fence = event.fence;
      return null;
    case "run.finished":
      sense.finished = true;
      return null;
    default:
      return null;
  }
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
      return `${event.type} belongs to a run's stream`;
  }
}
