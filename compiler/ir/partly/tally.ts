/**
 * Adding up members that may be there or not. Members under one condition come and go together, and those under its
 * opposite instead of them. Where there are few conditions, all ways they may turn out are gone through, and the sums are
 * exact. Where there are many, they are exact if conditions stand within one another like branches and none of them in
 * two places; else they hold, and may be wider than need be.
 */
import { between, type Literal, MOST_VALUES, oneOf, type Partly } from "./value.ts";

export interface Sums {
  readonly from: number;
  readonly to: number;
  /** All sums there are; null where they are too many to keep apart. */
  readonly values: readonly number[] | null;
}

export interface Counted {
  readonly when: readonly Literal[];
  readonly amount: Sums;
}

export const NOTHING: Sums = { from: 0, to: 0, values: [0] };
export const ONE: Sums = { from: 1, to: 1, values: [1] };

export function asPartly({ from, to, values }: Sums): Partly {
  return (values === null ? null : oneOf(values)) ?? between(from, to);
}

export function sumsOf(value: Partly): Sums | null {
  if (value.p === "between") return { from: value.from, to: value.to, values: null };
  const values = value.p === "known" ? [value.value] : value.p === "one_of" ? value.values : [];
  const numbers = values.filter((v): v is number => typeof v === "number").sort((a, b) => a - b);
  const [first] = numbers;
  if (first === undefined || numbers.length < values.length) return null;
  return { from: first, to: numbers.at(-1) ?? first, values: numbers };
}

/** So many conditions, of so many different sets of them, are gone through. */
const MOST_KEYS = 8;
const MOST_SETS = 256;

/** What all of them may come to. */
export function tally(all: readonly Counted[]): Sums {
  const keys = new Set<string>();
  for (const { when } of all) for (const { key } of when) if (keys.size <= MOST_KEYS) keys.add(key);
  // With one condition, or none, branches are exact.
  if (keys.size < 2 || keys.size > MOST_KEYS) return branches(all);
  const sets = together(all);
  return sets.length > MOST_SETS ? branches(all) : everyWay(sets, [...keys]);
}

/** Those under the same conditions as one. */
function together(all: readonly Counted[]): Counted[] {
  const found = new Map<string, Counted>();
  for (const each of all) {
    const name = each.when.map(({ key, holds }) => `${holds ? "+" : "-"}${key}`).join("\n");
    const before = found.get(name);
    found.set(name, before === undefined ? each : { when: each.when, amount: plus(before.amount, each.amount) });
  }
  return [...found.values()];
}

function everyWay(sets: readonly Counted[], keys: readonly string[]): Sums {
  let found: Sums | null = null;
  for (let way = 0; way < 2 ** keys.length; way++) {
    const holding = new Set(keys.filter((_, i) => ((way >> i) & 1) === 1));
    const there = sets.filter(({ when }) => when.every(({ key, holds }) => holding.has(key) === holds));
    const sum = there.reduce((total, { amount }) => plus(total, amount), NOTHING);
    found = found === null ? sum : eitherSum(found, sum);
  }
  return found ?? NOTHING;
}

/** Conditions nested deeper than recursion can bear do not come up: blocks do not nest so far. */
function branches(all: readonly Counted[]): Sums {
  let total = NOTHING;
  const under = new Map<string, { readonly yes: Counted[]; readonly no: Counted[] }>();
  for (const { when, amount } of all) {
    const [first, ...rest] = when;
    if (first === undefined) {
      total = plus(total, amount);
      continue;
    }
    const left = decided(rest, first);
    if (left === null) continue;
    const branch = under.get(first.key) ?? { yes: [], no: [] };
    under.set(first.key, branch);
    branch[first.holds ? "yes" : "no"].push({ when: left, amount });
  }
  for (const { yes, no } of under.values()) total = plus(total, eitherSum(branches(yes), branches(no)));
  return total;
}

/** The other conditions under the first; null where they cannot all hold. */
function decided(rest: readonly Literal[], first: Literal): readonly Literal[] | null {
  if (rest.some((each) => each.key === first.key && each.holds !== first.holds)) return null;
  return rest.filter((each) => each.key !== first.key);
}

function plus(a: Sums, b: Sums): Sums {
  const [from, to] = [a.from + b.from, a.to + b.to];
  if (a.values === null || b.values === null || a.values.length * b.values.length > MOST_VALUES * MOST_VALUES)
    return { from, to, values: null };
  if (a.values.length === 1 && b.values.length === 1) return { from, to, values: [from] };
  return { from, to, values: few(a.values.flatMap((x) => (b.values ?? []).map((y) => x + y))) };
}

function eitherSum(a: Sums, b: Sums): Sums {
  const values = a.values === null || b.values === null ? null : few([...a.values, ...b.values]);
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to), values };
}

function few(values: readonly number[]): readonly number[] | null {
  const different = [...new Set(values)].sort((a, b) => a - b);
  return different.length > MOST_VALUES ? null : different;
}
