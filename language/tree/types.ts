/** Types, and the parameters and fields that have one. */

import type { BoolLiteral, Expr, NumberLiteral, StringLiteral } from "./expressions.ts";
import type { Name, Span } from "./names.ts";

export type TypeNode = MissingType | NamedType | OptionalType | RecordType | LiteralType | UnionType | OneOfType;

export interface MissingType {
  readonly kind: "missing_type";
  readonly span: Span;
}

/** `int`, `Env`, `list<string>` */
export interface NamedType {
  readonly kind: "named_type";
  readonly span: Span;
  readonly name: Name;
  readonly args: readonly TypeNode[];
}

/** `T?` */
export interface OptionalType {
  readonly kind: "optional_type";
  readonly span: Span;
  readonly of: TypeNode;
}

/** `{ name: string, port?: int }` */
export interface RecordType {
  readonly kind: "record_type";
  readonly span: Span;
  readonly fields: readonly Param[];
}

/** `"blue"`, `3`, `true` as a type */
export interface LiteralType {
  readonly kind: "literal_type";
  readonly span: Span;
  readonly value: StringLiteral | NumberLiteral | BoolLiteral;
}

/** `"blue" | "green"` */
export interface UnionType {
  readonly kind: "union_type";
  readonly span: Span;
  readonly of: readonly TypeNode[];
}

/** `one of services` */
export interface OneOfType {
  readonly kind: "one_of_type";
  readonly span: Span;
  readonly of: Expr;
}

/** A parameter of an action or operation, or a field of a record type (which has no default). */
export interface Param {
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name;
  /** `name?: T` */
  readonly optional: boolean;
  readonly type: TypeNode;
  readonly default: Expr | null;
  readonly where: Refinement | null;
}

/** `where cond else "message"` */
export interface Refinement {
  readonly span: Span;
  readonly condition: Expr;
  readonly message: Expr | null;
}
