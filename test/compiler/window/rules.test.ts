/** Windows of `allow` and `deny`: held against asking the clock on the wall minute by minute, and against tables by hand. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prepareWindow, windowAt } from "../../../compiler/window/window.ts";
import { processorTime } from "../../tools/processor-time.ts";
import { at, iso, type Rule, time, windowOf } from "./windows.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** What the clock on the wall shows, told by Intl. */
function wall(zone: string): (moment: number) => { date: string; weekday: number; minute: number; yesterday: string } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (moment) => {
    const [, day, month, year, hour, minute] =
      /^(\d\d)\/(\d\d)\/(\d{4}), (\d\d):(\d\d)$/.exec(format.format(moment)) ?? [];
    const date = `${year}-${month}-${day}`;
    const noon = Date.parse(`${date}T12:00:00Z`);
    return {
      date,
      weekday: new Date(noon).getUTCDay() || 7,
      minute: Number(hour) * 60 + Number(minute),
      yesterday: new Date(noon - DAY).toISOString().slice(0, 10),
    };
  };
}

function slowOpen(rules: readonly Rule[], shown: ReturnType<ReturnType<typeof wall>>): boolean {
  const on = (rule: Rule, date: string, weekday: number): boolean => {
    const { days = [], dates = [] } = rule;
    if (days.length + dates.length === 0) return true;
    return days.includes(weekday) || dates.some(({ from, to }) => from <= date && date <= to);
  };
  const holds = (rule: Rule): boolean => {
    const { times = [] } = rule;
    const today = on(rule, shown.date, shown.weekday);
    const before = on(rule, shown.yesterday, ((shown.weekday + 5) % 7) + 1);
    if (times.length === 0) return today;
    return times.some(({ from, to }) =>
      from < to
        ? today && shown.minute >= from && shown.minute < to
        : (today && shown.minute >= from) || (before && shown.minute < to),
    );
  };
  const allows = rules.filter((rule) => rule.effect === "allow");
  return (allows.length === 0 || allows.some(holds)) && !rules.some((rule) => rule.effect === "deny" && holds(rule));
}

/** Around every one of these the clocks change: forward, back, by half an hour, at midnight, by a whole day, never. */
const CHANGES: readonly { zone: string; around: string }[] = [
  { zone: "Europe/Berlin", around: "2026-03-29T01:00:00Z" },
  { zone: "Europe/Berlin", around: "2026-10-25T01:00:00Z" },
  { zone: "America/New_York", around: "2026-03-08T07:00:00Z" },
  { zone: "America/New_York", around: "2026-11-01T06:00:00Z" },
  { zone: "Australia/Lord_Howe", around: "2026-04-04T15:00:00Z" },
  { zone: "Australia/Lord_Howe", around: "2026-10-03T15:30:00Z" },
  { zone: "America/Santiago", around: "2026-09-06T04:00:00Z" },
  { zone: "Pacific/Apia", around: "2011-12-30T10:00:00Z" },
  { zone: "Asia/Kolkata", around: "2026-06-01T00:00:00Z" },
  { zone: "Asia/Kathmandu", around: "2026-06-01T00:00:00Z" },
  { zone: "Africa/Casablanca", around: "2026-02-15T02:00:00Z" },
];

const anyRule = (around: number): fc.Arbitrary<Rule> =>
  fc.record({
    effect: fc.constantFrom("allow" as const, "allow" as const, "deny" as const),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 4 }),
    dates: fc.array(
      fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 2 })).map(([from, length]) => ({
        from: iso(around + from * DAY)?.slice(0, 10) ?? "",
        to: iso(around + (from + length) * DAY)?.slice(0, 10) ?? "",
      })),
      { maxLength: 1 },
    ),
    times: fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 0, max: 95 }))
        .filter(([from, to]) => from !== to)
        .map(([from, to]) => ({ from: from * 15, to: to * 15 })),
      { maxLength: 2 },
    ),
  });

