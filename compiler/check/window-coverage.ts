/**
 * What the rules of a window come to: whether it is ever open, and which rules make no difference. Decided on sample
 * moments, enough of them to be exact: between two dates or times that a rule names, nothing changes but the day of the
 * week.
 */
import type { WindowRule } from "../program.ts";

export interface Coverage {
  readonly opens: boolean;
  /** Indices of rules without which the window would be open at the same times. Of two alike, the later. */
  readonly idle: readonly number[];
}

/** Of rules times moments: more than this is not looked at. */
const MOST_WORK = 1_000_000;
const DAY = 86_400_000;

/** How many allow and deny rules hold at a moment. */
interface Moment {
  allows: number;
  denies: number;
}

/** Null for so many rules that looking would take long. */
export function coverage(rules: readonly WindowRule[]): Coverage | null {
  const days = sampleDays(rules);
  const minutes = sampleMinutes(rules);
  if (rules.length * days.length * minutes.length > MOST_WORK) return null;
  const places = days.flatMap((day) => minutes.map((minute) => ({ day, minute, allows: 0, denies: 0 })));
  const held = rules.map((rule) => {
    const on = numbered(rule);
    return { rule, at: places.filter(({ day, minute }) => matches(on, day, minute)) };
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

function isOpen(moment: Moment, allowing: number): boolean {
  return moment.denies === 0 && (allowing === 0 || moment.allows > 0);
}

function count(moment: Moment, rule: WindowRule, change: 1 | -1): void {
  if (rule.effect === "allow") moment.allows += change;
  else moment.denies += change;
}

/** The days, dates (in days since 1970-01-01) and times of a rule. */
interface Times {
  readonly days: readonly number[];
  readonly dates: readonly { readonly from: number; readonly to: number }[];
  readonly times: WindowRule["times"];
}

function numbered({ days, dates, times }: WindowRule): Times {
  return { days, dates: dates.map(({ from, to }) => ({ from: dayOf(from), to: dayOf(to) })), times };
}

/** Whether a rule holds at a minute of a day (days since 1970-01-01). What goes over midnight belongs to the day it began on. */
function matches(rule: Times, day: number, minute: number): boolean {
  if (rule.times.length === 0) return isOn(rule, day);
  return rule.times.some(({ from, to }) =>
    from < to
      ? minute >= from && minute < to && isOn(rule, day)
      : (minute >= from && isOn(rule, day)) || (minute < to && isOn(rule, day - 1)),
  );
}

function isOn(rule: Times, day: number): boolean {
  if (rule.days.length === 0 && rule.dates.length === 0) return true;
  // 1970-01-01 was a Thursday, which is 4.
  if (rule.days.includes(((((day + 3) % 7) + 7) % 7) + 1)) return true;
  return rule.dates.some(({ from, to }) => day >= from && day <= to);
}

const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;

/** A week and a day from each date at which something changes, and from a day before all of them. */
function sampleDays(rules: readonly WindowRule[]): number[] {
  const changes = rules.flatMap((rule) => rule.dates.flatMap(({ from, to }) => [dayOf(from), dayOf(to) + 1]));
  const starts = [Math.min(0, ...changes) - 30, ...changes];
  return [...new Set(starts.flatMap((start) => Array.from({ length: 9 }, (_, i) => start + i)))];
}

/** Midnight, and each time at which something changes. */
function sampleMinutes(rules: readonly WindowRule[]): number[] {
  return [...new Set([0, ...rules.flatMap((rule) => rule.times.flatMap(({ from, to }) => [from, to]))])].filter(
    (minute) => minute < 24 * 60,
  );
}
