/** Which operators there are between which types, and what comes out. The checker and the docs read these tables. */
import { assignable, BOOL, base, common, DECIMAL, DURATION, ERROR, INT, listOf, STRING, widen } from "./relations.ts";
import type { Type } from "./type.ts";

/** `op` names the IR operation; `swap` where it takes its operands the other way round. */
export interface Typed {
  readonly op: string;
  readonly type: Type;
  readonly swap?: true;
}

type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "of";

const SIZE: Type = { kind: "size" };
const PERCENT: Type = { kind: "percent" };
const TIME: Type = { kind: "time" };

/** left kind, operator, right kind → operation, result. Looked up by kinds after refinements and literals are taken off. */
const ARITHMETIC: readonly (readonly [string, ArithmeticOperator, string, string, Type])[] = [
  ["int", "+", "int", "int.add", INT],
  ["int", "-", "int", "int.sub", INT],
  ["int", "*", "int", "int.mul", INT],
  ["int", "/", "int", "num.div", DECIMAL],
  ["int", "%", "int", "int.rem", INT],
  ["decimal", "+", "decimal", "num.add", DECIMAL],
  ["decimal", "-", "decimal", "num.sub", DECIMAL],
  ["decimal", "*", "decimal", "num.mul", DECIMAL],
  ["decimal", "/", "decimal", "num.div", DECIMAL],
  ["decimal", "%", "decimal", "num.rem", DECIMAL],
  ["string", "+", "string", "string.add", STRING],
  ["duration", "+", "duration", "int.add", DURATION],
  ["duration", "-", "duration", "int.sub", DURATION],
  ["duration", "*", "int", "unit.mul", DURATION],
  ["duration", "*", "decimal", "unit.mul", DURATION],
  ["duration", "/", "int", "unit.div", DURATION],
  ["duration", "/", "decimal", "unit.div", DURATION],
  ["duration", "/", "duration", "num.div", DECIMAL],
  ["duration", "%", "duration", "int.rem", DURATION],
  ["int", "*", "duration", "unit.mul", DURATION],
  ["decimal", "*", "duration", "unit.mul", DURATION],
  ["size", "+", "size", "int.add", SIZE],
  ["size", "-", "size", "int.sub", SIZE],
  ["size", "*", "int", "unit.mul", SIZE],
  ["size", "*", "decimal", "unit.mul", SIZE],
  ["size", "/", "int", "unit.div", SIZE],
  ["size", "/", "decimal", "unit.div", SIZE],
  ["size", "/", "size", "num.div", DECIMAL],
  ["size", "%", "size", "int.rem", SIZE],
  ["int", "*", "size", "unit.mul", SIZE],
  ["decimal", "*", "size", "unit.mul", SIZE],
  ["percent", "+", "percent", "num.add", PERCENT],
  ["percent", "-", "percent", "num.sub", PERCENT],
  ["percent", "*", "int", "num.mul", PERCENT],
  ["percent", "*", "decimal", "num.mul", PERCENT],
  ["int", "*", "percent", "num.mul", PERCENT],
  ["decimal", "*", "percent", "num.mul", PERCENT],
  ["percent", "/", "int", "num.div", PERCENT],
  ["percent", "/", "decimal", "num.div", PERCENT],
  ["percent", "/", "percent", "num.div", DECIMAL],
  ["percent", "of", "percent", "percent.of", PERCENT],
  ["percent", "of", "int", "percent.of_int", INT],
  ["percent", "of", "decimal", "percent.of", DECIMAL],
  ["percent", "of", "duration", "percent.of_unit", DURATION],
  ["percent", "of", "size", "percent.of_unit", SIZE],
  ["time", "+", "duration", "time.plus", TIME],
  ["duration", "+", "time", "time.after", TIME],
  ["date", "-", "date", "date.since", DURATION],
  ["time", "-", "duration", "time.minus", TIME],
  ["time", "-", "time", "time.since", DURATION],
];

/** The operation for `left op right`; null where there is none. */
export function arithmetic(left: Type, op: ArithmeticOperator, right: Type): Typed | null {
  const l = widen(base(left));
  const r = widen(base(right));
  if (l.kind === "error" || r.kind === "error") return { op: "int.add", type: ERROR };
  if (op === "+" && l.kind === "list" && r.kind === "list") {
    const of = common(l.of, r.of);
    return of === null ? null : { op: "list.add", type: listOf(of) };
  }
  const numeric = (l.kind === "int" && r.kind === "decimal") || (l.kind === "decimal" && r.kind === "int");
  const [lk, rk] = numeric ? ["decimal", "decimal"] : [l.kind, r.kind];
  const row = ARITHMETIC.find(([a, o, b]) => a === lk && o === op && b === rk);
  return row === undefined ? null : { op: row[3], type: row[4] };
}

const ORDERED = ["int", "decimal", "duration", "size", "percent", "date", "time", "time_of_day"];

/** Whether `<` and its like compare the two; an enum by the order of its members. */
export function ordered(left: Type, right: Type): "plain" | "enum" | null {
  const l = widen(base(left));
  const r = widen(base(right));
  if (l.kind === "error" || r.kind === "error") return "plain";
  if (l.kind === "enum" && r.kind === "enum") return l.id === r.id ? "enum" : null;
  const numeric = (k: string): string => (k === "decimal" ? "int" : k);
  return ORDERED.includes(l.kind) && numeric(l.kind) === numeric(r.kind) ? "plain" : null;
}

/** Whether `==` may be asked of the two: one must fit the other, `none` only an optional. */
export function equatable(left: Type, right: Type): boolean {
  return assignable(left, right) || assignable(right, left) || common(left, right) !== null;
}

/** `x in xs`: the operation, which takes the collection first. */
export function membership(item: Type, collection: Type): Typed | null {
  const c = base(collection);
  switch (c.kind) {
    case "error":
      return { op: "list.has", type: BOOL };
    case "list":
      return equatable(item, c.of) ? { op: "list.has", type: BOOL, swap: true } : null;
    case "range":
      return ordered(item, c.of) === "plain" ? { op: "range.has", type: BOOL, swap: true } : null;
    case "map":
      return assignable(item, STRING) ? { op: "map.has", type: BOOL, swap: true } : null;
    default:
      return null;
  }
}
