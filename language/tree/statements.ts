/** Bodies, and what may stand in one. */

import type { Expr } from "./expressions.ts";
import type { Name, Span } from "./names.ts";
import type { Param, TypeNode } from "./types.ts";

/** What stands between braces. `closed` is false where the closing brace is missing. */
export interface Body {
  readonly span: Span;
  readonly members: readonly Statement[];
  readonly closed: boolean;
}

/**
 * Whatever may stand in a body. The parser accepts every statement in every body, so that a misplaced one is
 * kept and told about by the checker, in the words of the block it stands in.
 */
export type Statement =
  | Property
  | BlockProperty
  | LetStatement
  | FactStatement
  | StepStatement
  | CheckStatement
  | RequireStatement
  | ApproveStatement
  | EscalateStatement
  | WaitStatement
  | IfStatement
  | ForStatement
  | ParallelStatement
  | BranchStatement
  | OnStatement
  | ReturnStatement
  | RollbackStatement
  | IrreversibleStatement
  | AppliesStatement
  | OverrideStatement
  | WindowRule
  | GivenStatement
  | RunStatement
  | ApprovedStatement
  | ExpectStatement;

/** `timeout = 5m` */
export interface Property {
  readonly kind: "property";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name;
  readonly value: Expr;
}

/** `retry { attempts = 3 }`: a property whose value is a block of properties. */
export interface BlockProperty {
  readonly kind: "block";
  readonly span: Span;
  readonly name: Name;
  readonly body: Body | null;
}

/** `let total = a + b` (also a declaration at the top of a file) */
export interface LetStatement {
  readonly kind: "let";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly type: TypeNode | null;
  readonly value: Expr;
}

/** `fact current = k8s.get(…)` */
export interface FactStatement {
  readonly kind: "fact";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly call: Expr;
}

/** `step scale = k8s.scale(…) when c after a, b { … }` */
export interface StepStatement {
  readonly kind: "step";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly call: Expr;
  readonly when: Expr | null;
  readonly after: readonly Name[];
  readonly body: Body | null;
}

/** `check healthy = http.get(…) { require it.status == 200 within = 1m }` */
export interface CheckStatement {
  readonly kind: "check";
  readonly span: Span;
  readonly doc: string | null;
  readonly name: Name | null;
  readonly call: Expr;
  readonly when: Expr | null;
  readonly after: readonly Name[];
  readonly body: Body | null;
}

/** `require cond else "message"` */
export interface RequireStatement {
  readonly kind: "require";
  readonly span: Span;
  readonly condition: Expr;
  readonly message: Expr | null;
}

/** `approve by sre when env == production { quorum = 2 }`; `mode` tells `by a` from `by any of` and `by all of`. */
export interface ApproveStatement {
  readonly kind: "approve";
  readonly span: Span;
  readonly doc: string | null;
  readonly mode: "one" | "any" | "all";
  readonly by: Expr;
  readonly when: Expr | null;
  readonly body: Body | null;
}

/** `escalate to sre after 1h` */
export interface EscalateStatement {
  readonly kind: "escalate";
  readonly span: Span;
  readonly to: Expr;
  readonly after: Expr | null;
}

/** `wait 30s` */
export interface WaitStatement {
  readonly kind: "wait";
  readonly span: Span;
  readonly duration: Expr;
}

/** `if c { … } else if d { … } else { … }` */
export interface IfStatement {
  readonly kind: "if";
  readonly span: Span;
  readonly condition: Expr;
  readonly then: Body | null;
  readonly else: Body | IfStatement | null;
}

/** `for x in xs key x.name batch 2 every 10s tolerate 1 at most 50 allow empty { … }` */
export interface ForStatement {
  readonly kind: "for";
  readonly span: Span;
  readonly name: Name | null;
  readonly over: Expr;
  readonly key: Expr | null;
  readonly batch: Expr | null;
  readonly every: Expr | null;
  readonly tolerate: Expr | null;
  readonly atMost: Expr | null;
  readonly allowEmpty: boolean;
  readonly body: Body | null;
}

/** `parallel { … }` */
export interface ParallelStatement {
  readonly kind: "parallel";
  readonly span: Span;
  readonly body: Body | null;
}

/** `branch { … }`, inside `parallel` */
export interface BranchStatement {
  readonly kind: "branch";
  readonly span: Span;
  readonly body: Body | null;
}

/** `on failure { … }` */
export interface OnStatement {
  readonly kind: "on";
  readonly span: Span;
  readonly event: Name | null;
  readonly body: Body | null;
}

/** `return { replicas: scale.replicas }` */
export interface ReturnStatement {
  readonly kind: "return";
  readonly span: Span;
  readonly value: Expr;
}

/** `rollback k8s.scale(…)`, `rollback { step … }`, `rollback auto`, `rollback nothing "why"` */
export interface RollbackStatement {
  readonly kind: "rollback";
  readonly span: Span;
  readonly how:
    | { readonly kind: "call"; readonly call: Expr }
    | { readonly kind: "block"; readonly body: Body }
    | { readonly kind: "auto" }
    | { readonly kind: "nothing"; readonly why: Expr | null };
}

/** `irreversible "packages are not downgraded"` */
export interface IrreversibleStatement {
  readonly kind: "irreversible";
  readonly span: Span;
  readonly why: Expr | null;
}

/** `applies to action with { env: Env } when env == production` (in a guardrail) */
export interface AppliesStatement {
  readonly kind: "applies";
  readonly span: Span;
  readonly with: readonly Param[];
  readonly when: Expr | null;
}

/** `override by sre` (in a guardrail) */
export interface OverrideStatement {
  readonly kind: "override";
  readonly span: Span;
  readonly mode: "one" | "any" | "all";
  readonly by: Expr;
}

/**
 * `allow mon..fri 09:00..17:00`, `deny 2026-12-20..2027-01-03 because "holiday freeze"` (in a window). Each part is a
 * day (`mon`), a date, a time of day, or a range of one of them; commas between parts may be left out.
 */
export interface WindowRule {
  readonly kind: "window_rule";
  readonly span: Span;
  readonly effect: "allow" | "deny";
  readonly parts: readonly Expr[];
  readonly because: Expr | null;
}

/** `given now = 2026-11-23T10:00:00Z`, `given k8s.get_deployment returns { … }`, `given k8s.scale fails "why"` (in a test) */
export interface GivenStatement {
  readonly kind: "given";
  readonly span: Span;
  /** A name or a field: `now`, `k8s.get_deployment`, `k8s[staging].scale`. */
  readonly what: Expr;
  /** `is` for `=`. */
  readonly how: "is" | "returns" | "fails";
  /** The value, the result, or why it fails. */
  readonly value: Expr;
}

/** `run scale_service(…) by "dana@example.com" { approved by "ana@example.com" }` (in a test) */
export interface RunStatement {
  readonly kind: "run";
  readonly span: Span;
  readonly call: Expr;
  readonly by: Expr | null;
  readonly body: Body | null;
}

/** `approved by "ana@example.com", "ben@example.com"` (in the body of a run) */
export interface ApprovedStatement {
  readonly kind: "approved";
  readonly span: Span;
  readonly by: readonly Expr[];
}

/** `expect run.outcome == rolled_back`, `expect k8s.scale called with { … }`, `expect k8s.scale not called` (in a test) */
export interface ExpectStatement {
  readonly kind: "expect";
  readonly span: Span;
  readonly what:
    | { readonly kind: "holds"; readonly condition: Expr }
    /** `with` null: with whatever arguments. `called` false: `not called`. */
    | { readonly kind: "call"; readonly of: Expr; readonly called: boolean; readonly with: Expr | null };
}
