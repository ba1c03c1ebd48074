/** Expressions that are not known yet, as people would write them: `scale.replicas`, `current.x * 2`. */
import type { Expr, Format, Value } from "../ir/expr.ts";
import { readTemplateExpr } from "../ir/template.ts";
import type { Knowable } from "../plan/plan.schema.ts";
import type { Scalar, Type } from "../types/type.ts";
import { escapeControls } from "./safe.ts";
import { fieldName, quote, SHORT, type ShowOptions, showTemplate, showValue } from "./show-value.ts";

/** A known value, or the expression that gives it later. */
export function showKnowable(knowable: Knowable, type: Type | null, options: ShowOptions = SHORT): string {
  switch (knowable.is) {
    case "known":
      return showValue(knowable.value, type, options);
    case "deferred":
      return showExpr(knowable.expr, type, options);
  }
}

/** `expr` in the language's writing. `type` is that of its value, where known: it gives constants their units. */
export function showExpr(expr: Expr, type: Type | null = null, options: ShowOptions = SHORT): string {
  return show(expr, type, options, 0, 0);
}

/** Parts deeper than this are left out: plans are not to be trusted to be shallow. */
const DEEPEST = 60;

/** How tightly each operator binds; a looser one inside a tighter one stands in parentheses. */
const LEVEL = {
  conditional: 1,
  coalesce: 2,
  or: 3,
  and: 4,
  compare: 5,
  add: 6,
  multiply: 7,
  unary: 8,
  postfix: 9,
} as const;

const INFIX: Readonly<Record<string, readonly [symbol: string, level: number]>> = {
  coalesce: ["??", LEVEL.coalesce],
  or: ["||", LEVEL.or],
  and: ["&&", LEVEL.and],
  eq: ["==", LEVEL.compare],
  ne: ["!=", LEVEL.compare],
  lt: ["<", LEVEL.compare],
  le: ["<=", LEVEL.compare],
  gt: [">", LEVEL.compare],
  ge: [">=", LEVEL.compare],
  "int.add": ["+", LEVEL.add],
  "num.add": ["+", LEVEL.add],
  "string.add": ["+", LEVEL.add],
  "list.add": ["+", LEVEL.add],
  "time.plus": ["+", LEVEL.add],
  "int.sub": ["-", LEVEL.add],
  "num.sub": ["-", LEVEL.add],
  "time.minus": ["-", LEVEL.add],
  "time.since": ["-", LEVEL.add],
  "int.mul": ["*", LEVEL.multiply],
  "num.mul": ["*", LEVEL.multiply],
  "unit.mul": ["*", LEVEL.multiply],
  "num.div": ["/", LEVEL.multiply],
  "unit.div": ["/", LEVEL.multiply],
  "int.rem": ["%", LEVEL.multiply],
  "num.rem": ["%", LEVEL.multiply],
  "percent.of": ["of", LEVEL.multiply],
  "percent.of_int": ["of", LEVEL.multiply],
  "percent.of_unit": ["of", LEVEL.multiply],
  range: ["..", LEVEL.add],
};

function show(expr: Expr, type: Type | null, options: ShowOptions, outer: number, depth: number): string {
  if (depth > DEEPEST) return "…";
  const inner = (e: Expr, level = 0, of: Type | null = null): string => show(e, of, options, level, depth + 1);
  switch (expr.k) {
    case "const":
      return showValue(expr.v, type, options);
    case "ref":
      return showRef(expr.root, expr.name);
    case "field":
      return `${inner(expr.of, LEVEL.postfix)}${expr.safe ? "?." : "."}${fieldName(expr.name)}`;
    case "list":
      return `[${expr.items.map((item) => inner(item, 0, type?.kind === "list" ? type.of : null)).join(", ")}]`;
    case "record": {
      const plain = type?.kind === "optional" ? type.of : type;
      const template = plain?.kind === "string" ? readTemplateExpr(expr) : null;
      if (template !== null) return showTemplate(template, options, (hole) => inner(hole));
      const fields = Object.entries(expr.fields).map(
        ([name, e]) => `${fieldName(name)}: ${inner(e, 0, fieldType(type, name))}`,
      );
      return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
    }
    case "text":
      return `"${expr.parts.map((part) => (typeof part === "string" ? textPart(part, options) : hole(part, inner))).join("")}"`;
    case "op":
      return showOp(expr, type, outer, inner);
    case "fn":
      return `${showParams(expr.params)} => ${inner(expr.body)}`;
    case "match": {
      const arms = expr.arms.map((arm) => {
        const patterns = arm.is === null ? "_" : arm.is.map((v) => showPattern(v, options)).join(" | ");
        return `${patterns} => ${inner(arm.then, 0, type)}`;
      });
      return `match ${inner(expr.on)} { ${arms.join(", ")} }`;
    }
  }
}

type Inner = (e: Expr, level?: number, of?: Type | null) => string;

