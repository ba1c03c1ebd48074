/**
 * The checked program: a project after resolving, checking and lowering. It is what the planner expands, plain
 * JSON, free of syntax. Everything carries `at` (`file:line:column`) so that later words can point at the source.
 */
import type { Expr, Value } from "./ir/expr.ts";
import type { Effect, Repeat } from "./manifest.ts";
import type { Type } from "./types/type.ts";

export const PROGRAM_VERSION = 1;

export interface Program {
  readonly programVersion: typeof PROGRAM_VERSION;
  readonly modules: readonly { readonly path: string; readonly sha256: string }[];
  /** Files that are no sources, and that sources name: data, calendars, and the manifests of packages. */
  readonly data: readonly { readonly path: string; readonly sha256: string }[];
  readonly trust: Trust;
  readonly instances: readonly Instance[];
  readonly approvers: readonly Approver[];
  readonly windows: readonly Window[];
  readonly secrets: readonly Secret[];
  readonly guardrails: readonly Guardrail[];
  readonly actions: readonly Action[];
  /** What each `one of` chooses from, by the id of its type. */
  readonly choices: { readonly [id: string]: Value };
  /** Conditions of refined types by the type's id, over the root `it`. */
  readonly refinements: { readonly [id: string]: readonly Requirement[] };
}

/** Where approvers and mandatory guardrails come from, and whether names are proven. */
export interface Trust {
  /** The project itself, or a folder or a commit whose files are `~trust/…`. */
  readonly root: "project" | "path" | "git";
  /** `unverified`: names are taken at their word; `signed`: only what is signed counts. */
  readonly identities: "unverified" | "signed";
  /** Names of its approvers who may, in an emergency, set approvals aside. */
  readonly breakGlass: readonly string[];
  /** Paths of its files that are no sources, among `data`: what it says of identities, and the keys. */
  readonly files: readonly string[];
}

/** A configured provider, as brought in by `use`. */
export interface Instance {
  /** Name of the instance, unique in the project; `use exec` in ten files is one instance. `k8s[staging]` for one of many. */
  readonly id: string;
  /** For `use … as k8s per env: Env`: what all of them are called, and the member of the enum this one is for. */
  readonly family: { readonly name: string; readonly member: string } | null;
  /**
   * What it reaches: instances of one system touch the same resources. Its `id`, if it states one; else its provider and
   * settings, so that two names for the same thing are not taken for two things.
   */
  readonly system: string;
  readonly provider: string;
  readonly version: string;
  /** Digest of the manifest it was checked against. */
  readonly manifest: string;
  readonly config: { readonly [name: string]: Value };
}

export interface Approver {
  /** `module#name`. */
  readonly id: string;
  readonly name: string;
  readonly title: string;
  /** Identities, those of included approvers too, sorted. */
  readonly members: readonly string[];
  readonly at: string;
}

/** When runs may start and write. */
export interface Window {
  /** `module#name`. */
  readonly id: string;
  readonly name: string;
  readonly doc: string | null;
  /** IANA name of the time zone. */
  readonly timezone: string;
  /** In the order written. Open where an `allow` matches (all the time, if there is none) and no `deny` does. */
  readonly rules: readonly WindowRule[];
  /** Path of an iCalendar file within the project: its events deny. */
  readonly calendar: string | null;
  readonly at: string;
}

/**
 * Matches a moment that is on one of the days or dates (any, where both are empty) and within one of the times (any, if
 * empty). A time that goes over midnight belongs to the day it begins on: `fri 22:00..06:00` holds on Saturday at 05:00.
 */
export interface WindowRule {
  readonly effect: "allow" | "deny";
  /** Days of the week, 1 is Monday and 7 is Sunday. */
  readonly days: readonly number[];
  /** `YYYY-MM-DD`, both included. */
  readonly dates: readonly { readonly from: string; readonly to: string }[];
  /** Minutes since midnight, `to` excluded; `to` before `from` goes over midnight. */
  readonly times: readonly { readonly from: number; readonly to: number }[];
  readonly because: string | null;
  readonly at: string;
}

/**
 * Where a secret is read from, at the last moment. Its value in expressions is the constant `{ "$secret": id }`, which
 * only the runtime puts the secret in for.
 */
