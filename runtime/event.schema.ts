/**
 * Events: everything that happens to a plan or a run, in the order it happened. The log of them is the only state:
 * resume, progress, history and audit all read it. An event is durable before the effect it announces and after
 * the effect it reports.
 *
 * Streams: `plan/<digest>` holds the approvals of a plan and the run that used it; `run/<id>` holds a run; `lock/<hash>` who
 * holds a lock, `limit/<hash>` the runs that count against a limit, `lease/<hash>` the leases on a resource, `control/<id>` what
 * people say to a run from elsewhere, `switch/freeze` who froze runs and who thawed them.
 * Times are RFC 3339 in UTC with milliseconds. No event holds a secret. What each says is in `events/`.
 */
import { z } from "zod";
import { approvalSchema } from "../compiler/plan/statement.schema.ts";
import type { failure, judgement } from "./events/fields.ts";
import { partEvents } from "./events/part.schema.ts";
import { runEvents } from "./events/run.schema.ts";
import { sharedEvents } from "./events/shared.schema.ts";

export type { Approval } from "../compiler/plan/statement.schema.ts";
export { type OpenLease, openLeaseSchema } from "./events/fields.ts";
export { EVENT_VERSION } from "./events/run.schema.ts";
export { approvalSchema };

export const eventSchema = z.discriminatedUnion("type", [...sharedEvents, ...runEvents, ...partEvents]);

export type RunEvent = z.infer<typeof eventSchema>;
export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;
export type Failure = z.infer<typeof failure>;
export type Outcome = EventOf<"run.finished">["outcome"];
export type Judgement = z.infer<typeof judgement>;
export type AttemptId = {
  readonly node: string;
  readonly phase: "do" | "undo";
  readonly index: number;
  readonly attempt: number;
};
