/** What the plan says of the calls of a node: what is called, how it may be repeated, how often it is tried. */
import type { PlanCall, StepNode } from "../../compiler/plan/plan.schema.ts";
import type { AttemptId, Failure } from "../event.schema.ts";
import { type CallState, failingOf, type NodeState, type RunState } from "./state.ts";

/** Tries of one call of a rollback, and the pause between them, in milliseconds. */
const UNDO_RETRY = { attempts: 3, backoffMin: 1_000, backoffMax: 30_000 } as const;

export interface CallPlan {
  readonly call: PlanCall;
  /** `undo`: the provider's own undo of that call, with what was captured. */
  readonly via: "run" | "undo";
  readonly repeat: PlanCall["repeat"];
  readonly timeout: number;
  readonly retry: StepNode["retry"];
}

/** Reads change nothing, so nothing of them is ever undone; what hooks tell people is not undone either. */
export const isWrite = (n: NodeState): n is NodeState & { readonly node: StepNode } =>
  n.node.kind === "step" && n.node.call.effect !== "read" && n.hook === null;

/** Whether what undo needs is read before the effect. */
export const captures = (node: StepNode): boolean =>
  node.call.effect !== "read" && node.call.undo && node.rollback?.kind === "auto";

/** The call of an attempt as the plan has it. Throws where the plan has none: the event is not of this plan. */
export function planned(n: NodeState, phase: AttemptId["phase"], index: number): CallPlan {
  const { node } = n;
  if (node.kind !== "step") throw new Error(`${node.id} is a ${node.kind}, which has no attempts`);
  if (phase === "do") {
    return { call: node.call, via: "run", repeat: node.call.repeat, timeout: node.timeout, retry: node.retry };
  }
  // Putting back what was captured can be done twice: that is what makes an operation offer it.
  if (node.rollback?.kind === "auto") {
    return { call: node.call, via: "undo", repeat: "idempotent", timeout: node.timeout, retry: UNDO_RETRY };
  }
  const one = node.rollback?.kind === "calls" ? node.rollback.calls[index] : undefined;
  if (one === undefined) throw new Error(`${node.id} has no rollback call ${index}`);
  return { call: one.call, via: "run", repeat: one.call.repeat, timeout: one.timeout, retry: UNDO_RETRY };
}

/** Whether a call that failed like this surely changed nothing. */
export const changedNothing = (plan: CallPlan, failure: Failure): boolean =>
  failure.kind === "refused" || (failure.kind === "error" && plan.via === "run" && plan.call.atomic);

/** Whether new work may be begun on the node: hooks go on whatever the run does. */
export const goesOn = (state: RunState, n: NodeState): boolean =>
  n.hook !== null || (state.phase === "doing" && state.ending === null && failingOf(n) === null);

/** Whether it is tried once more. New work of the action itself is not, once the run is ending. */
export function triesAgain(
  state: RunState,
  n: NodeState,
  phase: AttemptId["phase"],
  plan: CallPlan,
  call: CallState,
  failure: Failure,
): boolean {
  if (phase === "do" && !goesOn(state, n)) return false;
  if (phase === "undo" && state.ending?.mode === "halt" && n.lease?.due !== true) return false;
  if (!failure.retryable || call.used >= plan.retry.attempts) return false;
  return plan.repeat !== "once" || changedNothing(plan, failure);
}

/** The pause before the next try, before jitter: it doubles with each try that failed. Milliseconds. */
export function backoff(plan: CallPlan, call: CallState): number {
  const { backoffMin, backoffMax } = plan.retry;
  // 2^40 milliseconds is 34 years: further doubling only risks Infinity.
  return Math.min(backoffMax, backoffMin * 2 ** Math.min(40, Math.max(0, call.used - 1)));
}
