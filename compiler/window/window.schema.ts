/** What a window is, in a checked program and in a plan; they differ in what they have of its calendar. */
import { z } from "zod";

const at = z.string().describe("file:line:column in the project");

const ruleSchema = z.strictObject({
  effect: z.enum(["allow", "deny"]),
  days: z.array(z.int().min(1).max(7)),
  dates: z.array(z.strictObject({ from: z.string(), to: z.string() })),
  times: z.array(z.strictObject({ from: z.int(), to: z.int() })),
  because: z.string().nullable(),
  at,
});

/** As in the source. */
const inSource = {
  id: z.string(),
  name: z.string(),
  doc: z.string().nullable(),
  timezone: z.string().describe("IANA name"),
  rules: z
    .array(ruleSchema)
    .describe(
      "open where an `allow` matches (always, if there is none), no `deny` does, and no event of the calendar lasts",
    ),
};

export const programWindowSchema = z.strictObject({
  ...inSource,
  calendar: z.string().nullable().describe("its path within the project"),
  at,
});

/** When runs may start and write. With the text of its calendar: a plan needs no source. */
export const planWindowSchema = z.strictObject({
  ...inSource,
  calendar: z.strictObject({ path: z.string(), text: z.string().describe("RFC 5545") }).nullable(),
  at,
});
