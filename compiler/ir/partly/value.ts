/**
 * What is known of a value that is not known whole: which values it may be, between which numbers it lies, which members
 * a list may have. Everything said here holds of every value that it can turn out to be.
 */
import { canonicalJson } from "../../canonical.ts";
import type { Value } from "../expr.ts";

export type Partly =
  | { readonly p: "known"; readonly value: Value }
  /** One of these, two of them at least; plain values, no lists or records. */
  | { readonly p: "one_of"; readonly values: readonly Value[] }
  /** A number, both ends included. */
  | { readonly p: "between"; readonly from: number; readonly to: number }
  /** `loose`: the members need not stand in this order. */
  | { readonly p: "list"; readonly members: readonly Member[]; readonly loose: boolean }
  | { readonly p: "record"; readonly fields: ReadonlyMap<string, Partly> }
  /** Two with one key are the same value; `!` in front: the opposite truth. */
  | { readonly p: "unknown"; readonly key: string }
  /** It surely cannot be computed. */
  | { readonly p: "failed" };

/** A member of a list, which is there if all of `when` hold. */
export interface Member {
  readonly when: readonly Literal[];
  readonly item: Partly;
}

/** Something that only the run knows, and whether it holds. */
export interface Literal {
  readonly key: string;
  readonly holds: boolean;
}

/** So many single values are kept apart; more of them are what lies between. */
export const MOST_VALUES = 64;
/** Longer keys tell nothing apart: what they name is then unlike everything else. */
const LONGEST_KEY = 2_000;

export const FAILED: Partly = { p: "failed" };
export const known = (value: Value): Partly => ({ p: "known", value });
export const TRUE = known(true);
export const FALSE = known(false);
export const truthOf = (holds: boolean): Partly => (holds ? TRUE : FALSE);

export interface Fresh {
  next: number;
}

export function unknown(key: string, fresh: Fresh): Partly {
  return { p: "unknown", key: key.length > LONGEST_KEY ? `?${fresh.next++}` : key };
}

export const unlike = (fresh: Fresh): Partly => ({ p: "unknown", key: `?${fresh.next++}` });

/** What stands for it in the keys of what is computed from it. */
export function keyOf(value: Partly, fresh: Fresh): string {
  switch (value.p) {
    case "known":
      return canonicalJson(value.value);
    case "unknown":
      return value.key;
    case "one_of":
    case "between":
    case "list":
    case "record":
    case "failed":
      return `?${fresh.next++}`;
  }
}

/** What is true where that is false. */
export const negated = (key: string): Partly => ({
  p: "unknown",
  key: key.startsWith("!") ? key.slice(1) : `!${key}`,
});

export function literal(key: string, holds: boolean): Literal {
  return key.startsWith("!") ? { key: key.slice(1), holds: !holds } : { key, holds };
}

/** As a number within bounds; null for what may be none. */
export function boundsOf(value: Partly): { readonly from: number; readonly to: number } | null {
  if (value.p === "between") return value;
  const values = valuesOf(value);
  if (values === null) return null;
  const numbers = values.filter((v): v is number => typeof v === "number");
  if (numbers.length < values.length) return null;
  return { from: Math.min(...numbers), to: Math.max(...numbers) };
}

/** The single values it may be; null where they are not kept apart. */
export function valuesOf(value: Partly): readonly Value[] | null {
  if (value.p === "known") return [value.value];
  return value.p === "one_of" ? value.values : null;
}

export const between = (from: number, to: number): Partly => (from === to ? known(from) : { p: "between", from, to });

/** One of the values, each given any number of times; null if there are too many, or some is no plain value. */
export function oneOf(values: readonly Value[]): Partly | null {
  const found = new Map<string, Value>();
  for (const value of values) {
    if (typeof value === "object" && value !== null) {
      if (values.every((other) => canonicalJson(other) === canonicalJson(value))) return known(value);
      return null;
    }
    found.set(`${typeof value} ${String(value)}`, value);
    if (found.size > MOST_VALUES) return null;
  }
  const [first, ...more] = found.values();
  if (first === undefined) return null;
  return more.length === 0 ? known(first) : { p: "one_of", values: [first, ...more] };
}

/** What holds of both: the value is one or the other. */
export function either(a: Partly, b: Partly, fresh: Fresh): Partly {
  if (a.p === "failed" && b.p === "failed") return a;
  if (a.p === "unknown" && b.p === "unknown" && a.key === b.key) return a;
  const [left, right] = [valuesOf(a), valuesOf(b)];
  if (left !== null && right !== null) {
    const one = oneOf([...left, ...right]);
    if (one !== null) return one;
  }
  const [low, high] = [boundsOf(a), boundsOf(b)];
  if (low !== null && high !== null) return between(Math.min(low.from, high.from), Math.max(low.to, high.to));
  const [one, other] = [fieldsOf(a), fieldsOf(b)];
  if (one !== null && other !== null && one.size === other.size && [...one.keys()].every((name) => other.has(name))) {
    const fields = new Map([...one].map(([name, of]) => [name, either(of, other.get(name) ?? FAILED, fresh)]));
    return { p: "record", fields };
  }
  return unlike(fresh);
}

/** The fields of a record; null for what is none. */
export function fieldsOf(value: Partly): ReadonlyMap<string, Partly> | null {
  if (value.p === "record") return value.fields;
  if (value.p !== "known" || typeof value.value !== "object" || value.value === null || Array.isArray(value.value))
    return null;
  return new Map(Object.entries<Value>(value.value).map(([name, of]) => [name, known(of)]));
}

/** The members of a list; null for what may be none. */
export function membersOf(value: Partly): readonly Member[] | null {
  if (value.p === "list") return value.members;
  if (value.p !== "known" || !Array.isArray(value.value)) return null;
  return value.value.map((item: Value) => ({ when: [], item: known(item) }));
}

export const isLoose = (value: Partly): boolean => value.p === "list" && value.loose;

/** A list; known where all its members are, surely there, and in order. */
export function listOf(members: readonly Member[], loose = false): Partly {
  const values: Value[] = [];
  for (const { when, item } of members) {
    if (item.p === "failed") return FAILED;
    if (when.length > 0 || item.p !== "known") return { p: "list", members, loose };
    values.push(item.value);
  }
  return loose && members.length > 1 ? { p: "list", members, loose } : known(values);
}

export function recordOf(fields: ReadonlyMap<string, Partly>): Partly {
  const entries: [string, Value][] = [];
  for (const [name, field] of fields) {
    if (field.p === "failed") return FAILED;
    if (field.p !== "known") return { p: "record", fields };
    entries.push([name, field.value]);
  }
  return known(Object.fromEntries(entries));
}
