/**
 * Records compared by a table with a rule for each of their fields. The types hold the tables to be complete, and
 * `compareFields` holds each rule to say something: so nothing that differs is passed over because somebody forgot it.
 */
import { canonicalJson } from "../canonical.ts";
import { brief } from "../render/show-value.ts";
import type { Spot } from "./entry.ts";
import { alike, type Ignored } from "./ignored.ts";
import { differenceIn } from "./show.ts";

/** Says what differs, or gives back "told" where something else in the same comparison does. */
export type Rule<O, K extends keyof O, C> = (old: O[K], now: O[K], at: Spot, context: C, both: Both<O>) => unknown;

export interface Both<O> {
  readonly old: O;
  readonly now: O;
}

export type Rules<O, C> = { readonly [K in keyof O]-?: Rule<O, K, C> | Ignored };

export function compareFields<O extends object, C>(rules: Rules<O, C>, old: O, now: O, at: Spot, context: C): void {
  for (const name of Object.keys(rules) as (keyof O & string)[]) {
    const rule = rules[name];
    if ("ignored" in rule || alike({ [name]: old[name] }, { [name]: now[name] })) continue;
    const here = at.of(name);
    const before = here.count();
    if (rule(old[name], now[name], here, context, { old, now }) !== "told" && here.count() === before)
      unnamed(here, name, old[name], now[name]);
  }
}

/** There are no words for it: it is shown as it is written down. */
function unnamed(at: Spot, name: string, old: unknown, now: unknown): void {
  at.say("changed", `${name.replace(/([A-Z])/g, " $1").toLowerCase()} is another`, {
    from: brief(json(old), 120),
    to: brief(`${json(now)}${differenceIn(old, now)}`, 200),
  });
}

const json = (value: unknown): string => (value === undefined ? "none" : canonicalJson(value));

/** Lists whose items have names: pairs, those that are gone, those that are new. Of several of one name, in order. */
export function byName<T>(
  old: readonly T[],
  now: readonly T[],
  name: (item: T) => string,
): { readonly pairs: readonly Both<T>[]; readonly gone: readonly T[]; readonly come: readonly T[] } {
  const named = (items: readonly T[]): Map<string, T> => {
    const found = new Map<string, T>();
    const times = new Map<string, number>();
    for (const item of items) {
      const key = name(item);
      const nth = times.get(key) ?? 0;
      times.set(key, nth + 1);
      found.set(`${nth} ${key}`, item);
    }
    return found;
  };
  const [before, after] = [named(old), named(now)];
  return {
    pairs: [...after].flatMap(([key, item]) => {
      const match = before.get(key);
      return match === undefined ? [] : [{ old: match, now: item }];
    }),
    gone: [...before].flatMap(([key, item]) => (after.has(key) ? [] : [item])),
    come: [...after].flatMap(([key, item]) => (before.has(key) ? [] : [item])),
  };
}
