/** The pure functions the engine is given: what expressions mean, when approvals are enough and windows open. */
import type { Expr, Root, Value } from "../../compiler/ir/expr.ts";
import type { PartlyEnv } from "../../compiler/ir/partly/decide.ts";
import type { Partly } from "../../compiler/ir/partly/value.ts";
import type { ApproveNode, PlanWindow } from "../../compiler/plan/plan.schema.ts";
import type { WindowState } from "../../compiler/window/window.ts";
import type { Judge } from "../approvals/judge.ts";
import type { StatedPlan } from "../approvals/statement.ts";
import type { Approval } from "../event.schema.ts";

/** What names mean to an expression; undefined is "not known yet". */
export interface Env {
  ref(root: Root, name: string): Expr | undefined;
}

export interface TallyContext extends StatedPlan {
  readonly applier: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the approval was asked for: milliseconds since 1970. */
  readonly asked: number;
  /** null where the approvals are counted before there is a run. */
  readonly run: string | null;
}

export interface Tally {
  readonly met: boolean;
  /** Who is missing, in words; "" when met. */
  readonly missing: string;
  /** Who said no, and why, in words; null when nobody did. */
  readonly denied: string | null;
}

export interface Rules {
  /** Throws an `Error` whose message is for people when the value cannot be computed or is not known. */
  evaluate(expr: Expr, env: Env): Value;
  /** What an expression comes to where not all that it names is known. Never throws. */
  partly(expr: Expr, env: PartlyEnv): Partly;
  /** At a moment, in milliseconds since 1970. Asked before each write. */
  window(window: PlanWindow, at: number): WindowState;
  tally(node: ApproveNode, approvals: readonly Approval[], context: TallyContext): Tally;
  /** Whose word counts now. */
  readonly judge: Judge;
  /** Whose word counted when the log says so. */
  readonly past: Judge;
}
