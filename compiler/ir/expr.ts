/**
 * The expression IR: what an expression of the language is after checking. Names are resolved, operators and
 * methods are chosen by type, so it needs no types to be evaluated. It is versioned JSON: it stands in checked
 * programs and, where a value is not known yet, in plans.
 */
export const IR_VERSION = 1;

/** A value of the language as JSON; `types/type.ts` says how each type is carried. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };

/**
 * What a `ref` names:
 * `var`   a name bound in the action (input, let, fact, step, loop variable), by its id; gone once planned
 * `step`  the result of a plan node, by node id; `none` where the node was skipped or never finished
 * `self`  in a rollback: the result of the step being undone, `none` if it has none (name is "")
 * `it`    what a check read (name is "")
 * `local` a parameter of an enclosing `fn`
 * `run`   what only the run knows: `now` (time); the others are known when planned
 */
export const ROOTS = ["var", "step", "self", "it", "local", "run"] as const;
export type Root = (typeof ROOTS)[number];

/** How a value is written into text. */
export const FORMATS = ["plain", "duration", "size", "percent", "rate", "range", "json", "time_of_day"] as const;
export type Format = (typeof FORMATS)[number];

export type Expr =
  | { readonly k: "const"; readonly v: Value }
  | { readonly k: "ref"; readonly root: Root; readonly name: string }
  /** `null?.x` is null; without `safe` reading a field of null is an error. */
  | { readonly k: "field"; readonly of: Expr; readonly name: string; readonly safe: boolean }
  | { readonly k: "list"; readonly items: readonly Expr[] }
  | { readonly k: "record"; readonly fields: { readonly [name: string]: Expr } }
  | { readonly k: "text"; readonly parts: readonly (string | { readonly e: Expr; readonly as: Format })[] }
  /** `op` is a name of the table in `ir/ops.ts`; `at` (`file:line:column`) where evaluating it can fail. */
  | { readonly k: "op"; readonly op: string; readonly args: readonly Expr[]; readonly at: string | null }
  | { readonly k: "fn"; readonly params: readonly string[]; readonly body: Expr }
  | { readonly k: "match"; readonly on: Expr; readonly arms: readonly MatchArm[]; readonly at: string | null };

export interface MatchArm {
  /** Values that take this arm; null takes all. */
  readonly is: readonly Value[] | null;
  readonly then: Expr;
}

export const constant = (v: Value): Expr => ({ k: "const", v });
