/**
 * Elements that do the same but for a few words (a port, an address, a share) are shown once too: what differs becomes a
 * hole, such as `‹port›`, and what stands in it is told by element. Nothing is lost, and that is checked here: putting the values
 * back gives each element.
 */
import type { Expr, Value } from "../ir/expr.ts";
import type { Type } from "../types/type.ts";
import { brief, SHORT, showValue } from "./show-value.ts";

export interface Hole {
  /** `‹port›`: nothing else in the elements is written so. */
  readonly sign: string;
  /** What stands in it, an element each, in their order: shown, safe. */
  readonly values: readonly string[];
}

/** With fewer elements, to list them is as short. */
const FEWEST = 3;
/** A table with more columns, or longer words in them, is harder to read than the elements themselves. */
const MOST_HOLES = 3;
const WIDEST = 60;

/** Parts of the plan's shape under which texts may differ. Elsewhere a difference is one in what is done. */
const FREE: ReadonlySet<string> = new Set(
  "value resource when condition message text why irreversible inputs title doc".split(" "),
);
/** What is of the plan's shape also under these. */
const OWN: ReadonlySet<string> = new Set("kind k is root as op type resultType at params".split(" "));

export interface Filled<T> {
  readonly template: T;
  readonly holes: readonly Hole[];
}

interface Found {
  readonly name: string;
  readonly type: Type | null;
  /** Pieces of texts, or whole values that are no texts. */
  readonly pieces: boolean;
  readonly values: readonly Value[];
  readonly sign: string;
}

/** A whole value that differs, until it is known what stands for it. */
class Gap {
  readonly found: Found;
  constructor(found: Found) {
    this.found = found;
  }
}

/** They differ in what no hole can stand for. */
class Unlike extends Error {}

/** What is common to `all`, of one type and JSON, with holes where they differ; null where they differ in more than a few words. */
export function fillable<T>(all: readonly T[]): Filled<T> | null {
  if (all.length < FEWEST) return null;
  const written = all.map((each) => JSON.stringify(each));
  const holes = new Map<string, Found>();
  try {
    const common = merge(all, { free: false, name: "text", type: null }, (found) => {
      const key = JSON.stringify([found.pieces, found.values]);
      const known = holes.get(key);
      if (known !== undefined) return known;
      if (holes.size === MOST_HOLES) throw new Unlike();
      const taken = new Set([...holes.values()].map(({ sign }) => sign));
      const named = {
        ...found,
        sign: signFor(found.name, (sign) => taken.has(sign) || written.some((w) => w.includes(sign))),
      };
      holes.set(key, named);
      return named;
    });
    const shown = [...holes.values()].map(
      (found): Hole => ({ sign: found.sign, values: found.values.map((value) => shownIn(found, value)) }),
    );
    if (shown.some(({ values }) => values.some((value) => value.length > WIDEST))) return null;
    // Could not be told from nothing.
    if ([...holes.values()].some(({ pieces, values }) => pieces && values.includes('""'))) return null;
    const same = written.every((text, i) => JSON.stringify(putBack(common, [...holes.values()], i)) === text);
    return same ? { template: withSigns(common) as T, holes: shown } : null;
  } catch (error) {
    if (error instanceof Unlike) return null;
    throw error;
  }
}

function shownIn({ pieces, type }: Found, value: Value): string {
  if (!pieces || typeof value !== "string") return showValue(value, type);
  return value === "" ? '""' : brief(value, WIDEST);
}

function signFor(name: string, taken: (sign: string) => boolean): string {
  for (let n = 1; ; n++) {
    const sign = `‹${name}${n === 1 ? "" : n}›`;
    if (!taken(sign)) return sign;
  }
}

interface Place {
  /** Whether texts may differ here. */
  readonly free: boolean;
  /** What the nearest argument or field is called. */
  readonly name: string;
  /** Of an argument, where it is known. */
  readonly type: Type | null;
}

type Holes = (found: Omit<Found, "sign">) => Found;

function merge(all: readonly unknown[], place: Place, hole: Holes): unknown {
  const [first] = all;
  if (all.every((each) => each === first)) return first;
  if (all.every((each) => Array.isArray(each))) return mergeLists(all, place, hole);
  if (all.every(isRecord)) return mergeRecords(all, place, hole);
  if (!place.free) throw new Unlike();
  if (all.every((each) => typeof each === "string")) return mergeTexts(all, place, hole);
  if (!all.every(isPlain) || place.name === "resource") throw new Unlike();
  return new Gap(hole({ name: place.name, type: place.type, pieces: false, values: all }));
}

function mergeLists(all: readonly (readonly unknown[])[], place: Place, hole: Holes): unknown[] {
  const length = all[0]?.length ?? 0;
  if (all.some((each) => each.length !== length)) throw new Unlike();
  return Array.from({ length }, (_, i) =>
    merge(
      all.map((each) => each[i]),
      place,
      hole,
    ),
  );
}

