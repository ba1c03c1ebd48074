/**
 * The evaluator of the expression IR. One serves planner and runtime: `reduce` replaces what is known by constants
 * and keeps the rest, so that a plan holds exactly what only the run can tell; `evaluate` demands a value.
 *
 * Logic is Kleene's: `false && unknown` is false, `true || unknown` is true, all else unknown stays unknown.
 */
import { constant, type Expr, type Root, type Value } from "./expr.ts";
import { formatValue } from "./format.ts";
import { EvalError, isRecord, lambdaOps, strictOps } from "./ops.ts";

export { EvalError } from "./ops.ts";

/** What names stand for. `undefined`: not known yet. The answer may itself be partly known. */
export interface Env {
  ref(root: Root, name: string): Expr | undefined;
}

export const emptyEnv: Env = { ref: () => undefined };

/** Simplifies `expr` by all that `env` knows. Throws `EvalError` where an operation on known values fails. */
export function reduce(expr: Expr, env: Env): Expr {
  switch (expr.k) {
    case "const":
      return expr;
    case "ref":
      return env.ref(expr.root, expr.name) ?? expr;
    case "field":
      return reduceField(expr, reduce(expr.of, env));
    case "list": {
      const items = expr.items.map((item) => reduce(item, env));
      return items.every(isConst) ? constant(items.map((item) => item.v)) : { k: "list", items };
    }
    case "record": {
      const fields: Record<string, Expr> = {};
      for (const [name, field] of Object.entries(expr.fields)) define(fields, name, reduce(field, env));
      return packRecord(fields);
    }
    case "text": {
      const parts = expr.parts.map((part) =>
        typeof part === "string" ? part : { e: reduce(part.e, env), as: part.as },
      );
      let text = "";
      for (const part of parts) {
        if (typeof part === "string") text += part;
        else if (isConst(part.e)) text += formatValue(part.e.v, part.as);
        else return { k: "text", parts };
      }
      return constant(text);
    }
    case "op":
      return reduceOp(expr, env);
    case "fn":
      return { ...expr, body: reduce(expr.body, hide(env, expr.params)) };
    case "match": {
      const on = reduce(expr.on, env);
      if (!isConst(on)) {
        return { ...expr, on, arms: expr.arms.map((arm) => ({ is: arm.is, then: reduceBranch(arm.then, env) })) };
      }
      const arm = expr.arms.find((candidate) => candidate.is === null || candidate.is.some((v) => equal(v, on.v)));
      if (arm === undefined) throw new EvalError("no arm of this match fits the value", expr.at);
      return reduce(arm.then, env);
    }
  }
}

/** The value of `expr`. Throws `EvalError` where it fails or needs something `env` does not know. */
export function evaluate(expr: Expr, env: Env): Value {
  const reduced = reduce(expr, env);
  if (isConst(reduced)) return reduced.v;
  throw new EvalError(`${describeUnknown(reduced)} is not known`, null);
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
  for (const child of childrenOf(expr)) walkExpr(child, visit);
}

const sizes = new WeakMap<Expr, number>();

/** How many nodes `expr` has, written out. Shared parts are counted as often as they stand, but looked at once. */
export function exprSize(expr: Expr): number {
  const known = sizes.get(expr);
  if (known !== undefined) return known;
  let size = 1;
  for (const child of childrenOf(expr)) size += exprSize(child);
  sizes.set(expr, size);
  return size;
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.k) {
    case "const":
    case "ref":
      return [];
    case "field":
      return [expr.of];
    case "list":
      return expr.items;
    case "record":
      return Object.values(expr.fields);
    case "text":
      return expr.parts.flatMap((part) => (typeof part === "string" ? [] : [part.e]));
    case "op":
      return expr.args;
    case "fn":
      return [expr.body];
    case "match":
      return [expr.on, ...expr.arms.map((arm) => arm.then)];
  }
}

/** Same value? Records by field, lists by position. */
export function equal(a: Value, b: Value): boolean {
  return strictOps.eq?.([a, b], null) === true;
}

