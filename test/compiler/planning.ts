/** Plans made from a few lines, with facts that a test makes up. */

import type { Sources } from "../../compiler/diagnostics/pages/page.ts";
import type { Code } from "../../compiler/diagnostics/registry.ts";
import { checkInputs, type Given } from "../../compiler/expand/inputs.ts";
import { type PlanRequest, planAction } from "../../compiler/expand/plan.ts";
import type { Problem } from "../../compiler/expand/problem.ts";
import type { FactNeed } from "../../compiler/expand/state.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { constant, type Value } from "../../compiler/ir/expr.ts";
import type { Plan, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { Program } from "../../compiler/program.ts";
import { programOf } from "./project.ts";

export const NOW = "2026-11-21T09:00:00.000Z";

export interface Asked {
  readonly action?: string;
  /** As words of a command line. */
  readonly words?: Readonly<Record<string, string>>;
  /** As JSON of a file. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly requester?: string;
  readonly reason?: string | null;
  /** Of calendars, by path. */
  readonly texts?: Readonly<Record<string, string>>;
  /** What the provider's operation answers, by the fact's id. */
  readonly facts?: Readonly<Record<string, Value>>;
  /** Why a guardrail's fact cannot be read, by its id. */
  readonly unread?: Readonly<Record<string, string>>;
  /** Errors of the check that planning must find by itself. */
  readonly despite?: readonly Code[];
}

export type Outcome =
  | { readonly plan: Plan; readonly rounds: readonly (readonly string[])[] }
  | { readonly problems: readonly Problem[] };

export function given(asked: Asked): Map<string, Given> {
  return new Map<string, Given>([
    ...Object.entries(asked.json ?? {}).map(([name, json]) => [name, { json }] as const),
    ...Object.entries(asked.words ?? {}).map(([name, word]) => [name, { word }] as const),
  ]);
}

export function requestOf(program: Program, asked: Asked): PlanRequest | { readonly problems: readonly Problem[] } {
  const action = program.actions.find((a) => asked.action === undefined || a.name === asked.action);
  if (action === undefined) throw new Error(`there is no action ${asked.action}`);
  const { values, problems } = checkInputs(program, action, given(asked));
  if (problems.length > 0) return { problems };
  return {
    program,
    action,
    inputs: values,
    texts: new Map(Object.entries(asked.texts ?? {})),
    requester: asked.requester ?? "dana@example.com",
    reason: asked.reason ?? null,
    workspace: "default",
    now: NOW,
    lifetime: 3_600_000,
    opsc: "0.0.0-test",
  };
}

/** Plans in as many rounds as the facts take; `rounds` are the ids asked for in each. */
export function outcomeOf(sources: Sources, asked: Asked = {}): Outcome {
  const request = requestOf(programOf(sources, asked.despite), asked);
  if ("problems" in request) return request;
  const facts = new Map<string, Value>();
  const unread = new Map<string, string>();
  const rounds: string[][] = [];
  for (let round = 0; round < 10; round++) {
    const planned = planAction(request, facts, unread);
    if (planned.kind === "problems") return { problems: planned.problems };
    if (planned.kind === "plan") return { plan: planned.plan, rounds };
    rounds.push(planned.facts.map((need) => need.id));
    for (const need of planned.facts) {
      const why = asked.unread?.[need.id];
      if (why === undefined) facts.set(need.id, answer(need, asked));
      else unread.set(need.id, why);
    }
  }
  throw new Error("facts are asked for without end");
}

function answer(need: FactNeed, asked: Asked): Value {
  const value = asked.facts?.[need.id];
  if (value === undefined) throw new Error(`the test has no answer for fact ${need.id}`);
  const { returns } = need.call;
  return returns === null ? value : evaluate(returns, { ref: (root) => (root === "it" ? constant(value) : undefined) });
}

export function planOf(sources: Sources, asked: Asked = {}): Plan {
  const outcome = outcomeOf(sources, asked);
  if ("plan" in outcome) return outcome.plan;
  throw new Error(`it cannot be planned: ${outcome.problems.map((p) => p.message).join("; ")}`);
}

/** What stands in the way, as `kind what: message`. */
export function refusalsOf(sources: Sources, asked: Asked = {}): string[] {
  const outcome = outcomeOf(sources, asked);
  if ("plan" in outcome) return [];
  return outcome.problems.map((p) => `${p.kind} ${p.what}: ${p.message}`);
}

export function nodeOf(plan: Plan, id: string): PlanNode {
  const node = plan.nodes.find((n) => n.id === id);
  if (node === undefined) throw new Error(`there is no node ${id} among ${plan.nodes.map((n) => n.id).join(", ")}`);
  return node;
}

/** The order as lines `id < what it waits for`; data and after are marked. */
export function orderOf(plan: Plan): string[] {
  return plan.nodes.map((node) => {
    const after = node.after.map(({ id, why }) => (why === "order" ? id : `${id} (${why})`));
    return after.length === 0 ? node.id : `${node.id} < ${after.sort().join(", ")}`;
  });
}
