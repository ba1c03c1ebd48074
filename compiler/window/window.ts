/**
 * Whether a window is open. Pure: the moment comes from outside. What was found holds until something may change, so
 * asking before every write costs nothing.
 */
import type { PlanWindow } from "../plan/plan.schema.ts";
import { escapeControls } from "../render/safe.ts";
import { type BusyState, prepareBusy } from "./ical/busy.ts";
import { readCalendar } from "./ical/calendar.ts";
import { prepareRules, type RulesState } from "./rules.ts";
import { DAY, showMoment, type Zone, zoneNamed } from "./zone.ts";

/** Moments are milliseconds since 1970. */
export interface WindowState {
  readonly open: boolean;
  /** When this may next change; null: never. */
  readonly until: number | null;
  /** When it opens next; null where it is open, or nothing opens it within two years. */
  readonly opens: number | null;
  /** For people: why it is closed, and when it opens next. Null where it is open. */
  readonly why: string | null;
}

/** Asked in any order; quickest for moments that do not go back. */
export type PreparedWindow = (at: number) => WindowState;

/** How far ahead is looked for the next opening, and how many changes on the way there. */
const AHEAD = 732 * DAY;
const MAX_CHANGES = 3_000;

export function windowAt(window: PlanWindow, at: number): WindowState {
  return prepareWindow(window)(at);
}

export function prepareWindow(window: PlanWindow): PreparedWindow {
  const zone = zoneNamed(window.timezone);
  if (zone === null) return unusable(window, `this machine knows no time zone ${window.timezone}`);
  const calendar = window.calendar === null ? null : readCalendar(window.calendar.text);
  const [fault] = calendar?.faults ?? [];
  if (fault !== undefined) return unusable(window, `${window.calendar?.path} cannot be read: ${fault.message}`);
  const judge = together(prepareRules(zone, window), prepareBusy(calendar?.events ?? [], zone));
  let from = Number.POSITIVE_INFINITY;
  let state: WindowState | null = null;
  return (at) => {
    if (state !== null && at >= from && (state.until === null || at < state.until)) return state;
    from = at;
    state = stateAt(window, zone, judge, at);
    return state;
  };
}

/** What cannot be judged is closed. */
function unusable(window: PlanWindow, why: string): PreparedWindow {
  const state = { open: false, until: null, opens: null, why: `window ${window.name} is closed: ${why}` };
  return () => state;
}

interface Judged {
  readonly open: boolean;
  readonly until: number | null;
  readonly rules: RulesState;
  readonly calendar: BusyState | null;
}

function together(rulesAt: (at: number) => RulesState, busyAt: (at: number) => BusyState): (at: number) => Judged {
  return (at) => {
    const rules = rulesAt(at);
    // Closed by its rules, it stays so whatever the calendar says.
    if (!rules.open) return { open: false, until: rules.until, rules, calendar: null };
    const calendar = busyAt(at);
    if (calendar.busy !== null) return { open: false, until: calendar.until, rules, calendar };
    const until = rules.until === null ? calendar.until : Math.min(rules.until, calendar.until ?? rules.until);
    return { open: true, until, rules, calendar };
  };
}

function stateAt(window: PlanWindow, zone: Zone, judge: (at: number) => Judged, at: number): WindowState {
  const now = judge(at);
  if (now.open) return { open: true, until: now.until, opens: null, why: null };
  const opens = nextOpening(judge, at, now.until);
  const because = reasonOf(window, now);
  const when =
    typeof opens === "number"
      ? `it opens ${showMoment(zone, opens)} (${window.timezone})`
      : opens === "never"
        ? "it does not open again"
        : "it does not open within the next two years";
  const why = `window ${window.name} is closed${because === null ? "" : `: ${because}`}; ${when}`;
  return { open: false, until: now.until, opens: typeof opens === "number" ? opens : null, why };
}

function nextOpening(judge: (at: number) => Judged, at: number, until: number | null): number | "never" | "late" {
  let next = until;
  for (let changes = 0; changes < MAX_CHANGES; changes++) {
    if (next === null) return "never";
    if (next > at + AHEAD) return "late";
    const then = judge(next);
    if (then.open) return next;
    next = then.until;
  }
  return "late";
}

function reasonOf(window: PlanWindow, { rules, calendar }: Judged): string | null {
  if (!rules.open) return rules.because;
  const summary = calendar?.busy?.summary ?? null;
  const file = window.calendar?.path ?? "its calendar";
  return summary === null ? `an event of ${file} lasts` : `${shorten(escapeControls(summary))} (${file})`;
}

/** A calendar may say more than belongs into a line. */
function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
