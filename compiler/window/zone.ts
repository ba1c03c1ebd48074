/**
 * Time zones: wall clocks and the moments they show. A wall-clock time is a number too, the milliseconds since
 * 1970-01-01T00:00 as if that clock were UTC's; days are counted from 1970-01-01.
 */

export const MINUTE = 60_000;
export const DAY = 86_400_000;

export interface Zone {
  /** What to add to a moment to get what the clock on the wall shows, in milliseconds. */
  offsetAt(instant: number): number;
}

export const UTC: Zone = { offsetAt: () => 0 };

const known = new Map<string, Zone>();

/** A zone of the IANA database; null for a name that this machine's copy of it does not have. */
export function zoneNamed(name: string): Zone | null {
  const cached = known.get(name);
  if (cached !== undefined) return cached;
  try {
    const zone = intlZone(name);
    known.set(name, zone);
    return zone;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function intlZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset", year: "numeric" });
  return {
    offsetAt(instant) {
      const [, sign, hours, minutes, seconds] =
        /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(instant)) ?? [];
      if (sign === undefined) return 0;
      const size = (Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds ?? 0) * 1000;
      return sign === "-" ? -size : size;
    },
  };
}

/**
 * The moment that a wall-clock time is. Of an hour that is there twice it is the first; a time that the clock leaves out
 * is as far after the gap as it lies within it (RFC 5545, 3.3.5).
 */
export function momentOf(zone: Zone, local: number): number {
  // Clocks are nowhere more than a day from UTC's, and are changed less often than every other day.
  const before = zone.offsetAt(local - DAY);
  const after = zone.offsetAt(local + DAY);
  if (before === after || zone.offsetAt(local - before) === before) return local - before;
  return zone.offsetAt(local - after) === after ? local - after : local - before;
}

/** When the offset next differs after `from`, at most at `to`; null where it is the same at both. */
export function offsetChange(zone: Zone, from: number, to: number): number | null {
  const offset = zone.offsetAt(from);
  if (zone.offsetAt(to) === offset) return null;
  let same = from;
  let other = to;
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (zone.offsetAt(middle) === offset) same = middle;
    else other = middle;
  }
  return other;
}

const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** `Mon 2026-11-23 09:00 +01:00`. */
export function showMoment(zone: Zone, instant: number): string {
  const offset = zone.offsetAt(instant);
  const wall = new Date(instant + offset);
  const size = Math.abs(Math.round(offset / MINUTE));
  const two = (n: number): string => String(n).padStart(2, "0");
  const shown = `${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  const seconds = wall.getUTCSeconds() === 0 ? "" : `:${two(wall.getUTCSeconds())}`;
  return `${DAY_NAMES[wall.getUTCDay()]} ${wall.toISOString().slice(0, 16).replace("T", " ")}${seconds} ${shown}`;
}
