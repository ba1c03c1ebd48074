/** Values: literals, operators, calls, texts with holes. */
import type { Name, Span } from "./names.ts";

export type Expr =
  | MissingExpr
  | NumberLiteral
  | BoolLiteral
  | NoneLiteral
  | StringLiteral
  | UnitLiteral
  | RateLiteral
  | NameExpr
  | ListExpr
  | RecordExpr
  | RangeExpr
  | UnaryExpr
  | BinaryExpr
  | ConditionalExpr
  | FieldExpr
  | IndexExpr
  | CallExpr
  | LambdaExpr
  | MatchExpr
  | ParenExpr;

/** Where an expression was expected and none stood. Its span is empty. */
export interface MissingExpr {
  readonly kind: "missing";
  readonly span: Span;
}

/** `42`, `1_000`, `0.5`; `value` is the number, `int` whether it was written without a point. */
export interface NumberLiteral {
  readonly kind: "number";
  readonly span: Span;
  readonly int: boolean;
  readonly value: number;
}

export interface BoolLiteral {
  readonly kind: "bool";
  readonly span: Span;
  readonly value: boolean;
}

export interface NoneLiteral {
  readonly kind: "none";
  readonly span: Span;
}

/** Text with holes. `block` marks `"""` text, whose common indentation is already taken off `parts`. */
export interface StringLiteral {
  readonly kind: "string";
  readonly span: Span;
  readonly block: boolean;
  readonly parts: readonly StringPart[];
}

export type StringPart =
  | { readonly kind: "text"; readonly text: string; readonly span: Span }
  | { readonly kind: "hole"; readonly expr: Expr; readonly span: Span };

/**
 * A number with a unit, or a calendar literal, normalised:
 * `duration` in milliseconds, `size` in bytes, `percent` in percent (25% is 25), `date` as `YYYY-MM-DD`, `time` as
 * an RFC 3339 instant in UTC, `time_of_day` as minutes since midnight. `text` is what was written.
 */
export type UnitLiteral =
  | {
      readonly kind: "unit";
      readonly unit: "duration" | "size" | "percent" | "time_of_day";
      readonly span: Span;
      readonly value: number;
      readonly text: string;
    }
  | {
      readonly kind: "unit";
      readonly unit: "date" | "time";
      readonly span: Span;
      readonly value: string;
      readonly text: string;
    };

/** `3 per 1h`, `3 per 1h by service.key`; `by` is what each count is kept for, null where it is one for all. */
export interface RateLiteral {
  readonly kind: "rate";
  readonly span: Span;
  readonly count: Expr;
  readonly per: Expr;
  readonly by: Expr | null;
}

export interface NameExpr {
  readonly kind: "name";
  readonly span: Span;
  readonly text: string;
}

export interface ListExpr {
  readonly kind: "list";
  readonly span: Span;
  readonly items: readonly Expr[];
}

/** `{ name: value, "quoted-key": value }` */
export interface RecordExpr {
  readonly kind: "record";
  readonly span: Span;
  readonly fields: readonly RecordField[];
}

export interface RecordField {
  readonly span: Span;
  readonly name: Name;
  readonly value: Expr;
}

/** `1..50`, both ends included. */
export interface RangeExpr {
  readonly kind: "range";
  readonly span: Span;
  readonly from: Expr;
  readonly to: Expr;
}

export type UnaryOperator = "!" | "-";
export interface UnaryExpr {
  readonly kind: "unary";
  readonly span: Span;
  readonly op: UnaryOperator;
  readonly operand: Expr;
}

export type BinaryOperator =
  | "??"
  | "||"
  | "&&"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "in"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "of";
export interface BinaryExpr {
  readonly kind: "binary";
  readonly span: Span;
  readonly op: BinaryOperator;
  readonly opSpan: Span;
  readonly left: Expr;
  readonly right: Expr;
}

/** `c ? a : b` */
export interface ConditionalExpr {
  readonly kind: "conditional";
  readonly span: Span;
  readonly condition: Expr;
  readonly then: Expr;
  readonly else: Expr;
}

/** `a.b`, `a?.b`; `name` is null while it is being typed (`a.`). */
export interface FieldExpr {
  readonly kind: "field";
  readonly span: Span;
  readonly of: Expr;
  readonly name: Name | null;
  readonly optional: boolean;
}

/** `xs[0]`, `k8s[env]` */
export interface IndexExpr {
  readonly kind: "index";
  readonly span: Span;
  readonly of: Expr;
  readonly at: Expr;
}

/** `f(a, name: b)` */
export interface CallExpr {
  readonly kind: "call";
  readonly span: Span;
  readonly callee: Expr;
  readonly args: readonly Argument[];
}

export interface Argument {
  readonly span: Span;
  readonly label: Name | null;
  readonly value: Expr;
}

/** `x => x.name`, `(a, b) => a + b` */
export interface LambdaExpr {
  readonly kind: "lambda";
  readonly span: Span;
  readonly params: readonly Name[];
  readonly body: Expr;
}

/** `match env { staging => 1, production => 2, _ => 3 }` */
export interface MatchExpr {
  readonly kind: "match";
  readonly span: Span;
  readonly on: Expr;
  readonly arms: readonly MatchArm[];
}

export interface MatchArm {
  readonly span: Span;
  /** null is `_`. Several patterns share an arm as `a | b => …`. */
  readonly patterns: readonly Expr[] | null;
  readonly value: Expr;
}

export interface ParenExpr {
  readonly kind: "paren";
  readonly span: Span;
  readonly inner: Expr;
}
