/** Text that stands in a source where a secret is asked for: then it is in version control, and in every plan, for good. */
import type * as tree from "../../language/tree.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import { holdsSecret } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { type Context, isConst, report } from "./context.ts";
import { isTestFile } from "./test-file.ts";

/** Whether it was told. Tests make their secrets up, and no empty text is one. */
export function tellPlainSecret(cx: Context, expr: Expr, type: Type, what: string, span: tree.Span): boolean {
  if (!holdsSecret(type) || isTestFile(cx.module.path) || !holdsText(expr, type)) return false;
  report(cx, "secret-in-source", span, { what });
  return true;
}

/** Whether text that the source itself holds would come to stand where `type` asks for a secret. */
function holdsText(expr: Expr, type: Type): boolean {
  if (!holdsSecret(type)) return false;
  switch (type.kind) {
    case "secret":
      return chosenFrom(expr).some((each) => isConst(each) && typeof each.v === "string" && each.v.trim() !== "");
    case "optional":
      return holdsText(expr, type.of);
    case "refined":
      return holdsText(expr, type.base);
    case "list":
      return chosenFrom(expr).some((each) => itemsOf(each).some((item) => holdsText(item, type.of)));
    case "map":
      return chosenFrom(expr).some((each) => Object.values(fieldsOf(each)).some((field) => holdsText(field, type.of)));
    case "record":
      return chosenFrom(expr).some((each) => {
        const fields = fieldsOf(each);
        return type.fields.some((field) => {
          const given = Object.hasOwn(fields, field.name) ? fields[field.name] : undefined;
          return given !== undefined && holdsText(given, field.type);
        });
      });
    default:
      return false;
  }
}

/** What the value may be, as far as the source says. */
function chosenFrom(expr: Expr): readonly Expr[] {
  if (expr.k === "match") return expr.arms.flatMap((arm) => chosenFrom(arm.then));
  if (expr.k !== "op") return [expr];
  if (expr.op === "if") return expr.args.slice(1).flatMap(chosenFrom);
  return expr.op === "coalesce" ? expr.args.flatMap(chosenFrom) : [];
}

const constants = (values: readonly Value[]): readonly Expr[] => values.map(constant);

function itemsOf(expr: Expr): readonly Expr[] {
  if (expr.k === "list") return expr.items;
  return isConst(expr) && Array.isArray(expr.v) ? constants(expr.v) : [];
}

function fieldsOf(expr: Expr): { readonly [name: string]: Expr } {
  if (expr.k === "record") return expr.fields;
  if (!isConst(expr) || !isRecord(expr.v)) return {};
  return Object.fromEntries(Object.entries(expr.v).map(([name, value]) => [name, constant(value)]));
}
