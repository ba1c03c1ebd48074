/** What a plan says of its windows, as they were when it was made. */
import { describe, expect, test } from "vitest";
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import { planMarkdown } from "../../compiler/render/markdown.ts";
import { planText } from "../../compiler/render/text.ts";
import { windowsAt } from "../../compiler/window/at-plan.ts";
import { at, calendar, time, windowOf } from "../compiler/window/windows.ts";
import { plan, planFile, step } from "../runtime/run-plans.ts";

const HOUR = 3_600_000;
const hours = windowOf("Europe/Berlin", [{ effect: "allow", days: [1, 2, 3, 4, 5], times: [time("09:00", "17:00")] }]);

function within(worstCase: number | null, now: string, window = hours): Plan {
  const made = plan([step("a")], { windows: [window] });
  return { ...made, createdAt: now, summary: { ...made.summary, worstCase } };
}

describe("a plan says of each window", () => {
  test("whether it is open, until when, or when it opens", () => {
    const words = (now: string): string[] => windowsAt(within(HOUR, now), at(now)).map((each) => each.words);
    expect(words("2026-11-27T10:00:00Z")).toEqual([
      "window hours is open until Fri 2026-11-27 17:00 +01:00 (Europe/Berlin)",
    ]);
    expect(words("2026-11-28T10:00:00Z")).toEqual([
      "window hours is closed; it opens Mon 2026-11-30 09:00 +01:00 (Europe/Berlin)",
    ]);
  });

  test("where its worst case is longer than what is left of the opening, or than the next one", () => {
    const told = (worst: number | null, now: string): (string | null)[] =>
      windowsAt(within(worst, now), at(now)).map((each) => each.tooShort);
    expect(told(6 * HOUR, "2026-11-27T10:00:00Z")).toEqual([null]);
    expect(told(6 * HOUR + 1, "2026-11-27T10:00:00Z")[0]).toContain("window hours is open for 6h more");
    expect(told(8 * HOUR, "2026-11-28T10:00:00Z")).toEqual([null]);
    expect(told(9 * HOUR, "2026-11-28T10:00:00Z")[0]).toContain("window hours opens for 8h");
    expect(told(null, "2026-11-27T10:00:00Z")).toEqual([null]);
  });

  test("nothing of the kind where it stays open past a day on which only the calendar is looked at again", () => {
    const rare = calendar(["UID:a", "DTSTART:20200101T000000Z", "DURATION:PT1H", "RRULE:FREQ=YEARLY;INTERVAL=50"]);
    const window = windowOf("UTC", [], rare);
    const now = "2026-11-27T10:00:00Z";
    expect(windowsAt(within(800 * 24 * HOUR, now, window), at(now)).map((each) => each.tooShort)).toEqual([null]);
  });

  test("in the terminal and in a comment on a pull request", () => {
    const late = planFile(within(9 * HOUR, "2026-11-28T10:00:00Z"));
    const text = planText(late, { color: false, width: 200 });
    expect(text).toContain("window hours is closed; it opens Mon 2026-11-30 09:00 +01:00 (Europe/Berlin)\n");
    expect(text).toContain("! The steps may take 9h, and window hours opens for 8h: a run");
    const comment = planMarkdown(late);
    expect(comment).toContain("Window hours is closed; it opens Mon 2026-11-30 09:00 +01:00 (Europe/Berlin).");
    expect(comment).toContain("The steps may take 9h");
    const open = planFile(within(HOUR, "2026-11-27T10:00:00Z"));
    expect(planText(open, { color: false, width: 200 })).toContain("window hours is open until Fri 2026-11-27 17:00");
    expect(planMarkdown(open)).not.toContain("hours is");
  });
});