export interface Secret {
  /** `module#name`. */
  readonly id: string;
  readonly name: string;
  readonly source: "env" | "file" | "vault" | "exec";
  readonly args: { readonly [name: string]: Value };
  readonly at: string;
}

export type Enforcement = "advisory" | "soft" | "hard";

export interface Guardrail {
  readonly id: string;
  readonly name: string;
  readonly doc: string | null;
  readonly at: string;
  readonly enforcement: Enforcement;
  /** Judged again before each write, not only before the first. */
  readonly everyWrite: boolean;
  /** Inputs it names: an action without one of that name and type is not matched. Vars `input:NAME` in its expressions. */
  readonly inputs: readonly { readonly name: string; readonly type: Type }[];
  /** Vars: `action` (record), `plan` (record), `run` (record), and `input:NAME`. Null applies always. */
  readonly when: Expr | null;
  /** Read when it is judged. The var in its expressions is `id`, which is unique in the project. */
  readonly facts: readonly GuardrailFact[];
  readonly requires: readonly Requirement[];
  readonly overrideBy: ApproverRule | null;
}

export interface GuardrailFact {
  /** `module#guardrail.name`. */
  readonly id: string;
  readonly name: string;
  readonly call: Call;
  readonly type: Type;
  readonly at: string;
}

export interface Requirement {
  readonly condition: Expr;
  readonly message: Expr | null;
  /** The condition as written, for people. */
  readonly text: string;
  readonly at: string;
}

export interface ApproverRule {
  readonly mode: "one" | "any" | "all";
  /** Ids of approvers; an expression, since `approve by service.owner` is allowed: a list of ids. */
  readonly by: Expr;
}

/** Where the properties that are given stand, by their names. */
export type Places = { readonly [property: string]: string };

export interface Action {
  /** `module#name`. */
  readonly id: string;
  readonly name: string;
  readonly module: string;
  readonly doc: string | null;
  readonly at: string;
  readonly params: readonly ActionParam[];
  readonly title: Expr | null;
  readonly risk: Expr | null;
  readonly owner: Expr | null;
  readonly tags: Expr | null;
  readonly timeout: Expr | null;
  /** Id of a window. */
  readonly window: Expr | null;
  /** A list of names, taken before the first write and held through undo. */
  readonly lock: Expr | null;
  /** How many runs may start in `per` milliseconds, counted for each value of `by`. */
  readonly limit: { readonly count: Expr; readonly per: Expr; readonly by: Expr | null } | null;
  readonly hooks: readonly Hook[];
  readonly onFailure: "rollback" | "halt" | "continue";
  readonly places: Places;
  readonly body: readonly Statement[];
  readonly returns: Expr | null;
  readonly resultType: Type | null;
}

export const HOOK_EVENTS = ["start", "approval_requested", "failure", "success", "end"] as const;
/** Statements that tell people; they need no rollback and never change the outcome. */
export interface Hook {
  readonly event: (typeof HOOK_EVENTS)[number];
  readonly body: readonly Statement[];
  readonly at: string;
}

export interface ActionParam {
  /** Name as given on the command line; the var is `input:NAME`. */
  readonly name: string;
  readonly doc: string | null;
  readonly type: Type;
  readonly optional: boolean;
  readonly default: Expr | null;
  /** Refinements of its type and its own, in that order; each over the var `input:NAME`. */
  readonly where: readonly Requirement[];
  readonly at: string;
}

/**
 * Statements bind `var`s by id. A result of a step is the var with the step's id; ids are unique in an action
 * (`scale`, `scale~2` for a second of that name in another scope).
 */
export type Statement =
  | { readonly s: "let"; readonly id: string; readonly value: Expr }
  | {
      readonly s: "fact";
      readonly id: string;
      readonly name: string;
      readonly call: Call;
      readonly type: Type;
      readonly at: string;
    }
  | StepStmt
  | NestedStmt
  | CheckStmt
  | { readonly s: "require"; readonly requirement: Requirement }
  | ApproveStmt
  | { readonly s: "wait"; readonly duration: Expr; readonly at: string }
  | {
      readonly s: "if";
      readonly condition: Expr;
      readonly then: readonly Statement[];
      readonly else: readonly Statement[];
      readonly at: string;
    }
  | ForStmt
  | { readonly s: "parallel"; readonly branches: readonly (readonly Statement[])[]; readonly at: string };