function showOp(expr: Extract<Expr, { k: "op" }>, type: Type | null, outer: number, inner: Inner): string {
  const [a, b, c] = expr.args;
  if (a === undefined) return `${escapeControls(expr.op)}()`;
  const parenthesised = (text: string, level: number): string => (level < outer ? `(${text})` : text);
  if (expr.op === "if" && b !== undefined && c !== undefined) {
    const then = `${inner(a, LEVEL.coalesce)} ? ${inner(b, LEVEL.coalesce, type)} : ${inner(c, LEVEL.conditional, type)}`;
    return parenthesised(then, LEVEL.conditional);
  }
  // What must hold of a value is the operation's affair; people read the value.
  if (expr.op === "cut" && a !== undefined) return inner(a, outer, type);
  if (expr.op === "ensure" && c !== undefined) return inner(c, outer, type);
  if (expr.op === "not") return parenthesised(`!${inner(a, LEVEL.unary)}`, LEVEL.unary);
  if (expr.op === "int.neg" || expr.op === "num.neg")
    return parenthesised(`-${inner(a, LEVEL.unary, type)}`, LEVEL.unary);
  if (expr.op === "is_some") return parenthesised(`${inner(a, LEVEL.add)} != none`, LEVEL.compare);
  if (b !== undefined && (expr.op === "list.has" || expr.op === "range.has" || expr.op === "map.has")) {
    return parenthesised(`${inner(b, LEVEL.add)} in ${inner(a, LEVEL.add)}`, LEVEL.compare);
  }
  if (b !== undefined && (expr.op === "list.at" || expr.op === "map.at"))
    return `${inner(a, LEVEL.postfix)}[${inner(b)}]`;
  const infix = INFIX[expr.op];
  if (infix !== undefined && b !== undefined) {
    const [symbol, level] = infix;
    const [left, right] = operandTypes(expr.op, type);
    const space = symbol === ".." ? "" : " ";
    const [l, r] =
      level === LEVEL.compare ? comparison(a, b, inner) : [inner(a, level, left), inner(b, level + 1, right)];
    return parenthesised(`${l}${space}${symbol}${space}${r}`, level);
  }
  if (expr.op === "enum.index" && b !== undefined) return inner(b, outer);
  return showMethod(expr.op, a, expr.args.slice(1), inner);
}

/** Enums are compared by the index of their members; people compare the members. */
function comparison(a: Expr, b: Expr, inner: Inner): readonly [string, string] {
  const member = (list: Expr | undefined, index: Expr): string | null => {
    if (list?.k !== "const" || !Array.isArray(list.v) || index.k !== "const" || typeof index.v !== "number")
      return null;
    const name: Value | undefined = list.v[index.v];
    return typeof name === "string" ? escapeControls(name) : null;
  };
  const listOf = (e: Expr): Expr | undefined => (e.k === "op" && e.op === "enum.index" ? e.args[0] : undefined);
  return [member(listOf(b), a) ?? inner(a, LEVEL.compare + 1), member(listOf(a), b) ?? inner(b, LEVEL.compare + 1)];
}

const scalar = (kind: Scalar): Type => ({ kind });

/** Units that an operation itself tells of its operands. */
function operandTypes(op: string, type: Type | null): readonly [Type | null, Type | null] {
  switch (op) {
    case "int.add":
    case "int.sub":
    case "num.add":
    case "num.sub":
    case "list.add":
    case "coalesce":
      return [type, type];
    case "time.plus":
    case "time.minus":
      return [scalar("time"), scalar("duration")];
    case "time.since":
      return [scalar("time"), scalar("time")];
    case "unit.mul":
    case "unit.div":
      return [type, null];
    case "percent.of":
    case "percent.of_int":
    case "percent.of_unit":
      return [scalar("percent"), type];
    default:
      return [null, null];
  }
}

function showMethod(op: string, subject: Expr, args: readonly Expr[], inner: Inner): string {
  const name = escapeControls(op.slice(op.indexOf(".") + 1));
  if (args.length === 0 && (name === "length" || name === "keys" || name === "values"))
    return `${inner(subject, LEVEL.postfix)}.${name}`;
  if (name === "members") return inner(subject, LEVEL.postfix);
  return `${inner(subject, LEVEL.postfix)}.${name}(${args.map((arg) => inner(arg)).join(", ")})`;
}

function showRef(root: Extract<Expr, { k: "ref" }>["root"], name: string): string {
  const safe = escapeControls(name);
  switch (root) {
    case "var":
      // What a guardrail reads is named after it: `rules.ops#calm.now`.
      return safe.replace(/^(?:input|fact):|^.*#[^.]*\./, "").replace(/~\d+$/, "");
    case "step":
    case "local":
      return safe;
    case "self":
      return "self";
    case "it":
      return "it";
    case "run":
      return `run.${safe}`;
  }
}

function showParams(params: readonly string[]): string {
  const names = params.map(escapeControls);
  return names.length === 1 ? names.join("") : `(${names.join(", ")})`;
}

function showPattern(value: Value, options: ShowOptions): string {
  return typeof value === "string" && /^[a-z_]\w*$/.test(value) ? value : showValue(value, null, options);
}

function textPart(part: string, options: ShowOptions): string {
  return quote(part, options).slice(1, -1);
}

const UNITS: Partial<Record<Format, Type>> = {
  duration: scalar("duration"),
  size: scalar("size"),
  percent: scalar("percent"),
};

function hole(part: { readonly e: Expr; readonly as: Format }, inner: Inner): string {
  return `\${${inner(part.e, 0, UNITS[part.as] ?? null)}}`;
}

function fieldType(type: Type | null, name: string): Type | null {
  if (type?.kind === "map") return type.of;
  return type?.kind === "record" ? (type.fields.find((field) => field.name === name)?.type ?? null) : null;
}
