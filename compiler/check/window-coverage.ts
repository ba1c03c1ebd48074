/**
 * What the rules of a window come to: whether it is ever open, and which rules make no difference. Decided on sample
 * moments, enough of them to be exact: between two dates or times that a rule names, nothing changes but the day of the
 * week.
 */
import type { WindowRule } from "../program.ts";
import { changingMinutes, DAY_MINUTES, dayOf, holdsAt, ruleTimes } from "../window/times.ts";

export interface Coverage {
  readonly opens: boolean;
  /** Indices of rules without which the window would be open at the same times. Of two alike, the later. */
  readonly idle: readonly number[];
}

/** Of rules times moments: more than this is not looked at. */
const MOST_WORK = 1_000_000;

/** How many allow and deny rules hold at a moment. */
interface Moment {
  allows: number;
  denies: number;
}

/** Null for so many rules that looking would take long. */
export function coverage(rules: readonly WindowRule[]): Coverage | null {
  const days = sampleDays(rules);
  const minutes = changingMinutes(rules);
  if (rules.length * days.length * minutes.length > MOST_WORK) return null;
  const places = days.flatMap((day) => minutes.map((minute) => ({ day, minute, allows: 0, denies: 0 })));
  const held = rules.map((rule) => {
    const on = ruleTimes(rule);
    return { rule, at: places.filter(({ day, minute }) => holdsAt(on, day, minute)) };
  });
  for (const { rule, at } of held) for (const moment of at) count(moment, rule, 1);
  const allowing = rules.filter((rule) => rule.effect === "allow").length;
  if (!places.some((moment) => isOpen(moment, allowing))) return { opens: false, idle: [] };
  const idle: number[] = [];
  let left = allowing;
  for (const [index, { rule, at }] of [...held.entries()].reverse()) {
    // Without its only allow a window is open all the time.
    if (rule.effect === "allow" && left === 1) continue;
    const before = at.map((moment) => isOpen(moment, allowing));
    for (const moment of at) count(moment, rule, -1);
    if (at.every((moment, i) => isOpen(moment, allowing) === before[i])) {
      idle.push(index);
      if (rule.effect === "allow") left -= 1;
    } else for (const moment of at) count(moment, rule, 1);
  }
  return { opens: true, idle: idle.reverse() };
}

const longest = new WeakMap<readonly WindowRule[], number | null>();

/**
 * The longest time, in milliseconds, that the window is open without a break; null where that is a week or more, or for
 * so many rules that looking would take long. Calendars and changes of the clocks are not looked at.
 */
export function longestOpen(rules: readonly WindowRule[]): number | null {
  const known = longest.get(rules);
  if (known !== undefined) return known;
  const found = findLongest(rules);
  longest.set(rules, found);
  return found;
}

function findLongest(rules: readonly WindowRule[]): number | null {
  // A week before each change, where what is open then may have begun, and two after it.
  const days = [...new Set(sampleDays(rules).flatMap((day) => [day - 8, day, day + 8]))].sort((a, b) => a - b);
  const minutes = changingMinutes(rules);
  if (rules.length * days.length * minutes.length > MOST_WORK) return null;
  const held = rules.map((rule) => ({ effect: rule.effect, on: ruleTimes(rule) }));
  const closedUnlessAllowed = rules.some((rule) => rule.effect === "allow");
  const isOpenAt = (day: number, minute: number): boolean => {
    const matching = held.filter(({ on }) => holdsAt(on, day, minute));
    return matching.every(({ effect }) => effect === "allow") && (matching.length > 0 || !closedUnlessAllowed);
  };
  let most = 0;
  /** Since when it is open, in minutes; null while it is closed. */
  let since: number | null = null;
  for (const [i, day] of days.entries()) {
    // Between the days looked at, it stays as it was for weeks.
    if (since !== null && i > 0 && days[i - 1] !== day - 1) return null;
    for (const [j, minute] of minutes.entries()) {
      if (isOpenAt(day, minute)) since ??= day * DAY_MINUTES + minute;
      else since = null;
      if (since !== null) most = Math.max(most, day * DAY_MINUTES + (minutes[j + 1] ?? DAY_MINUTES) - since);
    }
  }
  return most >= 7 * DAY_MINUTES ? null : most * 60_000;
}

function isOpen(moment: Moment, allowing: number): boolean {
  return moment.denies === 0 && (allowing === 0 || moment.allows > 0);
}

function count(moment: Moment, rule: WindowRule, change: 1 | -1): void {
  if (rule.effect === "allow") moment.allows += change;
  else moment.denies += change;
}

/** A week and a day from each date at which something changes, and from a day before all of them. */
function sampleDays(rules: readonly WindowRule[]): number[] {
  const changes = rules.flatMap((rule) => rule.dates.flatMap(({ from, to }) => [dayOf(from), dayOf(to) + 1]));
  const starts = [Math.min(0, ...changes) - 30, ...changes];
  return [...new Set(starts.flatMap((start) => Array.from({ length: 9 }, (_, i) => start + i)))];
}
