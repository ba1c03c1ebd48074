/** All that is known of a run: its plan, what happened, where it stands, and what its process would tell if it ended now. */
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import { fold } from "../../runtime/engine/fold.ts";
import type { RunState } from "../../runtime/engine/state.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { type RunEnd, runEnd } from "../../runtime/run/go.ts";
import { givenEvents } from "../../runtime/run/people.ts";
import type { Store } from "../../runtime/store/port.ts";
import { cutOff, newView, type RunView, see } from "../progress/view.ts";
import { planOfRun } from "../stored.ts";
import { standingOf } from "./standing.ts";
import type { Standing } from "./standings.ts";

export interface Reading {
  readonly file: PlanFile;
  readonly events: readonly RunEvent[];
  /** Approvals of which the run does not know yet. */
  readonly since: readonly RunEvent[];
  readonly view: RunView;
  readonly standing: Standing;
  /** Whether a process has it in hand. */
  readonly alive: boolean;
  readonly end: RunEnd;
}

/** Ends the command with words where there is no such run. `now` in milliseconds since 1970. */
export async function readRun(store: Store, run: string, now: number): Promise<Reading> {
  const { file, events, state: found } = await planOfRun(store, run);
  const alive = await store.isHeld(run);
  const view = newView(file.plan);
  for (const event of events) see(view, event);
  const standing = view.finished?.outcome ?? standingOf({ held: alive }, found);
  let state = found;
  // What was given since it was last in hand; its own stream has that once it is taken up.
  const since = view.finished === null ? await givenSince(store, file.digest, state, now) : [];
  for (const event of since) {
    see(view, event);
    state = fold(state, event);
  }
  if (!alive && view.finished === null) cutOff(view);
  const end = runEnd(state, { status: statusOf(standing), why: null }, now);
  const awaiting = end.awaiting.filter(({ missing }) => missing !== "");
  return { file, events, since, view, standing, alive, end: { ...end, awaiting } };
}

async function givenSince(store: Store, digest: string, state: RunState, now: number): Promise<readonly RunEvent[]> {
  const entries = await store.read(`plan/${digest}`);
  const approvals = entries.flatMap(({ event }) => (event.type === "approval.recorded" ? [event.approval] : []));
  return givenEvents(state, approvals, new Date(now).toISOString());
}

function statusOf(standing: Standing): RunEnd["status"] {
  switch (standing) {
    case "running":
    case "cut_off":
      return "stopped";
    case "waiting":
      return "waiting_approval";
    case "locked":
      return "waiting_lock";
    case "unknown":
      return "unknown_outcome";
    case "paused":
      return "paused";
    case "frozen":
      return "frozen";
    case "succeeded":
    case "refused":
    case "undone":
    case "incomplete":
    case "halted":
    case "cancelled":
    case "denied":
      return "finished";
  }
}
