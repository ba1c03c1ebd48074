/**
 * A statement: what a person says of a plan or a run, and by what it is known that they said it. The same form for asking for a
 * plan to be applied, for approving it, and for acting on a run; in files, in events and beside plans.
 */
import { z } from "zod";

/** What people decide on what others ask for, and what they ask for themselves. */
export const VERDICTS = ["approve", "deny", "withdraw", "override"] as const;
export const REQUESTS = ["request", "apply", "resume", "rollback", "cancel", "halt", "pause"] as const;

const shape = {
  approvalVersion: z.literal(1),
  plan: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  nonce: z.string().max(100).describe("of that plan"),
  /** Set for what is said of a run, as an approval asked for in the middle of it. */
  run: z.string().nullable(),
  node: z.string().nullable().describe("the approval asked for; null covers all that are asked for with the plan"),
  who: z.string(),
  comment: z.string().nullable(),
  at: z.iso.datetime(),
  identity: z
    .enum(["unverified", "ssh"])
    .describe("how it is known that `who` said so: `unverified` not at all, `ssh` by a signature of ssh-keygen"),
  signature: z
    .string()
    .max(16_384)
    .nullable()
    .describe(
      "armored, as `ssh-keygen -Y sign` writes it; of the canonical JSON of all fields but `identity` and this one. Its namespace is `opsc.approval` for verdicts, `opsc.request` for the rest",
    ),
};

const whole = ({ identity, signature }: { identity: "unverified" | "ssh"; signature: string | null }): boolean =>
  (identity === "ssh") === (signature !== null);
const HALF = { path: ["signature"], message: "identity ssh goes with a signature, and no other does" };

/** A verdict: on a plan, or on what a run waits for. */
export const approvalSchema = z
  .strictObject({
    ...shape,
    decision: z.enum(VERDICTS),
    override: z
      .strictObject({
        guardrails: z.array(z.string()).describe("ids of soft guardrails that need not hold"),
        approvals: z.array(z.string()).describe("ids of approvals asked for with the plan that need not be given"),
      })
      .optional()
      .describe("of an override, which breaks the glass: what it sets aside. Its `comment` says why"),
  })
  .refine(whole, HALF)
  .refine(
    ({ decision, override, comment }) => (decision === "override") === (override !== undefined && comment !== null),
    {
      path: ["override"],
      message: "an override says what it sets aside, and why; nothing else does",
    },
  );
export type Approval = z.infer<typeof approvalSchema>;

/** What a person asks for themselves: `halt` is to cancel a run and undo nothing. */
export const requestSchema = z.strictObject({ ...shape, decision: z.enum(REQUESTS) }).refine(whole, HALF);
export type Request = z.infer<typeof requestSchema>;

export type Statement = Approval | Request;
