/**
 * The evaluator of the expression IR. One serves planner and runtime: `reduce` replaces what is known by constants
 * and keeps the rest, so that a plan holds exactly what only the run can tell; `evaluate` demands a value.
 *
 * Logic is Kleene's: `false && unknown` is false, `true || unknown` is true, all else unknown stays unknown.
 * Work is bounded: values by `ir/size.ts`, calls of functions by `MAX_CALLS`.
 */
import { cutExpr, readThrough } from "./cut.ts";
import { constant, type Expr, type Root, type Value } from "./expr.ts";
import { formatValue, plainText } from "./format.ts";
import { EvaluationError, isRecord, lambdaOps, strictOps, truth } from "./ops.ts";
import { forEachChild, MAX_VALUE, valueFits } from "./size.ts";

export { EvaluationError } from "./ops.ts";

/** What names stand for. `undefined`: not known yet. The answer may itself be partly known. */
export interface Env {
  ref(root: Root, name: string): Expr | undefined;
  /** Calls of functions that are left to the outermost method; set by the evaluator alone. */
  readonly calls?: { left: number };
}

export const emptyEnv: Env = { ref: () => undefined };

/** How often one method may call functions, those within its function counted. */
const MAX_CALLS = 1_000_000;

/** Simplifies `expr` by all that `env` knows. Throws `EvaluationError` where an operation on known values fails. */
export function reduce(expr: Expr, env: Env): Expr {
  return combine(expr, env, true);
}

/** `reduce` of an expression whose parts are reduced already: looks at the outermost operation only. */
export function reduceOutermost(expr: Expr): Expr {
  return combine(expr, emptyEnv, false);
}

/** `deep`: the parts are reduced first; otherwise they are taken as they are. */
function combine(expr: Expr, env: Env, deep: boolean): Expr {
  switch (expr.k) {
    case "const":
      return expr;
    case "ref":
      return env.ref(expr.root, expr.name) ?? expr;
    case "field":
      return reduceField(expr, part(expr.of, env, deep));
    case "list": {
      const items = parts(expr.items, env, deep);
      return items.every(isConst)
        ? sized(items.map((item) => item.v))
        : items === expr.items
          ? expr
          : { k: "list", items };
    }
    case "record": {
      if (!deep) return packRecord(expr);
      const fields: Record<string, Expr> = {};
      for (const [name, field] of Object.entries(expr.fields)) define(fields, name, part(field, env, deep));
      return packRecord({ k: "record", fields });
    }
    case "text":
      return reduceText(expr, env, deep);
    case "op":
      return reduceOp(expr, env, deep);
    case "fn":
      // It may never be called, so what fails in it does not fail here.
      return deep ? { ...expr, body: reduceBranch(expr.body, hide(env, expr.params)) } : expr;
    case "match":
      return reduceMatch(expr, env, deep);
  }
}

/** The value of `expr`. Throws `EvaluationError` where it fails or needs something `env` does not know. */
export function evaluate(expr: Expr, env: Env): Value {
  const reduced = reduce(expr, env);
  if (isConst(reduced)) return reduced.v;
  throw new EvaluationError(`${describeUnknown(reduced)} is not known`, null);
}

export function isConst(expr: Expr): expr is Extract<Expr, { k: "const" }> {
  return expr.k === "const";
}

/** Every `ref` in `expr` that is not a parameter of an `fn` within it, in order, without repeats. */
export function freeRefs(expr: Expr): { readonly root: Root; readonly name: string }[] {
  const found = new Map<string, { root: Root; name: string }>();
  walkExpr(expr, (e) => {
    if (e.k === "ref" && e.root !== "local") found.set(`${e.root} ${e.name}`, { root: e.root, name: e.name });
  });
  return [...found.values()];
}

/** Calls `visit` on `expr` and all within it, outermost first. */
export function walkExpr(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  forEachChild(expr, walkExpr, visit);
}

/** Same value? Records by field, lists by position. */
export function equal(a: Value, b: Value): boolean {
  return strictOps.eq?.([a, b], null) === true;
}

function part(expr: Expr, env: Env, deep: boolean): Expr {
  return deep ? combine(expr, env, true) : expr;
}

/** All of them; without `deep` the very same list. */
function parts(all: readonly Expr[], env: Env, deep: boolean): readonly Expr[] {
  return deep ? all.map((each) => combine(each, env, true)) : all;
}

/** A part that may never be evaluated must not fail the whole: it is kept as it was where it cannot be reduced. */
function branch(expr: Expr, env: Env, deep: boolean): Expr {
  return deep ? reduceBranch(expr, env) : expr;
}

function reduceBranch(expr: Expr, env: Env): Expr {
  try {
    return reduce(expr, env);
  } catch (error) {
    if (error instanceof EvaluationError) return substitute(expr, env);
    throw error;
  }
}

/** A part that is taken: without `deep` it may be one that failed before, and fails again here. */
function taken(expr: Expr, env: Env, deep: boolean): Expr {
  return deep ? reduce(expr, env) : expr;
}

