/**
 * The operations of the IR on known values. The checker has chosen them by type, so an operand of another shape can
 * only come from outside (a hand-made plan, a provider's reply) and is refused in plain words.
 * `and`, `or`, `if`, `ensure`, `coalesce` and `cut` are not here: they work on what is known in part only, and live in
 * the evaluator.
 */
import { canonicalJson } from "../canonical.ts";
import { addressFrom, plainResource } from "../resource.ts";
import type { Expr, Value } from "./expr.ts";
import { plainText } from "./format.ts";
import { matchesPattern, type Pattern, parsePattern } from "./pattern.ts";
import { shareOf } from "./percent.ts";
import { MAX_VALUE } from "./size.ts";

/** An operation on known values that has no answer: a division by zero, an index out of range. */
export class EvaluationError extends Error {
  /** `file:line:column`, where known. */
  readonly at: string | null;
  constructor(message: string, at: string | null) {
    super(message);
    this.name = "EvaluationError";
    this.at = at;
  }
}

type Strict = (args: readonly Value[], at: string | null) => Value;
/** Undefined: some call gave no known value, and the rest does not decide. */
type Lambda = (subject: Value, call: (...values: readonly Value[]) => Expr, at: string | null) => Value | undefined;

const int = (n: number, at: string | null): number => {
  if (Number.isSafeInteger(n)) return n === 0 ? 0 : n;
  throw new EvaluationError("the result is too large for an int", at);
};
const finite = (n: number, at: string | null): number => {
  if (Number.isFinite(n)) return n === 0 ? 0 : n;
  throw new EvaluationError("the result is too large", at);
};

const share = (args: readonly Value[], rounding: "down" | "nearest", at: string | null): number =>
  int(Number(shareOf(finite(num(args[0], at), at), int(num(args[1], at), at), rounding)), at);

