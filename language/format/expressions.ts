/** Expressions. */
import type {
  Argument,
  BinaryExpr,
  CallExpr,
  ConditionalExpr,
  Expr,
  FieldExpr,
  IndexExpr,
  LambdaExpr,
  MatchArm,
  RangeExpr,
  RecordField,
} from "../tree.ts";
import { brackets, hugged } from "./brackets.ts";
import type { Cursor } from "./cursor.ts";
import { concat, type Doc, group, indent, line, softLine } from "./doc.ts";

export function expression(at: Cursor, expr: Expr): Doc {
  switch (expr.kind) {
    case "missing":
      return "";
    case "number":
    case "bool":
    case "none":
    case "unit":
    case "name":
      return at.take();
    case "string":
      return at.takeSpan(expr.span);
    case "rate":
      return rate(at, expr);
    case "list":
      return brackets(at, { items: expr.items, each: (item) => expression(at, item), edge: softLine });
    case "record":
      return brackets(at, { items: expr.fields, each: (field) => recordField(at, field), edge: line });
    case "range":
      return range(at, expr);
    case "unary":
      return concat([at.expect(expr.op), expression(at, expr.operand)]);
    case "binary":
      return binary(at, expr);
    case "conditional":
      return conditional(at, expr);
    case "field":
    case "index":
    case "call":
      return chain(at, expr);
    case "lambda":
      return lambda(at, expr);
    case "match":
      return concat([
        at.expect("match"),
        " ",
        expression(at, expr.on),
        " ",
        brackets(at, { items: expr.arms, each: (arm) => matchArm(at, arm), edge: line }),
      ]);
    case "paren":
      return parentheses(at, expr.inner);
  }
}

function rate(at: Cursor, expr: Extract<Expr, { kind: "rate" }>): Doc {
  const parts = [expression(at, expr.count), " ", at.expect("per"), " ", expression(at, expr.per)];
  if (expr.by !== null) parts.push(" ", at.expect("by"), " ", expression(at, expr.by));
  return concat(parts);
}

function recordField(at: Cursor, { name, value }: RecordField): Doc {
  return concat([at.takeSpan(name.span), at.expect(":"), " ", expression(at, value)]);
}

/** `1..50`; spaces show where the ends are sums: `a + 1 .. b`. */
function range(at: Cursor, { from, to }: RangeExpr): Doc {
  const space = from.kind === "binary" || to.kind === "binary" ? " " : "";
  return concat([expression(at, from), space, at.expect(".."), space, expression(at, to)]);
}

function parentheses(at: Cursor, inner: Expr): Doc {
  const opener = at.take();
  const parts = [at.trail(), softLine, expression(at, inner)];
  if (at.atComma && at.documented) parts.push(at.take());
  else if (at.atComma) at.skipComma();
  parts.push(at.trail(true), at.dangling(false));
  return group(opener, indent(concat(parts)), softLine, at.take());
}

// ------------------------------------------------------------------------------------------------ operators

/** Operators that bind equally and so stand in one column where their lines end. */
const LEVEL: { readonly [Op in BinaryExpr["op"]]: number } = {
  "??": 2,
  "||": 3,
  "&&": 4,
  "==": 5,
  "!=": 5,
  "<": 5,
  "<=": 5,
  ">": 5,
  ">=": 5,
  in: 5,
  "+": 7,
  "-": 7,
  "*": 8,
  "/": 8,
  "%": 8,
  of: 8,
};

function binary(at: Cursor, expr: BinaryExpr): Doc {
  const links: BinaryExpr[] = [];
  let first: Expr = expr;
  for (; first.kind === "binary" && LEVEL[first.op] === LEVEL[expr.op]; first = first.left) links.push(first);
  const head = expression(at, first);
  const parts: Doc[] = [];
  for (const { op, right } of links.reverse()) {
    // `of` is a name to the scanner, and a name on the next line would begin something else.
    parts.push(at.trail(), op === "of" ? " " : line, at.expect(op), " ", expression(at, right));
  }
  return group(head, indent(concat(parts)));
}

