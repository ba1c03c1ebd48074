/** Fields that events have in common. */
import { z } from "zod";
import { valueSchema } from "../../compiler/ir/expr.schema.ts";
import { requestSchema } from "../../compiler/plan/statement.schema.ts";
import { HOOK_EVENTS } from "../../compiler/program.ts";

export const time = z.iso.datetime();
export const node = z.string().describe("id of a plan node");
export const phase = z.enum(["do", "undo"]);
/** One try at one call. `index` counts the calls of a rollback block, 0 otherwise; `attempt` from 1. */
export const attempt = { node, phase, index: z.int().min(0), attempt: z.int().min(1) };

export const hookEvent = z.enum(HOOK_EVENTS);
/** Which entry of `control/<run>` said so; absent where it was said to the process itself. */
export const said = z.int().min(0).optional();

/** What whoever did it signed; absent where names are taken at their word. */
export const signed = requestSchema.optional();

export const outcome = z.enum(["succeeded", "refused", "undone", "incomplete", "halted", "cancelled", "denied"]);

export const failure = z.strictObject({
  /** `error` it said no · `lost` nobody heard what came of it · `timeout` it was ended · `interrupted` the process running it died · `refused` before it was called */
  kind: z.enum(["error", "lost", "timeout", "interrupted", "refused"]),
  message: z.string(),
  /** May a further attempt help? A provider says no to, say, a file that cannot exist. */
  retryable: z.boolean(),
});

export const judgement = z.strictObject({
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
