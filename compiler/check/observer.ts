/**
 * What checking finds out about each place of a file, kept for who asks about places: editors. Checking itself never
 * reads it. Nodes are those of the file's own tree.
 */
import type * as tree from "../../language/tree.ts";
import type { Expr } from "../ir/expr.ts";
import type { BlockName } from "../schema/blocks.ts";
import type { Type } from "../types/type.ts";
import type { Scope } from "./scope.ts";

export interface ObservedExpr {
  readonly scope: Scope;
  readonly type: Type;
  /** What it is, with all that is constant computed. */
  readonly expr: Expr;
  /** What its place asks for; null where anything goes. */
  readonly expected: Type | null;
}

/** What a call is asked to give. */
export interface WantedParam {
  readonly name: string;
  readonly type: Type;
  readonly optional: boolean;
  readonly default: Expr | null;
  readonly template?: string | null;
}

/** A call of an operation or an action. */
export interface ObservedCall {
  readonly scope: Scope;
  /** As messages name what is called: `file.write`. */
  readonly shown: string;
  readonly params: readonly WantedParam[];
}

export interface ObservedBody {
  readonly scope: Scope;
  /** Where the body is that of a block with properties. */
  readonly block: BlockName | null;
  /** Kinds of statements that may stand in it. */
  readonly statements: readonly tree.Statement["kind"][];
}

export interface ObservedType {
  readonly scope: Scope;
  readonly type: Type;
}

/** What is checked more than once (`use … per`) stands as it was checked last. */
export class Observer {
  readonly exprs = new Map<tree.Expr, ObservedExpr>();
  readonly calls = new Map<tree.CallExpr, ObservedCall>();
  /** By the list of a body's members. */
  readonly bodies = new Map<readonly tree.Statement[], ObservedBody>();
  readonly types = new Map<tree.TypeNode, ObservedType>();
}
