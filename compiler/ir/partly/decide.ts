/**
 * What an expression comes to where only a part of what it names is known: Kleene's logic over `Partly`. Whatever it
 * decides is what the expression gives however the unknown turns out, as long as that can be computed at all.
 */
import { EvaluationError, reduceOutermost } from "../evaluate.ts";
import { constant, type Expr, type Root, type Value } from "../expr.ts";
import { lambdaOps, strictOps } from "../ops.ts";
import { callMethod } from "./methods.ts";
import { onParts } from "./operations.ts";
import {
  either,
  FAILED,
  type Fresh,
  fieldsOf,
  isLoose,
  keyOf,
  known,
  listOf,
  literal,
  type Member,
  membersOf,
  oneOf,
  type Partly,
  recordOf,
  truthOf,
  unknown,
  unlike,
  valuesOf,
} from "./value.ts";

export interface PartlyEnv {
  /** Undefined: nothing is known of it. */
  ref(root: Root, name: string): Partly | undefined;
  /** One for all that is looked at together: what is like nothing else must not seem like what is found later. */
  readonly fresh: Fresh;
}

/** True or false where it is decided, `failed` where it surely cannot be computed; null where it is not known. */
export function decide(expr: Expr, env: PartlyEnv): boolean | "failed" | null {
  const found = partly(expr, env);
  if (found.p === "failed") return "failed";
  if (found.p !== "known") return null;
  return typeof found.value === "boolean" ? found.value : "failed";
}

/** Parts that are looked at, those of functions for each member: more than this, and nothing is known. */
const MAX_WORK = 10_000_000;

export interface Walk {
  readonly env: PartlyEnv;
  readonly locals: ReadonlyMap<string, Partly>;
  readonly fresh: Fresh;
  readonly work: { left: number };
}

export function partly(expr: Expr, env: PartlyEnv): Partly {
  return walk(expr, { env, locals: new Map(), fresh: env.fresh, work: { left: MAX_WORK } });
}

export function walk(expr: Expr, w: Walk): Partly {
  w.work.left -= 1;
  if (w.work.left < 0) return unlike(w.fresh);
  switch (expr.k) {
    case "const":
      return constantOf(expr);
    case "ref":
      return (expr.root === "local" ? w.locals.get(expr.name) : w.env.ref(expr.root, expr.name)) ?? nameless(expr, w);
    case "field":
      return fieldOf(expr, walk(expr.of, w), w);
    case "list":
      return listOf(expr.items.map((item) => ({ when: [], item: walk(item, w) })));
    case "record":
      return recordOf(new Map(Object.entries(expr.fields).map(([name, field]) => [name, walk(field, w)])));
    case "text":
      return textOf(expr, w);
    case "fn":
      return unlike(w.fresh);
    case "match":
      return matchOf(expr, w);
    case "op":
      return operation(expr, w);
  }
}

const constants = new WeakMap<Expr, Partly>();

/** One for each constant of a condition, which is looked at again and again. */
function constantOf(expr: Extract<Expr, { k: "const" }>): Partly {
  if (typeof expr.v === "boolean") return truthOf(expr.v);
  const made = constants.get(expr) ?? known(expr.v);
  constants.set(expr, made);
  return made;
}

function nameless(expr: Extract<Expr, { k: "ref" }>, w: Walk): Partly {
  return expr.root === "local" ? unlike(w.fresh) : unknown(`${expr.root}:${JSON.stringify(expr.name)}`, w.fresh);
}

function fieldOf(expr: Extract<Expr, { k: "field" }>, of: Partly, w: Walk): Partly {
  if (of.p === "failed") return of;
  if (of.p === "known") return computed({ ...expr, of: constant(of.value) });
  const field = fieldsOf(of)?.get(expr.name);
  if (field !== undefined) return field;
  if (of.p === "record") return known(null);
  return unknown(`${keyOf(of, w.fresh)}.${JSON.stringify(expr.name)}`, w.fresh);
}

/** Of an expression whose parts are all known. */
function computed(expr: Expr): Partly {
  try {
    const found = reduceOutermost(expr);
    return found.k === "const" ? known(found.v) : FAILED;
  } catch (error) {
    if (error instanceof EvaluationError) return FAILED;
    throw error;
  }
}

function textOf(expr: Extract<Expr, { k: "text" }>, w: Walk): Partly {
  const parts: TextPart[] = [];
  const keys: string[] = [];
  for (const part of expr.parts) {
    const value = typeof part === "string" ? known(part) : walk(part.e, w);
    if (value.p === "failed") return value;
    keys.push(`${keyOf(value, w.fresh)} ${typeof part === "string" ? "" : part.as}`);
    if (value.p === "known") parts.push(typeof part === "string" ? part : { ...part, e: constant(value.value) });
  }
  return parts.length === expr.parts.length ? computed({ ...expr, parts }) : unknown(`text(${keys})`, w.fresh);
}

type TextPart = Extract<Expr, { k: "text" }>["parts"][number];

