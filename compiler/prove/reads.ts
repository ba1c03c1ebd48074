/**
 * A rollback runs after a failure, so it may read only what surely exists then: inputs, facts, results of steps that
 * surely came before its own, and its own step's result as an optional. And what it computes must not fail for want of
 * a value.
 */
import type { Span } from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import { walkExpr } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import { childrenOf } from "../ir/size.ts";
import type { Action, Rollback, Statement, StepStmt } from "../program.ts";
import { Bound } from "./bound.ts";
import { blocksOf, holds } from "./brief.ts";
import { Flow } from "./flow.ts";

export interface MissingRead {
  readonly step: StepStmt;
  /** The call of the rollback that reads it. */
  readonly call: object;
  readonly what: string;
  readonly why: string;
}

export function proveReads(cx: Context, action: Action): void {
  if (!holds(action.body, (each) => each.s === "step" && each.rollback?.kind === "calls")) return;
  const spanOf = (lowered: object, step: object): Span =>
    cx.project.origins.get(lowered) ?? cx.project.origins.get(step) ?? { start: 0, end: 0 };
  for (const { step, call, what, why } of missingReads(action))
    report(cx, "rollback-reads-missing", spanOf(call, step), { step: step.name, what, why });
  new Computed(cx, action).walk(action.body);
}

/** Scopes keep such reads from being written; this looks at what came of it, whatever way it was made. */
export function missingReads(action: Pick<Action, "params" | "body">): MissingRead[] {
  const found: MissingRead[] = [];
  const bound = new Bound<true>();
  for (const { name } of action.params) bound.set(`input:${name}`, true);
  for (const name of ["requester", "reason"]) bound.set(`run:${name}`, true);
  const check = (step: StepStmt): void => {
    for (const { expr, call, guarded } of undoExprs(step)) {
      const fault = readFault(expr, bound, step, guarded);
      if (fault !== null) found.push({ step, call, ...fault });
    }
  };
  const walk = (body: readonly Statement[]): void => {
    for (const statement of body) {
      if (statement.s === "step") check(statement);
      each(statement, (block) => bound.within(() => walk(block)), bound);
      const binds = ["let", "fact", "step", "check", "nested"].includes(statement.s);
      if (binds && "id" in statement) bound.set(statement.id, true);
      // What stands directly in parallel has ended when it has.
      if (statement.s === "parallel")
        for (const each of statement.branches.flat())
          if (each.s === "step" || each.s === "check" || each.s === "nested") bound.set(each.id, true);
    }
  };
  walk(action.body);
  return found;
}

function each(statement: Statement, block: (body: readonly Statement[]) => void, bound: Bound<true>): void {
  if (statement.s === "if") for (const body of [statement.then, statement.else]) block(body);
  if (statement.s === "parallel") for (const body of statement.branches) block(body);
  if (statement.s === "for")
    bound.within(() => {
      bound.set(statement.id, true);
      block(statement.body);
    });
}

function undoExprs(step: StepStmt): { readonly expr: Expr; readonly call: object; readonly guarded: boolean }[] {
  const { rollback } = step;
  if (rollback?.kind !== "calls") return [];
  return rollback.calls.flatMap((call) => {
    // What stands under a condition has been looked at by it.
    const guarded = call.when !== null;
    const exprs = [...call.call.args.map((arg) => arg.value), call.call.resource, call.when, call.timeout];
    return exprs.flatMap((expr) => (expr === null ? [] : [{ expr, call, guarded }]));
  });
}

function readFault(
  expr: Expr,
  bound: Bound<true>,
  step: StepStmt,
  guarded: boolean,
): { readonly what: string; readonly why: string } | null {
  let unbound: string | null = null;
  walkExpr(expr, (e) => {
    if (e.k === "ref" && e.root === "var" && bound.get(e.name) === undefined) unbound ??= e.name;
  });
  if (unbound !== null) return { what: plainName(unbound), why: "it has not surely come before" };
  const own = guarded ? null : ownField(expr);
  return own === null
    ? null
    : { what: `${step.name}.${own}`, why: "the step is undone too if it timed out or crashed" };
}

/** A field of the step's own result, read as if it were there, where no condition has looked before. */
function ownField(expr: Expr): string | null {
  if (expr.k === "field" && !expr.safe && expr.of.k === "ref" && expr.of.root === "self") return expr.name;
  for (const part of certainParts(expr)) {
    const found = ownField(part);
    if (found !== null) return found;
  }
  return null;
}

