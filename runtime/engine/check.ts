/** What a poll of a check says. */
import type { Value } from "../../compiler/ir/expr.ts";
import type { PlanCall } from "../../compiler/plan/plan.schema.ts";
import type { EventOf } from "../event.schema.ts";
import { compute, type Got, messageFor } from "./scope.ts";
import { nodeOf, type RunState } from "./state.ts";

/** Judges what was read, before `returns`; a read that failed is a check that does not hold. */
export function judgePoll(state: RunState, id: string, read: Got<Value>, at: string): EventOf<"check.polled"> {
  const { node } = nodeOf(state, id);
  if (node.kind !== "check") throw new Error(`${id} is a ${node.kind}, not a check`);
  const event = { type: "check.polled", at, node: id } as const;
  if (!read.ok) return { ...event, holds: false, why: `the read failed: ${read.why}`, value: null };
  const seen = resultOf(state, id, read.value);
  if (!seen.ok) return { ...event, holds: false, why: seen.why, value: null };
  for (const r of node.requires) {
    const held = compute(state, r.condition, { it: seen.value, now: at });
    if (held.ok && held.value === true) continue;
    const why = held.ok
      ? messageFor(state, r, { it: seen.value, now: at })
      : `${r.text} cannot be computed: ${held.why}`;
    return { ...event, holds: false, why, value: seen.value };
  }
  return { ...event, holds: true, why: null, value: seen.value };
}

/** The result of a step or check from what its operation answered. */
export function resultOf(state: RunState, id: string, answer: Value): Got<Value> {
  const { node } = nodeOf(state, id);
  return node.kind === "step" || node.kind === "check"
    ? answerOf(state, node.call, answer)
    : { ok: true, value: answer };
}

/** What a call gives, from what its operation answered. */
export function answerOf(state: RunState, call: PlanCall, answer: Value): Got<Value> {
  if (call.returns === null) return { ok: true, value: answer };
  const got = compute(state, call.returns, { it: answer });
  return got.ok ? got : { ok: false, why: `its result cannot be computed: ${got.why}` };
}
