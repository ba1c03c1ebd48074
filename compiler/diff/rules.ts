/** Rules that several tables share: bounds that grow, texts that change, conditions that go. */

import type { Expr } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import type { PlanRequirement } from "../plan/plan.schema.ts";
import { brief, count } from "../render/show-value.ts";
import { requirementText } from "../render/words.ts";
import { opposite, strength, strengthOfAll } from "./condition.ts";
import type { Kind, Said, Spot } from "./entry.ts";
import { byName } from "./fields.ts";
import { conditionsText, exprPair, focus, lineDiff } from "./show.ts";

export const duration = (ms: number | null): string => (ms === null ? "no bound" : formatDuration(ms));

/** A bound: what grows, or goes, widens. null is no bound. */
export function bound(longer: string, shorter: string, shown: (n: number | null) => string = duration) {
  return (old: number | null, now: number | null, at: Spot): void => {
    const wider = now === null || (old !== null && now > old);
    at.say(wider ? "widened" : "narrowed", wider ? longer : shorter, { from: shown(old), to: shown(now) });
  };
}

/** The other way round: what becomes less widens. */
export function demand(less: string, more: string, shown: (n: number) => string = count) {
  return (old: number, now: number, at: Spot): void => {
    const wider = now < old;
    at.say(wider ? "widened" : "narrowed", wider ? less : more, { from: shown(old), to: shown(now) });
  };
}

/** A promise that is kept or not. */
export function promise(lost: string, won: string) {
  return (_: boolean, now: boolean, at: Spot): void => at.say(now ? "narrowed" : "widened", now ? won : lost);
}

/** Of a row in which each allows more than the one before it. */
export function ladder<T extends string>(row: readonly T[], wider: string, narrower: string) {
  return (old: T, now: T, at: Spot, said: Said = {}): void => {
    const widened = row.indexOf(now) > row.indexOf(old);
    at.say(widened ? "widened" : "narrowed", widened ? wider : narrower, { from: old, to: now, ...said });
  };
}

/** A text for people, or none. */
export function text(what: string, kind: Kind = "changed") {
  return (old: string | null, now: string | null, at: Spot): void => {
    const shown = (value: string | null): string => (value === null ? "none" : brief(value, Number.POSITIVE_INFINITY));
    const long = [old, now].some((each) => each?.trimEnd().includes("\n") === true);
    const diff = long ? lineDiff(old ?? "", now ?? "") : [];
    const { from, to } = focus(shown(old), shown(now));
    at.say(kind, what, diff.length > 0 ? { diff } : { from, to });
  };
}

/** Expressions of which nothing more can be said than that they differ. */
export function expression(what: string, kind: Kind = "changed") {
  return (old: Expr | null, now: Expr | null, at: Spot): void => at.say(kind, what, exprPair(old, now));
}

/** Conditions under which something is done (`acts`), or under which it holds others to something. */
export function conditions(
  old: readonly Expr[],
  now: readonly Expr[],
  at: Spot,
  role: "acts" | "guards" | "neither",
): void {
  const more = strengthOfAll(old, now);
  const wider = role === "guards" ? opposite(more) : more;
  const { from, to } = focus(conditionsText(old), conditionsText(now));
  const said: Said = from === to ? exprPair({ k: "list", items: old }, { k: "list", items: now }) : { from, to };
  if (more === "other" || more === "same" || role === "neither")
    at.say(role === "neither" ? "changed" : "widened", "is done under another condition", said);
  else
    at.say(
      wider === "weaker" ? "widened" : "narrowed",
      more === "weaker" ? "is done under fewer conditions" : "is done under more conditions",
      said,
    );
}

/** What must hold. Of one text that reads alike the values put in differ, and neither way is wider. */
export function requirements<R extends PlanRequirement>(old: readonly R[], now: readonly R[], at: Spot): void {
  let { pairs, gone, come } = byName(old, now, (r) => r.text);
  const [lost] = gone;
  const [won] = come;
  // One for one: the rule is written otherwise.
  if (gone.length === 1 && come.length === 1 && lost !== undefined && won !== undefined) {
    pairs = [...pairs, { old: lost, now: won }];
    [gone, come] = [[], []];
  }
  for (const each of gone) at.say("widened", "no longer requires", { from: requirementText(each) });
  for (const each of come) at.say("narrowed", "also requires", { to: requirementText(each) });
  for (const pair of pairs) requirement(pair.old, pair.now, at);
}

export function requirement(old: PlanRequirement, now: PlanRequirement, at: Spot): void {
  const found = strength(old.condition, now.condition);
  const said = requirementPair(old, now);
  if (found === "weaker") at.say("widened", "requires less", said);
  else if (found === "stronger") at.say("narrowed", "requires more", said);
  else if (found === "other")
    at.say(
      old.text === now.text ? "changed" : "widened",
      old.text === now.text
        ? "requires the same of other values"
        : "requires something else, which may let more through",
      said,
    );
  else if (old.text !== now.text)
    at.in("texts").say("changed", "is written otherwise", { from: brief(old.text, 200), to: brief(now.text, 200) });
  const [a, b] = [exprPair(old.message, now.message), JSON.stringify(old.message) === JSON.stringify(now.message)];
  if (!b && a.from !== a.to) at.in("texts").of("message").say("changed", "says otherwise why", a);
}

function requirementPair(old: PlanRequirement, now: PlanRequirement): Said {
  const [from, to] = [requirementText(old), requirementText(now)];
  return from === to ? exprPair(old.condition, now.condition) : { from, to };
}
