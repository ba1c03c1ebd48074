/**
 * What a plan's windows come to at a moment, for those who read it. Not in the plan itself: its bytes must not depend on
 * how recent this machine's time zones are.
 */
import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanWindow } from "../plan/plan.schema.ts";
import { prepareWindow, type WindowState } from "./window.ts";
import { showMoment, zoneNamed } from "./zone.ts";

export interface WindowAtPlan {
  readonly window: PlanWindow;
  readonly state: WindowState;
  /** `open until Fri 2026-11-27 17:00 +01:00 (Europe/Berlin)`, or why it is closed and when it opens. */
  readonly words: string;
  /** Why the run may find it closed before its end; null where its worst case fits into what is left of the opening. */
  readonly tooShort: string | null;
}

/** `at`: milliseconds since 1970. */
export function windowsAt(plan: Plan, at: number): WindowAtPlan[] {
  return plan.windows.map((window) => {
    const judge = prepareWindow(window);
    const state = judge(at);
    const zone = zoneNamed(window.timezone);
    const until = state.until === null || zone === null ? "" : ` until ${showMoment(zone, state.until)}`;
    const words = state.open
      ? `window ${window.name} is open${until}${until === "" ? " all the time" : ` (${window.timezone})`}`
      : (state.why ?? `window ${window.name} is closed`);
    return { window, state, words, tooShort: tooShort(plan, window, judge, at) };
  });
}

/** What a reader must know of them: those that are closed when the plan is made, or not open for long enough; a sentence each. */
export function windowWarnings(plan: Plan): string[] {
  return windowsAt(plan, Date.parse(plan.createdAt)).flatMap(({ state, words, tooShort: short }) => [
    ...(state.open ? [] : [`${words.replace(/^w/, "W")}.`]),
    ...(short === null ? [] : [short]),
  ]);
}

/** Of a window that is closed, the next opening is what a run has. What it is open for may be longer than a change of state says. */
function tooShort(plan: Plan, window: PlanWindow, judge: (at: number) => WindowState, at: number): string | null {
  const { worstCase } = plan.summary;
  const from = judge(at).open ? at : judge(at).opens;
  if (from === null || worstCase === null) return null;
  let end: number | null = from;
  // What is only looked at again, such as a calendar some years ahead, may go on.
  while (end !== null && end < from + worstCase && judge(end).open) end = judge(end).until;
  if (end === null || end >= from + worstCase) return null;
  const left = formatDuration(end - from);
  const when = from === at ? "is open for" : "opens for";
  return `The steps may take ${formatDuration(worstCase)}, and window ${window.name} ${when} ${left}${from === at ? " more" : ""}: a run that finds it closed stops and undoes what it did.`;
}
