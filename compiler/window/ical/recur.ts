/**
 * The days and times a rule gives, on the wall clock. Only what lies within the days asked for is made, so what
 * repeats for ever costs no more than what does not. Days are counted from 1970-01-01, times are as in `zone.ts`.
 */
import { DAY } from "../zone.ts";
import type { Rule } from "./rule.ts";

export interface Recurrence {
  /** What the rule gives within the days, both included, ascending and each once: the start itself too. */
  between(from: number, to: number): number[];
  /** When it surely has ended: no day after this has one. */
  readonly lastDay: number;
}

/** Days that are walked through to count, all rules of a calendar together. */
export interface Budget {
  days: number;
}

const END_OF_TIME = Date.UTC(2200, 11, 31) / DAY;

/** `start`: the first time. Null where there is too much to count through. */
export function recurrence(rule: Rule, start: number, budget: Budget): Recurrence | null {
  const given = new Given(rule, start);
  if (rule.count !== null) {
    const all = countThrough(given, rule.count, budget);
    if (all === null) return null;
    return {
      lastDay: Math.floor((all.at(-1) ?? start) / DAY),
      between: (from, to) => all.filter((local) => local >= from * DAY && local < (to + 1) * DAY),
    };
  }
  // A moment in UTC may be a day later on the wall.
  const lastDay =
    rule.until === null ? END_OF_TIME : Math.floor(rule.until.local / DAY) + (rule.until.kind === "utc" ? 1 : 0);
  const end =
    rule.until === null || rule.until.kind === "utc"
      ? Number.POSITIVE_INFINITY
      : rule.until.kind === "date"
        ? rule.until.local + DAY - 1
        : rule.until.local;
  return {
    lastDay,
    between: (from, to) => {
      const found = given.between(Math.max(from, given.startDay), Math.min(to, lastDay)).filter((l) => l <= end);
      // RFC 5545: the start is the first time, also where the rule alone would not give it.
      return start >= from * DAY && start < (to + 1) * DAY && found[0] !== start ? [start, ...found] : found;
    },
  };
}

/** As many as `count`, the start among them. */
function countThrough(given: Given, count: number, budget: Budget): number[] | null {
  const found = [given.start];
  for (let day = given.startDay; found.length < count && day <= END_OF_TIME; day++) {
    budget.days -= 1;
    if (budget.days < 0) return null;
    for (const local of given.on(day)) if (local > given.start && found.length < count) found.push(local);
  }
  return found;
}

/** A rule, with what it takes from its start. */
class Given {
  readonly start: number;
  readonly startDay: number;
  readonly #rule: Rule;
  readonly #times: readonly number[];
  readonly #days: readonly number[];
  readonly #nth: readonly { readonly day: number; readonly nth: number }[];
  readonly #months: ReadonlySet<number>;
  readonly #monthDays: readonly number[];
  readonly #first: Calendar;
  /** What `BYSETPOS` leaves of each period, by day. */
  readonly #chosen = new Map<number, ReadonlyMap<number, readonly number[]>>();

  constructor(rule: Rule, start: number) {
    this.start = start;
    this.startDay = Math.floor(start / DAY);
    this.#rule = rule;
    this.#first = calendarOf(this.startDay);
    this.#times = timesOf(rule, start - this.startDay * DAY);
    const { frequency, months, monthDays, yearDays, weeks, days } = rule;
    const free = monthDays.length + yearDays.length + days.length === 0;
    const byWeekday = free && (frequency === "WEEKLY" || weeks.length > 0);
    const byMonthDay = free && !byWeekday && (frequency === "MONTHLY" || frequency === "YEARLY");
    this.#days = byWeekday ? [this.#first.weekday] : days.filter((d) => d.nth === null).map((d) => d.day);
    this.#nth = days.flatMap(({ day, nth }) => (nth === null ? [] : [{ day, nth }]));
    this.#monthDays = byMonthDay ? [this.#first.day] : monthDays;
    this.#months = new Set(byMonthDay && frequency === "YEARLY" && months.length === 0 ? [this.#first.month] : months);
  }

  between(from: number, to: number): number[] {
    const found: number[] = [];
    for (let day = from; day <= to; day++) found.push(...this.on(day).filter((local) => local >= this.start));
    return found;
  }

