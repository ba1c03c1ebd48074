/**
 * Events: everything that happens to a plan or a run, in the order it happened. The log of them is the only state:
 * resume, progress, history and audit all read it. An event is durable before the effect it announces and after
 * the effect it reports.
 *
 * Streams: `plan/<digest>` holds the approvals of a plan and the run that used it; `run/<id>` holds a run; `lock/<hash>` who
 * holds a lock, `limit/<hash>` the runs that count against a limit, `lease/<hash>` the leases on a resource, `control/<id>` what
 * people say to a run from elsewhere, `switch/freeze` who froze runs and who thawed them.
 * Times are RFC 3339 in UTC with milliseconds. No event holds a secret.
 */
import { z } from "zod";
import { valueSchema } from "../compiler/ir/expr.schema.ts";
import { approvalSchema, requestSchema } from "../compiler/plan/statement.schema.ts";
import { HOOK_EVENTS } from "../compiler/program.ts";

export type { Approval } from "../compiler/plan/statement.schema.ts";
export { approvalSchema };

export const EVENT_VERSION = 1;

const time = z.iso.datetime();
const node = z.string().describe("id of a plan node");
const phase = z.enum(["do", "undo"]);
/** One try at one call. `index` counts the calls of a rollback block, 0 otherwise; `attempt` from 1. */
const attempt = { node, phase, index: z.int().min(0), attempt: z.int().min(1) };

const hookEvent = z.enum(HOOK_EVENTS);
/** Which entry of `control/<run>` said so; absent where it was said to the process itself. */
const said = z.int().min(0).optional();

/** What whoever did it signed; absent where names are taken at their word. */
const signed = requestSchema.optional();

const outcome = z.enum(["succeeded", "refused", "undone", "incomplete", "halted", "cancelled", "denied"]);

const failure = z.strictObject({
  /** `error` it said no · `timeout` it was ended · `interrupted` the process running it died · `refused` before it was called */
  kind: z.enum(["error", "timeout", "interrupted", "refused"]),
  message: z.string(),
  /** May a further attempt help? A provider says no to, say, a file that cannot exist. */
  retryable: z.boolean(),
});

const judgement = z.strictObject({
  guardrail: z.string(),
  part: z.string().optional().describe("the part of the plan it was judged for; absent for the action itself"),
  enforcement: z.enum(["advisory", "soft", "hard"]),
  status: z.enum(["pass", "fail", "unknown"]),
  why: z.string().nullable(),
  saw: z.array(z.strictObject({ name: z.string(), value: valueSchema })),
  overridden: z
    .array(z.string())
    .optional()
    .describe("who set it aside though it does not hold; absent where nobody did"),
});

export const openLeaseSchema = z.strictObject({
  node,
  until: time,
  /** `shared` over, and kept as long as others hold the same · `failed` over, and its rollback failed `tries` times */
  is: z.enum(["open", "shared", "failed"]),
  tries: z.int().min(0),
});
export type OpenLease = z.infer<typeof openLeaseSchema>;

