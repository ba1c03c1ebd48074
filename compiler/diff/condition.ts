/** Whether one condition lets through more than another, as far as their form shows it. */
import { canonicalJson } from "../canonical.ts";
import type { Expr } from "../ir/expr.ts";
import { bareExpr } from "./ignored.ts";

/** Of the new condition against the old one: it holds more often, less often; or that cannot be told. */
export type Strength = "same" | "weaker" | "stronger" | "other";

export function strength(old: Expr, now: Expr): Strength {
  if (textOf(old) === textOf(now)) return "same";
  if (isConst(now, true) || isConst(old, false)) return "weaker";
  if (isConst(now, false) || isConst(old, true)) return "stronger";
  const all = ofList(parts("and", old), parts("and", now));
  if (all !== "other") return all;
  const any = ofList(parts("or", old), parts("or", now));
  if (any !== "other") return opposite(any);
  return comparison(old, now);
}

/** Lists of conditions of which all must hold. */
export function strengthOfAll(old: readonly Expr[], now: readonly Expr[]): Strength {
  return ofList(
    old.flatMap((each) => parts("and", each)),
    now.flatMap((each) => parts("and", each)),
  );
}

export const opposite = (found: Strength): Strength =>
  found === "weaker" ? "stronger" : found === "stronger" ? "weaker" : found;

function ofList(old: readonly Expr[], now: readonly Expr[]): Strength {
  const [before, after] = [new Set(old.map(textOf)), new Set(now.map(textOf))];
  const gone = old.filter((each) => !after.has(textOf(each)));
  const come = now.filter((each) => !before.has(textOf(each)));
  if (gone.length === 0 && come.length === 0) return "same";
  if (come.length === 0) return "weaker";
  if (gone.length === 0) return "stronger";
  const [lost] = gone;
  const [won] = come;
  const alone = old.length === 1 && now.length === 1;
  if (alone || gone.length > 1 || come.length > 1 || lost === undefined || won === undefined) return "other";
  return strength(lost, won);
}

const parts = (op: "and" | "or", e: Expr): readonly Expr[] =>
  e.k === "op" && e.op === op ? e.args.flatMap((each) => parts(op, each)) : [e];

const textOf = (e: Expr): string => canonicalJson(bareExpr(e));

const isConst = (e: Expr, value: boolean): boolean => e.k === "const" && e.v === value;

/** Of `x <= a` and `x <= b`, and of `x in [a]` and `x in [a, b]`. */
function comparison(old: Expr, now: Expr): Strength {
  if (old.k !== "op" || now.k !== "op") return "other";
  const [before, after] = [turned(old), turned(now)];
  if (before === null || after === null || before.op !== after.op || textOf(before.of) !== textOf(after.of))
    return "other";
  const [a, b] = [before.bound, after.bound];
  if (before.op === "has") return ofLists(a, b);
  if (typeof a !== "number" || typeof b !== "number") return "other";
  const more = before.op === "<" ? b > a : b < a;
  return more ? "weaker" : "stronger";
}

function ofLists(old: unknown, now: unknown): Strength {
  if (!Array.isArray(old) || !Array.isArray(now)) return "other";
  const [a, b] = [new Set(old.map(canonicalJson)), new Set(now.map(canonicalJson))];
  if ([...a].every((item) => b.has(item))) return "weaker";
  return [...b].every((item) => a.has(item)) ? "stronger" : "other";
}

interface Comparison {
  readonly op: string;
  readonly of: Expr;
  readonly bound: unknown;
}

const SIDES: Readonly<Record<string, readonly [left: string, right: string]>> = {
  lt: ["<", ">"],
  le: ["<=", ">="],
  gt: [">", "<"],
  ge: [">=", "<="],
};

/** With what is asked on the left and the constant on the right. */
function turned({ op, args }: Extract<Expr, { k: "op" }>): { op: "<" | ">" | "has"; of: Expr; bound: unknown } | null {
  const [a, b] = args;
  if (a === undefined || b === undefined || args.length !== 2) return null;
  if (op === "list.has") return a.k === "const" ? { op: "has", of: b, bound: a.v } : null;
  const sides = SIDES[op];
  if (sides === undefined) return null;
  if (b.k === "const") return strictly(sides[0], a, b.v);
  return a.k === "const" ? strictly(sides[1], b, a.v) : null;
}

/** `x <= 5` with bound 5 and `x < 5` may not be held against each other, so that the operator is kept in what is asked. */
function strictly(op: string, of: Expr, bound: unknown): (Comparison & { op: "<" | ">" }) | null {
  return { op: op.startsWith("<") ? "<" : ">", of: { k: "list", items: [of, { k: "const", v: op }] }, bound };
}