  /** What the rule gives on a day, ascending. */
  on(day: number): readonly number[] {
    const date = calendarOf(day);
    const period = this.#period(day, date);
    if (period % this.#rule.interval !== 0) return [];
    if (this.#rule.positions.length > 0) return this.#chosenIn(period, day, date).get(day) ?? [];
    return this.#matches(date) ? this.#times.map((time) => day * DAY + time) : [];
  }

  /** Which day, week, month or year it is, counted from that of the start. */
  #period(day: number, date: Calendar): number {
    switch (this.#rule.frequency) {
      case "DAILY":
        return day - this.startDay;
      case "WEEKLY":
        return (this.#weekOf(day, date) - this.#weekOf(this.startDay, this.#first)) / 7;
      case "MONTHLY":
        return (date.year - this.#first.year) * 12 + date.month - this.#first.month;
      case "YEARLY":
        return date.year - this.#first.year;
    }
  }

  /** The day its week begins on. */
  #weekOf(day: number, date: Calendar): number {
    return day - ((date.weekday - this.#rule.weekStart + 7) % 7);
  }

  #matches(date: Calendar): boolean {
    const { yearDays, weeks, weekStart } = this.#rule;
    if (this.#months.size > 0 && !this.#months.has(date.month)) return false;
    if (this.#monthDays.length > 0 && !counted(this.#monthDays, date.day, date.monthLength)) return false;
    if (yearDays.length > 0 && !counted(yearDays, date.yearDay, date.yearLength)) return false;
    if (this.#days.length + this.#nth.length > 0 && !this.#isDay(date)) return false;
    if (weeks.length === 0) return true;
    const { week, weeksInYear } = weekNumber(date, weekStart);
    return counted(weeks, week, weeksInYear);
  }

  #isDay(date: Calendar): boolean {
    if (this.#days.includes(date.weekday)) return true;
    // Of the month, where the rule is about months; else of the year.
    const inMonth = this.#rule.frequency === "MONTHLY" || this.#rule.months.length > 0;
    const [at, length] = inMonth ? [date.day, date.monthLength] : [date.yearDay, date.yearLength];
    return this.#nth.some(
      ({ day, nth }) =>
        day === date.weekday && (nth > 0 ? Math.ceil(at / 7) === nth : Math.ceil((length - at + 1) / 7) === -nth),
    );
  }

  #chosenIn(period: number, day: number, date: Calendar): ReadonlyMap<number, readonly number[]> {
    const known = this.#chosen.get(period);
    if (known !== undefined) return known;
    const [from, length] = this.#extent(day, date);
    const all: number[] = [];
    for (let each = from; each < from + length; each++)
      if (this.#matches(calendarOf(each))) for (const time of this.#times) all.push(each * DAY + time);
    const kept = new Set(this.#rule.positions.map((at) => all.at(at > 0 ? at - 1 : at)));
    const byDay = new Map<number, number[]>();
    for (const local of all)
      if (kept.has(local)) byDay.set(Math.floor(local / DAY), [...(byDay.get(Math.floor(local / DAY)) ?? []), local]);
    // Walked through in order: the last few are all that is asked for again.
    if (this.#chosen.size > 50) this.#chosen.clear();
    this.#chosen.set(period, byDay);
    return byDay;
  }

  /** The first day of the period that the day is in, and how many it has. */
  #extent(day: number, date: Calendar): readonly [number, number] {
    switch (this.#rule.frequency) {
      case "DAILY":
        return [day, 1];
      case "WEEKLY":
        return [this.#weekOf(day, date), 7];
      case "MONTHLY":
        return [day - date.day + 1, date.monthLength];
      case "YEARLY":
        return [day - date.yearDay + 1, date.yearLength];
    }
  }
}

/** Whether one of the numbers, which count from the end where they are negative, is `at` of `length`. */
function counted(numbers: readonly number[], at: number, length: number): boolean {
  return numbers.some((n) => (n > 0 ? n === at : length + 1 + n === at));
}

/** Milliseconds since midnight, ascending. */
function timesOf(rule: Rule, start: number): number[] {
  const or = (given: readonly number[], own: number): readonly number[] => (given.length > 0 ? given : [own]);
  const hours = or(rule.hours, Math.floor(start / 3_600_000));
  const minutes = or(rule.minutes, Math.floor(start / 60_000) % 60);
  const seconds = or(rule.seconds, Math.floor(start / 1000) % 60);
  const all = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => ((h * 60 + m) * 60 + s) * 1000)));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** A day as the calendar on the wall has it; `weekday` 0 is Monday, `month`, `day` and `yearDay` begin with 1. */
interface Calendar {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly yearDay: number;
  readonly monthLength: number;
  readonly yearLength: number;
}

function calendarOf(day: number): Calendar {
  const date = new Date(day * DAY);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const newYear = Date.UTC(year, 0) / DAY;
  return {
    year,
    month: month + 1,
    day: date.getUTCDate(),
    weekday: (date.getUTCDay() + 6) % 7,
    yearDay: day - newYear + 1,
    monthLength: (Date.UTC(year, month + 1) - Date.UTC(year, month)) / DAY,
    yearLength: Date.UTC(year + 1, 0) / DAY - newYear,
  };
}

/** The number of its week, the first being the one with four days of the year at least; and how many its year has. */
function weekNumber(date: Calendar, weekStart: number): { readonly week: number; readonly weeksInYear: number } {
  const firstOf = (year: number): number => {
    const newYear = Date.UTC(year, 0) / DAY;
    const into = (((newYear + 3 - weekStart) % 7) + 7) % 7;
    return into <= 3 ? newYear - into : newYear + 7 - into;
  };
  const day = Date.UTC(date.year, 0) / DAY + date.yearDay - 1;
  const year = day < firstOf(date.year) ? date.year - 1 : day >= firstOf(date.year + 1) ? date.year + 1 : date.year;
  return {
    week: Math.floor((day - firstOf(year)) / 7) + 1,
    weeksInYear: (firstOf(year + 1) - firstOf(year)) / 7,
  };
}