export const strictOps: { readonly [name: string]: Strict } = {
  eq: ([a, b]) => same(a ?? null, b ?? null),
  ne: ([a, b]) => !same(a ?? null, b ?? null),
  lt: (args, at) => compare(args, at) < 0,
  le: (args, at) => compare(args, at) <= 0,
  gt: (args, at) => compare(args, at) > 0,
  ge: (args, at) => compare(args, at) >= 0,
  not: (args, at) => !truth(args[0], at),

  "int.add": (args, at) => int(num(args[0], at) + num(args[1], at), at),
  "int.sub": (args, at) => int(num(args[0], at) - num(args[1], at), at),
  "int.mul": (args, at) => int(num(args[0], at) * num(args[1], at), at),
  "int.rem": (args, at) => int(num(args[0], at) % nonZero(args[1], at), at),
  "int.neg": (args, at) => int(-num(args[0], at), at),
  "num.add": (args, at) => finite(num(args[0], at) + num(args[1], at), at),
  "num.sub": (args, at) => finite(num(args[0], at) - num(args[1], at), at),
  "num.mul": (args, at) => finite(num(args[0], at) * num(args[1], at), at),
  "num.div": (args, at) => finite(num(args[0], at) / nonZero(args[1], at), at),
  "num.rem": (args, at) => finite(num(args[0], at) % nonZero(args[1], at), at),
  "num.neg": (args, at) => finite(-num(args[0], at), at),
  /** A whole number of milliseconds or bytes from a product or quotient: rounded half away from zero. */
  "unit.mul": (args, at) => int(round(num(args[0], at) * num(args[1], at)), at),
  "unit.div": (args, at) => int(round(num(args[0], at) / nonZero(args[1], at)), at),
  "percent.of": (args, at) => finite((num(args[0], at) * num(args[1], at)) / 100, at),
  "percent.of_int": (args, at) => share(args, "down", at),
  "percent.of_unit": (args, at) => share(args, "nearest", at),
  "int.abs": (args, at) => int(Math.abs(num(args[0], at)), at),
  "num.round": (args, at) => int(round(num(args[0], at)), at),
  "num.floor": (args, at) => int(Math.floor(num(args[0], at)), at),
  "num.ceil": (args, at) => int(Math.ceil(num(args[0], at)), at),

  "time.plus": (args, at) => moment(instant(args[0], at) + num(args[1], at), at),
  "time.minus": (args, at) => moment(instant(args[0], at) - num(args[1], at), at),
  "time.after": (args, at) => moment(instant(args[1], at) + num(args[0], at), at),
  "date.since": (args, at) => int(instant(args[0], at) - instant(args[1], at), at),
  "time.since": (args, at) => int(instant(args[0], at) - instant(args[1], at), at),

  /** Dates and times are text that sorts as they do. */
  range: ([from, to], at) =>
    typeof from === "string" ? { from, to: text(to, at) } : { from: num(from, at), to: num(to, at) },
  "range.has": (args, at) => {
    const { from, to } = record(args[0], at);
    const value = args[1] ?? null;
    return compare([from ?? null, value], at) <= 0 && compare([value, to ?? null], at) <= 0;
  },
  "enum.index": (args, at) => {
    const index = list(args[0], at).indexOf(args[1] ?? null);
    if (index < 0)
      throw new EvaluationError(`${show(args[1])} is none of ${list(args[0], at).map(plainText).join(", ")}`, at);
    return index;
  },

  "string.add": (args, at) => joined([text(args[0], at), text(args[1], at)], "", at),
  "string.length": (args, at) => [...text(args[0], at)].length,
  "string.lower": (args, at) => text(args[0], at).toLowerCase(),
  "string.upper": (args, at) => text(args[0], at).toUpperCase(),
  "string.trim": (args, at) => text(args[0], at).trim(),
  "string.contains": (args, at) => text(args[0], at).includes(text(args[1], at)),
  "string.starts_with": (args, at) => text(args[0], at).startsWith(text(args[1], at)),
  "string.ends_with": (args, at) => text(args[0], at).endsWith(text(args[1], at)),
  "string.matches": (args, at) => matches(text(args[0], at), text(args[1], at), at),
  "string.split": (args, at) => split(text(args[0], at), text(args[1], at)),
  "string.lines": (args, at) =>
    text(args[0], at)
      .split(/\r?\n/)
      .filter((line) => line !== ""),
  "string.replace": (args, at) => joined(split(text(args[0], at), text(args[1], at)), text(args[2], at), at),
  "string.to_int": (args, at) => toInt(text(args[0], at), at),
  "string.to_decimal": (args, at) => toDecimal(text(args[0], at), at),
  "string.to_json": (args, at) => toJson(text(args[0], at), at),

  /** Of a resource: an address as it is meant where it may be relative to another, or to none. */
  "url.from": (args, at) => (args[1] == null ? text(args[0], at) : addressFrom(text(args[0], at), text(args[1], at))),
  /** A resource in the one spelling that stands for all. */
  "resource.plain": (args, at) => plainResource(text(args[0], at)),

  "list.length": (args, at) => list(args[0], at).length,
  "list.has": (args, at) => list(args[0], at).some((item) => same(item, args[1] ?? null)),
  "list.add": (args, at) => [...list(args[0], at), ...list(args[1], at)],
  "list.first": (args, at) => list(args[0], at)[0] ?? null,
  "list.last": (args, at) => list(args[0], at).at(-1) ?? null,
  /** Of ints, durations, sizes: exact, or an error. */
  "int.sum": (args, at) => list(args[0], at).reduce<number>((sum, item) => int(sum + num(item, at), at), 0),
  "list.sum": (args, at) => list(args[0], at).reduce<number>((sum, item) => finite(sum + num(item, at), at), 0),
  "list.join": (args, at) => joined(list(args[0], at).map(plainText), text(args[1], at), at),
  "list.unique": (args, at) => {
    const seen = new Set<string>();
    return list(args[0], at).filter((item) => {
      const key = canonicalJson(item);
      return !seen.has(key) && seen.add(key);
    });
  },
  "list.sort": (args, at) => sorted(list(args[0], at), at),
  "list.min": (args, at) => sorted(list(args[0], at), at)[0] ?? null,
  "list.max": (args, at) => sorted(list(args[0], at), at).at(-1) ?? null,
  "list.take": (args, at) => list(args[0], at).slice(0, Math.max(0, num(args[1], at))),
  "list.skip": (args, at) => list(args[0], at).slice(Math.max(0, num(args[1], at))),
  "list.flat": (args, at) => list(args[0], at).flatMap((item) => list(item, at)),
  "list.reverse": (args, at) => list(args[0], at).toReversed(),
  "list.at": (args, at) => {
    const items = list(args[0], at);
    const i = num(args[1], at);
    const item = items[i < 0 ? items.length + i : i];
    if (item === undefined) throw new EvaluationError(`index ${i} is outside a list of ${items.length}`, at);
    return item;
  },
  "map.length": (args, at) => Object.keys(record(args[0], at)).length,
  "map.keys": (args, at) => Object.keys(record(args[0], at)).sort(),
  "map.values": (args, at) => sortedEntries(record(args[0], at)).map(([, value]) => value),
  /** The members of a map as a list, each with its `key`. The second operand says whether they are records. */
  "map.members": (args, at) => {
    const records = truth(args[1], at);
    return sortedEntries(record(args[0], at)).map(([key, value]) => withKey(key, value, records));
  },
  "map.has": (args, at) => Object.hasOwn(record(args[0], at), text(args[1], at)),
  "map.get": (args, at) => {
    const map = record(args[0], at);
    const key = text(args[1], at);
    return Object.hasOwn(map, key) ? (map[key] ?? null) : null;
  },
  "map.at": (args, at) => {
    const map = record(args[0], at);
    const key = text(args[1], at);
    if (!Object.hasOwn(map, key)) throw new EvaluationError(`there is no ${JSON.stringify(key)} in this map`, at);
    return map[key] ?? null;
  },
  "json.as_string": ([v]) => (typeof v === "string" ? v : null),
  "json.as_int": ([v]) => (Number.isSafeInteger(v) ? (v ?? null) : null),
  "json.as_decimal": ([v]) => (typeof v === "number" ? v : null),
  "json.as_bool": ([v]) => (typeof v === "boolean" ? v : null),
  "json.as_list": ([v]) => (Array.isArray(v) ? v : null),
  "json.as_map": ([v]) => (isRecord(v) ? v : null),
  is_some: ([a]) => a !== null && a !== undefined,
};

