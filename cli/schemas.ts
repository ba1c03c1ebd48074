/** The published JSON Schemas of everything that is written down or read, from the zod schemas that check it. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { checkOutputSchema } from "../compiler/diagnostics/diagnostics.schema.ts";
import { diffOutputSchema } from "../compiler/diff/diff.schema.ts";
import { exprSchema } from "../compiler/ir/expr.schema.ts";
import { manifestSchema } from "../compiler/manifest.schema.ts";
import { planFileSchema } from "../compiler/plan/plan.schema.ts";
import { programSchema } from "../compiler/program.schema.ts";
import { moduleSchema } from "../language/tree.schema.ts";
import { approvalSchema, eventSchema } from "../runtime/event.schema.ts";
import { trustSchema } from "../runtime/trust/trust.schema.ts";
import { configSchema } from "./config.schema.ts";
import { catalogOutputSchema, doctorOutputSchema, runsOutputSchema, showRunOutputSchema } from "./output.schema.ts";

const SCHEMAS: Readonly<Record<string, { readonly title: string; readonly schema: z.ZodType }>> = {
  "config.schema.json": { title: "opsc.config.json", schema: configSchema },
  "trust.schema.json": { title: "opsc.trust.json", schema: trustSchema },
  "check.schema.json": { title: "Output of opsc check --json", schema: checkOutputSchema },
  "catalog.schema.json": { title: "Output of opsc catalog --json", schema: catalogOutputSchema },
  "runs.schema.json": { title: "Output of opsc runs --json", schema: runsOutputSchema },
  "diff.schema.json": { title: "Output of opsc diff --json", schema: diffOutputSchema },
  "run.schema.json": { title: "Output of opsc show RUN --json", schema: showRunOutputSchema },
  "doctor.schema.json": { title: "Output of opsc doctor --json", schema: doctorOutputSchema },
  "tree.schema.json": { title: "Syntax tree of an .ops file", schema: moduleSchema },
  "expr.schema.json": { title: "Expression IR", schema: exprSchema },
  "manifest.schema.json": { title: "Provider manifest", schema: manifestSchema },
  "program.schema.json": { title: "Checked program", schema: programSchema },
  "plan.schema.json": { title: "Plan file (*.opsplan.json)", schema: planFileSchema },
  "approval.schema.json": { title: "Approval", schema: approvalSchema },
  "event.schema.json": { title: "Event of a plan or run", schema: eventSchema },
};

/** Each schema's text by file name. */
export function schemaTexts(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(SCHEMAS).map(([name, { title, schema }]) => [
      name,
      `${JSON.stringify({ title, ...z.toJSONSchema(schema, { io: "input" }) }, null, 2)}\n`,
    ]),
  );
}

export function writeSchemas(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of schemaTexts()) writeFileSync(path.join(folder, name), text);
}
