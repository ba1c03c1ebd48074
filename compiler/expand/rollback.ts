/** How a step is undone, as it stands in the plan. */

import { isConst } from "../ir/evaluate.ts";
import type { StepNode } from "../plan/plan.schema.ts";
import type { Rollback } from "../program.ts";
import { DEFAULT_TIMEOUT } from "./order.ts";
import { numberAt, type Place, planCall, reduceAt, SOME_TIME, textAt } from "./state.ts";

export function expandRollback(place: Place, rollback: Rollback, at: string): NonNullable<StepNode["rollback"]> {
  switch (rollback.kind) {
    case "auto":
      return { kind: "auto" };
    case "nothing":
      return { kind: "nothing", why: textAt(place, rollback.why, "the reason", at) };
    case "calls": {
      const calls = rollback.calls.flatMap((call): Calls => {
        const when = call.when === null ? null : reduceAt(place, call.when, call.at);
        if (when !== null && isConst(when) && when.v !== true) return [];
        return [
          {
            id: call.id,
            name: call.name,
            call: planCall(place, call.call, call.at),
            when: when === null || isConst(when) ? null : when,
            timeout: numberAt(place, call.timeout, DEFAULT_TIMEOUT, "timeout", call.at, SOME_TIME),
            at: call.at,
          },
        ];
      });
      // With these inputs there is nothing to take back: the conditions say so, and people may read them.
      return calls.length > 0
        ? { kind: "calls", calls }
        : { kind: "nothing", why: "the conditions of its rollback do not hold here" };
    }
  }
}

type Calls = Extract<NonNullable<StepNode["rollback"]>, { kind: "calls" }>["calls"];
