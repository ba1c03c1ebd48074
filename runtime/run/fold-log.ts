/** The state of a run from its log, which is not believed: an entry may be whole and yet tell what cannot have happened. */
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { passedUnapproved } from "../approvals/passed.ts";
import { unsaidInLog } from "../approvals/said.ts";
import { fold } from "../engine/fold.ts";
import { newState } from "../engine/new-state.ts";
import type { Rules } from "../engine/rules.ts";
import type { RunState } from "../engine/state.ts";
import type { RunEvent } from "../event.schema.ts";
import { messageOf } from "../message.ts";
import { DamagedError } from "../store/port.ts";

/**
 * Throws `DamagedError` where the events do not go with the plan, or one passes an approval that was not given. `seen` is given the state after each event.
 */
export function foldLog(
  run: string,
  { plan, digest }: Pick<PlanFile, "plan" | "digest">,
  rules: Rules,
  events: readonly RunEvent[],
  parallel: number,
  seen: (state: RunState, event: RunEvent, index: number) => void = () => undefined,
): RunState {
  let state = newState(plan, rules, { parallel });
  for (const [index, event] of events.entries()) {
    try {
      state = fold(state, event);
    } catch (error) {
      throw impossible(run, event, index, messageOf(error), error);
    }
    seen(state, event, index);
  }
  const unapproved =
    unsaidInLog(plan, digest, events, rules.past) ?? passedUnapproved(plan, digest, events, rules.past);
  const passed = events[unapproved?.index ?? 0];
  if (unapproved !== null && passed !== undefined) throw impossible(run, passed, unapproved.index, unapproved.why);
  return state;
}

function impossible(run: string, event: RunEvent, index: number, why: string, cause?: unknown): DamagedError {
  return new DamagedError(
    `the log of run ${run} does not go with its plan: entry ${index} (${event.type}) cannot have happened: ${why}`,
    "opsc audit verify tells what else is wrong; put back a copy of the store from before",
    { cause },
  );
}
