/** What `opsc check --json` prints. */
import { z } from "zod";

const position = z
  .strictObject({ line: z.int().min(1), column: z.int().min(1) })
  .describe("From 1; columns in UTF-16 code units");

const place = {
  file: z.string().describe("Path within the project, with /"),
  span: z.strictObject({ start: z.int(), end: z.int() }).describe("UTF-16 offsets in the file, end exclusive"),
  start: position.nullable(),
  end: position.nullable(),
};

const severity = z.enum(["error", "warning", "info"]);

const diagnostic = z.strictObject({
  code: z.string().describe("opsc explain has its page; configuration for faults of opsc.config.json"),
  severity,
  message: z.string(),
  args: z.record(z.string(), z.string()).describe("What the message was made of"),
  ...place,
  label: z.string().nullable(),
  why: z.string().nullable(),
  help: z.string().nullable(),
  related: z.array(z.strictObject({ ...place, note: z.string() })),
  fixes: z.array(
    z.strictObject({
      title: z.string(),
      suggested: z.boolean().describe("It may not be what was meant, or leaves TODO to be filled in"),
      edits: z.array(z.strictObject({ ...place, text: z.string() })),
    }),
  ),
});

export const diagnosticsSchema = z.strictObject({
  diagnostics: z.array(diagnostic),
  silenced: z.array(z.strictObject({ ...place, code: z.string(), message: z.string(), reason: z.string() })),
  summary: z.strictObject({ errors: z.int(), warnings: z.int(), infos: z.int() }),
});

const mend = z.strictObject({ file: z.string(), code: z.string(), message: z.string(), title: z.string() });

/** What `opsc check` prints as JSON: with `--fix`, `fixed` says what was done. */
export const checkOutputSchema = diagnosticsSchema.extend({
  fixed: z
    .strictObject({
      written: z.boolean().describe("False under --dry-run"),
      files: z.array(z.string()),
      applied: z.array(mend),
      refused: z.array(mend.extend({ because: z.string() })),
    })
    .optional(),
});
