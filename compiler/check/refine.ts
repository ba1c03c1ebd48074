/** Constants where a refined type is expected: the condition is decided on the spot. */
import type { Span } from "../../language/tree.ts";
import { type Env, EvaluationError, reduce } from "../ir/evaluate.ts";
import { constant, type Root, type Value } from "../ir/expr.ts";
import type { Requirement } from "../program.ts";
import { assignable } from "../types/relations.ts";
import { briefType, type Type } from "../types/type.ts";
import { type Context, isConst, report } from "./context.ts";
import type { Typed } from "./expr.ts";

/**
 * Whether a constant of the base type may stand for the refined one; a condition that fails is told, and counts as
 * told (true). False where `expected` is not refined or the value is not constant.
 */
export function refinementHolds(cx: Context, typed: Typed, expected: Type, span: Span): boolean {
  const wanted = expected.kind === "optional" ? expected.of : expected;
  if (wanted.kind !== "refined" || !isConst(typed.expr)) return false;
  if (!assignable(typed.type, wanted.base) && !refinementHolds(cx, typed, wanted.base, span)) return false;
  const failing = firstFailing(cx.project.refinements.get(wanted.id) ?? [], typed.expr.v);
  if (failing !== null) report(cx, "refinement-fails", span, { type: briefType(wanted), why: failing });
  return true;
}

/**
 * The message of the first condition that `value` does not meet, null if it meets all that can be decided by it.
 * `means` tells which reference stands for the value: `it`, unless it is said otherwise.
 */
export function firstFailing(
  requires: readonly Requirement[],
  value: Value,
  means: (root: Root, name: string) => boolean = (root) => root === "it",
): string | null {
  const env: Env = { ref: (root, name) => (means(root, name) ? constant(value) : undefined) };
  for (const { condition, message, text } of requires) {
    try {
      const holds = reduce(condition, env);
      if (!isConst(holds) || holds.v !== false) continue;
      const words = message === null ? null : reduce(message, env);
      return words !== null && isConst(words) ? String(words.v) : `it must hold that ${text}`;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      return error.message;
    }
  }
  return null;
}