function reduceField(expr: Extract<Expr, { k: "field" }>, of: Expr): Expr {
  if (of.k === "record") return Object.hasOwn(of.fields, expr.name) ? (of.fields[expr.name] as Expr) : constant(null);
  if (!isConst(of)) return readThrough(expr, of) ?? (of === expr.of ? expr : { ...expr, of });
  if (of.v === null) {
    if (expr.safe) return of;
    throw new EvaluationError(`there is no value here to read .${expr.name} of`, null);
  }
  if (!isRecord(of.v)) {
    // A reply read as JSON may be anything; asked safely, what is no record has no field.
    if (expr.safe) return constant(null);
    throw new EvaluationError(`this value has no field ${expr.name}`, null);
  }
  return constant(Object.hasOwn(of.v, expr.name) ? (of.v[expr.name] as Value) : null);
}

type TextParts = Extract<Expr, { k: "text" }>["parts"];

/** What is known of it becomes literal, and texts within it become parts of it: what is left is what is not known. */
function reduceText(expr: Extract<Expr, { k: "text" }>, env: Env, deep: boolean): Expr {
  if (!deep && expr.parts.length > 0 && expr.parts.every(isOpen)) return expr;
  const parts: TextParts[number][] = [];
  let length = 0;
  const add = (part: TextParts[number]): void => {
    const last = parts.at(-1);
    if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
    else if (part !== "") parts.push(part);
    if (typeof part === "string") length += part.length;
    if (length > MAX_VALUE) throw new EvaluationError("the text is too large", null);
  };
  for (const part of expr.parts) {
    if (typeof part === "string") {
      add(part);
      continue;
    }
    const e = deep ? combine(part.e, env, true) : part.e;
    if (isConst(e)) add(formatValue(e.v, part.as));
    else if (e.k === "text" && part.as === "plain") for (const inner of e.parts) add(inner);
    else add(e === part.e ? part : { e, as: part.as });
  }
  const [only = "", ...more] = parts;
  if (typeof only === "string" && more.length === 0) return constant(only);
  const same = parts.length === expr.parts.length && parts.every((part, i) => part === expr.parts[i]);
  return same ? expr : { k: "text", parts };
}

/** Whether a part stays as it is: literal, or not known and no text. */
const isOpen = (part: TextParts[number], at: number, all: TextParts): boolean =>
  typeof part === "string"
    ? part !== "" && all.length > 1 && typeof all[at - 1] !== "string"
    : !isConst(part.e) && (part.as !== "plain" || part.e.k !== "text");

function reduceMatch(expr: Extract<Expr, { k: "match" }>, env: Env, deep: boolean): Expr {
  const on = part(expr.on, env, deep);
  if (!isConst(on))
    return { ...expr, on, arms: expr.arms.map((arm) => ({ is: arm.is, then: branch(arm.then, env, deep) })) };
  const arm = expr.arms.find((candidate) => candidate.is === null || candidate.is.some((v) => equal(v, on.v)));
  if (arm === undefined) throw new EvaluationError("no arm of this match fits the value", expr.at);
  return taken(arm.then, env, deep);
}

type OpExpr = Extract<Expr, { k: "op" }>;

function reduceOp(expr: OpExpr, env: Env, deep: boolean): Expr {
  switch (expr.op) {
    case "and":
    case "or":
      return reduceLogic(expr, env, deep);
    case "if": {
      const [condition, then, otherwise] = three(expr);
      const c = part(condition, env, deep);
      if (isConst(c)) return taken(c.v === true ? then : otherwise, env, deep);
      return { ...expr, args: [c, branch(then, env, deep), branch(otherwise, env, deep)] };
    }
    case "ensure": {
      const [condition, message, value] = three(expr);
      const c = part(condition, env, deep);
      if (!isConst(c)) return { ...expr, args: [c, branch(message, env, deep), branch(value, env, deep)] };
      if (c.v === true) return taken(value, env, deep);
      const words = taken(message, env, deep);
      throw new EvaluationError(isConst(words) ? plainText(words.v) : "a condition does not hold", expr.at);
    }
    case "coalesce": {
      const [left, right] = two(expr);
      const l = part(left, env, deep);
      if (isConst(l)) return l.v === null ? taken(right, env, deep) : l;
      if (l.k === "record" || l.k === "list" || l.k === "text") return l;
      return { ...expr, args: [l, branch(right, env, deep)] };
    }
    case "cut": {
      const [of, shape] = two(expr);
      const whole = part(of, env, deep);
      const by = part(shape, env, deep);
      return (by.k === "const" ? cutExpr(whole, by.v) : null) ?? { ...expr, args: [whole, by] };
    }
    default:
      break;
  }
  const args = parts(expr.args, env, deep);
  if (Object.hasOwn(lambdaOps, expr.op)) return reduceMethod(expr, args, env);
  const strict = Object.hasOwn(strictOps, expr.op) ? strictOps[expr.op] : undefined;
  if (strict === undefined) throw new EvaluationError(`this version does not know the operation ${expr.op}`, expr.at);
  if (!args.every(isConst)) return args === expr.args ? expr : { ...expr, args };
  const values = args.map((arg) => arg.v);
  return sized(strict(values, expr.at), expr.at);
}

