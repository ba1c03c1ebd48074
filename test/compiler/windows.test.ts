/** Whether a window is ever open, and which of its rules make no difference: held against looking at every half hour. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { coverage, longestOpen } from "../../compiler/check/window-coverage.ts";
import type { WindowRule } from "../../compiler/program.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-11-01T00:00:00Z") / DAY;
const dateOf = (day: number): string => new Date((START + day) * DAY).toISOString().slice(0, 10);

const rule: fc.Arbitrary<WindowRule> = fc.record({
  effect: fc.constantFrom("allow" as const, "deny" as const),
  days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 5 }),
  dates: fc.array(
    fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 12 })).map(([from, length]) => ({
      from: dateOf(from),
      to: dateOf(from + length),
    })),
    { maxLength: 2 },
  ),
  times: fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 0, max: 47 }))
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => ({ from: from * 30, to: to * 30 })),
    { maxLength: 2 },
  ),
  because: fc.constant(null),
  at: fc.constant("main.ops:1:1"),
});

function holds(each: WindowRule, day: number, minute: number): boolean {
  const on = (d: number): boolean => {
    const weekday = new Date((START + d) * DAY).getUTCDay() || 7;
    const date = dateOf(d);
    const free = each.days.length === 0 && each.dates.length === 0;
    return free || each.days.includes(weekday) || each.dates.some(({ from, to }) => from <= date && date <= to);
  };
  if (each.times.length === 0) return on(day);
  return each.times.some(({ from, to }) => {
    const length = (to - from + 1440) % 1440;
    return [0, 1].some((ago) => {
      const since = minute + ago * 1440 - from;
      return since >= 0 && since < length && on(day - ago);
    });
  });
}

/** Open or not, at every half hour from well before the first date to well after the last. */
function openings(rules: readonly WindowRule[]): boolean[] {
  const allows = rules.filter((each) => each.effect === "allow");
  const denies = rules.filter((each) => each.effect === "deny");
  const open: boolean[] = [];
  for (let day = -20; day < 65; day++)
    for (let minute = 0; minute < 1440; minute += 30)
      open.push(
        (allows.length === 0 || allows.some((each) => holds(each, day, minute))) &&
          !denies.some((each) => holds(each, day, minute)),
      );
  return open;
}

test("it opens if some half hour is open; without its idle rules it is open at the same times, and no other rule is idle", () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), (rules) => {
      const found = coverage(rules);
      const all = openings(rules);
      expect(found?.opens).toBe(all.includes(true));
      if (found === null || !found.opens) return;
      const left = rules.filter((_, i) => !found.idle.includes(i));
      expect(openings(left)).toEqual(all);
      for (const each of left) {
        const without = left.filter((other) => other !== each);
        const only = each.effect === "allow" && !without.some((other) => other.effect === "allow");
        if (!only) expect(openings(without)).not.toEqual(all);
      }
    }),
    { numRuns: 40 },
  );
});

test("it is never open for longer than is said, and where that is less than a week, for as long", () => {
  const seen = { bounded: 0 };
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), (rules) => {
      const said = longestOpen(rules);
      let most = 0;
      let now = 0;
      for (const open of openings(rules)) {
        now = open ? now + 1 : 0;
        most = Math.max(most, now);
      }
      // A week or more.
      if (said === null) return;
      seen.bounded++;
      expect(said).toBe(most * 30 * 60_000);
    }),
    { numRuns: 100 },
  );
  expect(seen.bounded).toBeGreaterThan(20);
});

test("thousands of rules are not looked at", () => {
  const many = Array.from({ length: 2000 }, (_, i): WindowRule => {
    const date = dateOf(i);
    return { effect: "deny", days: [], dates: [{ from: date, to: date }], times: [], because: null, at: "" };
  });
  expect(coverage(many)).toBeNull();
});
