/** `RRULE`: when something comes again. */
import { readStamp, type Stamp } from "./values.ts";

export const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] as const;
export type Frequency = (typeof FREQUENCIES)[number];

export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | null;
  readonly until: Stamp | null;
  /** Days of the week, 0 is Monday; `nth` of the month or year, from its end where negative, null for each. */
  readonly days: readonly { readonly day: number; readonly nth: number | null }[];
  readonly months: readonly number[];
  readonly monthDays: readonly number[];
  readonly yearDays: readonly number[];
  readonly weeks: readonly number[];
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
  readonly positions: readonly number[];
  /** The day weeks begin on, 0 is Monday. */
  readonly weekStart: number;
}

/** Far more than anybody plans ahead, and few enough to be counted through. */
const MAX_COUNT = 10_000;
const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

export interface RuleRead {
  readonly rule: Rule | null;
  /** What is wrong, as a sentence that goes on from the name of the format. */
  readonly fault: string | null;
  readonly help: string | null;
}

class Wrong extends Error {
  readonly help: string | null;
  constructor(message: string, help: string | null = null) {
    super(message);
    this.help = help;
  }
}

/** Never throws. `date`: what repeats is a whole day, and has no time. */
export function readRule(text: string, date: boolean): RuleRead {
  try {
    return { rule: parse(text, date), fault: null, help: null };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { rule: null, fault: error.message, help: error.help };
  }
}

function parse(text: string, date: boolean): Rule {
  const parts = partsOf(text);
  const numbers = (name: string, least: number, most: number, signed = false): number[] =>
    list(parts, name).map((each) => wholeNumber(name, each, least, most, signed));
  const rule: Rule = {
    frequency: frequencyOf(parts.get("FREQ")),
    interval: parts.has("INTERVAL") ? wholeNumber("INTERVAL", parts.get("INTERVAL") ?? "", 1, 10_000) : 1,
    count: countOf(parts.get("COUNT")),
    until: untilOf(parts.get("UNTIL")),
    days: list(parts, "BYDAY").map(weekdayOf),
    months: numbers("BYMONTH", 1, 12),
    monthDays: numbers("BYMONTHDAY", 1, 31, true),
    yearDays: numbers("BYYEARDAY", 1, 366, true),
    weeks: numbers("BYWEEKNO", 1, 53, true),
    hours: numbers("BYHOUR", 0, 23),
    minutes: numbers("BYMINUTE", 0, 59),
    seconds: numbers("BYSECOND", 0, 60).map((s) => Math.min(s, 59)),
    positions: numbers("BYSETPOS", 1, 366, true),
    weekStart: parts.has("WKST") ? weekday("WKST", parts.get("WKST") ?? "") : 0,
  };
  holdTogether(rule, parts, date);
  return rule;
}

const KNOWN = [
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "BYDAY",
  "BYMONTH",
  "BYMONTHDAY",
  "BYYEARDAY",
  "BYWEEKNO",
  "BYHOUR",
  "BYMINUTE",
  "BYSECOND",
  "BYSETPOS",
  "WKST",
];

function partsOf(text: string): Map<string, string> {
  const parts = new Map<string, string>();
  for (const part of text.replace(/;$/, "").split(";")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0)).toUpperCase();
    if (equals < 1) throw new Wrong(`"${shorten(part)}" in a rule is not NAME=value`);
    if (!KNOWN.includes(name)) throw new Wrong(`${shorten(name)} in a rule is not read`);
    if (parts.has(name)) throw new Wrong(`${name} stands twice in one rule`);
    parts.set(name, part.slice(equals + 1).toUpperCase());
  }
  return parts;
}

function frequencyOf(text: string | undefined): Frequency {
  const found = FREQUENCIES.find((each) => each === text);
  if (found !== undefined) return found;
  if (text === "SECONDLY" || text === "MINUTELY" || text === "HOURLY")
    throw new Wrong(
      `FREQ=${text} comes more often than daily, which is not read`,
      "write FREQ=DAILY with BYHOUR, or the times as a rule of the window",
    );
  throw new Wrong(
    text === undefined ? "a rule has no FREQ" : `FREQ=${shorten(text)} is unknown`,
    `one of ${FREQUENCIES.join(", ")}`,
  );
}

function countOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new Wrong(`COUNT=${shorten(text)} is no number of times`);
  if (count > MAX_COUNT) throw new Wrong(`COUNT=${text} is more than ${MAX_COUNT}`, "write until when with UNTIL");
  return count;
}

function untilOf(text: string | undefined): Stamp | null {
  if (text === undefined) return null;
  const stamp = readStamp(text);
  if (stamp === null) throw new Wrong(`UNTIL=${shorten(text)} is no date or time`);
  return stamp;
}

const list = (parts: ReadonlyMap<string, string>, name: string): string[] => parts.get(name)?.split(",") ?? [];

function wholeNumber(name: string, text: string, least: number, most: number, signed = false): number {
  const size = /^[+-]?\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  const within = Math.abs(size) >= least && Math.abs(size) <= most && (signed || size >= 0);
  if (within) return size;
  throw new Wrong(
    `${name}=${shorten(text)} is not within ${least} and ${most}${signed ? ", or the same below zero" : ""}`,
  );
}

function weekdayOf(text: string): { day: number; nth: number | null } {
  const [, nth, day] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text) ?? [];
  if (day === undefined) throw new Wrong(`BYDAY=${shorten(text)} is no day`, "such as MO, or 1MO for the first Monday");
  return { day: weekday("BYDAY", day), nth: nth === undefined ? null : wholeNumber("BYDAY", nth, 1, 53, true) };
}

function weekday(name: string, text: string): number {
  const found = WEEKDAYS.indexOf(text);
  if (found < 0) throw new Wrong(`${name}=${shorten(text)} is no day of the week`, `one of ${WEEKDAYS.join(", ")}`);
  return found;
}

/** What RFC 5545 (3.3.10) does not let stand together. */
function holdTogether(rule: Rule, parts: ReadonlyMap<string, string>, date: boolean): void {
  const refuse = (name: string, why: string): never => {
    throw new Wrong(`${name} cannot stand ${why}`);
  };
  const { frequency } = rule;
  if (rule.count !== null && rule.until !== null) refuse("COUNT", "with UNTIL");
  if (rule.weeks.length > 0 && frequency !== "YEARLY") refuse("BYWEEKNO", `with FREQ=${frequency}`);
  if (rule.yearDays.length > 0 && frequency !== "YEARLY") refuse("BYYEARDAY", `with FREQ=${frequency}`);
  if (rule.monthDays.length > 0 && frequency === "WEEKLY") refuse("BYMONTHDAY", "with FREQ=WEEKLY");
  if (rule.days.some((d) => d.nth !== null)) {
    if (frequency === "DAILY" || frequency === "WEEKLY") refuse("a number in BYDAY", `with FREQ=${frequency}`);
    if (rule.weeks.length > 0) refuse("a number in BYDAY", "with BYWEEKNO");
  }
  const timed = ["BYHOUR", "BYMINUTE", "BYSECOND"].find((name) => parts.has(name));
  if (date && timed !== undefined) refuse(timed, "in a rule for whole days");
  if (rule.positions.length > 0 && [...parts.keys()].every((name) => !name.startsWith("BY") || name === "BYSETPOS"))
    refuse("BYSETPOS", "without another BY");
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