/** Methods that take a function. */
function reduceMethod(expr: OpExpr, args: readonly Expr[], env: Env): Expr {
  const lambda = lambdaOps[expr.op];
  const [subject, fn] = args;
  if (lambda === undefined || subject === undefined || !isConst(subject) || fn?.k !== "fn") return { ...expr, args };
  const calls = env.calls ?? { left: MAX_CALLS };
  const call = (...values: readonly Value[]): Expr => {
    if (--calls.left < 0) throw new EvaluationError("this goes over too much to be computed", expr.at);
    return reduce(fn.body, bind(env, fn.params, values, calls));
  };
  const result = lambda(subject.v, call, expr.at);
  return result === undefined ? { ...expr, args } : sized(result, expr.at);
}

function reduceLogic(expr: OpExpr, env: Env, deep: boolean): Expr {
  const decisive = expr.op === "or";
  const [left, right] = two(expr);
  const l = part(left, env, deep);
  if (isConst(l)) {
    if (truth(l.v, expr.at) === decisive) return l;
    const r = taken(right, env, deep);
    if (isConst(r)) truth(r.v, expr.at);
    return r;
  }
  const r = branch(right, env, deep);
  // What is neither true nor false decides nothing here; whether it is ever asked for, the left side will tell.
  if (isConst(r) && typeof r.v === "boolean") return r.v === decisive ? r : l;
  return l === left && r === right ? expr : { ...expr, args: [l, r] };
}

/** Puts in what `env` knows without computing anything. */
export function substitute(expr: Expr, env: Env): Expr {
  switch (expr.k) {
    case "const":
      return expr;
    case "ref":
      return env.ref(expr.root, expr.name) ?? expr;
    case "field":
      return { ...expr, of: substitute(expr.of, env) };
    case "list":
      return { ...expr, items: expr.items.map((item) => substitute(item, env)) };
    case "record": {
      const fields: Record<string, Expr> = {};
      for (const [name, field] of Object.entries(expr.fields)) define(fields, name, substitute(field, env));
      return { k: "record", fields };
    }
    case "text":
      return { ...expr, parts: expr.parts.map((p) => (typeof p === "string" ? p : { ...p, e: substitute(p.e, env) })) };
    case "op":
      return { ...expr, args: expr.args.map((arg) => substitute(arg, env)) };
    case "fn":
      return { ...expr, body: substitute(expr.body, hide(env, expr.params)) };
    case "match":
      return {
        ...expr,
        on: substitute(expr.on, env),
        arms: expr.arms.map((arm) => ({ is: arm.is, then: substitute(arm.then, env) })),
      };
  }
}

function packRecord(expr: Extract<Expr, { k: "record" }>): Expr {
  const values: Record<string, Value> = {};
  for (const [name, field] of Object.entries(expr.fields)) {
    if (!isConst(field)) return expr;
    define(values, name, field.v);
  }
  return sized(values);
}

/** A constant that was computed, unless it is too large to be of use to anybody. */
function sized(value: Value, at: string | null = null): Expr {
  if (typeof value !== "object" && typeof value !== "string") return constant(value);
  if (!valueFits(value)) throw new EvaluationError("the value is too large", at);
  return constant(value);
}

function bind(env: Env, params: readonly string[], values: readonly Value[], calls: { left: number }): Env {
  return {
    calls,
    ref: (root, name) => {
      const i = root === "local" ? params.indexOf(name) : -1;
      return i < 0 ? env.ref(root, name) : constant(values[i] ?? null);
    },
  };
}

function hide(env: Env, params: readonly string[]): Env {
  return {
    ...(env.calls === undefined ? {} : { calls: env.calls }),
    ref: (root, name) => (root === "local" && params.includes(name) ? undefined : env.ref(root, name)),
  };
}

function describeUnknown(expr: Expr): string {
  const ref = freeRefs(expr)[0];
  if (ref === undefined) return "a value";
  switch (ref.root) {
    case "step":
      return `the result of ${ref.name}`;
    case "self":
      return "the step's own result";
    case "it":
      return "what was read";
    case "run":
      return `run.${ref.name}`;
    case "var":
    case "local":
      return ref.name;
  }
}

/** Sets an own property whatever its name (`__proto__` too). */
export function define<T>(target: Record<string, T>, name: string, value: T): void {
  if (name !== "__proto__") target[name] = value;
  else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

function two(expr: OpExpr): [Expr, Expr] {
  const [a, b] = expr.args;
  if (a === undefined || b === undefined) throw new EvaluationError(`${expr.op} needs two operands`, expr.at);
  return [a, b];
}

function three(expr: OpExpr): [Expr, Expr, Expr] {
  const [a, b, c] = expr.args;
  if (a === undefined || b === undefined || c === undefined)
    throw new EvaluationError("if needs three operands", expr.at);
  return [a, b, c];
}
