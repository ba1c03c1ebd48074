/** Calendars of windows: when their events close, what of them is passed over, and what is told of broken ones. */
import { describe, expect, test } from "vitest";
import { readCalendar } from "../../../compiler/window/ical/calendar.ts";
import { prepareWindow, windowAt } from "../../../compiler/window/window.ts";
import { processorTime } from "../../tools/processor-time.ts";
import { at, calendar, iso, windowOf } from "./windows.ts";

/** When a window with nothing but this calendar is closed, as UTC, from the beginning of 2026. */
function closed(text: string, zone = "Europe/Berlin", until = "2027-12-31T00:00:00Z"): string[] {
  expect(readCalendar(text).faults).toEqual([]);
  const judge = prepareWindow(windowOf(zone, [], text));
  const found: string[] = [];
  let now: number | null = at("2026-01-01T00:00:00Z");
  for (let i = 0; i < 60 && now !== null && now < at(until); i++) {
    const state = judge(now);
    if (!state.open) found.push(`${iso(now)}/${iso(state.until)}`);
    now = state.until;
  }
  return found;
}

describe("an event closes", () => {
  test("from its start until before its end, in its zone, in UTC, or in that of the window", () => {
    const zoned = calendar([
      "UID:a",
      "DTSTART;TZID=America/New_York:20261120T090000",
      "DTEND;TZID=America/New_York:20261120T170000",
    ]);
    expect(closed(zoned)).toEqual(["2026-11-20T14:00Z/2026-11-20T22:00Z"]);
    const utc = calendar(["UID:a", "DTSTART:20261120T090000Z", "DURATION:PT90M"]);
    expect(closed(utc)).toEqual(["2026-11-20T09:00Z/2026-11-20T10:30Z"]);
    const floating = calendar(["UID:a", "DTSTART:20260720T090000", "DTEND:20260720T100000"]);
    expect(closed(floating)).toEqual(["2026-07-20T07:00Z/2026-07-20T08:00Z"]);
    expect(closed(floating, "Asia/Kolkata")).toEqual(["2026-07-20T03:30Z/2026-07-20T04:30Z"]);
  });

  test("all day, where it has a date: those of 23 and of 25 hours too", () => {
    const days = calendar(
      ["UID:a", "DTSTART;VALUE=DATE:20260329"],
      ["UID:b", "DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026"],
      ["UID:c", "DTSTART;VALUE=DATE:20261220", "DTEND;VALUE=DATE:20270104"],
    );
    expect(closed(days)).toEqual([
      "2026-03-28T23:00Z/2026-03-29T22:00Z",
      "2026-10-24T22:00Z/2026-10-25T23:00Z",
      "2026-12-19T23:00Z/2027-01-03T23:00Z",
    ]);
  });

  test("each time that it comes, as the clock on the wall has it", () => {
    const weekly = calendar([
      "UID:a",
      "DTSTART;TZID=Europe/Berlin:20261013T220000",
      "DURATION:PT8H",
      "RRULE:FREQ=WEEKLY;COUNT=3",
    ]);
    expect(closed(weekly)).toEqual([
      "2026-10-13T20:00Z/2026-10-14T04:00Z",
      "2026-10-20T20:00Z/2026-10-21T04:00Z",
      "2026-10-27T21:00Z/2026-10-28T05:00Z",
    ]);
  });

  test("a length in days follows the clock, one in hours and one from an end do not (RFC 5545, 3.8.5.3)", () => {
    const over = (line: string): string =>
      calendar(["UID:a", "DTSTART;TZID=Europe/Berlin:20261024T120000", line, "RRULE:FREQ=DAILY;COUNT=2"]);
    const first = "2026-10-24T10:00Z/2026-10-25T11:00Z";
    expect(closed(over("DURATION:P1D"))[0]).toBe(first);
    expect(closed(over("DURATION:PT24H"))[0]).toBe("2026-10-24T10:00Z/2026-10-25T10:00Z");
    const ends = over("DTEND;TZID=Europe/Berlin:20261025T120000");
    expect(closed(ends)).toEqual([first, "2026-10-25T11:00Z/2026-10-26T12:00Z"]);
  });

  test("a time that the clock leaves out is as far after the gap; of one that is there twice it is the first", () => {
    const night = calendar([
      "UID:a",
      "DTSTART;TZID=Europe/Berlin:20260328T023000",
      "DURATION:PT10M",
      "RRULE:FREQ=DAILY;COUNT=2",
    ]);
    expect(closed(night)).toEqual(["2026-03-28T01:30Z/2026-03-28T01:40Z", "2026-03-29T01:30Z/2026-03-29T01:40Z"]);
    const twice = calendar(["UID:a", "DTSTART;TZID=Europe/Berlin:20261025T023000", "DURATION:PT10M"]);
    expect(closed(twice)).toEqual(["2026-10-25T00:30Z/2026-10-25T00:40Z"]);
  });

  test("until a moment in UTC, the last one included", () => {
    const daily = (until: string): string =>
      calendar([
        "UID:a",
        "DTSTART;TZID=America/New_York:20260601T200000",
        "DURATION:PT1H",
        `RRULE:FREQ=DAILY;UNTIL=${until}`,
      ]);
    expect(closed(daily("20260603T000000Z"))).toHaveLength(2);
    expect(closed(daily("20260602T235959Z"))).toHaveLength(1);
    expect(closed(daily("20260603T235959"))).toHaveLength(3);
  });

  test("whole days until midnight in UTC, that day included wherever the window is", () => {
    const text = calendar(["UID:a", "DTSTART;VALUE=DATE:20261204", "RRULE:FREQ=DAILY;UNTIL=20261205T000000Z"]);
    const last = (zone: string): string | undefined => closed(text, zone).at(-1);
    expect(last("Europe/Berlin")).toBe("2026-12-04T23:00Z/2026-12-05T23:00Z");
    expect(last("America/Los_Angeles")).toBe("2026-12-05T08:00Z/2026-12-06T08:00Z");
    const inZone = calendar(["UID:a", "DTSTART;VALUE=DATE:20261204", "RRULE:FREQ=DAILY;UNTIL=20261206T075959Z"]);
    expect(closed(inZone, "America/Los_Angeles").at(-1)).toBe("2026-12-05T08:00Z/2026-12-06T08:00Z");
  });

  test("at times beside the rule, but not at those left out", () => {
    const text = calendar([
      "UID:a",
      "DTSTART:20260601T100000Z",
      "DURATION:PT1H",
      "RRULE:FREQ=DAILY;COUNT=4",
      "EXDATE:20260602T100000Z,20260603T100000Z",
      "RDATE:20260701T080000Z",
      "RDATE;VALUE=PERIOD:20260801T080000Z/PT30M,20260802T080000Z/20260802T081500Z",
    ]);
    expect(closed(text)).toEqual([
      "2026-06-01T10:00Z/2026-06-01T11:00Z",
      "2026-06-04T10:00Z/2026-06-04T11:00Z",
      "2026-07-01T08:00Z/2026-07-01T09:00Z",
      "2026-08-01T08:00Z/2026-08-01T08:30Z",
      "2026-08-02T08:00Z/2026-08-02T08:15Z",
    ]);
  });

  test("where another stands for one of its times, that one closes instead", () => {
    const text = calendar(
      ["UID:a", "DTSTART;TZID=Europe/Berlin:20260601T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"],
      [
        "UID:a",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260602T100000",
        "DTSTART;TZID=Europe/Berlin:20260602T150000",
        "DURATION:PT2H",
      ],
      ["UID:a", "RECURRENCE-ID:20260603T080000Z", "DTSTART:20260603T080000Z", "DURATION:PT1H", "STATUS:CANCELLED"],
    );
    expect(closed(text)).toEqual(["2026-06-01T08:00Z/2026-06-01T09:00Z", "2026-06-02T13:00Z/2026-06-02T15:00Z"]);
  });

  test("not if it is cancelled or transparent", () => {
    const event = ["DTSTART:20260601T100000Z", "DURATION:PT1H"];
    expect(
      closed(calendar(["UID:a", ...event, "STATUS:cancelled"], ["UID:b", ...event, "TRANSP:TRANSPARENT"])),
    ).toEqual([]);
    expect(
      closed(calendar(["UID:a", ...event, "STATUS:TENTATIVE"], ["UID:b", ...event, "TRANSP:OPAQUE"])),
    ).toHaveLength(1);
  });

  test("in a zone that the calendar brings along", () => {
    const zone = [
      "BEGIN:VTIMEZONE",
      "TZID:W. Europe Standard Time",
      "BEGIN:STANDARD",
      "DTSTART:16010101T030000",
      "TZOFFSETFROM:+0200",
      "TZOFFSETTO:+0100",
      "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
      "END:STANDARD",
      "BEGIN:DAYLIGHT",
      "DTSTART:16010101T020000",
      "TZOFFSETFROM:+0100",
      "TZOFFSETTO:+0200",
      "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
      "END:DAYLIGHT",
      "END:VTIMEZONE",
    ].join("\r\n");
    const event = (start: string): string[] => [
      "UID:a",
      `DTSTART;TZID="W. Europe Standard Time":${start}`,
      "DURATION:PT1H",
    ];
    const text = calendar(event("20260715T120000"), event("20261215T120000")).replace(
      "BEGIN:VEVENT",
      `${zone}\r\nBEGIN:VEVENT`,
    );
    expect(closed(text, "UTC")).toEqual(["2026-07-15T10:00Z/2026-07-15T11:00Z", "2026-12-15T11:00Z/2026-12-15T12:00Z"]);
  });

  test("and says which, with what it may not do to a terminal written out", () => {
    const text = calendar([
      "UID:a",
      "DTSTART:20261120T090000Z",
      "DURATION:PT2H",
      "SUMMARY:Black Friday\\, all\u001b[2J of ",
      " it",
    ]);
    expect(windowAt(windowOf("UTC", [], text), at("2026-11-20T10:00:00Z")).why).toBe(
      "window hours is closed: Black Friday, all\\u{1b}[2J of it (freeze.ics); it opens Fri 2026-11-20 11:00 +00:00 (UTC)",
    );
  });
});

