/** What people say to a run while it goes: to cancel it, to pause it, or to let go of it at once. */
import type { EventOf, RunEvent } from "../event.schema.ts";

export type Say =
  | { readonly what: "cancel"; readonly mode: "rollback" | "halt"; readonly by: string; readonly reason: string | null }
  | { readonly what: "pause"; readonly by: string; readonly reason: string | null }
  | { readonly what: "stop" };

export interface RunControl {
  /** Running steps end; then what was done is undone, or stays. */
  cancel(mode: "rollback" | "halt", by: string, reason: string | null): void;
  /** Running steps end; then nothing new is begun, and the run is let go. */
  pause(by: string, reason: string | null): void;
  /** Ends what runs and lets go; the run can be resumed. */
  stop(): void;
  /** For the runner: hears what is said, and first what was said before it listened. */
  listen(hear: (say: Say) => void): void;
}

export function runControl(): RunControl {
  const early: Say[] = [];
  let hear: ((say: Say) => void) | null = null;
  const say = (it: Say): void => {
    if (hear === null) early.push(it);
    else hear(it);
  };
  return {
    cancel: (mode, by, reason) => say({ what: "cancel", mode, by, reason }),
    pause: (by, reason) => say({ what: "pause", by, reason }),
    stop: () => say({ what: "stop" }),
    listen(listener) {
      hear = listener;
      for (const it of early.splice(0)) listener(it);
    },
  };
}

/** The event of what was said. `said` is the number of the entry in the run's control stream, where it came that way. */
export function saidEvent(say: Exclude<Say, { what: "stop" }>, at: string, said?: number): RunEvent {
  const entry = said === undefined ? {} : { said };
  const { by, reason } = say;
  return say.what === "pause"
    ? { type: "run.pause_requested", at, by, reason, ...entry }
    : { type: "run.cancel_requested", at, by, mode: say.mode, reason, ...entry };
}

export function sayOf({ what, mode, by, reason }: EventOf<"control.said">): Exclude<Say, { what: "stop" }> {
  return what === "pause" ? { what, by, reason } : { what, mode: mode ?? "rollback", by, reason };
}
