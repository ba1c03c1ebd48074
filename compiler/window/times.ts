/** When a rule of a window holds, on the wall clock: days since 1970-01-01 and minutes of the day. */
import type { WindowRule } from "../program.ts";
import { DAY } from "./zone.ts";

export const DAY_MINUTES = 1_440;

/** The days, dates and times of a rule, dates as days since 1970-01-01. */
export interface RuleTimes {
  readonly days: readonly number[];
  readonly dates: readonly { readonly from: number; readonly to: number }[];
  readonly times: WindowRule["times"];
}

export function ruleTimes({ days, dates, times }: Pick<WindowRule, "days" | "dates" | "times">): RuleTimes {
  return { days, dates: dates.map(({ from, to }) => ({ from: dayOf(from), to: dayOf(to) })), times };
}

/** Whether a rule holds at a minute of a day. What goes over midnight belongs to the day it began on. */
export function holdsAt(rule: RuleTimes, day: number, minute: number): boolean {
  if (rule.times.length === 0) return isOn(rule, day);
  return rule.times.some(({ from, to }) =>
    from < to
      ? minute >= from && minute < to && isOn(rule, day)
      : (minute >= from && isOn(rule, day)) || (minute < to && isOn(rule, day - 1)),
  );
}

function isOn(rule: RuleTimes, day: number): boolean {
  if (rule.days.length === 0 && rule.dates.length === 0) return true;
  // 1970-01-01 was a Thursday, which is 4.
  if (rule.days.includes(((((day + 3) % 7) + 7) % 7) + 1)) return true;
  return rule.dates.some(({ from, to }) => day >= from && day <= to);
}

/** Of `YYYY-MM-DD`. */
export const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;

/** Midnight, and each minute of the day at which something changes, ascending. */
export function changingMinutes(rules: readonly Pick<WindowRule, "times">[]): number[] {
  const all = [0, ...rules.flatMap((rule) => rule.times.flatMap(({ from, to }) => [from, to]))];
  return [...new Set(all)].filter((minute) => minute < DAY_MINUTES).sort((a, b) => a - b);
}
