/** What names mean to the expressions of a plan while it runs, and the values of arguments. */

import { freeRefs } from "../../compiler/ir/evaluate.ts";
import { constant, type Expr, type Root, type Value } from "../../compiler/ir/expr.ts";
import type { Knowable, PlanCall, PlanRequirement } from "../../compiler/plan/plan.schema.ts";
import { plainResource } from "../../compiler/resource.ts";
import { messageOf } from "../message.ts";
import type { Env } from "./rules.ts";
import { seenIn } from "./seen.ts";
import type { RunState } from "./state.ts";

export interface Names {
  /** What a check read, or what an operation answered. */
  readonly it?: Value;
  /** In a rollback: the result of the step that is undone. */
  readonly self?: Value;
  /** RFC 3339. */
  readonly now?: string;
  /** In the reads of a guardrail: what was read before. */
  readonly vars?: ReadonlyMap<string, Value>;
}

export function envOf(state: RunState, names: Names): Env {
  return {
    ref(root: Root, name: string): Expr | undefined {
      switch (root) {
        case "step": {
          const n = state.byId.get(name);
          return n === undefined ? undefined : constant(n.result);
        }
        case "it":
          return names.it === undefined ? undefined : constant(names.it);
        case "self":
          return names.self === undefined ? undefined : constant(names.self);
        case "run":
          return ofRun(state, name, names);
        case "var": {
          const value = names.vars?.get(name);
          return value === undefined ? undefined : constant(value);
        }
        case "local":
          return undefined;
      }
    },
  };
}

/** `outcome` and `error` are there for the last hooks, when it is known how the run ends. */
function ofRun(state: RunState, name: string, names: Names): Expr | undefined {
  const { closing } = state;
  if (name === "now") return names.now === undefined ? undefined : constant(names.now);
  if (closing === null) return undefined;
  if (name === "outcome") return constant(closing.outcome);
  if (name === "error") {
    const [failed] = state.failures;
    const step = failed === undefined ? null : (state.nodes[failed]?.node.id ?? null);
    return constant(closing.why === null || closing.outcome === "succeeded" ? null : { step, message: closing.why });
  }
  return undefined;
}

export type Got<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** The value of an expression, or why it cannot be computed, in words that name a result which was never seen. */
export function compute(state: RunState, expr: Expr, names: Names): Got<Value> {
  try {
    return { ok: true, value: state.rules.evaluate(expr, envOf(state, names)) };
  } catch (error) {
    const marked = freeRefs(expr)
      .flatMap(({ root, name }) => (root === "step" && state.byId.get(name)?.marked === true ? [name] : []))
      .sort();
    const why = messageOf(error);
    if (marked.length === 0) return { ok: false, why };
    return { ok: false, why: `${why}; ${marked.join(", ")} was marked done by hand, so its result is not known` };
  }
}

const knownOr = (state: RunState, it: Knowable, names: Names): Got<Value> =>
  it.is === "known" ? { ok: true, value: it.value } : compute(state, it.expr, names);

/** All arguments of a call by name, or the first that cannot be computed. */
export function argsOf(state: RunState, call: PlanCall, names: Names): Got<{ readonly [name: string]: Value }> {
  const args: [string, Value][] = [];
  for (const arg of call.args) {
    const got = knownOr(state, arg.value, names);
    if (!got.ok) return { ok: false, why: `argument ${arg.name} of ${call.shown} cannot be computed: ${got.why}` };
    args.push([arg.name, got.value]);
  }
  return { ok: true, value: Object.fromEntries(args) };
}

/** What a call touches; null where that cannot be told. */
export function resourceOf(state: RunState, call: PlanCall): string | null {
  const got = knownOr(state, call.resource, {});
  if (!got.ok || got.value === null) return null;
  return typeof got.value === "string" ? plainResource(got.value) : JSON.stringify(got.value);
}

/** What a requirement that does not hold says; where it says nothing of itself, the condition as written and what it saw. */
export function messageFor(state: RunState, requirement: PlanRequirement, names: Names): string {
  const fallback = `${requirement.text} does not hold`;
  if (requirement.message === null) {
    const seen = seenIn(requirement.condition, (expr) => {
      const got = compute(state, expr, names);
      return got.ok ? got.value : undefined;
    });
    return seen === "" ? fallback : `${fallback}: ${seen}`;
  }
  const got = compute(state, requirement.message, names);
  return got.ok && typeof got.value === "string" ? got.value : fallback;
}
