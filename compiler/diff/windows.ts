/** Windows: when runs may start and write. What opens at other times is wider, unless it surely opens less. */

import { formatValue } from "../ir/format.ts";
import type { Plan, PlanWindow } from "../plan/plan.schema.ts";
import { brief } from "../render/show-value.ts";
import type { Spot } from "./entry.ts";
import { byName, compareFields, type Rules } from "./fields.ts";
import { alike, ignore } from "./ignored.ts";
import { text } from "./rules.ts";
import { lineDiff } from "./show.ts";

export function compareWindows(old: Plan["windows"], now: Plan["windows"], at: Spot): void {
  const { pairs, gone, come } = byName(old, now, (window) => window.id);
  const on = (window: PlanWindow): Spot => at.in("windows").on(`window ${window.name}`).of("windows");
  for (const window of gone) on(window).say("widened", "is not asked any more", { from: windowText(window) });
  for (const window of come) on(window).say("narrowed", "is asked too", { to: windowText(window) });
  for (const pair of pairs) compareFields(WINDOW, pair.old, pair.now, on(pair.now), undefined);
}

const WINDOW: Rules<PlanWindow, undefined> = {
  id: ignore("matched"),
  name: (old, now, at) => text("is called otherwise")(old, now, at.in("names")),
  doc: (old, now, at) => text("is described otherwise")(old, now, at.in("texts")),
  timezone: (old, now, at) =>
    at.say("widened", "is open at other times: its clock is another", { from: brief(old, 60), to: brief(now, 60) }),
  rules: compareRules,
  calendar: (old, now, at) => {
    if (now === null || old === null) {
      const from = old === null ? "no calendar" : brief(old.path, 120);
      const to = now === null ? "no calendar" : brief(now.path, 120);
      at.say(
        now === null ? "widened" : "narrowed",
        now === null ? "no calendar closes it any more" : "a calendar closes it too",
        { from, to },
      );
      return;
    }
    if (old.path !== now.path)
      at.of("path")
        .in("texts")
        .say("changed", "reads another calendar", { from: brief(old.path, 120), to: brief(now.path, 120) });
    if (old.text !== now.text)
      at.of("text").say("widened", "its calendar is another, and may close it less", {
        diff: lineDiff(old.text, now.text),
      });
  },
  at: ignore("at"),
};

type Rule = PlanWindow["rules"][number];

/** The effect and times of a rule; not why, and not where it stands. */
const timesOf = ({ effect, days, dates, times }: Rule): string =>
  JSON.stringify([effect, [...days].sort(), dates, times]);

function compareRules(old: readonly Rule[], now: readonly Rule[], at: Spot): void {
  const { pairs, gone, come } = byName(old, now, timesOf);
  for (const { old: a, now: b } of pairs)
    if (a.because !== b.because) text("closes for another reason")(a.because, b.because, at.in("texts"));
  const allows = (rules: readonly Rule[]): number => rules.filter(({ effect }) => effect === "allow").length;
  for (const rule of gone) {
    // With the last `allow` goes what kept it closed at all other times.
    const opens = rule.effect === "deny" || allows(now) === 0;
    at.say(
      opens ? "widened" : "narrowed",
      rule.effect === "deny"
        ? "is not closed any more"
        : opens
          ? "is not open at certain times only any more"
          : "is not open any more",
      { from: ruleText(rule) },
    );
  }
  for (const rule of come) {
    const closes = rule.effect === "deny" || allows(old) === 0;
    at.say(
      closes ? "narrowed" : "widened",
      rule.effect === "deny" ? "is closed too" : closes ? "is open at certain times only" : "is open too",
      { to: ruleText(rule) },
    );
  }
  if (
    gone.length + come.length === 0 &&
    pairs.every(({ old: a, now: b }) => a.because === b.because) &&
    !alike(old, now)
  )
    at.in("texts").say("changed", "has its rules in another order");
}

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

function ruleText({ effect, days, dates, times, because }: Rule): string {
  const when = [
    ...days.map((day) => DAYS[day - 1] ?? String(day)),
    ...dates.map(({ from, to }) => (from === to ? brief(from, 20) : `${brief(from, 20)} to ${brief(to, 20)}`)),
  ];
  const clock = times.map(({ from, to }) => `${formatValue(from, "time_of_day")}-${formatValue(to, "time_of_day")}`);
  const all = [
    ...(when.length === 0 ? ["every day"] : [when.join(", ")]),
    ...(clock.length === 0 ? [] : [clock.join(", ")]),
  ];
  return `${effect} ${all.join(" ")}${because === null ? "" : ` (${brief(because, 120)})`}`;
}

function windowText({ rules, timezone, calendar }: PlanWindow): string {
  const all = [...rules.map(ruleText), ...(calendar === null ? [] : [`calendar ${brief(calendar.path, 120)}`])];
  return `${all.length === 0 ? "always open" : all.join("; ")} (${brief(timezone, 60)})`;
}
