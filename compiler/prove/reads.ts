/**
 * A rollback runs after a failure, so it may read only what surely exists then: inputs, facts, results of steps that
 * surely came before its own, and its own step's result as an optional. And what it computes must not fail for want of
 * a value.
 */
import type { Span } from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import { walkExpr } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import type { Action, Rollback, Statement, StepStmt } from "../program.ts";
import { Bound } from "./bound.ts";
import { blocksOf, holds } from "./brief.ts";
import { Flow } from "./flow.ts";
import { certainParts, PartialFaults } from "./partial.ts";

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

const plainName = (id: string): string => id.replace(/^\w+:/, "").replace(/~\d+$/, "");

/** Of so many conditions before a step, the nearest, it is asked what they have looked at. */
const MAX_LOOKED = 64;

/** What rollbacks compute of results. */
class Computed {
  readonly #cx: Context;
  readonly #flow: Flow;
  /** Numbers of what was computed already where it may fail: a step that needs it has not started then. */
  readonly #done = new Bound<true>();
  readonly #partial: PartialFaults;
  /** Conditions that were looked at before what stands here. */
  readonly #looked: Expr[] = [];

  constructor(cx: Context, action: Action) {
    this.#cx = cx;
    this.#flow = new Flow(action.params);
    this.#partial = new PartialFaults(this.#flow);
  }

  walk(body: readonly Statement[]): void {
    for (const statement of body) {
      if (statement.s === "step") this.#step(statement);
      if (statement.s === "nested" && statement.when === null) this.#compute(statement.args.map((arg) => arg.value));
      if (statement.s === "for") this.#flow.enter(statement.id, statement.over);
      if (statement.s === "require") this.#looked.push(statement.requirement.condition);
      const under = statement.s === "if" ? [statement.condition] : [];
      for (const block of blocksOf(statement)) this.#block(block, under);
      this.#flow.bind(statement);
      if (statement.s === "let") this.#partial.bind(statement.id, statement.value);
    }
  }

  #block(body: readonly Statement[], conditions: readonly Expr[]): void {
    const looked = this.#looked.length;
    this.#looked.push(...conditions);
    this.#done.within(() => this.walk(body));
    this.#looked.length = looked;
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
    for (const expr of exprs) for (const { keys } of this.#partial.of(expr)) this.#done.set(String(keys[0]), true);
  }

  #rollback(step: StepStmt, rollback: Extract<Rollback, { kind: "calls" }>): void {
    for (const each of rollback.calls) {
      const span = this.#cx.project.origins.get(each);
      // What stands under a condition has been looked at by it; the condition itself by nothing.
      const exprs = each.when !== null ? [each.when] : [...each.call.args.map((arg) => arg.value), each.call.resource];
      const faults = exprs
        .flatMap((expr) => this.#partial.of(expr))
        .filter(({ keys }) => keys.every((key) => this.#done.get(String(key)) === undefined));
      const looked = [...this.#looked.slice(-MAX_LOOKED), ...(step.when === null ? [] : [step.when])];
      const [fault] = looked.reduce((left, condition) => this.#partial.unguarded(left, condition), faults);
      if (fault === undefined || span === undefined) continue;
      report(this.#cx, "rollback-may-fail", span, { step: step.name, why: fault.why }, { help: fault.help });
    }
  }
}