test("any rules, around any change of the clocks: as the clock on the wall says, minute by minute", () => {
  const cases = fc.constantFrom(...CHANGES).chain(({ zone, around }) =>
    fc.record({
      zone: fc.constant(zone),
      around: fc.constant(at(around)),
      rules: fc.array(anyRule(at(around)), { maxLength: 3 }),
    }),
  );
  fc.assert(
    fc.property(cases, ({ zone, around, rules }) => {
      const window = windowOf(zone, rules);
      const shown = wall(zone);
      const start = around - 36 * 60 * MINUTE;
      const end = around + 36 * 60 * MINUTE;
      const slow: boolean[] = [];
      for (let now = start; now < end; now += MINUTE) slow.push(slowOpen(rules, shown(now)));
      const judge = prepareWindow(window);
      for (const [i, open] of slow.entries()) {
        const now = start + i * MINUTE;
        const state = judge(now);
        expect(state.open).toBe(open);
        // It holds exactly until the next minute that is otherwise.
        const next = slow.indexOf(!open, i);
        if (next >= 0) expect(state.until).toBe(start + next * MINUTE);
        else if (state.until !== null) expect(state.until).toBeGreaterThanOrEqual(end);
        if (!open && next >= 0) expect(state.opens).toBe(state.until);
        // Further on nothing is new until then.
        if (next > i + 1 && i % 7 !== 0) expect(judge(start + (next - 1) * MINUTE)).toBe(state);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("when it is next otherwise, far away: held against looking every half hour for weeks", () => {
  fc.assert(
    fc.property(fc.array(anyRule(at("2026-03-29T01:00:00Z")), { minLength: 1, maxLength: 3 }), (rules) => {
      const judge = prepareWindow(windowOf("Europe/Berlin", rules));
      const shown = wall("Europe/Berlin");
      const start = at("2026-03-10T00:00:00Z");
      const { open, until } = judge(start);
      let slow: number | null = null;
      for (let now = start; slow === null && now < start + 50 * DAY; now += 15 * MINUTE)
        if (slowOpen(rules, shown(now)) !== open) slow = now;
      if (slow === null) expect(until).toBeNull();
      else expect(until).toBe(slow);
    }),
    { numRuns: 60 },
  );
}, 60_000);

describe("by hand", () => {
  /** When it opens and closes within the days, as UTC. */
  function turns(zone: string, rules: readonly Rule[], from: string, to: string): (string | null)[] {
    const judge = prepareWindow(windowOf(zone, rules));
    const found: (string | null)[] = [];
    let now: number | null = at(from);
    for (let i = 0; i < 50 && now !== null && now < at(to); i++) {
      now = judge(now).until;
      if (now !== null && now < at(to)) found.push(`${judge(now).open ? "opens" : "closes"} ${iso(now)}`);
    }
    return found;
  }
  const nightly = (from: string, to: string): Rule[] => [{ effect: "allow", times: [time(from, to)] }];

  test("Europe/Berlin: 02:00 to 03:00 is not there in spring, and 02:30 twice in autumn", () => {
    expect(turns("Europe/Berlin", nightly("02:15", "02:45"), "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z")).toEqual([
      "opens 2026-03-28T01:15Z",
      "closes 2026-03-28T01:45Z",
      "opens 2026-03-30T00:15Z",
      "closes 2026-03-30T00:45Z",
    ]);
    expect(turns("Europe/Berlin", nightly("02:15", "02:45"), "2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z")).toEqual([
      "opens 2026-10-25T00:15Z",
      "closes 2026-10-25T00:45Z",
      "opens 2026-10-25T01:15Z",
      "closes 2026-10-25T01:45Z",
    ]);
    expect(turns("Europe/Berlin", nightly("01:30", "03:30"), "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z")).toEqual([
      "opens 2026-03-29T00:30Z",
      "closes 2026-03-29T01:30Z",
    ]);
  });

  test("America/New_York: a night over the change is an hour shorter, or longer", () => {
    const friday: Rule[] = [{ effect: "allow", days: [6], times: [time("22:00", "06:00")] }];
    expect(turns("America/New_York", friday, "2026-03-07T12:00:00Z", "2026-03-09T00:00:00Z")).toEqual([
      "opens 2026-03-08T03:00Z",
      "closes 2026-03-08T10:00Z",
    ]);
    expect(turns("America/New_York", friday, "2026-10-31T12:00:00Z", "2026-11-02T00:00:00Z")).toEqual([
      "opens 2026-11-01T02:00Z",
      "closes 2026-11-01T11:00Z",
    ]);
  });

  test("Australia/Lord_Howe: clocks change by half an hour", () => {
    expect(
      turns("Australia/Lord_Howe", nightly("01:45", "02:15"), "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z"),
    ).toEqual([
      "opens 2026-04-04T14:45Z",
      "closes 2026-04-04T15:00Z",
      "opens 2026-04-04T15:15Z",
      "closes 2026-04-04T15:45Z",
    ]);
    expect(
      turns("Australia/Lord_Howe", nightly("01:45", "02:15"), "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z"),
    ).toEqual(["opens 2026-10-03T15:15Z", "closes 2026-10-03T15:30Z"]);
  });

  test("Asia/Kolkata: half an hour off, all the year", () => {
    const office: Rule[] = [{ effect: "allow", days: [1, 2, 3, 4, 5], times: [time("09:00", "17:00")] }];
    expect(turns("Asia/Kolkata", office, "2026-11-27T00:00:00Z", "2026-12-01T00:00:00Z")).toEqual([
      "opens 2026-11-27T03:30Z",
      "closes 2026-11-27T11:30Z",
      "opens 2026-11-30T03:30Z",
      "closes 2026-11-30T11:30Z",
    ]);
  });

  test("a day of 23 hours and one of 25 are open all day", () => {
    const on = (date: string): Rule[] => [{ effect: "allow", dates: [{ from: date, to: date }] }];
    expect(turns("Europe/Berlin", on("2026-03-29"), "2026-03-01T00:00:00Z", "2026-04-30T00:00:00Z")).toEqual([
      "opens 2026-03-28T23:00Z",
      "closes 2026-03-29T22:00Z",
    ]);
    expect(turns("Europe/Berlin", on("2026-10-25"), "2026-01-01T00:00:00Z", "2026-12-30T00:00:00Z")).toEqual([
      "opens 2026-10-24T22:00Z",
      "closes 2026-10-25T23:00Z",
    ]);
  });

  test("a midnight that is not there: the day begins when the clock does", () => {
    const sunday: Rule[] = [{ effect: "allow", dates: [{ from: "2026-09-06", to: "2026-09-06" }] }];
    expect(turns("America/Santiago", sunday, "2026-09-05T00:00:00Z", "2026-09-08T00:00:00Z")).toEqual([
      "opens 2026-09-06T04:00Z",
      "closes 2026-09-07T03:00Z",
    ]);
  });
});

describe("in words", () => {
  const hours: Rule[] = [
    { effect: "allow", days: [1, 2, 3, 4, 5], times: [time("09:00", "17:00")] },
    { effect: "deny", dates: [{ from: "2026-12-20", to: "2027-01-03" }], because: "holiday freeze" },
  ];

  test("why it is closed and when it opens", () => {
    const window = windowOf("Europe/Berlin", hours);
    expect(windowAt(window, at("2026-11-27T10:00:00Z"))).toEqual({
      open: true,
      until: at("2026-11-27T16:00:00Z"),
      opens: null,
      why: null,
    });
    expect(windowAt(window, at("2026-11-28T10:00:00Z")).why).toBe(
      "window hours is closed; it opens Mon 2026-11-30 09:00 +01:00 (Europe/Berlin)",
    );
    expect(windowAt(window, at("2026-12-24T10:00:00Z")).why).toBe(
      "window hours is closed: holiday freeze; it opens Mon 2027-01-04 09:00 +01:00 (Europe/Berlin)",
    );
  });

  test("one that never opens again, and one that never closes", () => {
    const past = windowOf("UTC", [{ effect: "allow", dates: [{ from: "2026-01-01", to: "2026-01-02" }] }]);
    expect(windowAt(past, at("2026-11-28T10:00:00Z"))).toEqual({
      open: false,
      until: null,
      opens: null,
      why: "window hours is closed; it does not open again",
    });
    expect(windowAt(windowOf("UTC", []), 0)).toEqual({ open: true, until: null, opens: null, why: null });
  });

  test("a time zone that this machine does not know keeps it closed", () => {
    expect(windowAt(windowOf("Mars/Olympus", []), 0).why).toContain("knows no time zone Mars/Olympus");
  });
});

test("asking before each of 10,000 writes costs next to nothing", () => {
  const judge = prepareWindow(windowOf("Europe/Berlin", [{ effect: "allow", times: [time("22:00", "06:00")] }]));
  const start = at("2026-11-28T23:00:00Z");
  judge(start);
  const spent = processorTime();
  for (let i = 0; i < 10_000; i++) if (!judge(start + i).open) throw new Error("it closed");
  expect(spent()).toBeLessThan(100);
});
