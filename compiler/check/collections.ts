/** Lists, records and ranges as they are written. */
import type * as tree from "../../language/tree.ts";
import { define } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import { isEmptyRange } from "../ir/ops.ts";
import { assignable, base, common, ERROR, fieldsOf, keptType, listOf, optionalOf, widen } from "../types/relations.ts";
import { briefType, type Field, type Type } from "../types/type.ts";
import { type Context, isConst, nearestTo, report, sourceText } from "./context.ts";
import { broken, checkExpr, coerce, describe, fitted, type Typed } from "./expr.ts";
import { thereIs } from "./hints.ts";

export function checkList(cx: Context, node: tree.ListExpr, expected: Type | null): Typed {
  const wanted = expected === null ? null : base(expected.kind === "optional" ? expected.of : expected);
  const element = wanted?.kind === "list" ? wanted.of : null;
  let type: Type | null = element;
  const found: Typed[] = [];
  const items: Expr[] = [];
  /** Whether the secrets in it, if there are any, are all kept. */
  let kept = true;
  for (const item of node.items) {
    const typed = checkExpr(cx, item, element);
    if (element !== null) {
      items.push(coerce(cx, typed, element, "this", item.span));
      kept &&= assignable(typed.type, keptType(element));
      continue;
    }
    const shared = type === null ? widen(typed.type) : common(type, typed.type);
    if (shared === null)
      report(cx, "type-mismatch", item.span, {
        what: "this",
        found: describe(typed.type),
        expected: `${briefType(type ?? ERROR)} (as before it)`,
      });
    else type = shared;
    found.push(typed);
  }
  const all = type ?? ERROR;
  if (element === null) items.push(...found.map((each) => fitted(cx, each, all, node.span)));
  return { type: listOf(element !== null && kept ? keptType(all) : all), expr: { k: "list", items } };
}

export function checkRecord(cx: Context, node: tree.RecordExpr, expected: Type | null): Typed {
  const wanted = expected === null ? null : base(expected.kind === "optional" ? expected.of : expected);
  const wantedFields = wanted === null ? null : fieldsOf(wanted);
  const fields: Record<string, Expr> = {};
  const types: Field[] = [];
  let kept = true;
  for (const field of node.fields) {
    const name = field.name.text;
    if (Object.hasOwn(fields, name)) {
      report(cx, "duplicate-field", field.name.span, { name });
      continue;
    }
    const want = wanted?.kind === "map" ? wanted.of : wantedFields?.find((f) => f.name === name);
    const wantType =
      want === undefined ? null : "kind" in want ? want : want.optional ? optionalOf(want.type) : want.type;
    const typed = checkExpr(cx, field.value, wantType);
    const value = wantType === null ? typed.expr : coerce(cx, typed, wantType, name, field.value.span);
    define(fields, name, value);
    kept &&= wantType === null || assignable(typed.type, keptType(wantType));
    types.push({ name, type: wantType ?? widen(typed.type), optional: false, doc: null });
    if (wantedFields !== null && wanted?.kind === "record" && want === undefined) {
      const names = wantedFields.map((f) => f.name);
      const near = nearestTo(cx, name, names);
      const args = { type: briefType(wanted), name, near };
      report(cx, "unknown-field", field.name.span, args, thereIs("its fields are", names, near));
    }
  }
  if (wanted?.kind === "record") {
    const missing = wanted.fields.filter((f) => !f.optional && !Object.hasOwn(fields, f.name)).map((f) => f.name);
    if (missing.length > 0)
      report(cx, "missing-field", node.span, { type: briefType(wanted), names: missing.join(", ") });
    const type = expected ?? wanted;
    return { type: kept ? keptType(type) : type, expr: { k: "record", fields } };
  }
  if (wanted?.kind === "map") return { type: kept ? keptType(wanted) : wanted, expr: { k: "record", fields } };
  return { type: { kind: "record", fields: types }, expr: { k: "record", fields } };
}

/** What ranges may be of: all that has an order of its own. */
export const RANGED: readonly string[] = [
  "int",
  "decimal",
  "duration",
  "size",
  "percent",
  "date",
  "time",
  "time_of_day",
  "error",
];

export function checkRange(cx: Context, node: tree.RangeExpr, expected: Type | null): Typed {
  const element = expected?.kind === "range" ? expected.of : null;
  const from = checkExpr(cx, node.from, element);
  const to = checkExpr(cx, node.to, element);
  const type = common(widen(from.type), widen(to.type));
  if (type === null || !RANGED.includes(base(type).kind)) {
    const args = { op: "..", left: describe(from.type), right: describe(to.type) };
    report(cx, "operator-types", node.span, args);
    return broken;
  }
  if (isConst(from.expr) && isConst(to.expr) && isEmptyRange(from.expr.v, to.expr.v))
    report(cx, "range-empty", node.span, { range: sourceText(cx, node.span) });
  return { type: { kind: "range", of: type }, expr: { k: "op", op: "range", args: [from.expr, to.expr], at: null } };
}
