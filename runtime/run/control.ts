/** What people say to a run while it goes: to cancel it, or to let go of it at once. */

export type Say =
  | { readonly what: "cancel"; readonly mode: "rollback" | "halt"; readonly by: string; readonly reason: string | null }
  | { readonly what: "stop" };

export interface RunControl {
  /** Running steps end; then what was done is undone, or stays. */
  cancel(mode: "rollback" | "halt", by: string, reason: string | null): void;
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
    stop: () => say({ what: "stop" }),
    listen(listener) {
      hear = listener;
      for (const it of early.splice(0)) listener(it);
    },
  };
}
