/** Any text for a calendar: a fault with a place in it, or a window that is judged; never an exception, and soon. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readCalendar } from "../../../compiler/window/ical/calendar.ts";
import { prepareWindow } from "../../../compiler/window/window.ts";
import { processorTime } from "../../tools/processor-time.ts";
import { at, calendar, windowOf } from "./windows.ts";

const SOUND = calendar(
  [
    "UID:a",
    "DTSTART;TZID=Europe/Berlin:20261120T090000",
    "DTEND;TZID=Europe/Berlin:20261120T170000",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR,2MO;BYMONTH=1,2,11,12;UNTIL=20300101T000000Z",
    "EXDATE;TZID=Europe/Berlin:20261127T090000",
    "RDATE;VALUE=PERIOD:20261201T080000Z/PT30M",
    "SUMMARY;LANGUAGE=en:Board meets\\, no changes",
    " and nobody watches",
  ],
  ["UID:b", "DTSTART;VALUE=DATE:20261220", "DTEND;VALUE=DATE:20270104", "TRANSP:OPAQUE"],
  ["UID:a", "RECURRENCE-ID;TZID=Europe/Berlin:20261225T090000", "DTSTART:20261226T090000Z", "DURATION:PT1H"],
  [
    "UID:c",
    "DTSTART:20261101T230000Z",
    "DURATION:P1DT2H",
    "RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=7",
    "STATUS:CONFIRMED",
  ],
);
const WORDS = [
  "DTSTART",
  "RRULE:",
  "FREQ=",
  "UNTIL=",
  "COUNT=",
  "BYDAY=",
  ";",
  ":",
  ",",
  "=",
  "\r\n",
  " ",
  "BEGIN:",
  "END:",
  "VEVENT",
  "-1",
  "9999999999",
  "P",
  "T",
  "Z",
  "\u0000",
  "ü",
  '"',
  "/",
  "TZID=",
  "20260230",
];

const mutated = fc
  .array(
    fc.record({
      at: fc.nat(SOUND.length),
      cut: fc.nat(12),
      put: fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }).map((words) => words.join("")),
    }),
    { maxLength: 5 },
  )
  .map((edits) =>
    edits.reduce((text, { at: place, cut, put }) => text.slice(0, place) + put + text.slice(place + cut), SOUND),
  );

test("the sound one is sound", () => {
  expect(readCalendar(SOUND).faults).toEqual([]);
});

test("whatever is changed in it", () => {
  fc.assert(
    fc.property(fc.oneof(mutated, fc.string()), (text) => {
      const spent = processorTime();
      const { faults } = readCalendar(text);
      for (const { span, message, related } of faults) {
        expect(message).not.toBe("");
        for (const each of [span, ...(related === null ? [] : [related.span])]) {
          expect(each.start).toBeGreaterThanOrEqual(0);
          expect(each.end).toBeLessThanOrEqual(text.length);
          expect(each.start).toBeLessThanOrEqual(each.end);
        }
      }
      const judge = prepareWindow(windowOf("Europe/Berlin", [], text));
      let now: number | null = at("2026-11-15T00:00:00Z");
      for (let i = 0; i < 20 && now !== null; i++) {
        const state = judge(now);
        // What cannot be read closes.
        if (faults.length > 0) expect(state.open).toBe(false);
        expect(state.open).toBe(state.why === null);
        if (state.until !== null) expect(state.until).toBeGreaterThan(now);
        now = state.until;
      }
      expect(spent()).toBeLessThan(2_000);
    }),
    { numRuns: 1_500 },
  );
}, 60_000);
