/** What of the conditions on a value JSON Schema can say. */
import type { Expr, Value } from "../ir/expr.ts";
import type { Requirement } from "../program.ts";
import type { Type } from "../types/type.ts";
import type { Schema } from "./schema.ts";

type Means = (root: string, name: string) => boolean;

/** What a number in a condition is of the value: the value itself, or how long it is. */
type Measure = "value" | "length";

/** The value that conditions are on. */
interface Subject {
  /** Without what it is refined or optional from. */
  readonly type: Type;
  readonly means: Means;
}

/** A schema that a value must meet for the condition to hold; `exact` if the condition holds for all that meet it. */
interface Said {
  readonly schema: Schema;
  readonly exact: boolean;
}

export function conditionsSchema(
  type: Type,
  requires: readonly Requirement[],
  means: Means,
): { readonly schemas: readonly Schema[]; readonly unsaid: readonly string[] } {
  const subject: Subject = { type: plain(type), means };
  const schemas: Schema[] = [];
  const unsaid: string[] = [];
  for (const { condition, text } of requires) {
    const said = say(condition, subject);
    if (said !== null) schemas.push(said.schema);
    if (said?.exact !== true) unsaid.push(text);
  }
  return { schemas, unsaid };
}

function plain(type: Type): Type {
  if (type.kind === "refined") return plain(type.base);
  return type.kind === "optional" ? plain(type.of) : type;
}

function say(condition: Expr, subject: Subject): Said | null {
  if (condition.k !== "op") return null;
  const [first, second] = condition.args;
  if (first === undefined) return null;
  switch (condition.op) {
    case "and":
      return second === undefined ? null : both(say(first, subject), say(second, subject));
    case "or":
      return second === undefined ? null : either(say(first, subject), say(second, subject));
    case "not": {
      const inner = say(first, subject);
      return inner?.exact === true ? exactly({ not: inner.schema }) : null;
    }
    case "list.all":
      return everyItem(first, second, subject);
    default:
      return second === undefined ? null : compare(condition.op, first, second, subject);
  }
}

const exactly = (schema: Schema): Said => ({ schema, exact: true });

function both(a: Said | null, b: Said | null): Said | null {
  if (a === null || b === null) {
    const known = a ?? b;
    return known === null ? null : { schema: known.schema, exact: false };
  }
  return { schema: { allOf: [a.schema, b.schema] }, exact: a.exact && b.exact };
}

function either(a: Said | null, b: Said | null): Said | null {
  return a === null || b === null ? null : { schema: { anyOf: [a.schema, b.schema] }, exact: a.exact && b.exact };
}

function everyItem(list: Expr, each: Expr | undefined, subject: Subject): Said | null {
  if (subject.type.kind !== "list" || !isSubject(list, subject) || each?.k !== "fn") return null;
  const [item] = each.params;
  const means: Means = (root, name) => root === "local" && name === item;
  const said = say(each.body, { type: plain(subject.type.of), means });
  return said === null ? null : { schema: { items: said.schema }, exact: said.exact };
}

function isSubject(expr: Expr, { means }: Subject): boolean {
  return expr.k === "ref" && means(expr.root, expr.name);
}

const LENGTHS: readonly string[] = ["string.length", "list.length", "map.length"];

/** Of which measure of the value the expression is; null where it is of something else. */
function measured(expr: Expr, subject: Subject): Measure | null {
  if (isSubject(expr, subject)) return "value";
  const [of] = expr.k === "op" && LENGTHS.includes(expr.op) ? expr.args : [];
  return of !== undefined && isSubject(of, subject) ? "length" : null;
}

const MIRRORED: Readonly<Record<string, string>> = { lt: "gt", le: "ge", gt: "lt", ge: "le", eq: "eq", ne: "ne" };

function compare(op: string, left: Expr, right: Expr, subject: Subject): Said | null {
  if (left.k === "const") {
    const mirrored = MIRRORED[op];
    const measure = measured(right, subject);
    if (mirrored !== undefined) return measure === null ? null : bound(mirrored, left.v, measure, subject);
    if (op === "range.has") return measure === null ? null : inRange(left.v, measure, subject);
    if (op === "list.has" && measure === "value" && Array.isArray(left.v) && plainIn(subject))
      return exactly({ enum: left.v });
    return null;
  }
  if (right.k !== "const") return null;
  const measure = measured(left, subject);
  if (measure === null) return null;
  if (op.startsWith("string.")) return measure === "value" ? textual(op, right.v, subject) : null;
  return bound(op, right.v, measure, subject);
}

/** Whether values look in JSON as they do in the language. */
const plainIn = ({ type: { kind } }: Subject): boolean =>
  ["string", "int", "decimal", "bool", "url", "enum"].includes(kind);

function bound(op: string, value: Value, measure: Measure, subject: Subject): Said | null {
  if (measure === "value" && (op === "eq" || op === "ne") && plainIn(subject))
    return exactly(op === "eq" ? { const: value } : { not: { const: value } });
  if (typeof value !== "number") return null;
  if (measure === "length") return lengths(op, value, subject);
  if (subject.type.kind !== "int" && subject.type.kind !== "decimal") return null;
  switch (op) {
    case "lt":
      return exactly({ exclusiveMaximum: value });
    case "le":
      return exactly({ maximum: value });
    case "gt":
      return exactly({ exclusiveMinimum: value });
    case "ge":
      return exactly({ minimum: value });
    default:
      return null;
  }
}

function inRange(range: Value, measure: Measure, subject: Subject): Said | null {
  if (typeof range !== "object" || range === null || Array.isArray(range)) return null;
  const { from = null, to = null } = range as { readonly [name: string]: Value };
  return both(bound("ge", from, measure, subject), bound("le", to, measure, subject));
}

function lengths(op: string, value: number, { type: { kind } }: Subject): Said | null {
  const noun = kind === "list" ? "Items" : kind === "map" ? "Properties" : kind === "string" ? "Length" : null;
  if (noun === null) return null;
  const least = (n: number): Schema => ({ [`min${noun}`]: Math.max(0, n) });
  // A length that would have to be negative is none that a value can have.
  const most = (n: number): Schema => (n < 0 ? { not: {} } : { [`max${noun}`]: n });
  switch (op) {
    case "lt":
      return exactly(most(Math.ceil(value) - 1));
    case "le":
      return exactly(most(Math.floor(value)));
    case "gt":
      return exactly(least(Math.floor(value) + 1));
    case "ge":
      return exactly(least(Math.ceil(value)));
    case "eq":
      return exactly({ allOf: [least(value), most(value)] });
    case "ne":
      return exactly({ not: { allOf: [least(value), most(value)] } });
    default:
      return null;
  }
}

function textual(op: string, value: Value, { type: { kind } }: Subject): Said | null {
  if (typeof value !== "string" || (kind !== "string" && kind !== "url")) return null;
  const literal = value.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  switch (op) {
    case "string.starts_with":
      return exactly({ pattern: `^${literal}` });
    case "string.ends_with":
      return exactly({ pattern: `${literal}$` });
    case "string.contains":
      return exactly({ pattern: literal });
    case "string.matches": {
      const pattern = `^(?:${value})$`;
      return isPattern(pattern) ? exactly({ pattern }) : null;
    }
    default:
      return null;
  }
}

/** The language takes a few spellings that JSON Schema does not. */
function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}
