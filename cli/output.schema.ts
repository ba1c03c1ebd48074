/** zod schemas of what commands print with `--json`, for those who read it. */
import { z } from "zod";
import { valueSchema } from "../compiler/ir/expr.schema.ts";
import { eventSchema, openLeaseSchema } from "../runtime/event.schema.ts";
import { STANDINGS } from "./runs/standings.ts";

const time = z.iso.datetime();
const place = z.string().describe("file:line:column in the project");

const freezeSchema = z.strictObject({
  id: z.int().min(1),
  at: time,
  by: z.string(),
  reason: z.string(),
  until: time.nullable(),
  unsaid: z
    .literal(true)
    .optional()
    .describe("only what is signed counts here, and nobody signed it; it holds all the same"),
  where: z.strictObject({
    action: z.array(z.string()),
    tag: z.array(z.string()),
    workspace: z.array(z.string()),
    risk: z.array(z.string()),
  }),
});

/** `opsc runs --json`. */
export const runsOutputSchema = z.strictObject({
  runs: z
    .array(
      z.strictObject({
        run: z.string(),
        action: z
          .string()
          .nullable()
          .describe("the action's id, `module#name`; null, as all else, where its log does not tell"),
        plan: z.string().nullable().describe("the plan's digest"),
        requester: z.string().nullable(),
        createdAt: time.nullable(),
        outcome: z.string().nullable().describe("null while it has not ended"),
        endedAt: time.nullable(),
        doneAt: time
          .nullable()
          .describe("when what it did itself was over, before its leases ended; else as `endedAt`"),
        held: z.boolean().describe("whether a living process is at it"),
        leases: z.array(openLeaseSchema).describe("of a run that has ended: leases that are not over and done with"),
        status: z
          .enum(STANDINGS as readonly [string, ...string[]])
          .nullable()
          .describe("where it stands; null where its plan is missing, or plan or log do not verify"),
      }),
    )
    .describe("the newest first"),
  more: z.boolean().describe("whether older ones were left out"),
  freezes: z.array(freezeSchema).describe("in force now: runs that match begin no write"),
});

/** `opsc show RUN --json`. */
export const showRunOutputSchema = z.strictObject({
  run: z.string(),
  plan: z.string().describe("the plan's digest"),
  action: z.string().describe("the action's id, `module#name`"),
  requester: z.string(),
  applier: z.string(),
  attested: z
    .strictObject({
      by: z.string().nullable().describe("the key that attests that `opsc apply` began it, `NAME+ID`"),
      why: z.string().nullable().describe("why it is not attested, so that nothing takes it up; null where it is"),
    })
    .nullable()
    .describe("null where the trust root lists no keys of the log"),
  status: z.enum(STANDINGS as readonly [string, ...string[]]).describe("where it stands"),
  outcome: z.string().nullable().describe("null while it has not ended"),
  why: z.string().nullable(),
  startedAt: time.nullable(),
  endedAt: time.nullable().describe("when what it did itself was over"),
  nodes: z
    .array(
      z.strictObject({
        id: z.string(),
        fate: z.enum([
          "pending",
          "running",
          "retrying",
          "waiting",
          "done",
          "skipped",
          "failed",
          "unknown",
          "undoing",
          "undone",
          "undo failed",
        ]),
        attempts: z.int().min(0),
        took: z.int().nullable().describe("milliseconds"),
        why: z.string().nullable(),
      }),
    )
    .describe("in the order of the plan, then those of its hooks"),
  left: z.array(z.strictObject({ node: z.string(), what: z.string() })).describe("to be done by hand"),
  awaiting: z.array(z.strictObject({ node: z.string(), missing: z.string() })).describe("approvals that are missing"),
  unknown: z
    .array(z.strictObject({ node: z.string(), phase: z.enum(["do", "undo"]), index: z.int(), what: z.string() }))
    .describe("calls of which a person must say whether they took place"),
  locked: z
    .array(z.strictObject({ name: z.string(), run: z.string() }))
    .describe("locks it waits for, and the runs that hold them"),
  tolerated: z
    .array(z.strictObject({ element: z.string(), why: z.string() }))
    .describe("elements that failed and were tolerated"),
  leases: z.array(openLeaseSchema).describe("leases that are not over and done with"),
  next: z.array(z.strictObject({ when: z.string(), command: z.string() })).describe("what to do about it"),
  events: z.array(eventSchema).describe("all that happened, in its order"),
});

/** `opsc doctor --json`. */
export const doctorOutputSchema = z.strictObject({
  ok: z.boolean().describe("no finding is a problem"),
  exit: z.int().describe("the exit code"),
  findings: z.array(
    z.strictObject({
      id: z.string().describe("what was looked at, such as `store`"),
      level: z.enum(["ok", "warning", "problem"]),
      what: z.string(),
      why: z.string().nullable(),
      remedy: z.string().nullable(),
      exit: z.int().nullable(),
    }),
  ),
});

const stated = <T extends z.ZodType>(value: T) =>
  z
    .discriminatedUnion("is", [
      z.strictObject({ is: z.literal("known"), value }),
      z.strictObject({ is: z.literal("depends"), on: z.string().describe("the expression that decides it") }),
    ])
    .nullable();

/** `opsc catalog --json`. */
export const catalogOutputSchema = z.strictObject({
  actions: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      doc: z.string().nullable(),
      at: place,
      risk: stated(z.string()),
      owner: stated(z.string()),
      inputs: z.array(
        z.strictObject({
          name: z.string(),
          type: z.string(),
          required: z.boolean(),
          default: valueSchema.describe("as it is given in JSON; null where there is none or it depends on something"),
          doc: z.string().nullable(),
          must: z.array(z.string()).describe("conditions as written"),
        }),
      ),
      approvals: z.array(
        z.strictObject({
          mode: z.enum(["one", "any", "all"]),
          by: stated(z.array(z.string())),
          quorum: stated(z.int()),
          conditional: z.boolean(),
          at: place,
        }),
      ),
    }),
  ),
});
