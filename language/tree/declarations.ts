/** A file and its declarations. */

import type { Expr, StringLiteral } from "./expressions.ts";
import type { Name, Span } from "./names.ts";
import type { Body, LetStatement } from "./statements.ts";
import type { Param, Refinement, TypeNode } from "./types.ts";

/** Version of the tree's shape. It changes when a node kind or a field changes meaning. */
export const TREE_VERSION = 1;

/** A comment that is not documentation (`///` goes to the declaration it documents, see `doc`). */
export interface Comment {
  readonly span: Span;
  readonly text: string;
}

export interface Module {
  readonly kind: "module";
  readonly version: typeof TREE_VERSION;
  readonly span: Span;
  readonly items: readonly Item[];
  readonly comments: readonly Comment[];
}

export type Item =
  | ImportItem
  | UseItem
  | LetStatement
  | EnumItem
  | TypeItem
  | ApproverItem
  | WindowItem
  | SecretItem
  | OperationItem
  | GuardrailItem
  | ActionItem
  | TestItem;

/** `import { sre, business_hours as hours } from "./org.ops"` */
export interface ImportItem {
  readonly kind: "import";
  readonly span: Span;
  readonly names: readonly ImportedName[];
  /** null while the path is not typed yet. */
  readonly from: StringLiteral | null;
}

export interface ImportedName {
  readonly name: Name;
  readonly as: Name | null;
}

/** `use exec`, `use http as api { base_url = "…" }`, `use kubernetes as k8s per env: Env { context = … }` */
export interface UseItem {
  readonly kind: "use";
  readonly span: Span;
  readonly doc: string | null;
  readonly provider: Name | null;
  readonly as: Name | null;
  /** One instance for each member of the enum `type`; settings may read `name`. */
  readonly per: UsePer | null;
  readonly body: Body | null;
}

/** `env: Env` after `per`. */
export interface UsePer {
  readonly span: Span;
  readonly name: Name | null;
  readonly type: TypeNode;
}

/** `enum Env { staging, production }` */
export interface EnumItem {
  readonly kind: "enum";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly members: readonly EnumMember[];
}

export interface EnumMember {
  readonly name: Name;
  readonly doc: string | null;
}

/** `type Replicas = int where it in 1..50 else "…"` */
export interface TypeItem {
  readonly kind: "type";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly type: TypeNode;
  readonly where: Refinement | null;
}

/** `approver sre { title = "…" members = […] includes = […] }` */
export interface ApproverItem {
  readonly kind: "approver";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly body: Body | null;
}

/** `window business_hours { timezone = "Europe/Berlin" allow mon..fri 09:00..17:00 deny 2026-12-24 because "…" }` */
export interface WindowItem {
  readonly kind: "window";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly body: Body | null;
}

/** `secret ledger_url from env("LEDGER_URL")` */
export interface SecretItem {
  readonly kind: "secret";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  /** The source, a call such as `env("LEDGER_URL")`. */
  readonly from: Expr;
}

/** `operation queue_depth(queue: string) -> int { effect = read … }` */
export interface OperationItem {
  readonly kind: "operation";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly params: readonly Param[];
  readonly result: TypeNode | null;
  readonly body: Body | null;
}

/** `guardrail name { applies to … enforcement = hard require … else "…" }` */
export interface GuardrailItem {
  readonly kind: "guardrail";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly body: Body | null;
}

/** `action scale(replicas: int) -> { replicas: int } { … }` */
export interface ActionItem {
  readonly kind: "action";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly params: readonly Param[];
  readonly result: TypeNode | null;
  readonly body: Body | null;
}

/** `test "it undoes itself" { given … run … expect … }` */
export interface TestItem {
  readonly kind: "test";
  readonly span: Span;
  readonly doc: string | null;
  readonly title: StringLiteral | null;
  readonly body: Body | null;
}