export const eventSchema = z.discriminatedUnion("type", [
  // -- plan streams
  z.strictObject({ type: z.literal("approval.recorded"), at: time, approval: approvalSchema }),
  z.strictObject({ type: z.literal("plan.used"), at: time, run: z.string(), by: z.string() }),

  // -- streams that runs share, written in one transaction with what a run's own stream says of it
  z
    .strictObject({ type: z.literal("lock.taken"), at: time, name: z.string(), workspace: z.string(), run: z.string() })
    .describe("of `lock/…`: held, whatever becomes of the process, until it is released"),
  z.strictObject({ type: z.literal("lock.released"), at: time, name: z.string(), run: z.string() }),
  z
    .strictObject({
      type: z.literal("limit.counted"),
      at: time,
      action: z.string(),
      key: z.string().nullable(),
      workspace: z.string(),
      run: z.string(),
    })
    .describe("of `limit/…`: a run that started"),
  z
    .strictObject({
      type: z.literal("lease.counted"),
      at: time,
      workspace: z.string(),
      instance: z.string(),
      resource: z.string(),
      run: z.string(),
      node,
    })
    .describe("of `lease/…`: one more lease on the resource, before its step begins"),
  z
    .strictObject({ type: z.literal("lease.over"), at: time, run: z.string(), node, taking: z.boolean() })
    .describe("it keeps what others gave from being taken back no longer; `taking`: now it is taken back itself"),
  z
    .strictObject({ type: z.literal("lease.gone"), at: time, run: z.string(), node })
    .describe("what it gave is taken back, or left to people, or it gave nothing"),
  /** Of `switch/freeze`: runs that match begin no write until it is lifted, or its time is over. It is named by its place, from 1. */
  z.strictObject({
    type: z.literal("freeze.set"),
    at: time,
    by: z.string(),
    reason: z.string(),
    until: time.nullable(),
    where: z
      .strictObject({
        action: z.array(z.string()).describe("names or ids"),
        tag: z.array(z.string()),
        workspace: z.array(z.string()),
        risk: z.array(z.string()),
      })
      .describe("all that is said has to hold, one of its values each; nothing said: all runs"),
  }),
  z.strictObject({
    type: z.literal("freeze.lifted"),
    at: time,
    id: z.int().min(1),
    by: z.string(),
    reason: z.string().nullable(),
  }),
  /** Of `control/<run>`: heard by the process that holds the run, or else by the next that does. */
  z.strictObject({
    type: z.literal("control.said"),
    at: time,
    what: z.enum(["cancel", "pause"]),
    mode: z.enum(["rollback", "halt"]).nullable().describe("of a cancel"),
    by: z.string(),
    reason: z.string().nullable(),
    signed,
  }),

  z
    .strictObject({
      type: z.literal("run.erased"),
      at: time,
      run: z.string(),
      action: z.string(),
      ended: outcome.describe("how it had ended"),
      endedAt: time,
      by: z.string(),
      reason: z.string(),
      entries: z.int().min(1).describe("how many were taken out: all of the run's, and what was said to it"),
      last: z.int().min(0).describe("place in the log of the last of them"),
    })
    .describe("of `erasure/<run>`: its entries are gone but for their hashes, and its plan and blobs with them"),

  // -- run streams: the run as a whole
  z.strictObject({
    type: z.literal("run.created"),
    at: time,
    eventVersion: z.literal(EVENT_VERSION),
    run: z.string(),
    plan: z.string().describe("digest of the plan, which the store keeps"),
    action: z.string(),
    requester: z.string(),
    applier: z.string(),
    approvals: z.array(approvalSchema),
    request: requestSchema.optional().describe("signed by whoever asked for the plan, as the plan file held it"),
    signed,
  }),
  /** A process takes the run in hand. After the first, what was in flight before is interrupted. */
  z.strictObject({
    type: z.literal("run.held"),
    at: time,
    host: z.string(),
    pid: z.int(),
    fence: z.int(),
    by: z
      .string()
      .optional()
      .describe("who took it up again; absent of the first process, which is that of whoever applied it"),
    leases: z.literal(true).optional().describe("only to end leases: a pause stays"),
    signed,
  }),
  /** Before the first write, and after waiting: facts read again, guardrails judged, windows looked at. `node` is null or the write it was judged for. */
  z.strictObject({
    type: z.literal("gate.judged"),
    at: time,
    node: node.nullable(),
    facts: z.array(
      z.strictObject({
        id: z.string(),
        same: z.boolean(),
        path: z.string().nullable(),
        was: valueSchema,
        is: valueSchema,
      }),
    ),
    guardrails: z.array(judgement),
    previews: z
      .strictObject({
        compared: z.int().min(1).describe("steps of which it was asked again what they would change"),
        changed: z
          .array(
            z.strictObject({
              node,
              was: z.string().describe("the summary in the plan"),
              is: z.string().nullable().describe("the summary now; null: it cannot be told any more"),
              why: z.string().describe("what differs; of what is sensitive, only that it does"),
            }),
          )
          .describe("the first of those that would change something else now"),
        more: z.int().min(0).describe("how many further ones would"),
      })
      .optional()
      .describe(
        "before the first write, and before a run that had ended is rolled back, where the plan shows what steps would change",
      ),
    windows: z
      .array(
        z.strictObject({ window: z.string(), open: z.boolean(), until: time.nullable(), why: z.string().nullable() }),
      )
      .optional()
      .describe("those of what is to write, where there are some; `until` when it may next change, null: never"),
    ok: z.boolean(),
    why: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal("run.cancel_requested"),
    at: time,
    by: z.string(),
    mode: z.enum(["rollback", "halt"]),
    reason: z.string().nullable(),
    said,
  }),
  /** Nothing new is begun and the run is let go; resuming it ends the pause. */
  z.strictObject({
    type: z.literal("run.pause_requested"),
    at: time,
    by: z.string(),
    reason: z.string().nullable(),
    said,
  }),
  /** After `run.finished`: what the run did is to be undone. A further `run.finished` follows. */
  z.strictObject({
    type: z.literal("run.rollback_requested"),
    at: time,
    by: z.string(),
    reason: z.string().nullable(),
    signed,
  }),
  z
    .strictObject({
      type: z.literal("run.frozen"),
      at: time,
      id: z.int().min(1).describe("of the freeze that holds it"),
      by: z.string(),
      reason: z.string(),
      until: time.nullable(),
    })
    .describe("no write begins any more; undo and the end of leases go on"),
  z.strictObject({ type: z.literal("run.thawed"), at: time }),
  z.strictObject({ type: z.literal("locks.taken"), at: time, names: z.array(z.string()) }),
  z
    .strictObject({
      type: z.literal("locks.refused"),
      at: time,
      held: z.array(z.strictObject({ name: z.string(), run: z.string().describe("that holds it") })),
    })
    .describe("none was taken; before the first write the run is refused, later it waits"),
  z.strictObject({
    type: z.literal("locks.released"),
    at: time,
    names: z.array(z.string()),
    because: z.enum(["over", "waiting"]).describe("`waiting`: for people; they are taken again before the next write"),
  }),
  z
    .strictObject({ type: z.literal("approval.awaited"), at: time, node })
    .describe("asked for at this time, from which escalations count"),
  z
    .strictObject({
      type: z.literal("approval.escalated"),
      at: time,
      node,
      to: z.array(z.string()).describe("ids of the groups"),
    })
    .describe("from now on others may give it too"),
  z.strictObject({ type: z.literal("approval.given"), at: time, node, approval: approvalSchema }),
  z.strictObject({ type: z.literal("run.timed_out"), at: time }),
  z.strictObject({
    type: z.literal("part.timed_out"),
    at: time,
    part: z.string().describe("id of a part of the plan"),
  }),
  z.strictObject({
    type: z.literal("run.finished"),
    at: time,
    /**
     * `refused` nothing was written · `undone` failed or rolled back later, and all it did is undone · `incomplete` something is left by hand ·
     * `halted` stopped where it was, as asked · `cancelled` cancelled, and all it did is undone
     */
    outcome,
    why: z.string().nullable(),
    /** What a person has left to do. */
    left: z.array(z.strictObject({ node, what: z.string() })),
    result: valueSchema,
    /** Elements that failed and were tolerated, in the order they failed; absent where none did. */
    tolerated: z.array(z.strictObject({ element: z.string(), why: z.string() })).optional(),
    /** Leases that are not over and done with, in the order of the plan; absent where there is none. */
    leases: z.array(openLeaseSchema).optional(),
  }),

  /** The clock was set, or the machine slept: what waits for a time waits as long as it would have. */
  z.strictObject({
    type: z.literal("clock.jumped"),
    at: time,
    by: z.int().describe("milliseconds; back where less than 0"),
  }),

  // -- leases
  z
    .strictObject({ type: z.literal("lease.opened"), at: time, node, resource: z.string() })
    .describe("it is counted among those on the resource; its step may begin"),
  z
    .strictObject({ type: z.literal("lease.granted"), at: time, node, until: time })
    .describe("its step is done, or may have taken place; then it is undone by itself"),
  /** It is to be taken back. After `run.finished` a further `run.finished` follows. */
  z.strictObject({
    type: z.literal("lease.due"),
    at: time,
    node,
    because: z
      .enum(["time", "revoked", "alone", "again"])
      .describe("`alone`: the others on the resource are gone · `again`: its rollback had failed"),
    by: z.string().nullable().describe("who wants it, of `revoked` and `again`; null: it was done by itself"),
    reason: z.string().nullable(),
  }),
  z
    .strictObject({
      type: z.literal("lease.ended"),
      at: time,
      node,
      others: z.array(z.strictObject({ run: z.string(), node })),
    })
    .describe("none: its rollback runs; else it stays until those others on the resource are gone"),
  z.strictObject({
    type: z.literal("lease.closed"),
    at: time,
    node,
    how: z
      .enum(["taken_back", "failed", "by_hand", "unused"])
      .describe("`failed`: it is left to people, and tried again · `unused`: its step has changed nothing"),
    by: z.string().nullable().describe("who did it `by_hand`"),
  }),

  // -- elements of loops, and hooks
  z
    .strictObject({ type: z.literal("element.failed"), at: time, element: z.string(), why: z.string() })
    .describe("tolerated: it is undone alone, and the others go on"),
  z.strictObject({ type: z.literal("hook.started"), at: time, event: hookEvent }),
  z
    .strictObject({
      type: z.literal("hook.finished"),
      at: time,
      event: hookEvent,
      ok: z.boolean(),
      why: z.string().nullable(),
    })
    .describe("what failed in it changes nothing about the run"),

  // -- nodes
  z.strictObject({ type: z.literal("node.skipped"), at: time, node, why: z.string() }),
  z
    .strictObject({ type: z.literal("node.passed"), at: time, node })
    .describe("a require that holds, a join, a wait that is over, an approval that is complete"),
  z
    .strictObject({ type: z.literal("node.failed"), at: time, node, why: z.string() })
    .describe("a require that does not hold, a check out of time, arguments that cannot be computed"),
  z.strictObject({ type: z.literal("wait.started"), at: time, node, until: time }),
  z
    .strictObject({ type: z.literal("undo.skipped"), at: time, node, index: z.int().min(0), why: z.string() })
    .describe("a call of a rollback whose condition does not hold"),

  // -- attempts
  z.strictObject({
    type: z.literal("attempt.started"),
    at: time,
    ...attempt,
    key: z.string().describe("the same for every attempt of this call: what keyed operations are given"),
    deadline: time,
  }),
  /** What `rollback auto` will need, read before the effect. `data` is null where it is kept as a blob. */
  z.strictObject({
    type: z.literal("attempt.captured"),
    at: time,
    ...attempt,
    data: valueSchema,
    blob: z.string().nullable(),
  }),
  /** A child process was made and waits for this record to be durable before it runs anything. */
  z.strictObject({
    type: z.literal("attempt.process"),
    at: time,
    ...attempt,
    pid: z.int(),
    group: z.int(),
    started: z.string(),
  }),
  z.strictObject({
    type: z.literal("attempt.succeeded"),
    at: time,
    ...attempt,
    result: valueSchema,
    output: z.string().nullable(),
  }),
  z.strictObject({ type: z.literal("attempt.failed"), at: time, ...attempt, failure, output: z.string().nullable() }),
  /** A poll of a check: `holds` tells whether every requirement held; `why` the first that did not. */
  z.strictObject({
    type: z.literal("check.polled"),
    at: time,
    node,
    holds: z.boolean(),
    why: z.string().nullable(),
    value: valueSchema,
  }),
  z
    .strictObject({ type: z.literal("retry.planned"), at: time, ...attempt, until: time })
    .describe("`attempt` is the one that failed"),
  /** What an attempt cut off by a crash left behind was ended (`killed` processes), so it can no longer act. */
  z.strictObject({ type: z.literal("attempt.settled"), at: time, ...attempt, killed: z.int() }),
  z.strictObject({
    type: z.literal("outcome.marked"),
    at: time,
    node,
    phase,
    index: z.int(),
    decision: z.enum(["done", "retry"]),
    by: z.string(),
  }),
]);

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
