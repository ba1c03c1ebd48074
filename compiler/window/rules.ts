/** The `allow` and `deny` rules of a window: whether it is open, and when that next changes. */
import type { PlanWindow } from "../plan/plan.schema.ts";
import { changingMinutes, DAY_MINUTES, holdsAt, type RuleTimes, ruleTimes } from "./times.ts";
import { DAY, MINUTE, offsetChange, type Zone } from "./zone.ts";

export interface RulesState {
  readonly open: boolean;
  /** When it is next otherwise; null: never. */
  readonly until: number | null;
  /** Why a `deny` closes it; null where none does, or it does not say. */
  readonly because: string | null;
}

interface Rule extends RuleTimes {
  readonly effect: "allow" | "deny";
  readonly because: string | null;
}

/** More than two weeks of it show all that a week brings, also when clocks are changed within one of them. */
const WEEKS = 16;

export function prepareRules(zone: Zone, window: Pick<PlanWindow, "rules">): (at: number) => RulesState {
  const rules = window.rules.map((rule): Rule => ({ ...ruleTimes(rule), effect: rule.effect, because: rule.because }));
  const minutes = changingMinutes(window.rules);
  /** Days on which another week than before may begin: those after a time over midnight of the last date too. */
  const edges = [...new Set(rules.flatMap((r) => r.dates.flatMap(({ from, to }) => [from, to + 1, to + 2])))].sort(
    (a, b) => a - b,
  );
  return (at) => {
    const now = judge(rules, at + zone.offsetAt(at));
    return { ...now, until: rules.length === 0 ? null : nextChange(zone, rules, minutes, edges, at, now.open) };
  };
}

function judge(rules: readonly Rule[], local: number): Pick<RulesState, "open" | "because"> {
  const day = Math.floor(local / DAY);
  const minute = Math.floor((local - day * DAY) / MINUTE);
  let allows = 0;
  let allowed = false;
  for (const rule of rules) {
    if (rule.effect === "allow") {
      allows += 1;
      allowed ||= holdsAt(rule, day, minute);
    } else if (holdsAt(rule, day, minute)) return { open: false, because: rule.because };
  }
  return { open: allows === 0 || allowed, because: null };
}

/** Looks at each moment at which something may change, day by day; where nothing does for weeks, goes on to the next date that a rule names. */
function nextChange(
  zone: Zone,
  rules: readonly Rule[],
  minutes: readonly number[],
  edges: readonly number[],
  at: number,
  open: boolean,
): number | null {
  let from = at;
  let weekly = Math.floor((at + zone.offsetAt(at)) / DAY);
  for (;;) {
    const to = offsetChange(zone, from, from + DAY) ?? from + DAY;
    const offset = zone.offsetAt(from);
    for (const local of boundaries(minutes, from + offset, to + offset))
      if (local < to + offset && judge(rules, local).open !== open) return local - offset;
    if (judge(rules, to + zone.offsetAt(to)).open !== open) return to;
    from = to;
    const day = Math.floor((from + zone.offsetAt(from)) / DAY);
    weekly = edges.findLast((edge) => edge <= day && edge > weekly) ?? weekly;
    if (day - weekly <= WEEKS) continue;
    const edge = edges.find((each) => each > day);
    if (edge === undefined) return null;
    from = Math.max(from, (edge - 1) * DAY - zone.offsetAt(from));
    weekly = edge - 1;
  }
}

/** Wall-clock times after `from` and up to `to` at which something may change, ascending. */
function* boundaries(minutes: readonly number[], from: number, to: number): Generator<number> {
  for (let day = Math.floor(from / DAY); day * DAY <= to; day++)
    for (const minute of minutes) {
      const local = (day * DAY_MINUTES + minute) * MINUTE;
      if (local > from && local <= to) yield local;
    }
}
