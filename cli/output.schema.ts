/** zod schemas of what commands print with `--json`, for those who read it. */
import { z } from "zod";
import { valueSchema } from "../compiler/ir/expr.schema.ts";
import { STANDINGS } from "./runs/standings.ts";

const time = z.iso.datetime();
const place = z.string().describe("file:line:column in the project");

/** `opsc runs --json`. */
export const runsOutputSchema = z.strictObject({
  runs: z
    .array(
      z.strictObject({
        run: z.string(),
        action: z.string().describe("the action's id, `module#name`"),
        plan: z.string().describe("the plan's digest"),
        requester: z.string(),
        createdAt: time,
        outcome: z.string().nullable().describe("null while it has not ended"),
        endedAt: time.nullable(),
        held: z.boolean().describe("whether a living process is at it"),
        status: z
          .enum(STANDINGS as readonly [string, ...string[]])
          .nullable()
          .describe("where it stands; null where its plan is missing"),
      }),
    )
    .describe("the newest first"),
  more: z.boolean().describe("whether older ones were left out"),
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
