/** Constants where a refined type is expected: the condition is decided on the spot. */
import type { Span } from "../../language/tree.ts";
import { EvalError, evaluate } from "../ir/evaluate.ts";
import { constant, type Value } from "../ir/expr.ts";
import type { Requirement } from "../program.ts";
import { assignable } from "../types/relations.ts";
import { showType, type Type } from "../types/type.ts";
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
  if (failing !== null) report(cx, "refinement-fails", span, { type: showType(wanted), why: failing });
  return true;
}

/** The message of the first condition over `it` that `value` does not meet, null if it meets all. */
export function firstFailing(requires: readonly Requirement[], value: Value): string | null {
  const env = { ref: (root: string) => (root === "it" ? constant(value) : undefined) };
  for (const { condition, message, text } of requires) {
    try {
      if (evaluate(condition, env) !== true)
        return message === null ? `it must hold that ${text}` : String(evaluate(message, env));
    } catch (error) {
      if (!(error instanceof EvalError)) throw error;
      return error.message;
    }
  }
  return null;
}
