/** `match`: every case once, none forgotten. */
import type * as tree from "../../language/tree.ts";
import type { MatchArm, Value } from "../ir/expr.ts";
import { base, common, holdsSecret } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { at, type Context, isConst, isSettled, NO_VALUE, report } from "./context.ts";
import { broken, checkExpr, coerce, describe, enumIn, fitted, type Typed } from "./expr.ts";

export function checkMatch(cx: Context, node: tree.MatchExpr, expected: Type | null): Typed {
  const on = checkExpr(cx, node.on, null);
  if (holdsSecret(on.type)) {
    report(cx, "secret-leak", node.on.span, { what: "this", where: "the arm that is taken" });
    return broken;
  }
  const arms: { readonly is: MatchArm["is"]; readonly value: Typed; readonly span: tree.Span }[] = [];
  const left = casesOf(on.type);
  const seen = new Set<string>();
  const faults = { count: 0 };
  let type: Type | null = null;
  let all = false;
  for (const arm of node.arms) {
    if (all) report(cx, "match-unreachable", arm.span, { what: "_ before it takes all" });
    const is = arm.patterns === null ? null : patterns(cx, arm.patterns, on.type, seen, faults);
    all ||= is === null;
    const value = checkExpr(cx, arm.value, expected);
    const shared: Type | null = type === null ? value.type : common(type, value.type);
    if (shared === null)
      report(cx, "type-mismatch", arm.value.span, {
        what: "this",
        found: describe(value.type),
        expected: `${describe(type ?? value.type)} (as in the arms before)`,
      });
    else type = shared;
    arms.push({ is, value, span: arm.value.span });
  }
  const missing = left?.filter((c) => !seen.has(JSON.stringify(c))) ?? [];
  const incomplete = !all && on.type.kind !== "error" && (left === null || missing.length > 0);
  // A case that is wrong was told: it may be the one that is missing.
  if (incomplete && faults.count === 0) {
    report(
      cx,
      "match-incomplete",
      node.on.span,
      { missing: left === null ? "any other value" : missing.map((c) => written(c, on.type)).join(", ") },
      left === null
        ? { label: `this is ${describe(on.type)}` }
        : {
            label: `this is ${describe(on.type)}`,
            help: `add ${missing.map((c) => `${written(c, on.type)} => …`).join(", ")}, or _ => … for the rest`,
          },
    );
  }
  if (type === null) return broken;
  if (incomplete || faults.count > 0) return { type, expr: NO_VALUE };
  const of = type;
  const fitting = arms.map(({ is, value, span }): MatchArm => ({ is, then: fitted(cx, value, of, span) }));
  return { type, expr: { k: "match", on: on.expr, arms: fitting, at: at(cx, node.span) } };
}

function patterns(
  cx: Context,
  nodes: readonly tree.Expr[],
  on: Type,
  seen: Set<string>,
  faults: { count: number },
): Value[] {
  const values: Value[] = [];
  for (const pattern of nodes) {
    const expr = coerce(cx, checkExpr(cx, pattern, enumIn(on) ?? on), on, "this case", pattern.span);
    if (!isConst(expr)) {
      if (!isSettled(expr)) report(cx, "not-constant", pattern.span, { what: "a case of a match" });
      faults.count++;
      continue;
    }
    const key = JSON.stringify(expr.v);
    if (seen.has(key)) report(cx, "match-unreachable", pattern.span, { what: `${key} is taken above` });
    seen.add(key);
    values.push(expr.v);
  }
  return values;
}

/** As an arm is written: members of an enum and none without quotes. */
function written(value: Value, on: Type): string {
  if (value === null) return "none";
  return typeof value === "string" && enumIn(on) !== null ? value : JSON.stringify(value);
}

/** Every value of a type that has few; null where they cannot be listed. */
function casesOf(type: Type): readonly Value[] | null {
  const plain = base(type);
  switch (plain.kind) {
    case "enum":
      return plain.members;
    case "bool":
      return [true, false];
    case "literal":
      return [plain.value];
    case "none":
      return [null];
    case "optional": {
      const inner = casesOf(plain.of);
      return inner === null ? null : [...inner, null];
    }
    case "union": {
      const parts = plain.of.map(casesOf);
      return parts.every((p) => p !== null) ? parts.flat() : null;
    }
    default:
      return null;
  }
}
