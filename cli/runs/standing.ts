/** Where a run stands, as its log and the lock on it tell. */
import { blocked, type RunState } from "../../runtime/engine/state.ts";
import type { RunSummary } from "../../runtime/store/port.ts";
import type { Standing } from "./standings.ts";

/** Of a run that has not ended. */
export function standingOf({ held }: Pick<RunSummary, "held">, state: RunState): Standing {
  const waits = state.locked !== null ? "locked" : state.awaiting > 0 ? "waiting" : null;
  if (held) return waits !== null && state.running.size === 0 ? waits : "running";
  if (blocked(state)) return "unknown";
  if (state.pause !== null) return "paused";
  if (state.frozen !== null && state.ending === null) return "frozen";
  return waits ?? "cut_off";
}

/** What to do about it; null where nothing is. */
export function remedyFor(standing: Standing, run: string): string | null {
  switch (standing) {
    case "waiting":
      return `opsc approve ${run}, then opsc resume ${run}; opsc show ${run} says what for`;
    case "locked":
      return `opsc resume ${run}, once the runs that hold its locks are over; opsc show ${run} names them`;
    case "unknown":
      return `opsc resume ${run} asks what became of each, and takes --mark`;
    case "frozen":
      return `opsc resume ${run}, once it is thawed; opsc runs tells who froze it`;
    case "paused":
    case "cut_off":
      return `opsc resume ${run} goes on with it`;
    case "incomplete":
      return `opsc show ${run} lists what is left to do by hand`;
    case "running":
    case "succeeded":
    case "refused":
    case "undone":
    case "halted":
    case "cancelled":
    case "denied":
      return null;
  }
}
