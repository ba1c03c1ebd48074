/**
 * Optionals that a condition has made sure of: after `x != none &&`, in `x != none ? x : 0`, in the block of an `if`,
 * in a step with `when`, and after a `require`, x is what it is when it is there. Values never change, so what was
 * sure once stays so wherever the condition guards.
 */

import type { Expr } from "../ir/expr.ts";
import type { Type } from "../types/type.ts";
import { type Context, isConst, NO_VALUE } from "./context.ts";
import type { Typed } from "./expr.ts";

/** `cx` where `condition` is known to be `truth`. */
export function whereHolds(cx: Context, condition: Expr, truth: boolean): Context {
  const found: string[] = [];
  if (isConst(condition)) found.push(condition.v === truth ? DECIDED : NEVER);
  collect(condition, truth, found);
  if (found.length === 0) return cx;
  return { ...cx, present: new Set([...(cx.present ?? []), ...found]) };
}

/** Without `?`, where a condition around it has made sure of the value. */
export function narrow(cx: Context, typed: Typed): Typed {
  if (cx.present === undefined || typed.type.kind !== "optional") return typed;
  if (isConst(typed.expr)) return narrowConstant(cx.present, typed.expr, typed.type.of) ?? typed;
  const key = keyOf(typed.expr);
  return key !== null && cx.present.has(key) ? { type: typed.type.of, expr: typed.expr } : typed;
}

/** Conditions over constants are constants, so there is no telling what they were about: the value itself tells. */
function narrowConstant(present: ReadonlySet<string>, expr: Extract<Expr, { k: "const" }>, type: Type): Typed | null {
  if (!present.has(DECIDED) && !present.has(NEVER)) return null;
  if (expr.v !== null) return { type, expr };
  // Never reached, and so not to be computed with.
  return present.has(NEVER) ? { type, expr: NO_VALUE } : null;
}

/** Marks of what stands under a condition that is decided already, and under one that is decided against it. */
const DECIDED = "!decided";
const NEVER = "!never";

function collect(condition: Expr, truth: boolean, into: string[]): void {
  if (condition.k !== "op") return;
  const [left, right] = condition.args;
  if (left === undefined) return;
  switch (condition.op) {
    case "not":
      return collect(left, !truth, into);
    case "and":
    case "or":
      if (truth !== (condition.op === "and") || right === undefined) return;
      collect(left, truth, into);
      return collect(right, truth, into);
    case "eq":
    case "ne": {
      if (right === undefined) return;
      const same = truth === (condition.op === "eq");
      for (const [value, other] of [
        [left, right],
        [right, left],
      ] as const)
        if (isConst(other) && (other.v === null ? !same : same)) {
          add(value, into);
          if (other.v !== null) addAsked(value, into);
        }
      return;
    }
    case "is_some":
      if (truth) add(left, into);
      return;
    default:
      return;
  }
}

/** `value` is there; so is what it was safely read from. */
function add(value: Expr, into: string[]): void {
  const key = keyOf(value);
  if (key !== null) into.push(key);
  if (value.k === "field") add(value.of, into);
}

/** `value` is not none: so is what a method was asked of with `?.`, which is carried as `x is some ? method : none`. */
function addAsked(value: Expr, into: string[]): void {
  if (value.k !== "op" || value.op !== "if") return;
  const [present, asked, otherwise] = value.args;
  if (present === undefined || asked === undefined || otherwise === undefined) return;
  if (!isConst(otherwise) || otherwise.v !== null) return;
  collect(present, true, into);
  addAsked(asked, into);
}

/** Readings of an element: what they give depends on their operands alone. */
const READS = ["list.at", "list.first", "list.last", "list.min", "list.max", "map.at", "map.get", "json.as_"];

/** Equal for expressions of one value, wherever they are written; null for what is computed. */
function keyOf(expr: Expr): string | null {
  switch (expr.k) {
    case "const":
      return `=${JSON.stringify(expr.v)}`;
    case "ref":
      return expr === NO_VALUE ? null : `${expr.root}:${JSON.stringify(expr.name)}`;
    case "field": {
      const of = keyOf(expr.of);
      return of === null ? null : `${of}.${JSON.stringify(expr.name)}`;
    }
    case "op": {
      if (!READS.some((op) => expr.op === op || (op.endsWith("_") && expr.op.startsWith(op)))) return null;
      const args = expr.args.map(keyOf);
      return args.includes(null) ? null : `${expr.op}(${args.join()})`;
    }
    default:
      return null;
  }
}
