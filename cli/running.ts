/** A run from the outside, for `apply` and `resume`: signals, progress while it goes, words and an exit code at its end. */
import process from "node:process";
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Judge } from "../runtime/approvals/judge.ts";
import type { RunEvent } from "../runtime/event.schema.ts";
import { type RunControl, runControl } from "../runtime/run/control.ts";
import type { RunEnd } from "../runtime/run/go.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";
import { annotation } from "./progress/annotation.ts";
import { endLines } from "./progress/end.ts";
import { present } from "./progress/present.ts";
import { newView, type RunView, see } from "./progress/view.ts";
import { SIGNALS } from "./signals.ts";

export interface Watch {
  readonly control: RunControl;
  readonly onEvent: (event: RunEvent) => void;
  /** Takes in what happened before, without showing it. */
  seen(event: RunEvent): void;
  /** Takes the signals and the screen back. */
  done(): void;
  readonly view: RunView;
}

/**
 * Shows events as they come. The first Ctrl-C cancels: running steps end, and what started is undone. The second lets go at
 * once; the run can be resumed.
 */
export function watch(io: Io, file: PlanFile, who: string, judge: Judge): Watch {
  const view = newView(file.plan, judge);
  const control = runControl();
  const shown = present(io, view);
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals === 1) {
      shown.keep(
        `${signal}: what runs comes to its end, then what started is undone. Once more to let go at once; opsc resume then goes on.`,
      );
      control.cancel("rollback", who, `the process was sent ${signal}`);
    } else control.stop();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    control,
    view,
    seen: (event) => see(view, event),
    onEvent(event) {
      see(view, event);
      shown.take(event);
    },
    done() {
      shown.stop();
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Tells how the run ended, and gives its exit code; `code` where it is another than that of the run itself. */
export function tellEnd(io: Io, end: RunEnd, view: RunView, code: ExitCode = codeOf(end)): ExitCode {
  if (io.json) {
    io.raw(JSON.stringify({ type: "end", exit: code, ...end }));
    return code;
  }
  // What is piped is searched by lines.
  const width = io.live ? io.width : Number.POSITIVE_INFINITY;
  for (const line of endLines(end, view, code, { width, color: io.color })) io.raw(line);
  const pointed = process.env.GITHUB_ACTIONS === "true" ? annotation(end, view.plan.action.title, code) : null;
  if (pointed !== null) io.rawErr(pointed);
  return code;
}

export function codeOf(end: RunEnd): ExitCode {
  switch (end.status) {
    case "waiting_approval":
      return EXIT.waiting;
    case "unknown_outcome":
      return EXIT.unknown;
    case "stopped":
    case "paused":
      return EXIT.stopped;
    case "broken":
      return EXIT.environment;
    case "waiting_lock":
    case "frozen":
      return EXIT.refused;
    case "finished":
      break;
  }
  switch (end.outcome) {
    case "succeeded":
      return EXIT.done;
    case "refused":
      return EXIT.refused;
    case "undone":
      return EXIT.undone;
    case "incomplete":
      return EXIT.left;
    case "halted":
      return end.left.length > 0 ? EXIT.left : EXIT.stopped;
    case "cancelled":
      return end.left.length > 0 ? EXIT.left : EXIT.stopped;
    case "denied":
      return EXIT.denied;
    case null:
      return EXIT.stopped;
  }
}
