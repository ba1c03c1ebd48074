/**
 * A record may be given where fewer fields are wanted. The rest is cut off there, so that no field comes back later
 * under another type, and what is compared or written is what the type says.
 */

import { cutting, type Shape } from "../ir/cut.ts";
import { define } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import { base, fieldsOf } from "./relations.ts";
import type { Type } from "./type.ts";

/** `expr` of type `from` as a value of `to`, which it fits. */
export function cutTo(expr: Expr, from: Type, to: Type): Expr {
  return hides(from, to) ? cutting(expr, shapeOf(to)) : expr;
}

/** What a value of the type consists of; null where there is nothing to cut. */
export function shapeOf(type: Type): Shape {
  switch (type.kind) {
    case "optional":
      return shapeOf(type.of);
    case "refined":
      return shapeOf(type.base);
    case "list": {
      const each = shapeOf(type.of);
      return each === null ? null : { each };
    }
    case "map": {
      const values = shapeOf(type.of);
      return values === null ? null : { values };
    }
    case "record": {
      const fields: Record<string, Shape> = {};
      for (const field of type.fields) define(fields, field.name, shapeOf(field.type));
      return { fields };
    }
    default:
      return null;
  }
}

/** Whether a value of `from` may have fields that `to`, which it fits, knows nothing of. */
function hides(from: Type, to: Type): boolean {
  if (from === to || to.kind === "error") return false;
  if (to.kind === "optional") return hides(from.kind === "optional" ? from.of : from, to.of);
  const plain = base(from);
  const wanted = base(to);
  if (wanted.kind === "list" || wanted.kind === "map") {
    if (plain.kind === wanted.kind) return hides(plain.of, wanted.of);
    return wanted.kind === "map" && plain.kind === "record" && plain.fields.some((f) => hides(f.type, wanted.of));
  }
  if (wanted.kind !== "record") return false;
  const fields = fieldsOf(plain);
  if (fields === null) return false;
  return fields.some((field) => {
    const want = wanted.fields.find((f) => f.name === field.name);
    return want === undefined || hides(field.type, want.type);
  });
}
