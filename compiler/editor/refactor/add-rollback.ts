/** A step that changes something and has no way back yet gets the frame of one. */
import { INDENT } from "../../../language/format/doc.ts";
import type { Span, StepStatement } from "../../../language/tree.ts";
import type { Parsed } from "../../check/context.ts";
import type { Analysis } from "../analysis.ts";
import { effectOf } from "../called.ts";
import { namesAt } from "../visible.ts";
import { type Action, indentAt, refactoring } from "./action.ts";

export function addRollback(analysis: Analysis, file: Parsed, { start }: Span): Action[] {
  const spot = analysis.spot(file.path, start);
  const at = spot?.nodes.findLastIndex((node) => "kind" in node && node.kind === "step") ?? -1;
  const step = spot?.nodes[at] as StepStatement | undefined;
  if (spot === null || step === undefined || step.call.kind !== "call") return [];
  // What undoes, and what only tells of a run, is not undone itself.
  if (spot.nodes.slice(0, at).some((node) => "kind" in node && ["rollback", "on"].includes(node.kind))) return [];
  const effect = effectOf(namesAt(spot), step.call);
  const stated = step.body?.members.some(({ kind }) => kind === "rollback" || kind === "irreversible") === true;
  if (stated || effect === null || effect === "read") return [];
  const call = file.text.slice(step.call.span.start, step.call.span.end);
  const offset = step.body === null ? step.span.end : step.body.span.start + 1;
  const indent = indentAt(file.text, step.span.start);
  const inner = `${indent}${" ".repeat(INDENT)}`;
  const text = step.body === null ? ` {\n${inner}rollback ${call}\n${indent}}` : `\n${inner}rollback ${call}`;
  const edits = [{ module: file.path, span: { start: offset, end: offset }, text }];
  return [refactoring("add a rollback to this step", "rewrite", edits)];
}
