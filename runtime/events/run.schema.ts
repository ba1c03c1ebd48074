/** Events of a run as a whole, in its stream. */
import { z } from "zod";
import { valueSchema } from "../../compiler/ir/expr.schema.ts";
import { approvalSchema, requestSchema } from "../../compiler/plan/statement.schema.ts";
import { judgement, node, openLeaseSchema, outcome, said, signed, time } from "./fields.ts";

export const EVENT_VERSION = 1;

export const runEvents = [
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
    trust: z
      .strictObject({
        root: z.enum(["path", "git"]),
        by: z.enum(["configuration", "machine"]).describe("who named it"),
        place: z.string().max(4096).describe("as it was named: a folder, or `git:REPOSITORY:FOLDER`"),
      })
      .optional()
      .describe("where the trust root was that held when the run began; absent where the project was its own"),
    attestation: z
      .string()
      .max(16_384)
      .optional()
      .describe(
        "a signed note (c2sp.org/signed-note): that the plan was made again and admitted where the run began. Absent where there was no key of checkpoints",
      ),
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
      unsaid: z.literal(true).optional().describe("nobody whose word counts signed it; it holds all the same"),
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
    ended: time.optional().describe("of one that was taken up again to end leases of it: when it had ended, first"),
  }),

  /** The clock was set, or the machine slept: what waits for a time waits as long as it would have. */
  z.strictObject({
    type: z.literal("clock.jumped"),
    at: time,
    by: z.int().describe("milliseconds; back where less than 0"),
  }),
] as const;
