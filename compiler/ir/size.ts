/**
 * How large values and expressions may become. Parts are shared, so a chain of definitions that doubles with each link
 * costs nothing to build and everything to write out: size is counted as written out, and each part is looked at once.
 */
import type { Expr, Value } from "./expr.ts";

/** Values: characters and parts. */
export const MAX_VALUE = 4_000_000;
/** Expressions: nodes. What only the run knows is put in at each use, and stands in the plan. */
export const MAX_EXPR = 20_000;
/** How deep either may be nested. Far above what a person writes, far below what recursion can bear. */
export const MAX_NESTING = 400;

export interface Size {
  readonly size: number;
  readonly depth: number;
}

const valueSizes = new WeakMap<object, Size>();
const exprSizes = new WeakMap<Expr, Size>();

const LEAF: Size = { size: 1, depth: 1 };
/** Stands for all that is nested deeper than allowed: not looked at further. */
const TOO_DEEP: Size = { size: 1, depth: Number.POSITIVE_INFINITY };

/** Size of a value written out. `depth` is infinite for what is nested deeper than `MAX_NESTING`. */
export function valueSize(value: Value, room = MAX_NESTING): Size {
  if (typeof value === "string") return { size: 1 + value.length, depth: 1 };
  if (typeof value !== "object" || value === null) return LEAF;
  const known = valueSizes.get(value);
  if (known !== undefined) return known;
  if (room === 0) return TOO_DEEP;
  let size = 1;
  let depth = 0;
  const add = (part: Size): void => {
    size += part.size;
    depth = Math.max(depth, part.depth);
  };
  if (Array.isArray(value)) for (const item of value) add(valueSize(item, room - 1));
  else
    for (const [name, field] of Object.entries<Value>(value as { readonly [name: string]: Value })) {
      size += name.length;
      add(valueSize(field, room - 1));
    }
  const total = { size, depth: depth + 1 };
  if (total.depth !== Number.POSITIVE_INFINITY) valueSizes.set(value, total);
  return total;
}

/** Whatever is smaller is counted each time: to remember its size would cost more. Below all limits, of depth too. */
const SMALL = 100;

/** What is left of `room` after every part of `value` took one of it, and every character; below zero if it is too little. */
function roomAfterValue(value: Value, room: number): number {
  if (typeof value === "string") return room - 1 - value.length;
  if (typeof value !== "object" || value === null) return room - 1;
  let left = room - 1;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (left < 0) return left;
      left = roomAfterValue(item, left);
    }
    return left;
  }
  for (const [name, field] of Object.entries(value)) {
    if (left < 0) return left;
    left = roomAfterValue(field, left - name.length);
  }
  return left;
}

/** As `roomAfterValue`, of an expression; what is constant in it counts as one. */
function roomAfterExpr(expr: Expr, room: number): number {
  const left = room - 1;
  if (left < 0) return left;
  switch (expr.k) {
    case "const":
    case "ref":
      return left;
    case "field":
      return roomAfterExpr(expr.of, left);
    case "list":
      return roomAfterAll(expr.items, left);
    case "record":
      return roomAfterAll(Object.values(expr.fields), left);
    case "text": {
      let after = left;
      for (const part of expr.parts) if (after >= 0 && typeof part !== "string") after = roomAfterExpr(part.e, after);
      return after;
    }
    case "op":
      return roomAfterAll(expr.args, left);
    case "fn":
      return roomAfterExpr(expr.body, left);
    case "match": {
      let after = roomAfterExpr(expr.on, left);
      for (const arm of expr.arms) if (after >= 0) after = roomAfterExpr(arm.then, after);
      return after;
    }
  }
}

function roomAfterAll(all: readonly Expr[], room: number): number {
  let left = room;
  for (const each of all) if (left >= 0) left = roomAfterExpr(each, left);
  return left;
}

export function valueFits(value: Value): boolean {
  if (roomAfterValue(value, SMALL) >= 0) return true;
  const { size, depth } = valueSize(value);
  return size <= MAX_VALUE && depth <= MAX_NESTING;
}

/** Size of an expression written out; what is constant in it counts as one. */
export function exprSize(expr: Expr): Size {
  if (expr.k === "const" || expr.k === "ref") return LEAF;
  const known = exprSizes.get(expr);
  if (known !== undefined) return known;
  let size = 1;
  let depth = 0;
  forEachChild(expr, (child) => {
    const part = exprSize(child);
    size += part.size;
    depth = Math.max(depth, part.depth);
  });
  const total = { size, depth: depth + 1 };
  exprSizes.set(expr, total);
  return total;
}

export function exprFits(expr: Expr): boolean {
  if (expr.k === "const" || expr.k === "ref") return true;
  if (roomAfterExpr(expr, SMALL) >= 0) return true;
  const { size, depth } = exprSize(expr);
  return size <= MAX_EXPR && depth <= MAX_NESTING;
}

/** Calls `visit` on each of the expressions directly within one, in order, with `passed`. */
export function forEachChild(expr: Expr, visit: (child: Expr) => void): void;
export function forEachChild<T>(expr: Expr, visit: (child: Expr, passed: T) => void, passed: T): void;
export function forEachChild<T>(expr: Expr, visit: (child: Expr, passed?: T) => void, passed?: T): void {
  switch (expr.k) {
    case "const":
    case "ref":
      return;
    case "field":
      visit(expr.of, passed);
      return;
    case "list":
      for (const item of expr.items) visit(item, passed);
      return;
    case "record":
      for (const field of Object.values(expr.fields)) visit(field, passed);
      return;
    case "text":
      for (const part of expr.parts) if (typeof part !== "string") visit(part.e, passed);
      return;
    case "op":
      for (const arg of expr.args) visit(arg, passed);
      return;
    case "fn":
      visit(expr.body, passed);
      return;
    case "match":
      visit(expr.on, passed);
      for (const arm of expr.arms) visit(arm.then, passed);
      return;
  }
}

/** The expressions directly within one, as a list. */
export function childrenOf(expr: Expr): readonly Expr[] {
  const children: Expr[] = [];
  forEachChild(expr, (child) => children.push(child));
  return children;
}
