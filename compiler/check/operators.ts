/** Operators: chosen by the types of both sides. */
import type * as tree from "../../language/tree.ts";
import type { Extra } from "../diagnostics/registry.ts";
import { constant, type Expr } from "../ir/expr.ts";
import { arithmetic, equatable, membership, ordered } from "../types/operators.ts";
import { BOOL, base, common, holdsSecret, widen } from "../types/relations.ts";
import { briefType, type Type } from "../types/type.ts";
import { at, type Context, fold, report, sourceText } from "./context.ts";
import { broken, checkAs, checkExpr, describe, enumIn, fitted, type Typed } from "./expr.ts";
import { isWritten, joinHelp, replacing, unitHelp } from "./hints.ts";
import { whereHolds } from "./present.ts";

export function checkUnary(cx: Context, node: tree.UnaryExpr): Typed {
  if (node.op === "!") return { type: BOOL, expr: op(cx, node, "not", [checkAs(cx, node.operand, BOOL, "this")]) };
  const { type, expr } = checkExpr(cx, node.operand, null);
  const plain = widen(base(type));
  switch (plain.kind) {
    case "int":
    case "duration":
    case "size":
      return { type: plain, expr: op(cx, node, "int.neg", [expr]) };
    case "decimal":
    case "percent":
      return { type: plain, expr: op(cx, node, "num.neg", [expr]) };
    case "error":
      return broken;
    default:
      report(cx, "type-mismatch", node.operand.span, { what: "this", found: describe(type), expected: "a number" });
      return broken;
  }
}

export function checkBinary(cx: Context, node: tree.BinaryExpr, expected: Type | null): Typed {
  switch (node.op) {
    case "&&":
    case "||": {
      const left = checkAs(cx, node.left, BOOL, "the left side");
      const right = checkAs(whereHolds(cx, left, node.op === "&&"), node.right, BOOL, "the right side");
      return { type: BOOL, expr: op(cx, node, node.op === "&&" ? "and" : "or", [left, right]) };
    }
    case "??":
      return checkCoalesce(cx, node, expected);
    case "==":
    case "!=":
      return checkEquality(cx, node);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return checkOrder(cx, node);
    case "in":
      return checkMembership(cx, node);
    default:
      return checkArithmetic(cx, node, node.op);
  }
}

function checkCoalesce(cx: Context, node: tree.BinaryExpr, expected: Type | null): Typed {
  const left = checkExpr(cx, node.left, expected);
  const inner = left.type.kind === "optional" ? left.type.of : left.type;
  const right = checkExpr(cx, node.right, inner.kind === "none" ? expected : inner);
  const type = inner.kind === "none" ? right.type : common(inner, right.type);
  if (type === null) return mismatch(cx, node, left.type, right.type);
  const args = [
    fitted(cx, { type: inner, expr: left.expr }, type, node.left.span),
    fitted(cx, right, type, node.right.span),
  ];
  return { type, expr: op(cx, node, "coalesce", args) };
}

/** Both sides, each with the other's type in mind, so that a bare enum member may stand on either. */
function sides(cx: Context, node: tree.BinaryExpr): [Typed, Typed] {
  const bare = node.left.kind === "name" && cx.scope.declared(node.left.text) === undefined;
  if (bare) {
    const right = checkExpr(cx, node.right, null);
    return [checkExpr(cx, node.left, right.type), right];
  }
  const left = checkExpr(cx, node.left, null);
  const wanted =
    left.type.kind === "error"
      ? left.type
      : (enumIn(left.type) ?? (["url", "identity"].includes(base(left.type).kind) ? base(left.type) : null));
  return [left, checkExpr(cx, node.right, wanted)];
}

function checkEquality(cx: Context, node: tree.BinaryExpr): Typed {
  const [left, right] = sides(cx, node);
  if (leaks(cx, node, left, right)) return broken;
  if (!equatable(left.type, right.type)) return mismatch(cx, node, left.type, right.type);
  return { type: BOOL, expr: op(cx, node, node.op === "==" ? "eq" : "ne", [left.expr, right.expr]) };
}

