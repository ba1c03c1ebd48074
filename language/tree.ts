/**
 * The syntax tree of one `.ops` file.
 *
 * The tree is plain immutable data: it can be written as JSON, compared and read back (`tree.schema.ts` holds
 * the zod schema). Parsing never fails, so every child a half-typed file may lack is nullable, and an expression
 * that is not there is a `missing` node: whoever walks the tree meets no surprise.
 *
 * Spans are UTF-16 offsets into the source text, `end` exclusive, so they can be used with `String.slice`.
 */

/** Version of the tree's shape. It changes when a node kind or a field changes meaning. */
export const TREE_VERSION = 1;

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An identifier as written. */
export interface Name {
  readonly text: string;
  readonly span: Span;
}

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

// ---------------------------------------------------------------------------------------------- declarations

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

// -------------------------------------------------------------------------------------- bodies and statements

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

// ------------------------------------------------------------------------------------------------ expressions

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

// ------------------------------------------------------------------------------------------------------ types

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

// ------------------------------------------------------------------------------------------------ diagnostics

/**
 * A fault found while reading the text. `code` and `args` select the message in the diagnostics registry of the
 * compiler; the language layer only says what it saw and where.
 */
export interface SyntaxFault {
  readonly code: SyntaxCode;
  readonly span: Span;
  /** Values for the message's placeholders. */
  readonly args: Readonly<Record<string, string>>;
  /** Further places worth showing, such as the brace that was never closed. */
  readonly related: readonly { readonly span: Span; readonly note: string }[];
  /** What mends it, where that is safe to say; else none. */
  readonly edits: readonly Edit[];
}

/** Puts `text` in the place of what stands at `span`. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Every fault the lexer and parser can report. Each has a page in `compiler/diagnostics`. */
export const SYNTAX_CODES = [
  "expected", // something was expected here: args.what, args.after
  "unexpected", // this cannot stand here: args.found, args.where
  "unclosed", // an opener without its closer: args.opener, args.closer
  "unopened", // a closer without its opener: args.closer
  "bad_number", // digits run into letters, or a malformed number: args.text
  "bad_date", // a malformed date or time: args.text
  "bad_string", // a string that does not end on its line, or a bad escape: args.why
  "bad_character", // a character the language does not use: args.text
  "reserved_word", // a keyword where a name was expected: args.word
  "unclosed_comment", // a block comment that never ends
  "too_deep", // nested deeper than the parser allows: args.limit
] as const;
export type SyntaxCode = (typeof SYNTAX_CODES)[number];