function reduceField(expr: Extract<Expr, { k: "field" }>, of: Expr): Expr {
  if (of.k === "record") return Object.hasOwn(of.fields, expr.name) ? (of.fields[expr.name] as Expr) : constant(null);
  if (!isConst(of)) return { ...expr, of };
  if (of.v === null) {
    if (expr.safe) return of;
    throw new EvalError(`there is no value here to read .${expr.name} of`, null);
  }
  if (!isRecord(of.v)) throw new EvalError(`this value has no field ${expr.name}`, null);
  return constant(Object.hasOwn(of.v, expr.name) ? (of.v[expr.name] as Value) : null);
}

function reduceOp(expr: Extract<Expr, { k: "op" }>, env: Env): Expr {
  switch (expr.op) {
    case "and":
    case "or":
      return reduceLogic(expr, env);
    case "if": {
      const [condition, then, otherwise] = three(expr);
      const c = reduce(condition, env);
      if (isConst(c)) return reduce(c.v === true ? then : otherwise, env);
      return { ...expr, args: [c, reduceBranch(then, env), reduceBranch(otherwise, env)] };
    }
    case "coalesce": {
      const [left, right] = two(expr);
      const l = reduce(left, env);
      if (isConst(l)) return l.v === null ? reduce(right, env) : l;
      if (l.k === "record" || l.k === "list" || l.k === "text") return l;
      return { ...expr, args: [l, reduceBranch(right, env)] };
    }
    default:
      break;
  }
  const args = expr.args.map((arg) => reduce(arg, env));
  const lambda = lambdaOps[expr.op];
  if (lambda !== undefined) {
    const [subject, fn] = args;
    if (subject !== undefined && isConst(subject) && fn?.k === "fn") {
      const call = (...values: readonly Value[]): Expr => reduce(fn.body, bind(env, fn.params, values));
      const result = lambda(subject.v, call, expr.at);
      if (result !== undefined) return constant(result);
    }
    return { ...expr, args };
  }
  const strict = strictOps[expr.op];
  if (strict === undefined) throw new EvalError(`this version does not know the operation ${expr.op}`, expr.at);
  if (!args.every(isConst)) return { ...expr, args };
  return constant(
    strict(
      args.map((arg) => arg.v),
      expr.at,
    ),
  );
}

function reduceLogic(expr: Extract<Expr, { k: "op" }>, env: Env): Expr {
  const decisive = expr.op === "or";
  const [left, right] = two(expr);
  const l = reduce(left, env);
  if (isConst(l)) return l.v === decisive ? l : reduce(right, env);
  const r = reduceBranch(right, env);
  if (isConst(r)) return r.v === decisive ? r : l;
  return { ...expr, args: [l, r] };
}

/** A part that may never be evaluated must not fail the whole: it is kept as it was where it cannot be reduced. */
function reduceBranch(expr: Expr, env: Env): Expr {
  try {
    return reduce(expr, env);
  } catch (error) {
    if (error instanceof EvalError) return substitute(expr, env);
    throw error;
  }
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

function packRecord(fields: Record<string, Expr>): Expr {
  const values: Record<string, Value> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!isConst(field)) return { k: "record", fields };
    define(values, name, field.v);
  }
  return constant(values);
}

function bind(env: Env, params: readonly string[], values: readonly Value[]): Env {
  return {
    ref: (root, name) => {
      const i = root === "local" ? params.indexOf(name) : -1;
      return i < 0 ? env.ref(root, name) : constant(values[i] ?? null);
    },
  };
}

function hide(env: Env, params: readonly string[]): Env {
  return { ref: (root, name) => (root === "local" && params.includes(name) ? undefined : env.ref(root, name)) };
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
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

function two(expr: Extract<Expr, { k: "op" }>): [Expr, Expr] {
  const [a, b] = expr.args;
  if (a === undefined || b === undefined) throw new EvalError(`${expr.op} needs two operands`, expr.at);
  return [a, b];
}

function three(expr: Extract<Expr, { k: "op" }>): [Expr, Expr, Expr] {
  const [a, b, c] = expr.args;
  if (a === undefined || b === undefined || c === undefined) throw new EvalError("if needs three operands", expr.at);
  return [a, b, c];
}