export const lambdaOps: { readonly [name: string]: Lambda } = {
  "list.map": (subject, call, at) => {
    const results: Value[] = [];
    for (const item of list(subject, at)) {
      const result = call(item);
      if (result.k !== "const") return undefined;
      results.push(result.v);
    }
    return results;
  },
  "list.filter": (subject, call, at) => select(subject, call, at),
  "list.count": (subject, call, at) => select(subject, call, at)?.length,
  "list.find": (subject, call, at) => {
    for (const item of list(subject, at)) {
      const result = call(item);
      if (result.k !== "const") return undefined;
      if (result.v === true) return item;
    }
    return null;
  },
  "list.all": (subject, call, at) => quantify(subject, call, at, false),
  "list.any": (subject, call, at) => quantify(subject, call, at, true),
  "int.sum_by": (subject, call, at) => sumBy(subject, call, at, int),
  "list.sum_by": (subject, call, at) => sumBy(subject, call, at, finite),
  "list.sort_by": (subject, call, at) => {
    const keyed: { readonly item: Value; readonly key: Value }[] = [];
    for (const item of list(subject, at)) {
      const key = call(item);
      if (key.k !== "const") return undefined;
      keyed.push({ item, key: key.v });
    }
    // A list of one is not compared with anything, yet its key must be one that can be.
    for (const { key } of keyed.slice(0, 1)) compare([key, key], at);
    return keyed.sort((a, b) => compare([a.key, b.key], at)).map(({ item }) => item);
  },
};

function sumBy(subject: Value, call: (v: Value) => Expr, at: string | null, held: typeof int): number | undefined {
  let sum = 0;
  for (const item of list(subject, at)) {
    const result = call(item);
    if (result.k !== "const") return undefined;
    sum = held(sum + num(result.v, at), at);
  }
  return sum;
}

function select(subject: Value, call: (v: Value) => Expr, at: string | null): Value[] | undefined {
  const kept: Value[] = [];
  for (const item of list(subject, at)) {
    const result = call(item);
    if (result.k !== "const") return undefined;
    if (result.v === true) kept.push(item);
  }
  return kept;
}

function quantify(subject: Value, call: (v: Value) => Expr, at: string | null, decisive: boolean): boolean | undefined {
  let unknown = false;
  for (const item of list(subject, at)) {
    const result = call(item);
    if (result.k !== "const") unknown = true;
    else if (result.v === decisive) return decisive;
  }
  return unknown ? undefined : !decisive;
}

/** A record with the key it stood under; what is of no record type becomes `{ key, value }`, whatever carries it. */
export function withKey(key: string, value: Value, ofRecord: boolean): Value {
  return ofRecord && isRecord(value) ? { ...value, key } : { key, value };
}

export function isRecord(value: Value | undefined): value is { readonly [name: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => same(item, b[i] as Value));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key] as Value, b[key] as Value))
  );
}

function compare(args: readonly Value[], at: string | null): number {
  const [a, b] = args;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  throw new EvaluationError(`${show(a)} and ${show(b)} cannot be compared`, at);
}

/** Whether nothing lies between the two, ends of a range. */
export function isEmptyRange(from: Value, to: Value): boolean {
  if (typeof from === "number" && typeof to === "number") return from > to;
  return typeof from === "string" && typeof to === "string" && from > to;
}

