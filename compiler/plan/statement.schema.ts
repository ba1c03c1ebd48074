/**
 * A statement: what a person says of a plan or a run, and by what it is known that they said it. The same form for asking for a
 * plan to be applied, for approving it, and for acting on a run; in files, in events and beside plans.
 */
import { z } from "zod";

/** What people decide on what others ask for, and what they ask for themselves. */
export const VERDICTS = ["approve", "deny", "withdraw", "override"] as const;
export const REQUESTS = ["request", "apply", "resume", "rollback", "revoke", "cancel", "halt", "pause"] as const;

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
  signature: z
    .string()
    .max(16_384)
    .nullable()
    .describe(
      "armored, as `ssh-keygen -Y sign` writes it; of the canonical JSON of all fields but `identity` and this one. Its namespace is `opsc.approval` for verdicts, `opsc.request` for the rest",
    ),
};

/** A token by which it was known who did something when it was recorded: what it said, and never the token itself. */
export const tokenSchema = z.strictObject({
  issuer: z.string().max(500),
  audience: z.string().max(500),
  subject: z.string().max(500),
  id: z.string().max(500).nullable().describe("`jti`"),
  expires: z.iso.datetime(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("of the token"),
});
export type RecordedToken = z.infer<typeof tokenSchema>;

const KNOWN = "how it is known that `who` said so: `unverified` not at all, `ssh` by a signature of ssh-keygen";

const whole = ({ identity, signature }: { readonly identity: string; readonly signature: string | null }): boolean =>
  (identity === "ssh") === (signature !== null);
const HALF = { path: ["signature"], message: "identity ssh goes with a signature, and no other does" };

/** A verdict: on a plan, or on what a run waits for. */
export const approvalSchema = z
  .strictObject({
    ...shape,
    identity: z.enum(["unverified", "ssh"]).describe(KNOWN),
    decision: z.enum(VERDICTS),
    override: z
      .strictObject({
        guardrails: z.array(z.string()).describe("ids of soft guardrails that need not hold"),
        approvals: z.array(z.string()).describe("ids of approvals that need not be given"),
        applier: z.string().describe("who applies the plan: for nobody else it counts"),
      })
      .optional()
      .describe("of an override, which breaks the glass: what it sets aside, and for whom. Its `comment` says why"),
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

/** Whether it may rest on a token: not what travels, since whoever gets it has no token to verify. */
const atOnce = ({ decision, identity, token }: { decision: string; identity: string; token?: unknown }): boolean =>
  (identity === "oidc") === (token !== undefined) && (identity !== "oidc" || decision !== "request");

/** What is answered where a call was cut off: whoever signs that a run goes on signs what they say of it. */
const answerSchema = z.strictObject({
  node: z.string(),
  decision: z.enum(["done", "retry"]).describe("`done` it took place · `retry` it did not"),
});

/** What else is said stands with the one thing it is said with: a signature for one is none for the other. */
const inPlace = ({ decision, answers, leases }: { decision: string; answers?: unknown; leases?: unknown }): boolean =>
  (decision === "revoke") === (leases !== undefined) && (decision === "resume" || answers === undefined);

/** What a person asks for themselves: `halt` is to cancel a run and undo nothing, `revoke` to end leases of it and leave the rest. */
export const requestSchema = z
  .strictObject({
    ...shape,
    decision: z.enum(REQUESTS),
    identity: z
      .enum(["unverified", "ssh", "oidc"])
      .describe(`${KNOWN}, \`oidc\` by a token that was verified when it was recorded and cannot be again`),
    token: tokenSchema.optional().describe("of identity oidc, and of no other"),
    answers: z
      .array(answerSchema)
      .min(1)
      .optional()
      .describe("of `resume`: whether calls took place of which nothing else is known"),
    leases: z
      .strictObject({
        nodes: z.array(z.string()).min(1),
        byHand: z.boolean().describe("they have taken back themselves what these steps gave"),
      })
      .optional()
      .describe("of `revoke`, and of no other: which leases end"),
  })
  .refine(whole, HALF)
  .refine(atOnce, {
    path: ["token"],
    message: "identity oidc goes with what the token said, and with nothing that is asked for later",
  })
  .refine(inPlace, {
    path: ["decision"],
    message: "revoke names leases, only resume answers what is not known, and nothing else does either",
  });
export type Request = z.infer<typeof requestSchema>;

export type Statement = Approval | Request;

/** What a person says of a freeze, which is of no plan: kept in the event that it is said by. */
export const switchSchema = z
  .strictObject({
    approvalVersion: shape.approvalVersion,
    decision: z.enum(["freeze", "thaw"]),
    freeze: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .describe("digest of the event `freeze.set`, of both, but for what is signed in it"),
    who: shape.who,
    comment: shape.comment,
    at: shape.at,
    identity: z.literal("ssh"),
    signature: z.string().max(16_384).describe("as of the other statements; its namespace is `opsc.request`"),
  })
  .describe("what whoever did it signed; absent where nobody did");
export type Switching = z.infer<typeof switchSchema>;

/** All that people sign. */
export type Spoken = Statement | Switching;
