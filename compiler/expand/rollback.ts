/** How a step is undone, as it stands in the plan. */
import type { StepNode } from "../plan/plan.schema.ts";
import type { Rollback } from "../program.ts";
import { DEFAULT_TIMEOUT } from "./order.ts";
import { numberAt, type Place, planCall, SOME_TIME, textAt } from "./state.ts";

export function expandRollback(place: Place, rollback: Rollback, at: string): NonNullable<StepNode["rollback"]> {
  switch (rollback.kind) {
    case "auto":
      return { kind: "auto" };
    case "nothing":
      return { kind: "nothing", why: textAt(place, rollback.why, "the reason", at) };
    case "calls":
      return {
        kind: "calls",
        calls: rollback.calls.map((call) => ({
          id: call.id,
          name: call.name,
          call: planCall(place, call.call, call.at),
          when: null,
          timeout: numberAt(place, call.timeout, DEFAULT_TIMEOUT, "timeout", call.at, SOME_TIME),
          at: call.at,
        })),
      };
  }
}