function matchOf(expr: Extract<Expr, { k: "match" }>, w: Walk): Partly {
  const on = walk(expr.on, w);
  if (on.p === "failed") return on;
  const values = valuesOf(on);
  const equal = (a: Value, b: Value): boolean => strictOps.eq?.([a, b], null) === true;
  const arms =
    values === null
      ? expr.arms
      : values.map((v) => expr.arms.find((arm) => arm.is === null || arm.is.some((each) => equal(each, v))));
  let found: Partly | null = null;
  for (const arm of new Set(arms)) {
    const then = arm === undefined ? FAILED : walk(arm.then, w);
    found = found === null ? then : either(found, then, w.fresh);
  }
  return found ?? FAILED;
}

function operation(expr: Extract<Expr, { k: "op" }>, w: Walk): Partly {
  const [first, second, third] = expr.args;
  switch (expr.op) {
    case "and":
    case "or":
      return first === undefined || second === undefined ? FAILED : logic(expr.op === "or", first, second, w);
    case "if":
      return first === undefined || second === undefined || third === undefined
        ? FAILED
        : choice(walk(first, w), second, third, w);
    case "ensure":
      return first === undefined || third === undefined ? FAILED : ensured(walk(first, w), third, w);
    case "coalesce":
      return first === undefined || second === undefined ? FAILED : coalesced(walk(first, w), second, w);
    default:
      break;
  }
  if (Object.hasOwn(lambdaOps, expr.op)) return callMethod(expr, w);
  const args: Partly[] = [];
  const values: Value[] = [];
  for (const arg of expr.args) {
    const value = walk(arg, w);
    if (value.p === "failed") return FAILED;
    if (value.p === "known") values.push(value.value);
    args.push(value);
  }
  if (values.length === args.length) return onKnown(expr, values);
  const keys = args.map((arg) => keyOf(arg, w.fresh));
  const name = expr.op === "ne" ? "!eq" : expr.op;
  return onParts(expr, args, w.fresh) ?? unknown(`${name}(${keys})`, w.fresh);
}

/** The quick way for what most conditions are made of: operands that are known, and a result that is no list or text. */
function onKnown(expr: Extract<Expr, { k: "op" }>, values: readonly Value[]): Partly {
  const strict = Object.hasOwn(strictOps, expr.op) ? strictOps[expr.op] : undefined;
  if (strict === undefined) return computed({ ...expr, args: values.map(constant) });
  try {
    const found = strict(values, expr.at);
    if (typeof found === "boolean") return truthOf(found);
    return typeof found === "object" || typeof found === "string"
      ? computed({ ...expr, args: values.map(constant) })
      : known(found);
  } catch (error) {
    if (error instanceof EvaluationError) return FAILED;
    throw error;
  }
}

function logic(decisive: boolean, first: Expr, second: Expr, w: Walk): Partly {
  const left = walk(first, w);
  if (left.p === "failed") return left;
  if (left.p === "known") {
    if (typeof left.value !== "boolean") return FAILED;
    if (left.value === decisive) return left;
    const right = walk(second, w);
    return right.p === "known" && typeof right.value !== "boolean" ? FAILED : right;
  }
  const right = walk(second, w);
  if (right.p === "known" && typeof right.value === "boolean") return right.value === decisive ? right : left;
  if (right.p === "failed") return unlike(w.fresh);
  return unknown(`${decisive ? "or" : "and"}(${keyOf(left, w.fresh)},${keyOf(right, w.fresh)})`, w.fresh);
}

function choice(condition: Partly, then: Expr, otherwise: Expr, w: Walk): Partly {
  if (condition.p === "failed") return condition;
  if (condition.p === "known") return walk(condition.value === true ? then : otherwise, w);
  const [a, b] = [walk(then, w), walk(otherwise, w)];
  const [yes, no] = [membersOf(a), membersOf(b)];
  if (condition.p !== "unknown" || yes === null || no === null) return either(a, b, w.fresh);
  const under = (members: readonly Member[], holds: boolean): Member[] =>
    members.map(({ when, item }) => ({ when: [literal(condition.key, holds), ...when], item }));
  return listOf([...under(yes, true), ...under(no, false)], isLoose(a) || isLoose(b));
}

function ensured(condition: Partly, value: Expr, w: Walk): Partly {
  if (condition.p === "known") return condition.value === true ? walk(value, w) : FAILED;
  return condition.p === "failed" ? condition : unlike(w.fresh);
}

function coalesced(left: Partly, second: Expr, w: Walk): Partly {
  switch (left.p) {
    case "failed":
    case "list":
    case "record":
    case "between":
      return left;
    case "known":
      return left.value === null ? walk(second, w) : left;
    case "one_of": {
      const some = oneOf(left.values.filter((v) => v !== null)) ?? FAILED;
      return left.values.includes(null) ? either(some, walk(second, w), w.fresh) : some;
    }
    case "unknown":
      return unknown(`or_else(${left.key},${keyOf(walk(second, w), w.fresh)})`, w.fresh);
  }
}