function conditional(at: Cursor, expr: ConditionalExpr): Doc {
  const head = expression(at, expr.condition);
  const parts: Doc[] = [];
  for (let next: Expr = expr; ; ) {
    parts.push(at.trail(), line, at.expect("?"), " ", expression(at, next.then));
    parts.push(at.trail(), line, at.expect(":"), " ");
    const otherwise: Expr = next.else;
    if (otherwise.kind !== "conditional") {
      parts.push(expression(at, otherwise));
      return group(head, indent(concat(parts)));
    }
    parts.push(expression(at, otherwise.condition));
    next = otherwise;
  }
}

// ------------------------------------------------------------------------------------------------ suffixes

type Link = FieldExpr | IndexExpr | CallExpr;

/** A value and what follows it. Where two calls or more follow that do not fit, each begins a line with its `.`. */
function chain(at: Cursor, expr: Link): Doc {
  const links: Link[] = [];
  let head: Expr = expr;
  while (head.kind === "field" || head.kind === "index" || head.kind === "call") {
    links.push(head);
    head = head.kind === "call" ? head.callee : head.of;
  }
  links.reverse();
  const methods = links.filter((link, index) => link.kind === "field" && links[index + 1]?.kind === "call");
  const first = expression(at, head);
  if (methods.length < 2) return concat([first, ...links.map((link) => suffix(at, link))]);
  const start = links.findIndex((link) => methods.includes(link));
  const before = links.slice(0, start).map((link) => suffix(at, link));
  const after = links
    .slice(start)
    .flatMap((link) => (methods.includes(link) ? [at.trail(), softLine, suffix(at, link)] : [suffix(at, link)]));
  return group(first, ...before, indent(concat(after)));
}

function suffix(at: Cursor, link: Link): Doc {
  switch (link.kind) {
    case "field":
      return concat([at.take(), at.take()]);
    case "index":
      return indexed(at, link);
    case "call":
      return callArguments(at, link.args);
  }
}

function indexed(at: Cursor, { at: index }: IndexExpr): Doc {
  const opener = at.take();
  const inner = indent(at.trail(), softLine, expression(at, index), at.trail(true), at.dangling(false));
  return group(opener, inner, softLine, at.take());
}

function callArguments(at: Cursor, args: readonly Argument[]): Doc {
  const [only, second] = args;
  if (only !== undefined && second === undefined && at.openerIsBare && bracketed(only.value))
    return hugged(at, () => argument(at, only));
  return brackets(at, { items: args, each: (arg) => argument(at, arg), edge: softLine });
}

function bracketed(expr: Expr): boolean {
  return expr.kind === "list" || expr.kind === "record" || expr.kind === "match";
}

function argument(at: Cursor, { label, value }: Argument): Doc {
  return label === null ? expression(at, value) : concat([at.take(), at.expect(":"), " ", expression(at, value)]);
}

// ------------------------------------------------------------------------------------------------ functions, match

function lambda(at: Cursor, { params, body }: LambdaExpr): Doc {
  const names = at.word === "(" ? brackets(at, { items: params, each: () => at.take(), edge: softLine }) : at.take();
  return concat([names, " ", at.expect("=>"), " ", expression(at, body)]);
}

function matchArm(at: Cursor, { patterns, value }: MatchArm): Doc {
  if (patterns === null) return concat([at.expect("_"), " ", at.expect("=>"), " ", expression(at, value)]);
  const parts: Doc[] = [];
  for (const [index, pattern] of patterns.entries()) {
    if (index > 0) parts.push(at.trail(), line, at.expect("|"), " ");
    parts.push(expression(at, pattern));
  }
  return concat([group(indent(concat(parts))), " ", at.expect("=>"), " ", expression(at, value)]);
}