export interface StepStmt {
  readonly s: "step";
  readonly id: string;
  readonly name: string;
  readonly doc: string | null;
  readonly at: string;
  readonly call: Call;
  readonly when: Expr | null;
  /** Ids of steps and checks. */
  readonly after: readonly string[];
  readonly timeout: Expr | null;
  readonly retry: Retry | null;
  /** How long what it did may last: the rollback then runs by itself. */
  readonly lease: Expr | null;
  readonly places: Places;
  readonly rollback: Rollback | null;
  readonly irreversible: Expr | null;
}

/** A step that runs another action, whose steps, guardrails and approvals become part of the plan. */
export interface NestedStmt {
  readonly s: "nested";
  readonly id: string;
  readonly name: string;
  readonly doc: string | null;
  readonly at: string;
  /** Id of the action. */
  readonly action: string;
  readonly args: readonly CallArg[];
  readonly when: Expr | null;
  readonly after: readonly string[];
}

export interface Retry {
  readonly attempts: Expr;
  /** A range of durations: the first pause and the longest. */
  readonly backoff: Expr | null;
}

export type Rollback =
  | {
      readonly kind: "calls";
      readonly calls: readonly {
        readonly id: string;
        readonly name: string;
        readonly call: Call;
        readonly when: Expr | null;
        readonly timeout: Expr | null;
        readonly at: string;
      }[];
    }
  | { readonly kind: "auto" }
  | { readonly kind: "nothing"; readonly why: Expr };

export interface CheckStmt {
  readonly s: "check";
  readonly id: string;
  readonly name: string;
  readonly doc: string | null;
  readonly at: string;
  readonly call: Call;
  readonly when: Expr | null;
  readonly after: readonly string[];
  /** Over the root `it`. */
  readonly requires: readonly Requirement[];
  readonly hold: Expr | null;
  readonly every: Expr | null;
  readonly within: Expr | null;
}

export interface ApproveStmt {
  readonly s: "approve";
  readonly id: string;
  readonly at: string;
  readonly by: ApproverRule;
  readonly when: Expr | null;
  readonly quorum: Expr | null;
  readonly within: Expr | null;
  /** Who else is asked, in that order, and after which time. */
  readonly escalate: readonly { readonly to: ApproverRule; readonly after: Expr | null; readonly at: string }[];
}

export interface ForStmt {
  readonly s: "for";
  readonly id: string;
  readonly name: string;
  readonly over: Expr;
  /** Over the loop variable; null: the element itself, if it is text or a number. */
  readonly key: Expr | null;
  readonly batch: Expr | null;
  readonly every: Expr | null;
  /** How many elements may fail, each undone alone. */
  readonly tolerate: Expr | null;
  /** The most elements there can be, where they are not known at plan. */
  readonly atMost: Expr | null;
  readonly allowEmpty: boolean;
  readonly body: readonly Statement[];
  readonly at: string;
}

/** A call of a provider's operation, with the team's own operation around it already taken apart. */
export interface Call {
  /** Id of the instance, or name of the family it is one of. */
  readonly instance: string;
  /** Which of the family: a member of its enum, known at plan. Null for a single instance. */
  readonly member: Expr | null;
  readonly operation: string;
  /** What was called in the source: `exec.run` or the name of the team's own operation. */
  readonly shown: string;
  readonly args: readonly CallArg[];
  readonly effect: Effect;
  readonly repeat: Repeat;
  readonly atomic: boolean;
  readonly undo: boolean;
  /** What it gives ends by itself, at the time it is told. */
  readonly expires?: true | undefined;
  readonly preview: "none" | "public" | "sensitive";
  readonly resource: Expr;
  /** Of the provider's result, before `returns`. */
  readonly resultType: Type;
  /** For a team's own operation: its result from the provider's, which is root `it`. */
  readonly returns: Expr | null;
}

export interface CallArg {
  readonly name: string;
  readonly value: Expr;
  readonly type: Type;
}