function sorted(items: readonly Value[], at: string | null): readonly Value[] {
  // A list of one is not compared with anything, yet it must be one that can be.
  for (const item of items.slice(0, 1)) compare([item, item], at);
  return items.toSorted((a, b) => compare([a, b], at));
}

/** Patterns are constants of the program: few, and met again and again. */
const patterns = new Map<string, Pattern>();
const MAX_PATTERNS = 500;

function matches(subject: string, written: string, at: string | null): boolean {
  let pattern = patterns.get(written);
  if (pattern === undefined) {
    if (patterns.size >= MAX_PATTERNS) patterns.clear();
    pattern = parsePattern(written);
    patterns.set(written, pattern);
  }
  if (!pattern.ok) throw new EvaluationError(`${show(written)} is no pattern: ${pattern.why}`, at);
  const found = matchesPattern(pattern.machine, subject);
  if (found === undefined) throw new EvaluationError("the text is too long for this pattern", at);
  return found;
}

/** Parts as one text, which is measured before it is made. */
function joined(parts: readonly string[], by: string, at: string | null): string {
  let length = by.length * (parts.length - 1);
  for (const each of parts) length += each.length;
  if (length > MAX_VALUE) throw new EvaluationError("the text is too large", at);
  return parts.join(by);
}

/** By nothing: into characters, never into halves of one. */
function split(whole: string, by: string): string[] {
  return by === "" ? [...whole] : whole.split(by);
}

function sortedEntries(map: { readonly [name: string]: Value }): [string, Value][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}

function round(n: number): number {
  return Math.sign(n) * Math.round(Math.abs(n));
}

function toInt(text: string, at: string | null): number {
  if (!/^[+-]?\d+$/.test(text.trim())) throw new EvaluationError(`${show(text)} is not an int`, at);
  return int(Number(text.trim()), at);
}

function toDecimal(text: string, at: string | null): number {
  if (!/^[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?$/.test(text.trim()))
    throw new EvaluationError(`${show(text)} is not a decimal`, at);
  return finite(Number(text.trim()), at);
}

/** As deep as what a provider may answer. */
const JSON_DEPTH = 200;

function toJson(text: string, at: string | null): Value {
  let value: Value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EvaluationError(`${show(text)} is not JSON`, at);
  }
  if (!isWithin(value, JSON_DEPTH)) throw new EvaluationError(`${show(text)} is nested too deeply`, at);
  return value;
}

function isWithin(value: Value, depth: number): boolean {
  if (value === null || typeof value !== "object") return true;
  return depth > 0 && Object.values<Value>(value).every((part) => isWithin(part, depth - 1));
}

function num(v: Value | undefined, at: string | null): number {
  if (typeof v === "number") return v;
  throw new EvaluationError(`${show(v)} is not a number`, at);
}
function nonZero(v: Value | undefined, at: string | null): number {
  const n = num(v, at);
  if (n === 0) throw new EvaluationError("division by zero", at);
  return n;
}
function text(v: Value | undefined, at: string | null): string {
  if (typeof v === "string") return v;
  throw new EvaluationError(`${show(v)} is not text`, at);
}
/** The truth value of `v`; throws for anything but true and false. */
export function truth(v: Value | undefined, at: string | null): boolean {
  if (typeof v === "boolean") return v;
  throw new EvaluationError(`${show(v)} is not true or false`, at);
}
function list(v: Value | undefined, at: string | null): readonly Value[] {
  if (Array.isArray(v)) return v;
  throw new EvaluationError(`${show(v)} is not a list`, at);
}
function record(v: Value | undefined, at: string | null): { readonly [name: string]: Value } {
  if (isRecord(v)) return v;
  throw new EvaluationError(`${show(v)} is not a record`, at);
}
function instant(v: Value | undefined, at: string | null): number {
  const ms = Date.parse(text(v, at));
  if (Number.isFinite(ms)) return ms;
  throw new EvaluationError(`${show(v)} is not a time`, at);
}
const FIRST_MOMENT = Date.parse("0001-01-01T00:00:00.000Z");
const LAST_MOMENT = Date.parse("9999-12-31T23:59:59.999Z");

/** RFC 3339 in UTC of milliseconds since 1970. Years of four digits: times are compared as text. */
function moment(ms: number, at: string | null): string {
  if (ms >= FIRST_MOMENT && ms <= LAST_MOMENT) return new Date(ms).toISOString();
  throw new EvaluationError("the result is outside the years 0001 to 9999", at);
}
function show(v: Value | undefined): string {
  const written = JSON.stringify(v ?? null);
  return v === null || v === undefined ? "none" : written.length > 40 ? `${written.slice(0, 37)}…` : written;
}
