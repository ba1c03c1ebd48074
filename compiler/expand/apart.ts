/** What keeps runs apart and to their times: the windows, locks and limits of an action. All known when it is planned. */
import type { PlanWindow } from "../plan/plan.schema.ts";
import type { Action } from "../program.ts";
import { numberAt, type Place, problem, SOME_TIME, textAt, valueAt } from "./state.ts";

/** Of a calendar in a plan, in bytes: years of freezes fit, and plans are read whole. */
export const MAX_CALENDAR = 1024 * 1024;
/** More locks than this in one run are a slip of the pen. */
const MAX_LOCKS = 10_000;
const MAX_COUNT = 1_000_000;

/** Takes in what `place.action` asks for; gives the ids of the windows of its part, those of the parts around it among them. */
export function expandApart(place: Place): readonly string[] {
  const { action } = place;
  expandLocks(place, action);
  expandLimit(place, action);
  const own = expandWindow(place, action);
  return own === null || place.windows.includes(own) ? place.windows : [...place.windows, own].sort();
}

function expandLocks(place: Place, action: Action): void {
  if (action.lock === null) return;
  const at = action.places.lock ?? action.at;
  const names = valueAt(place, action.lock, `the lock of ${action.name}`, at);
  if (!Array.isArray(names)) return;
  const { locks } = place.x;
  for (const name of names) {
    if (typeof name === "string" && name.trim() !== "") locks.add(name);
    else problem(place, "refused", "lock", `a lock of ${action.name} has an empty name`, at);
  }
  if (locks.size > MAX_LOCKS)
    problem(place, "refused", "lock", `there are ${locks.size} locks; a run may hold ${MAX_LOCKS} at most`, at);
}

/** A run counts once for each action and key, however often it runs that action. */
function expandLimit(place: Place, action: Action): void {
  const { limit } = action;
  if (limit === null) return;
  const at = action.places.limit ?? action.at;
  const count = numberAt(place, limit.count, 1, "limit", at, { least: 1, most: MAX_COUNT });
  const per = numberAt(place, limit.per, 1, "the time of limit", at, SOME_TIME);
  const by = limit.by === null ? null : valueAt(place, limit.by, "what limit counts by", at);
  const key = limit.by === null ? null : typeof by === "string" ? by : JSON.stringify(by);
  const each = { action: action.id, key, count, per, at };
  const name = `${action.id}\n${key === null ? "" : `=${key}`}`;
  const other = place.x.limits.get(name);
  // Rates may be computed from inputs: the stricter one counts for both.
  if (other === undefined || each.count / each.per < other.count / other.per) place.x.limits.set(name, each);
}

function expandWindow(place: Place, action: Action): string | null {
  if (action.window === null) return null;
  const at = action.places.window ?? action.at;
  const id = textAt(place, action.window, `the window of ${action.name}`, at);
  const { program, windows } = place.x;
  const window = program.windows.find((each) => each.id === id);
  if (window === undefined) {
    if (id !== "") problem(place, "refused", "window", `there is no window ${id}`, at);
    return null;
  }
  if (!windows.has(id))
    windows.set(id, {
      id,
      name: window.name,
      doc: window.doc,
      timezone: window.timezone,
      rules: window.rules.map((rule) => ({
        ...rule,
        days: [...rule.days],
        dates: rule.dates.map((each) => ({ ...each })),
        times: rule.times.map((each) => ({ ...each })),
      })),
      calendar: window.calendar === null ? null : calendarAt(place, window.calendar, window.at),
      at: window.at,
    });
  return id;
}

function calendarAt(place: Place, path: string, at: string): PlanWindow["calendar"] {
  const text = place.x.texts.get(path);
  const bytes = text === undefined ? 0 : new TextEncoder().encode(text).length;
  if (text === undefined) problem(place, "refused", "window", `the calendar ${path} cannot be read`, at);
  else if (bytes > MAX_CALENDAR) {
    const help = "take out the events that are over";
    problem(
      place,
      "refused",
      "window",
      `the calendar ${path} has ${bytes} bytes; a plan takes ${MAX_CALENDAR} at most`,
      at,
      help,
    );
  }
  return { path, text: text ?? "" };
}