const ORDER: Readonly<Record<string, string>> = { "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };

function checkOrder(cx: Context, node: tree.BinaryExpr): Typed {
  const [left, right] = sides(cx, node);
  if (optional(cx, node, left, right) || leaks(cx, node, left, right)) return broken;
  const how = ordered(left.type, right.type);
  if (how === null) return mismatch(cx, node, left.type, right.type);
  const members = enumIn(base(left.type))?.members;
  const rank = (e: Expr): Expr =>
    how === "enum" && members !== undefined
      ? fold(cx, op(cx, node, "enum.index", [constant(members), e]), node.span)
      : e;
  return { type: BOOL, expr: op(cx, node, ORDER[node.op] ?? "lt", [rank(left.expr), rank(right.expr)]) };
}

function checkMembership(cx: Context, node: tree.BinaryExpr): Typed {
  const left = checkExpr(cx, node.left, null);
  const right = checkExpr(cx, node.right, {
    kind: "list",
    of: left.type.kind === "literal" ? widen(left.type) : left.type,
  });
  if (optional(cx, node, left, right) || leaks(cx, node, left, right)) return broken;
  const found = membership(left.type, right.type);
  if (found === null) return mismatch(cx, node, left.type, right.type);
  return {
    type: found.type,
    expr: op(cx, node, found.op, found.swap === true ? [right.expr, left.expr] : [left.expr, right.expr]),
  };
}

function checkArithmetic(cx: Context, node: tree.BinaryExpr, operator: "+" | "-" | "*" | "/" | "%" | "of"): Typed {
  const left = checkExpr(cx, node.left, null);
  const right = checkExpr(cx, node.right, null);
  if (optional(cx, node, left, right) || leaks(cx, node, left, right)) return broken;
  const found = arithmetic(left.type, operator, right.type);
  if (found === null) return mismatch(cx, node, left.type, right.type);
  const { type } = found;
  const joined = type.kind === "list";
  const args = [left, right].map((side) => (joined ? fitted(cx, side, type, node.span) : side.expr));
  return { type, expr: op(cx, node, found.op, args) };
}

function optional(cx: Context, node: tree.BinaryExpr, left: Typed, right: Typed): boolean {
  const side =
    left.type.kind === "optional" || left.type.kind === "none"
      ? left
      : right.type.kind === "optional" || right.type.kind === "none"
        ? right
        : null;
  if (side === null) return false;
  const where = side === left ? node.left : node.right;
  report(cx, "optional-use", where.span, { what: "this", type: briefType(side.type) });
  return true;
}

function leaks(cx: Context, node: tree.BinaryExpr, left: Typed, right: Typed): boolean {
  if (!holdsSecret(left.type) && !holdsSecret(right.type)) return false;
  report(cx, "secret-leak", node.span, { what: "this", where: "a comparison or computation" });
  return true;
}

function mismatch(cx: Context, node: tree.BinaryExpr, left: Type, right: Type): Typed {
  if (left.kind !== "error" && right.kind !== "error") {
    const args = { op: node.op, left: describe(left), right: describe(right) };
    const module = cx.module.path;
    report(cx, "operator-types", node.opSpan, args, {
      related: [
        { module, span: node.left.span, note: args.left },
        { module, span: node.right.span, note: args.right },
      ],
      ...kindHelp(node, left, right),
      ...unitHelp(node, left, right),
      ...joinHelp(cx, node, left, right),
      ...equalityHelp(node, left, right),
      ...quotedHelp(cx, node, left, right),
      ...countHelp(cx, node, left, right),
    });
  }
  return broken;
}

const MEASURES: Readonly<Record<string, string>> = { duration: "a time", size: "a size", percent: "a share" };

/** Two measures of different things. */
function kindHelp(node: tree.BinaryExpr, left: Type, right: Type): { readonly help: string } | null {
  const [a, b] = [MEASURES[base(left).kind], MEASURES[base(right).kind]];
  if (a === undefined || b === undefined || a === b || node.op === "of") return null;
  return { help: `${a} and ${b} measure different things: there is no ${node.op} of them` };
}

/** An enum's member in quotes. */
function equalityHelp(node: tree.BinaryExpr, left: Type, right: Type): { readonly help: string } | null {
  const wanted = enumIn(left) ?? enumIn(right);
  const other = enumIn(left) === null ? left : right;
  if (wanted === null || widen(base(other)).kind !== "string" || node.op === "+") return null;
  return { help: `one of ${wanted.members.join(", ")}, without quotes` };
}

/** A number, a time or the like in quotes. */
function quotedHelp(cx: Context, node: tree.BinaryExpr, left: Type, right: Type): Extra {
  for (const [side, other] of [
    [node.left, right],
    [node.right, left],
  ] as const) {
    const text = side.kind === "string" ? sourceText(cx, side.span).slice(1, -1) : "";
    if (node.op !== "+" && text !== "" && isWritten(text, base(other)))
      return { help: `write ${text}, without quotes`, fixes: [replacing(cx, side.span, text)] };
  }
  return {};
}

/** A list or a map compared with a number: its length is meant. */
function countHelp(cx: Context, node: tree.BinaryExpr, left: Type, right: Type): Extra {
  const counted = (type: Type): boolean => ["list", "map"].includes(base(type).kind);
  const side = counted(left) && widen(base(right)).kind === "int" ? node.left : node.right;
  const fits = side === node.left || (counted(right) && widen(base(left)).kind === "int");
  if (!fits || node.op === "+" || node.op === "in") return {};
  const written = `${sourceText(cx, side.span)}.count`;
  return { help: `write ${written}`, fixes: [replacing(cx, side.span, written)] };
}

const COMPARES: ReadonlySet<string> = new Set(Object.values(ORDER));

function op(cx: Context, node: tree.Expr, name: string, args: readonly Expr[]): Expr {
  const canFail = name.includes(".") || COMPARES.has(name);
  return { k: "op", op: name, args, at: canFail ? at(cx, node.span) : null };
}
