/** The tests of a project, checked: plain JSON, free of syntax, all values known. Running them needs nothing else of the sources. */
import type { Expr, Value } from "./ir/expr.ts";
import type { Type } from "./types/type.ts";

export const TEST_CASE_VERSION = 1;

export interface TestCase {
  readonly testCaseVersion: typeof TEST_CASE_VERSION;
  /** `module#title`, unique in the project. */
  readonly id: string;
  readonly title: string;
  readonly doc: string | null;
  readonly module: string;
  readonly at: string;
  /** RFC 3339 in UTC; null where it does not matter. */
  readonly now: string | null;
  /** In the order written: of two for one operation, each answers one call, and the last all that follow. */
  readonly mocks: readonly Mock[];
  readonly run: TestRun;
  /** Of the action's result; null where it has none. */
  readonly resultType: Type | null;
  readonly expects: readonly Expectation[];
}

/**
 * What a test speaks of: a provider's operation, or one of the team's own by its name. `instance` is the id of an
 * instance (`k8s[staging]` for one of many), or the name of a family, which stands for every member.
 */
export type Callee =
  | { readonly kind: "provider"; readonly instance: string; readonly operation: string }
  | { readonly kind: "own"; readonly operation: string };

export interface Mock {
  readonly of: Callee;
  readonly does: { readonly how: "returns"; readonly value: Value } | { readonly how: "fails"; readonly why: string };
  readonly at: string;
}

export interface TestRun {
  /** Id of the action. */
  readonly action: string;
  /** Of those inputs that are not left to a default which only the run knows. */
  readonly inputs: { readonly [name: string]: Value };
  /** Who asks for it; null where it does not matter. */
  readonly by: string | null;
  readonly approved: readonly string[];
  readonly at: string;
}

export type Expectation =
  /** `condition` is over the root `run`: `outcome`, `result` (none unless it succeeded) and `reason` (why it ended so). */
  | { readonly e: "holds"; readonly condition: Expr; readonly text: string; readonly at: string }
  | {
      readonly e: "call";
      readonly of: Callee;
      readonly called: boolean;
      /** Arguments that a call must have, others aside; null where any call counts. */
      readonly with: { readonly [name: string]: Value } | null;
      readonly at: string;
    };
