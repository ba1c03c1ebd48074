/** Events of the parts of a run, in its stream: its leases, elements of its loops, hooks, nodes, and attempts at calls. */
import { z } from "zod";
import { valueSchema } from "../../compiler/ir/expr.schema.ts";
import { attempt, failure, hookEvent, node, phase, time } from "./fields.ts";

export const partEvents = [
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
] as const;
