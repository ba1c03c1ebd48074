/** What a condition allows a value to be: bounds, one value, values left out. */
import { isConst } from "../ir/evaluate.ts";
import type { Expr, Value } from "../ir/expr.ts";
import type { Flow } from "./flow.ts";

export interface Range {
  /** The least and the most it may be; infinite where it is open. Bounds that are left out themselves are `open`. */
  readonly least: number;
  readonly leastOpen: boolean;
  readonly most: number;
  readonly mostOpen: boolean;
  /** As JSON; null where it may be several. */
  readonly only: string | null;
  readonly not: readonly string[];
}

export interface Demand {
  /** Number of what is restricted. */
  readonly key: number;
  readonly of: Expr;
  readonly range: Range;
}

const ANY: Range = {
  least: Number.NEGATIVE_INFINITY,
  leastOpen: false,
  most: Number.POSITIVE_INFINITY,
  mostOpen: false,
  only: null,
  not: [],
};
const TURNED: Readonly<Record<string, string>> = { lt: "gt", le: "ge", gt: "lt", ge: "le", eq: "eq", ne: "ne" };
const COUNTS: readonly string[] = ["list.length", "map.length", "string.length"];

/** What the condition demands, each part of `&&` by itself; `rest` where there is more in it than that. */
export function demandsOf(
  flow: Flow,
  condition: Expr,
): { readonly demands: readonly Demand[]; readonly rest: boolean } {
  if (condition.k === "op" && condition.op === "and") {
    const parts = condition.args.map((arg) => demandsOf(flow, arg));
    return { demands: parts.flatMap((part) => part.demands), rest: parts.some((part) => part.rest) };
  }
  const [left, right] = condition.k === "op" ? condition.args : [];
  if (condition.k !== "op" || left === undefined || right === undefined || TURNED[condition.op] === undefined)
    return { demands: [], rest: true };
  const turned = isConst(left);
  const [of, bound] = turned ? [right, left] : [left, right];
  const range = isConst(bound) ? rangeOf(turned ? (TURNED[condition.op] ?? "") : condition.op, bound.v) : null;
  if (range === null || isConst(of)) return { demands: [], rest: true };
  return { demands: [{ key: flow.known(of).key, of, range: isCount(of) ? whole(range) : range }], rest: false };
}

/** What it may be of itself: nothing counts fewer than none. */
export function natural(of: Expr): Range {
  return isCount(of) ? { ...ANY, least: 0 } : ANY;
}

export function isEmpty(range: Range): boolean {
  if (range.least > range.most) return true;
  if (range.least === range.most && (range.leastOpen || range.mostOpen)) return true;
  if (range.only === null) return false;
  const value = ordinal(JSON.parse(range.only));
  return range.not.includes(range.only) || (value !== null && !inBounds(value, range));
}

export function both(a: Range, b: Range): Range {
  const [low, lower] = a.least >= b.least ? [a, b] : [b, a];
  const [high, higher] = a.most <= b.most ? [a, b] : [b, a];
  const clash = a.only !== null && b.only !== null && a.only !== b.only;
  return {
    least: low.least,
    leastOpen: low.leastOpen || (lower.least === low.least && lower.leastOpen),
    most: high.most,
    mostOpen: high.mostOpen || (higher.most === high.most && higher.mostOpen),
    only: a.only ?? b.only,
    not: clash && b.only !== null && a.only !== null ? [...a.not, ...b.not, a.only] : [...a.not, ...b.not],
  };
}

/** Whether all that `inner` allows is allowed by `outer`. */
export function fitsIn(inner: Range, outer: Range): boolean {
  if (inner.only !== null) return !isEmpty(both(inner, outer));
  if (outer.only !== null || outer.not.some((value) => !inner.not.includes(value))) return false;
  const low = inner.least > outer.least || (inner.least === outer.least && (inner.leastOpen || !outer.leastOpen));
  const high = inner.most < outer.most || (inner.most === outer.most && (inner.mostOpen || !outer.mostOpen));
  return low && high;
}

function rangeOf(op: string, bound: Value): Range | null {
  const only = JSON.stringify(bound);
  const value = ordinal(bound);
  if (op === "eq") return { ...ANY, only, ...(value === null ? {} : { least: value, most: value }) };
  if (op === "ne") return { ...ANY, not: [only] };
  if (value === null) return null;
  switch (op) {
    case "lt":
      return { ...ANY, most: value, mostOpen: true };
    case "le":
      return { ...ANY, most: value };
    case "gt":
      return { ...ANY, least: value, leastOpen: true };
    case "ge":
      return { ...ANY, least: value };
    default:
      return null;
  }
}

/** Where a number, a date or a time stands among its kind; null for all else. */
function ordinal(value: Value): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d(T[0-9:.]+Z)?$/.test(value)) return null;
  const moment = Date.parse(value);
  return Number.isNaN(moment) ? null : moment;
}

/** Of what is counted in ones: more than 5 is 6 at least. */
function whole(range: Range): Range {
  return {
    ...range,
    least: range.leastOpen ? Math.floor(range.least) + 1 : Math.ceil(range.least),
    leastOpen: false,
    most: range.mostOpen ? Math.ceil(range.most) - 1 : Math.floor(range.most),
    mostOpen: false,
  };
}

function inBounds(value: number, { least, leastOpen, most, mostOpen }: Range): boolean {
  return (leastOpen ? value > least : value >= least) && (mostOpen ? value < most : value <= most);
}

function isCount(of: Expr): boolean {
  return of.k === "op" && COUNTS.includes(of.op);
}
