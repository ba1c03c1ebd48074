/** `VTIMEZONE`: a time zone that a calendar brings along, for names that are none of the IANA database. */
import { DAY, type Zone } from "../zone.ts";
import { type Component, property } from "./component.ts";
import type { Faults } from "./lines.ts";
import { type Budget, recurrence } from "./recur.ts";
import { readRule } from "./rule.ts";
import { readOffset, readStamp } from "./values.ts";

interface Change {
  readonly at: number;
  readonly before: number;
  readonly offset: number;
}

/** Nothing of before or after is asked for; many calendars begin their zones in 1601. */
const FIRST = Date.UTC(1969, 0) / DAY;
const LAST = Date.UTC(2101, 0) / DAY;
const FIRST_YEAR = 1600;

/** Null where something is wrong, which is told. */
export function readTimeZone(component: Component, faults: Faults, budget: Budget): Zone | null {
  const changes: Change[] = [];
  const told = faults.found.length;
  for (const part of component.inner)
    if (part.name === "STANDARD" || part.name === "DAYLIGHT") changes.push(...readChanges(part, faults, budget));
  if (faults.found.length > told) return null;
  if (changes.length === 0) {
    faults.add(component.span, "VTIMEZONE has neither STANDARD nor DAYLIGHT");
    return null;
  }
  changes.sort((a, b) => a.at - b.at);
  return {
    offsetAt(instant) {
      let low = 0;
      let high = changes.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((changes[middle]?.at ?? 0) <= instant) low = middle + 1;
        else high = middle;
      }
      return changes[low - 1]?.offset ?? changes[0]?.before ?? 0;
    },
  };
}

function readChanges(part: Component, faults: Faults, budget: Budget): Change[] {
  const offset = (name: string): number | null => {
    const line = property(part, name, faults);
    const found = line === null ? null : readOffset(line.value);
    if (found === null)
      faults.add(line?.span ?? part.span, `${part.name} has no ${name} that is an offset`, "such as +0100");
    return found;
  };
  const before = offset("TZOFFSETFROM");
  const after = offset("TZOFFSETTO");
  const line = property(part, "DTSTART", faults);
  const start = line === null ? null : readStamp(line.value, FIRST_YEAR);
  if (start === null) faults.add(line?.span ?? part.span, `${part.name} has no DTSTART that is a time`);
  if (before === null || after === null || start === null) return [];
  const locals = [start.local, ...repeated(part, start.local, faults, budget)];
  for (const each of part.lines.filter((l) => l.name === "RDATE"))
    for (const text of each.value.split(",")) {
      const stamp = readStamp(text);
      if (stamp === null) faults.add(each.span, "RDATE is no time");
      else locals.push(stamp.local);
    }
  return locals.map((local) => ({ at: local - before, before, offset: after }));
}

function repeated(part: Component, start: number, faults: Faults, budget: Budget): number[] {
  const line = property(part, "RRULE", faults);
  if (line === null) return [];
  const { rule, fault, help } = readRule(line.value, false);
  if (rule === null) {
    faults.add(line.span, fault ?? "RRULE is no rule", help);
    return [];
  }
  const from = Math.max(FIRST, Math.floor(start / DAY));
  budget.days -= Math.max(0, LAST - from);
  const found = budget.days < 0 ? null : recurrence(rule, start, budget);
  if (found !== null && rule.frequency === "YEARLY") return found.between(from, Math.min(LAST, found.lastDay));
  faults.add(
    line.span,
    "the clocks of a time zone are changed by a rule that is not read",
    "once a year, with FREQ=YEARLY",
  );
  return [];
}
