/** Types, parameters and refinements. */
import type { Param, Refinement, TypeNode } from "../tree.ts";
import { brackets } from "./brackets.ts";
import type { Cursor } from "./cursor.ts";
import { concat, type Doc, group, indent, line, softLine } from "./doc.ts";
import { expression } from "./expressions.ts";

export function typeOf(at: Cursor, type: TypeNode): Doc {
  switch (type.kind) {
    case "missing_type":
      return "";
    case "named_type":
      if (type.args.length === 0) return at.take();
      return concat([at.take(), brackets(at, { items: type.args, each: (arg) => typeOf(at, arg), edge: softLine })]);
    case "optional_type":
      // `??` is an operator.
      return concat([typeOf(at, type.of), type.of.kind === "optional_type" ? " " : "", at.expect("?")]);
    case "record_type":
      return recordFields(at, type.fields);
    case "literal_type":
      return expression(at, type.value);
    case "union_type":
      return union(at, type.of);
    case "one_of_type":
      return concat([at.expect("one"), " ", at.expect("of"), " ", expression(at, type.of)]);
  }
}

function union(at: Cursor, of: readonly TypeNode[]): Doc {
  const parts: Doc[] = [];
  for (const [index, type] of of.entries()) {
    if (index > 0) parts.push(at.trail(), line, at.expect("|"), " ");
    parts.push(typeOf(at, type));
  }
  return group(indent(concat(parts)));
}

export function recordFields(at: Cursor, fields: readonly Param[]): Doc {
  return brackets(at, {
    items: fields,
    each: (field) => concat([fieldName(at, field), fieldType(at, field)]),
    edge: line,
  });
}

/** `name?: ` */
export function fieldName(at: Cursor, param: Param): Doc {
  const name = at.take();
  return concat([name, param.optional ? at.expect("?") : "", at.expect(":"), " "]);
}

/** What stands after the colon of a parameter. */
export function fieldType(at: Cursor, param: Param): Doc {
  const parts = [typeOf(at, param.type)];
  if (param.default !== null) parts.push(" ", at.expect("="), " ", expression(at, param.default));
  if (param.where !== null) parts.push(indent(...refinement(at, param.where)));
  return group(concat(parts));
}

/** `where cond else "message"`, each word on a line of its own where they do not fit. */
export function refinement(at: Cursor, { condition, message }: Refinement): Doc[] {
  const parts: Doc[] = [at.trail(), line, at.expect("where"), " ", expression(at, condition)];
  if (message !== null) parts.push(at.trail(), line, at.expect("else"), " ", expression(at, message));
  return parts;
}
