/** Events of streams that are of no run alone: of plans, locks, limits, leases, freezes, of what people say to a run, and of erased runs. */
import { z } from "zod";
import { approvalSchema, switchSchema } from "../../compiler/plan/statement.schema.ts";
import { node, outcome, signed, time } from "./fields.ts";

export const sharedEvents = [
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
    signed: switchSchema.optional(),
  }),
  z.strictObject({
    type: z.literal("freeze.lifted"),
    at: time,
    id: z.int().min(1),
    by: z.string(),
    reason: z.string().nullable(),
    signed: switchSchema.optional(),
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
] as const;