/** The parts of an expression that are computed in any case. */
function certainParts(expr: Expr): readonly Expr[] {
  if (expr.k === "fn") return [];
  const guarded = expr.k === "match" || (expr.k === "op" && GUARDED.includes(expr.op));
  return guarded ? childrenOf(expr).slice(0, 1) : childrenOf(expr);
}

const plainName = (id: string): string => id.replace(/^\w+:/, "").replace(/~\d+$/, "");

/** Operations that fail for want of a value, in words. */
const PARTIAL: ReadonlyMap<string, string> = new Map([
  ["list.at", "the list may be shorter"],
  ["map.at", "there may be no such entry"],
  ["string.to_int", "the text may spell no int"],
  ["string.to_decimal", "the text may spell no decimal"],
]);
const DIVIDING: readonly string[] = ["num.div", "num.rem", "int.rem", "unit.div"];
/** Only their first part is computed in any case. */
const GUARDED: readonly string[] = ["if", "and", "or", "coalesce"];

/** What rollbacks compute of results. */
class Computed {
  readonly #cx: Context;
  readonly #flow: Flow;
  /** Numbers of what was computed already where it may fail: a step that needs it has not started then. */
  readonly #done = new Bound<true>();

  constructor(cx: Context, action: Action) {
    this.#cx = cx;
    this.#flow = new Flow(action.params);
  }

  walk(body: readonly Statement[]): void {
    for (const statement of body) {
      if (statement.s === "step") this.#step(statement);
      if (statement.s === "nested" && statement.when === null) this.#compute(statement.args.map((arg) => arg.value));
      if (statement.s === "for") this.#flow.enter(statement.id, statement.over);
      for (const block of blocksOf(statement)) this.#block(block);
      this.#flow.bind(statement);
    }
  }

  #block(body: readonly Statement[]): void {
    this.#done.within(() => this.walk(body));
  }

  #step(step: StepStmt): void {
    const { rollback, when, call } = step;
    const own = [...call.args.map((arg) => arg.value), call.resource];
    if (rollback?.kind === "calls")
      this.#done.within(() => {
        this.#compute(own);
        this.#rollback(step, rollback);
      });
    // A step that may be left out has not surely computed anything.
    if (when === null) this.#compute(own);
  }

  #compute(exprs: readonly Expr[]): void {
    for (const expr of exprs) for (const { key } of this.#partial(expr)) this.#done.set(key, true);
  }

  #rollback(step: StepStmt, rollback: Extract<Rollback, { kind: "calls" }>): void {
    for (const each of rollback.calls) {
      if (each.when !== null) continue;
      const span = this.#cx.project.origins.get(each);
      const exprs = [...each.call.args.map((arg) => arg.value), each.call.resource];
      const fault = exprs.flatMap((expr) => this.#partial(expr)).find(({ key }) => this.#done.get(key) === undefined);
      if (fault === undefined || span === undefined) continue;
      report(this.#cx, "rollback-may-fail", span, { step: step.name, why: fault.why }, { help: fault.help });
    }
  }

  /** What of `expr` is computed in any case, only in the run, and may fail. */
  #partial(expr: Expr): { readonly key: string; readonly why: string; readonly help: string }[] {
    const inner = certainParts(expr).flatMap((part) => this.#partial(part));
    const fault = expr.k === "op" ? faultOf(expr) : null;
    if (fault === null) return inner;
    const known = this.#flow.known(expr);
    return known.run === "no" ? inner : [...inner, { key: String(known.key), ...fault }];
  }
}

function faultOf(expr: Extract<Expr, { k: "op" }>): { readonly why: string; readonly help: string } | null {
  const why = PARTIAL.get(expr.op);
  if (why !== undefined)
    return {
      why,
      help:
        expr.op === "map.at"
          ? "write .get(…) with ?? for when there is none"
          : expr.op === "list.at"
            ? "write .first or .last with ?? for when there is none, or compute it in the step itself"
            : "compute it in the step itself, or in one before it, so that it fails before anything is done",
    };
  if (!DIVIDING.includes(expr.op) || expr.args[1]?.k === "const") return null;
  return { why: "what it divides by may be zero", help: "divide in the step itself, or in one before it" };
}