function mergeRecords(all: readonly Readonly<Record<string, unknown>>[], place: Place, hole: Holes): unknown {
  const [first = {}] = all;
  const names = Object.keys(first);
  const shape = JSON.stringify(names);
  if (names.includes("__proto__") || all.some((each) => JSON.stringify(Object.keys(each)) !== shape))
    throw new Unlike();
  const copy: Record<string, unknown> = {};
  for (const name of names) {
    const values = all.map((each) => each[name]);
    copy[name] = OWN.has(name) ? same(values) : merge(values, placeOf(name, first, place), hole);
  }
  return copy;
}

function placeOf(name: string, record: Readonly<Record<string, unknown>>, place: Place): Place {
  // An argument is `{ name, type, value }`; what it holds bears its name.
  if (name === "value" && typeof record.name === "string")
    return {
      free: true,
      name: wordOf(record.name),
      type: isRecord(record.type) ? (record.type as unknown as Type) : null,
    };
  if (!place.free) return { free: FREE.has(name), name: wordOf(name), type: null };
  // What holds a value or an expression has no name of its own.
  return {
    free: true,
    name: ["value", "v", "expr", "parts", "args", "e"].includes(name) ? place.name : wordOf(name),
    type: name === "value" ? place.type : null,
  };
}

/** Names that stand in a sign. */
const wordOf = (name: string): string => (/^\w{1,20}$/.test(name) ? name : "text");

function same(values: readonly unknown[]): unknown {
  const text = JSON.stringify(values[0]);
  if (values.some((value) => JSON.stringify(value) !== text)) throw new Unlike();
  return values[0];
}

const OF_A_WORD = /[\p{L}\p{N}_]/u;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** The text with the words in which they differ as one hole. */
function mergeTexts(all: readonly string[], place: Place, hole: Holes): string {
  const [first = ""] = all;
  const shortest = all.reduce((least, text) => Math.min(least, text.length), first.length);
  // Of a longer text the middle is not shown, and the hole might stand there.
  if (all.some((text) => text.length > SHORT.text)) throw new Unlike();
  const agree = (at: (text: string) => number): boolean => all.every((text) => text[at(text)] === first[at(first)]);
  let head = 0;
  while (head < shortest && agree(() => head)) head++;
  let tail = 0;
  while (tail < shortest - head && agree((text) => text.length - 1 - tail)) tail++;
  // Words and characters stay whole.
  while (head > 0 && (isLow(first.charCodeAt(head)) || OF_A_WORD.test(first[head - 1] ?? ""))) head--;
  while (tail > 0 && (isLow(first.charCodeAt(first.length - tail)) || OF_A_WORD.test(first[first.length - tail] ?? "")))
    tail--;
  const values = all.map((text) => text.slice(head, text.length - tail));
  const before = first.slice(0, head);
  const name = /:\/\/[^/]*:$/.test(before) ? "port" : before.endsWith("://") ? "address" : place.name;
  const { sign } = hole({ name, type: null, pieces: true, values });
  return `${before}${sign}${first.slice(first.length - tail)}`;
}

const isPlain = (value: unknown): value is Value =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Gap);

/** The element at `i`. */
function putBack(common: unknown, holes: readonly Found[], i: number): unknown {
  if (common instanceof Gap) return common.found.values[i];
  if (typeof common === "string")
    return holes.reduce(
      (text, { pieces, sign, values }) => (pieces ? text.replaceAll(sign, () => String(values[i])) : text),
      common,
    );
  if (Array.isArray(common)) return common.map((each) => putBack(each, holes, i));
  if (!isRecord(common)) return common;
  return Object.fromEntries(Object.entries(common).map(([name, each]) => [name, putBack(each, holes, i)]));
}

/** What is shown for a value with a gap is an expression, in which the sign stands bare. */
function withSigns(common: unknown): unknown {
  if (Array.isArray(common)) return common.map(withSigns);
  if (!isRecord(common)) return common;
  if (common.is === "known" && hasGap(common.value)) return { is: "deferred", expr: exprOf(common.value) };
  if (common.k === "const" && hasGap(common.v)) return exprOf(common.v);
  return Object.fromEntries(
    Object.entries(common).map(([name, each]) => {
      if (each instanceof Gap) throw new Unlike();
      return [name, withSigns(each)];
    }),
  );
}

function hasGap(value: unknown): boolean {
  if (value instanceof Gap) return true;
  if (Array.isArray(value)) return value.some(hasGap);
  return isRecord(value) && Object.values(value).some(hasGap);
}

function exprOf(value: unknown): Expr {
  if (value instanceof Gap) return { k: "ref", root: "local", name: value.found.sign };
  if (!hasGap(value)) return { k: "const", v: value as Value };
  if (Array.isArray(value)) return { k: "list", items: value.map(exprOf) };
  const fields = isRecord(value) ? Object.entries(value).map(([name, each]) => [name, exprOf(each)] as const) : [];
  return { k: "record", fields: Object.fromEntries(fields) };
}