test("what closes is looked up over rules too: it opens when neither denies", () => {
  const text = calendar(["UID:a", "DTSTART;VALUE=DATE:20261130", "DURATION:P2D", "SUMMARY:Audit"]);
  const window = windowOf(
    "Europe/Berlin",
    [{ effect: "allow", days: [1, 2, 3, 4, 5], times: [{ from: 540, to: 1020 }] }],
    text,
  );
  expect(windowAt(window, at("2026-11-28T10:00:00Z"))).toMatchObject({
    open: false,
    until: at("2026-11-30T08:00:00Z"),
    opens: at("2026-12-02T08:00:00Z"),
  });
});

describe("what is told of a broken one", () => {
  const told = (text: string): string[] =>
    readCalendar(text).faults.map(
      ({ span, message }) => `${text.slice(span.start, span.end).trim().slice(0, 24)}: ${message}`,
    );
  const day = "DTSTART;VALUE=DATE:20261220";

  test.each<[string, string[]]>([
    ["", [": it does not begin with BEGIN:VCALENDAR"]],
    ["hello", ["hello: it does not begin with BEGIN:VCALENDAR"]],
    ["BEGIN:VCALENDAR\r\nhello\r\nEND:VCALENDAR\r\n", ["hello: a line is no property"]],
    ["BEGIN:VCALENDAR\r\n", ["BEGIN:VCALENDAR: VCALENDAR begins here and never ends"]],
    ["BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR\n", ["END:VEVENT: END:VEVENT ends nothing that began"]],
    [calendar(["UID:a"]), ["BEGIN:VEVENT: an event has no DTSTART, and so no time"]],
    [calendar(["UID:a", "DTSTART:20261320"]), ['DTSTART:20261320: "20261320" is no date or time of these years']],
    [
      calendar(["UID:a", "DTSTART:20260230T100000Z"]),
      ['DTSTART:20260230T100000Z: "20260230T100000Z" is no date or time of these years'],
    ],
    [
      calendar(["UID:a", "DTSTART:20261220T100000Z"]),
      ["BEGIN:VEVENT: an event has neither DTEND nor DURATION, and so closes nothing"],
    ],
    [
      calendar(["UID:a", day, "DTEND;VALUE=DATE:20261219"]),
      ["DTEND;VALUE=DATE:2026121: an event ends before it begins"],
    ],
    [calendar(["UID:a", day, "DTEND;VALUE=DATE:20261220"]), ["DTEND;VALUE=DATE:2026122: an event has no length"]],
    [
      calendar(["UID:a", day, "DTEND:20261221T100000Z"]),
      ["DTEND:20261221T100000Z: DTSTART and DTEND are not both dates, or both times"],
    ],
    [calendar(["UID:a", day, "DURATION:1 day"]), ['DURATION:1 day: "1 day" is no duration']],
    [calendar(["UID:a", day, "DURATION:-P1D"]), ['DURATION:-P1D: "-P1D" is no duration']],
    [
      calendar(["UID:a", day, "RRULE:FREQ=SECONDLY"]),
      ["RRULE:FREQ=SECONDLY: FREQ=SECONDLY comes more often than daily, which is not read"],
    ],
    [
      calendar(["UID:a", day, "RRULE:FREQ=DAILY;COUNT=1000000000"]),
      ["RRULE:FREQ=DAILY;COUNT=1: COUNT=1000000000 is more than 10000"],
    ],
    [calendar(["UID:a", day, "EXRULE:FREQ=DAILY"]), ["EXRULE:FREQ=DAILY: EXRULE is not read"]],
    [calendar(["UID:a", day, day]), ["DTSTART;VALUE=DATE:20261: DTSTART stands twice in one VEVENT"]],
    [
      calendar(["UID:a", "DTSTART;TZID=Mars/Olympus:20261220T100000", "DURATION:P1D"]),
      ['DTSTART;TZID=Mars/Olympu: the time zone "Mars/Olympus" is unknown, and the calendar does not bring it along'],
    ],
    [
      calendar(["UID:a", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261220T100000Z", day]),
      ["RECURRENCE-ID;RANGE=THIS: RECURRENCE-ID with RANGE is not read"],
    ],
  ])("%j", (text, faults) => {
    expect(told(text)).toEqual(faults);
  });

  test("no more than 20, and none from an event that closes nothing", () => {
    expect(told(calendar(...Array.from({ length: 100 }, () => ["DTSTART:nonsense"])))).toHaveLength(20);
  });

  test("a window with a broken one is closed, and says why", () => {
    expect(windowAt(windowOf("UTC", [], "hello"), 0)).toEqual({
      open: false,
      until: null,
      opens: null,
      why: "window hours is closed: freeze.ics cannot be read: it does not begin with BEGIN:VCALENDAR",
    });
  });
});

describe("whatever it asks for, the time it takes is bounded", () => {
  const many = (count: number, event: readonly string[]): string =>
    calendar(...Array.from({ length: count }, () => event));
  const hostile: readonly [string, string][] = [
    [
      "each minute of each hour",
      many(5000, [
        "DTSTART:19700101T000000Z",
        "DURATION:PT1S",
        "RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11;BYMINUTE=0,1,2,3,4,5",
      ]),
    ],
    [
      "every day for ever, many times over",
      many(5000, ["DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=DAILY"]),
    ],
    [
      "what never comes, counted",
      many(5000, ["DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"]),
    ],
    [
      "what never comes, of each year the last",
      many(5000, [
        "DTSTART:19700101T000000Z",
        "DURATION:PT1S",
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYSETPOS=-1",
      ]),
    ],
    [
      "10,000 times, many times over",
      many(5000, ["DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=DAILY;COUNT=10000"]),
    ],
    [
      "what lasts for a century, each day",
      many(500, ["DTSTART:19700101T000000Z", "DURATION:P36500D", "RRULE:FREQ=DAILY"]),
    ],
    ["more events than are read", many(9000, ["DTSTART:19700101T000000Z", "DURATION:PT1S"])],
    [
      "many single dates",
      calendar(["DTSTART:19700101T000000Z", "DURATION:PT1S", `RDATE:${Array(50_000).fill("20260101T000000Z")}`]),
    ],
    ["an endless line", `BEGIN:VCALENDAR\r\nX${";A=b,c".repeat(100_000)}`],
    ["deep nesting", "BEGIN:VCALENDAR\r\n".repeat(50_000)],
    ["larger than is read", "X".repeat(2_000_000)],
  ];
  test.each(hostile)(
    "%s",
    (_, text) => {
      const spent = processorTime();
      const window = windowOf("Europe/Berlin", [], text.slice(0, 1_050_000));
      expect(windowAt(window, at("2026-11-28T10:00:00.500Z")).until === 0).toBe(false);
      expect(spent()).toBeLessThan(20_000);
    },
    20_000,
  );
});
