/** A run from the outside, for `apply` and `resume`: signals, progress while it goes, words and an exit code at its end. */
import process from "node:process";
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { RunEvent } from "../runtime/event.schema.ts";
import { type RunControl, runControl } from "../runtime/run/control.ts";
import type { RunEnd } from "../runtime/run/go.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";
import { type Live, paintWith, startLive } from "./progress/live.ts";
import { newView, type RunView, see } from "./progress/view.ts";
import { lineOf, shortTime } from "./progress/words.ts";
import { plural, safeText } from "./words.ts";

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
 * Shows events as they come: redrawn on a terminal, as lines elsewhere, as JSON Lines with `--json`. The first Ctrl-C cancels:
 * running steps end, and what started is undone. The second lets go at once; the run can be resumed.
 */
export function watch(io: Io, file: PlanFile, who: string): Watch {
  const view = newView(file.plan);
  const control = runControl();
  let live: Live | null = io.live ? startLive(io, view) : null;
  const keep = (line: string): void => {
    if (live !== null) live.keep(line);
    else if (!io.json) io.err(line);
  };
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals === 1) {
      keep(
        `${signal}: running steps end, then what started is undone. Once more to let go at once; opsc resume then goes on.`,
      );
      control.cancel("rollback", who, `the process was sent ${signal}`);
    } else control.stop();
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    control,
    view,
    seen: (event) => see(view, event),
    onEvent(event) {
      see(view, event);
      if (io.json) io.raw(JSON.stringify(event));
      else if (live === null) {
        const line = lineOf(view, event);
        if (line !== null) io.err(line);
      } else if (event.type === "attempt.failed" || event.type === "node.failed" || event.type === "retry.planned") {
        const line = lineOf(view, event);
        if (line !== null) live.keep(line);
      }
    },
    done() {
      live?.stop();
      live = null;
      for (const name of names) process.off(name, onSignal);
    },
  };
}

/** Tells how the run ended, and gives its exit code; `code` where it is another than that of the run itself. */
export function tellEnd(io: Io, end: RunEnd, view: RunView, code: ExitCode = codeOf(end)): ExitCode {
  if (io.json) {
    io.raw(JSON.stringify({ type: "end", exit: code, ...end }));
    return code;
  }
  const paint = paintWith(io.color);
  const took =
    // Of one that is rolled back later, how long it was there tells nothing.
    view.startedAt === null || view.finished === null || end.rolledBack !== null
      ? ""
      : ` in ${shortTime(Date.parse(view.finished.at) - view.startedAt)}`;
  const [what, meaning] = headline(end);
  const good = code === EXIT.done;
  io.raw(
    paint(
      good ? "green" : code === EXIT.waiting || code === EXIT.unknown || code === EXIT.stopped ? "yellow" : "red",
      `run ${end.run} ${what}${took}${meaning === null ? "" : `: ${meaning}`}`,
    ),
  );
  if (end.why !== null && (!good || end.rolledBack !== null || end.outcome !== "succeeded"))
    io.out(`  ${safeText(end.why, 4)}`);
  const undone = [...view.nodes.values()].filter((n) => n.standing === "undone").length;
  if (undone > 0) io.out(`  the rollback of ${plural(undone, "step")} ran`);
  for (const left of urgentFirst(end.left))
    io.out(`  left to do by hand: ${safeText(left.node)}: ${safeText(left.what, 4)}`);
  for (const each of end.awaiting) io.out(`  ${safeText(each.node)} waits: ${safeText(each.missing)}`);
  for (const each of end.unknown) io.out(`  ${safeText(each.node)}: ${safeText(each.what)}`);
  if (end.status === "waiting_approval")
    io.out(`  next: opsc approve ${end.run} --as WHO, then opsc resume ${end.run}`);
  if (end.status === "unknown_outcome") {
    io.out("  next: find out, then answer each:");
    for (const { node } of end.unknown)
      io.out(`    opsc resume ${end.run} --mark 'done:${node}'    if it took place; 'retry:${node}' if not`);
  }
  if (end.status === "stopped" || end.status === "broken" || end.status === "paused")
    io.out(`  next: opsc resume ${end.run}`);
  if (end.status === "waiting_lock") io.out(`  next: opsc resume ${end.run}, once the lock is free`);
  for (const each of end.tolerated)
    io.out(
      paint("yellow", `  failed, was tolerated and undone alone: ${safeText(each.element)}: ${safeText(each.why)}`),
    );
  for (const each of end.hooks) io.out(`  on ${each.event}: not everything was told: ${safeText(each.why)}`);
  if (good && end.result !== null) io.out(`  result ${safeText(JSON.stringify(end.result))}`);
  return code;
}

/** What a person has to do comes before what merely stays as it is. */
function urgentFirst(left: RunEnd["left"]): RunEnd["left"] {
  const standing = (what: string): boolean => /^(stays|done)\b/.test(what);
  return [...left.filter((l) => !standing(l.what)), ...left.filter((l) => standing(l.what))];
}

/** What became of it, and what that means for what it did. */
function headline(end: RunEnd): readonly [string, string | null] {
  switch (end.status) {
    case "waiting_approval":
      return ["waits for approval", null];
    case "unknown_outcome":
      return ["needs to know what happened", null];
    case "stopped":
      return ["was let go", null];
    case "broken":
      return ["had to stop", null];
    case "paused":
      return ["is paused", null];
    case "waiting_lock":
      return ["waits for a lock", null];
    case "finished":
      break;
  }
  if (end.rolledBack === "undone") return ["was rolled back", "everything it did was undone"];
  if (end.rolledBack === "refused") return ["was not rolled back", "it stands as it had ended"];
  switch (end.outcome) {
    case "succeeded":
      return ["succeeded", toleratedIn(end)];
    case "refused":
      return ["was refused", "nothing was changed"];
    case "undone":
      return ["failed", "everything it did was undone"];
    case "incomplete":
      return ["failed", "something is left to do by hand"];
    case "halted":
      return ["stopped where it was", null];
    case "cancelled":
      return ["was cancelled", "everything it did was undone"];
    case "denied":
      return ["was denied", null];
    case null:
      return ["has not ended", null];
  }
}

/** That something failed is said where it is said how the run ended. */
function toleratedIn(end: RunEnd): string | null {
  const failed = end.tolerated.length;
  if (failed === 0) return null;
  return `${failed} ${failed === 1 ? "element" : "elements"} failed, as many as is tolerated or fewer, and ${failed === 1 ? "was" : "were"} undone alone`;
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
