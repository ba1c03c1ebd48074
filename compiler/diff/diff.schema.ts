/** zod schema of what `opsc diff --json` prints. */
import { z } from "zod";
import { AREAS, KINDS } from "./entry.ts";

const side = z.strictObject({
  digest: z.string(),
  action: z.string(),
  title: z.string(),
  requester: z.string(),
  workspace: z.string(),
  createdAt: z.iso.datetime(),
});

export const diffOutputSchema = z.strictObject({
  same: z.boolean().describe("both mean the same: there are no entries"),
  counts: z.record(z.enum(KINDS), z.int()).describe("entries of each kind"),
  old: side,
  new: side,
  entries: z
    .array(
      z.strictObject({
        kind: z
          .enum(KINDS)
          .describe(
            "`widened`: the new plan does, touches or allows more, or is held to less; `narrowed`: the other way",
          ),
        area: z.enum(AREAS),
        subject: z.string().describe("what it is about; `‹key›` stands for the keys of several elements of a loop"),
        subjects: z.array(z.string()).min(1).describe("all that differ in this way"),
        field: z.string().describe("where it stands in the plan, such as `nodes.call.effect`"),
        what: z.string().describe("in words, which go on from the subject"),
        from: z.string().nullable().describe("as people write it; null where there is nothing to show"),
        to: z.string().nullable(),
        diff: z.array(z.string()).describe("lines of a unified diff, of texts of several lines"),
      }),
    )
    .describe("what is wider first, and of that the gravest"),
  notes: z.array(z.string()).describe("what differs without a meaning for what is done, and what else is to be known"),
});
