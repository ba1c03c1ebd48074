/**
 * Values cut to the fields that their type names: the operation `cut`, whose second operand is the shape to cut to.
 * What is of another form than the shape says is left as it is.
 */
import type { Expr, Value } from "./expr.ts";

/** JSON, for it stands in the IR. Null leaves a value whole; `each` is of lists, `values` of maps. */
export type Shape =
  | null
  | { readonly fields: { readonly [name: string]: Shape } }
  | { readonly each: Shape }
  | { readonly values: Shape };

type Named<T> = { readonly [name: string]: T };

export function cutValue(value: Value, shape: Value): Value {
  if (!isNamed(shape) || value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    const each = part(shape, "each");
    return each === null ? value : value.map((item) => cutValue(item, each));
  }
  if (!isNamed(value)) return value;
  return cutFields(value, shape, cutValue) ?? value;
}

/** `expr` cut, as far as its form is known; null where it is not. */
export function cutExpr(expr: Expr, shape: Value): Expr | null {
  if (!isNamed(shape)) return expr;
  const inner = (of: Expr, its: Value): Expr => cutExpr(of, its) ?? cutting(of, its);
  switch (expr.k) {
    case "const":
      return { k: "const", v: cutValue(expr.v, shape) };
    case "list": {
      const each = part(shape, "each");
      return each === null ? expr : { k: "list", items: expr.items.map((item) => inner(item, each)) };
    }
    case "record": {
      const fields = cutFields(expr.fields, shape, inner);
      return fields === null ? expr : { k: "record", fields };
    }
    default:
      return null;
  }
}

export const cutting = (expr: Expr, shape: Value): Expr =>
  shape === null ? expr : { k: "op", op: "cut", args: [expr, { k: "const", v: shape }], at: null };

/** `cut(of).name` as `cut(of.name)`; null if `expr` is no such cut. */
export function readThrough(expr: Extract<Expr, { k: "field" }>, of: Expr): Expr | null {
  if (of.k !== "op" || of.op !== "cut") return null;
  const [whole, shape] = of.args;
  if (whole === undefined || shape?.k !== "const" || !isNamed(shape.v)) return null;
  const fields = part(shape.v, "fields");
  if (!isNamed(fields) || !Object.hasOwn(fields, expr.name)) return null;
  return cutting({ ...expr, of: whole }, fields[expr.name] ?? null);
}

/** The fields that the shape names, or all of a map; null where the shape is of neither. */
function cutFields<T>(of: Named<T>, shape: Named<Value>, cut: (value: T, shape: Value) => T): Named<T> | null {
  const fields = part(shape, "fields");
  const values = part(shape, "values");
  if (fields === null && values === null) return null;
  const kept: Record<string, T> = {};
  for (const [name, value] of Object.entries(of)) {
    if (isNamed(fields) && !Object.hasOwn(fields, name)) continue;
    const own = isNamed(fields) ? (fields[name] ?? null) : values;
    Object.defineProperty(kept, name, {
      value: cut(value, own),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return kept;
}

function part(shape: Named<Value>, name: "fields" | "each" | "values"): Value {
  return Object.hasOwn(shape, name) ? (shape[name] ?? null) : null;
}

function isNamed(value: Value | undefined): value is Named<Value> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
