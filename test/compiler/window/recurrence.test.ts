/** Rules of recurrence: the examples of RFC 5545 (3.8.5.3), with the dates it gives for them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recurrence } from "../../../compiler/window/ical/recur.ts";
import { readRule } from "../../../compiler/window/ical/rule.ts";
import { readStamp } from "../../../compiler/window/ical/values.ts";

const DAY = 86_400_000;

function datesOf(rule: string, start: string, until: string, withTime = false): string {
  const read = readRule(rule, false);
  if (read.rule === null) throw new Error(read.fault ?? "");
  const from = readStamp(start)?.local ?? Number.NaN;
  const found = recurrence(read.rule, from, { days: 1_000_000 })?.between(
    Math.floor(from / DAY),
    Date.parse(until) / DAY,
  );
  return (found ?? []).map((local) => new Date(local).toISOString().slice(0, withTime ? 16 : 10)).join(" ");
}

const START = "19970902T090000";

describe("examples of RFC 5545", () => {
  const dates = (month: string, ...days: readonly number[]): string =>
    days.map((day) => `${month}-${String(day).padStart(2, "0")}`).join(" ");
  const cases: readonly [rule: string, start: string, until: string, expected: string][] = [
    ["FREQ=DAILY;COUNT=10", START, "1998-01-01", dates("1997-09", 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)],
    ["FREQ=DAILY;INTERVAL=2", START, "1997-09-10", dates("1997-09", 2, 4, 6, 8, 10)],
    [
      "FREQ=DAILY;INTERVAL=10;COUNT=5",
      START,
      "1998-01-01",
      `${dates("1997-09", 2, 12, 22)} ${dates("1997-10", 2, 12)}`,
    ],
    [
      "FREQ=WEEKLY;COUNT=10",
      START,
      "1998-01-01",
      `${dates("1997-09", 2, 9, 16, 23, 30)} ${dates("1997-10", 7, 14, 21, 28)} 1997-11-04`,
    ],
    ["FREQ=WEEKLY;INTERVAL=2;WKST=SU", START, "1997-10-20", `${dates("1997-09", 2, 16, 30)} 1997-10-14`],
    [
      "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
      START,
      "1997-10-06",
      `${dates("1997-09", 2, 4, 9, 11, 16, 18, 23, 25, 30)} 1997-10-02`,
    ],
    [
      "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR",
      "19970901T090000",
      "1997-10-05",
      `${dates("1997-09", 1, 3, 5, 15, 17, 19, 29)} 1997-10-01 1997-10-03`,
    ],
    [
      "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
      "19970905T090000",
      "1999-01-01",
      "1997-09-05 1997-10-03 1997-11-07 1997-12-05 1998-01-02 1998-02-06 1998-03-06 1998-04-03 1998-05-01 1998-06-05",
    ],
    [
      "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
      "19970907T090000",
      "1999-01-01",
      "1997-09-07 1997-09-28 1997-11-02 1997-11-30 1998-01-04 1998-01-25 1998-03-01 1998-03-29 1998-05-03 1998-05-31",
    ],
    [
      "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
      "19970922T090000",
      "1999-01-01",
      "1997-09-22 1997-10-20 1997-11-17 1997-12-22 1998-01-19 1998-02-16",
    ],
    [
      "FREQ=MONTHLY;BYMONTHDAY=-3",
      "19970928T090000",
      "1998-02-27",
      "1997-09-28 1997-10-29 1997-11-28 1997-12-29 1998-01-29 1998-02-26",
    ],
    [
      "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
      START,
      "1999-01-01",
      "1997-09-02 1997-09-15 1997-10-02 1997-10-15 1997-11-02 1997-11-15 1997-12-02 1997-12-15 1998-01-02 1998-01-15",
    ],
    [
      "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
      "19970930T090000",
      "1999-01-01",
      "1997-09-30 1997-10-01 1997-10-31 1997-11-01 1997-11-30 1997-12-01 1997-12-31 1998-01-01 1998-01-31 1998-02-01",
    ],
    [
      "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
      "19970910T090000",
      "2001-01-01",
      `${dates("1997-09", 10, 11, 12, 13, 14, 15)} ${dates("1999-03", 10, 11, 12, 13)}`,
    ],
    [
      "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
      START,
      "1998-01-15",
      `${dates("1997-09", 2, 9, 16, 23, 30)} ${dates("1997-11", 4, 11, 18, 25)} 1998-01-06 1998-01-13`,
    ],
    [
      "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
      "19970610T090000",
      "2010-01-01",
      [1997, 1998, 1999, 2000, 2001].map((y) => `${y}-06-10 ${y}-07-10`).join(" "),
    ],
    [
      "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
      "19970310T090000",
      "2010-01-01",
      "1997-03-10 1999-01-10 1999-02-10 1999-03-10 2001-01-10 2001-02-10 2001-03-10 2003-01-10 2003-02-10 2003-03-10",
    ],
    [
      "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
      "19970101T090000",
      "2010-01-01",
      "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09 2000-07-18 2003-01-01 2003-04-10 2003-07-19 2006-01-01",
    ],
    ["FREQ=YEARLY;BYDAY=20MO", "19970519T090000", "2000-01-01", "1997-05-19 1998-05-18 1999-05-17"],
    ["FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "19970512T090000", "2000-01-01", "1997-05-12 1998-05-11 1999-05-17"],
    [
      "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
      "19970313T090000",
      "1998-03-20",
      "1997-03-13 1997-03-20 1997-03-27 1998-03-05 1998-03-12 1998-03-19",
    ],
    [
      "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
      "19980213T090000",
      "2000-12-31",
      "1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13",
    ],
    [
      "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
      "19970913T090000",
      "1998-02-10",
      "1997-09-13 1997-10-11 1997-11-08 1997-12-13 1998-01-10 1998-02-07",
    ],
    [
      "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
      "19961105T090000",
      "2004-12-31",
      "1996-11-05 2000-11-07 2004-11-02",
    ],
    [
      "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
      "19970904T090000",
      "1998-12-31",
      "1997-09-04 1997-10-07 1997-11-06",
    ],
    [
      "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
      "19970929T090000",
      "1998-03-30",
      "1997-09-29 1997-10-30 1997-11-27 1997-12-30 1998-01-29 1998-02-26 1998-03-30",
    ],
    [
      "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
      "19970805T090000",
      "1998-01-01",
      "1997-08-05 1997-08-10 1997-08-19 1997-08-24",
    ],
    [
      "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
      "19970805T090000",
      "1998-01-01",
      "1997-08-05 1997-08-17 1997-08-19 1997-08-31",
    ],
    [
      "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
      "20070115T090000",
      "2008-01-01",
      "2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30",
    ],
  ];
  test.each(cases)("%s", (rule, start, until, expected) => {
    expect(datesOf(rule, start, until)).toBe(expected);
  });

  test("several times a day", () => {
    expect(datesOf("FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,40", START, "1997-09-02", true)).toBe(
      "1997-09-02T09:00 1997-09-02T09:40 1997-09-02T10:00 1997-09-02T10:40",
    );
  });

  test("the start is the first time, whatever the rule says", () => {
    expect(datesOf("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", START, "2100-01-01")).toBe("1997-09-02");
    expect(datesOf("FREQ=WEEKLY;BYDAY=MO;COUNT=3", START, "1998-01-01")).toBe("1997-09-02 1997-09-08 1997-09-15");
  });
});

test("a piece of what repeats is the same as that piece of all of it", () => {
  const numbers = (least: number, most: number): fc.Arbitrary<string> =>
    fc
      .array(
        fc.integer({ min: least, max: most }).filter((n) => n !== 0),
        { minLength: 1, maxLength: 3 },
      )
      .map(String);
  const rules = fc
    .record({
      frequency: fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
      interval: fc.integer({ min: 1, max: 4 }),
      month: fc.option(numbers(1, 12)),
      monthDay: fc.option(numbers(-31, 31)),
      days: fc.option(fc.subarray(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], { minLength: 1 })),
      position: fc.option(fc.integer({ min: -3, max: 3 }).filter((n) => n !== 0)),
    })
    .map(({ frequency, interval, month, monthDay, days, position }) => {
      const parts = [`FREQ=${frequency};INTERVAL=${interval}`];
      if (month !== null) parts.push(`BYMONTH=${month}`);
      if (monthDay !== null && frequency !== "WEEKLY") parts.push(`BYMONTHDAY=${monthDay}`);
      if (days !== null) parts.push(`BYDAY=${days}`);
      if (position !== null && parts.length > 1) parts.push(`BYSETPOS=${position}`);
      return parts.join(";");
    });
  fc.assert(
    fc.property(rules, fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 60 }), (text, skip, length) => {
      const start = Date.UTC(2024, 1, 29, 22, 30);
      const { rule } = readRule(text, false);
      if (rule === null) throw new Error(text);
      const from = Math.floor(start / DAY);
      const all = recurrence(rule, start, { days: 1e6 })?.between(from - 5, from + 1000) ?? [];
      const piece = recurrence(rule, start, { days: 1e6 })?.between(from + skip, from + skip + length);
      expect(piece).toEqual(all.filter((l) => l >= (from + skip) * DAY && l < (from + skip + length + 1) * DAY));
      const counted = readRule(`${text};COUNT=5`, false).rule;
      if (counted !== null && all.length >= 5)
        expect(recurrence(counted, start, { days: 1e6 })?.between(from - 5, from + 1000)).toEqual(all.slice(0, 5));
    }),
    { numRuns: 300 },
  );
});

describe("what is refused", () => {
  test.each([
    ["FREQ=SECONDLY", "comes more often than daily"],
    ["FREQ=HOURLY;COUNT=3", "comes more often than daily"],
    ["FREQ=DAILY;COUNT=1000000000", "more than 10000"],
    ["FREQ=DAILY;COUNT=3;UNTIL=20270101", "COUNT cannot stand with UNTIL"],
    ["COUNT=3", "has no FREQ"],
    ["FREQ=DAILY;FREQ=DAILY", "stands twice"],
    ["FREQ=DAILY;SKIP=OMIT", "SKIP in a rule is not read"],
    ["FREQ=WEEKLY;BYDAY=1MO", "a number in BYDAY cannot stand with FREQ=WEEKLY"],
    ["FREQ=DAILY;BYMONTH=13", "BYMONTH=13 is not within 1 and 12"],
    ["FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0 is not within"],
    ["FREQ=DAILY;INTERVAL=0", "INTERVAL=0"],
    ["FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS cannot stand without another BY"],
    ["FREQ=DAILY;BYDAY=XX", "no day of the week"],
    ["FREQ", "is not NAME=value"],
  ])("%s", (rule, fault) => {
    expect(readRule(rule, false)).toMatchObject({ rule: null, fault: expect.stringContaining(fault) });
  });

  test("counting through what hardly ever comes is bounded", () => {
    const { rule } = readRule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", false);
    const budget = { days: 50_000 };
    expect(rule === null ? null : recurrence(rule, Date.UTC(2026, 0, 1), budget)).toBeNull();
  });
});
