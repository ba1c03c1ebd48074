/** Dates, times and durations of RFC 5545. */
import { DAY } from "../zone.ts";

/** A date, or a time on some wall clock, in milliseconds as if that clock were UTC's. */
export interface Stamp {
  readonly local: number;
  readonly kind: "date" | "time" | "utc";
}

/** Years that are read: calendars of changes are about the present. */
const YEARS = { least: 1900, most: 2200 };

/**
 * `20261120`, `20261120T090000`, `20261120T090000Z`; null for what is none, is no day that there is, or lies before the
 * year `least`.
 */
export function readStamp(text: string, least = YEARS.least): Stamp | null {
  const found = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(text);
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((n) => Number(n ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && month > 0;
  if (!isDay || year < least || year > YEARS.most) return null;
  // A leap second is taken for the one before it.
  const [h = 0, m = 0, s = 0] = [hour, minute, Math.min(second ?? 0, 59)];
  if (h > 23 || m > 59 || (second ?? 0) > 60) return null;
  const kind = found[4] === undefined ? "date" : found[7] === "Z" ? "utc" : "time";
  return { local: date.getTime() + ((h * 60 + m) * 60 + s) * 1000, kind };
}

/** How long something lasts: days on the wall clock, and then exact milliseconds. */
export interface Length {
  readonly days: number;
  readonly ms: number;
}

/** `P1D`, `PT8H30M`, `P2W`; null for what is none. Negative ones are none: nothing ends before it begins. */
export function readDuration(text: string): Length | null {
  const found = /^\+?P(?:(\d{1,5})W|(?:(\d{1,5})D)?(T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?)$/.exec(text);
  if (found === null || /[PT]$/.test(text)) return null;
  const [weeks, days, , hours, minutes, seconds] = found.slice(1).map((n) => Number(n ?? 0) || 0);
  return {
    days: (weeks ?? 0) * 7 + (days ?? 0),
    ms: (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000,
  };
}

/** `+0100`, `-033015`, in milliseconds; null for what is none. */
export function readOffset(text: string): number | null {
  const found = /^([+-])(\d\d)([0-5]\d)([0-5]\d)?$/.exec(text);
  if (found === null) return null;
  const size = ((Number(found[2]) * 60 + Number(found[3])) * 60 + Number(found[4] ?? 0)) * 1000;
  return size >= DAY ? null : found[1] === "-" ? -size : size;
}
