/**
 * Adding up members that may be there or not. Members under one condition come and go together, and those under its
 * opposite instead of them: so the sums are exact where conditions stand within one another like branches, and none of
 * them stands in two places; else they hold, and may be wider than need be.
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

/** What all of them may come to. Conditions nested deeper than recursion can bear do not come up: blocks do not nest so far. */
export function tally(all: readonly Counted[]): Sums {
  let total = NOTHING;
  const branches = new Map<string, { readonly yes: Counted[]; readonly no: Counted[] }>();
  for (const { when, amount } of all) {
    const [first, ...rest] = when;
    if (first === undefined) {
      total = plus(total, amount);
      continue;
    }
    const left = decided(rest, first);
    if (left === null) continue;
    const branch = branches.get(first.key) ?? { yes: [], no: [] };
    branches.set(first.key, branch);
    branch[first.holds ? "yes" : "no"].push({ when: left, amount });
  }
  for (const { yes, no } of branches.values()) total = plus(total, eitherSum(tally(yes), tally(no)));
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
