/** What the server answers to its own requests; see the README of the language server. Plain data, shared with the view. */

export interface Position {
  readonly line: number;
  readonly character: number;
}
export interface Location {
  readonly uri: string;
  readonly range: { readonly start: Position; readonly end: Position };
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Schema = { readonly [keyword: string]: Json };

export interface PlanParams {
  readonly textDocument: { readonly uri: string };
  readonly position: Position;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly as?: string;
  readonly reason?: string;
}

export interface PlanProblem {
  readonly message: string;
  readonly help: string | null;
  readonly input: string | null;
  readonly location: Location | null;
}

export interface PlanNode {
  readonly index: number;
  readonly id: string;
  readonly word: string;
  readonly what: string;
  readonly details: readonly (readonly [name: string, text: string])[];
  readonly irreversible: boolean;
  readonly location: Location | null;
}

export interface Guardrail {
  readonly name: string;
  readonly status: "pass" | "fail" | "deferred";
  readonly enforcement: string;
  readonly why: string | null;
  readonly location: Location | null;
}

export interface Plan {
  readonly title: string;
  readonly risk: string | null;
  readonly totals: readonly string[];
  readonly dangers: readonly { readonly level: string; readonly words: string; readonly nodes: readonly string[] }[];
  readonly unread: readonly string[];
  readonly svg: string | null;
  readonly nodes: readonly PlanNode[];
  readonly left: number;
  readonly guardrails: readonly Guardrail[];
  readonly onFailure: string;
}

export interface PlanAnswer {
  readonly action: { readonly id: string; readonly name: string; readonly root: string; readonly location: Location };
  readonly form: Schema;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly proposed: readonly string[];
  readonly problems: readonly PlanProblem[];
  readonly plan: Plan | null;
}

export interface Undo {
  readonly waves: readonly (readonly number[])[];
  readonly kept: readonly number[];
  readonly points: readonly number[];
  readonly maybe: readonly number[];
  readonly within: string | null;
}

/** What was filled into the form of an action. */
export interface Filled {
  readonly inputs: Readonly<Record<string, Json>>;
  readonly as: string;
  readonly reason: string;
}

/** What the view is of: kept by it when the window is closed, so that it comes back. */
export interface Kept {
  readonly place: { readonly uri: string; readonly position: Position };
  readonly action: string;
  readonly filled: Filled;
  readonly pinned: boolean;
}

/** To the view. */
export type ToView =
  | {
      readonly type: "plan";
      readonly answer: PlanAnswer;
      readonly filled: Filled;
      readonly pinned: boolean;
      readonly place: Kept["place"];
    }
  /** There is no action, or no server. */
  | { readonly type: "nothing"; readonly why: string }
  /** Nodes of the statement the cursor is in. */
  | { readonly type: "cursor"; readonly nodes: readonly number[] }
  | { readonly type: "undo"; readonly node: number; readonly undo: Undo | null };

/** From the view. */
export type FromView =
  | { readonly type: "ready" }
  | { readonly type: "filled"; readonly action: string; readonly filled: Filled }
  | { readonly type: "open"; readonly location: Location; readonly focus: boolean }
  | { readonly type: "undo"; readonly node: number }
  | { readonly type: "pin"; readonly pinned: boolean }
  | { readonly type: "apply" }
  | { readonly type: "save" };
