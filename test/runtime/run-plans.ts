/** Small plans for tests of the engine and the runner, as short as what they show. */
import { constant, type Expr, type Value } from "../../compiler/ir/expr.ts";
import type { Plan, PlanCall, PlanFact, PlanFile, PlanGuardrail, PlanNode } from "../../compiler/plan/plan.schema.ts";

export const DIGEST = `sha256:${"0".repeat(64)}`;
export const T0 = Date.parse("2026-11-21T09:14:00.000Z");

export const ref = (root: "step" | "self" | "it" | "run", name = ""): Expr => ({ k: "ref", root, name });
export const field = (of: Expr, name: string, safe = false): Expr => ({ k: "field", of, name, safe });
export const op = (name: string, ...args: Expr[]): Expr => ({ k: "op", op: name, args, at: null });
const known = (value: Value) => ({ is: "known", value }) as const;
const arg = (name: string, value: Value | { readonly expr: Expr }): PlanCall["args"][number] => ({
  name,
  type: { kind: "json" },
  value: isExpr(value) ? { is: "deferred", expr: value.expr } : known(value),
});
const isExpr = (value: Value | { readonly expr: Expr }): value is { readonly expr: Expr } =>
  typeof value === "object" && value !== null && "expr" in value;

/** A call of `operation` of instance `world`, about the thing `name`. */
export function call(operation: string, name: Value | { readonly expr: Expr }, more: Partial<PlanCall> = {}): PlanCall {
  return {
    instance: "world",
    operation,
    shown: `world.${operation}`,
    args: [arg("name", name)],
    effect: "write",
    repeat: "idempotent",
    atomic: false,
    undo: false,
    resource: isExpr(name) ? { is: "deferred", expr: name.expr } : known(`thing:${JSON.stringify(name)}`),
    returns: null,
    resultType: { kind: "json" },
    ...more,
  };
}

const base = (id: string, after: readonly string[] = [], when: readonly Expr[] = []) => ({
  id,
  at: "a.ops:1:1",
  part: "",
  element: null,
  after: after.map((one) => ({ id: one, why: "order" as const })),
  when: [...when],
});

type Step = Extract<PlanNode, { kind: "step" }>;
type Rollback = NonNullable<Step["rollback"]>;

/** Takes the thing away again. */
export const takeBack = (id: string, more: Partial<PlanCall> = {}): Rollback => ({
  kind: "calls",
  calls: [
    { id: `${id}.back`, name: "back", call: call("remove", id, more), when: null, timeout: 10_000, at: "a.ops:2:1" },
  ],
});

export interface StepOptions extends Partial<Omit<Step, "kind" | "id" | "after" | "call" | "rollback">> {
  readonly call?: Partial<PlanCall>;
  readonly name?: Value | { readonly expr: Expr };
  readonly rollback?: Rollback | null;
}

/** A write that puts the thing named like the step into the world, and a rollback that removes it. */
export function step(id: string, after: readonly string[] = [], options: StepOptions = {}): Step {
  const { call: more, name, rollback, when, ...rest } = options;
  return {
    kind: "step",
    ...base(id, after, when),
    doc: null,
    call: call("add", name ?? id, more),
    timeout: 10_000,
    retry: { attempts: 1, backoffMin: 1_000, backoffMax: 8_000 },
    rollback: rollback === undefined ? takeBack(id) : rollback,
    irreversible: null,
    lease: null,
    preview: null,
    ...rest,
  };
}

export function check(
  id: string,
  after: readonly string[],
  more: Partial<Extract<PlanNode, { kind: "check" }>> = {},
): PlanNode {
  return {
    kind: "check",
    ...base(id, after),
    doc: null,
    call: call("look", id, { effect: "read" }),
    requires: [
      { condition: field(ref("it"), "good"), message: constant("not good"), text: "it.good", at: "a.ops:3:1" },
    ],
    hold: 0,
    every: 10_000,
    within: 60_000,
    timeout: 5_000,
    ...more,
  };
}

export function approve(
  id: string,
  after: readonly string[],
  more: Partial<Extract<PlanNode, { kind: "approve" }>> = {},
): PlanNode {
  const groups = [{ id: "sre", title: "SRE", members: ["ana@example.com", "ben@example.com"] }];
  return {
    kind: "approve",
    ...base(id, after),
    upfront: false,
    mode: "one",
    groups,
    quorum: 1,
    within: null,
    escalate: [],
    ...more,
  };
}

export const require = (id: string, after: readonly string[], condition: Expr, message: string): PlanNode => ({
  kind: "require",
  ...base(id, after),
  requirement: { condition, message: constant(message), text: "the condition", at: "a.ops:4:1" },
});
export const join = (id: string, after: readonly string[]): PlanNode => ({ kind: "join", ...base(id, after) });
export const wait = (id: string, after: readonly string[], duration: number): PlanNode => ({
  kind: "wait",
  ...base(id, after),
  duration,
});

export const fact = (id: string, value: Value, used: string[][]): PlanFact => ({
  id,
  at: "a.ops:5:1",
  call: call("look", id, { effect: "read" }),
  value,
  type: { kind: "json" },
  used,
});

export function guardrail(id: string, condition: Expr, more: Partial<PlanGuardrail> = {}): PlanGuardrail {
  return {
    id,
    name: id,
    doc: null,
    at: "a.ops:6:1",
    enforcement: "hard",
    everyWrite: false,
    status: "deferred",
    why: null,
    when: constant(true),
    requires: [
      { condition, message: constant(`${id} says no`), text: "the rule", at: "a.ops:6:3", status: "deferred" },
    ],
    saw: [],
    part: "",
    facts: [],
    overrideBy: null,
    ...more,
  };
}

const ACTION: Plan["action"] = {
  id: "a.ops#act",
  name: "act",
  module: "a.ops",
  title: "Act",
  doc: null,
  risk: null,
  owner: null,
  tags: [],
  at: "a.ops:1:1",
};

export function plan(nodes: readonly PlanNode[], more: Partial<Plan> = {}): Plan {
  return {
    planVersion: 1,
    irVersion: 1,
    opsc: "0.1.0",
    secrets: [],
    action: ACTION,
    inputs: [],
    parts: [{ id: "", action: ACTION, inputs: [], when: [], windows: [], timeout: null }],
    loops: [],
    hooks: [],
    windows: [],
    locks: [],
    limits: [],
    requester: "dana@example.com",
    reason: null,
    workspace: "default",
    trust: { root: "project", identities: "unverified", breakGlass: [], digest: null },
    sources: [],
    providers: [{ instance: "world", provider: "world", version: "1.0.0", manifest: DIGEST, config: {} }],
    facts: [],
    nodes: [...nodes],
    guardrails: [],
    onFailure: "rollback",
    timeout: null,
    returns: null,
    resultType: null,
    summary: {
      steps: 0,
      reads: 0,
      writes: 0,
      destroys: 0,
      checks: 0,
      approvals: 0,
      resources: [],
      irreversible: [],
      worstCase: null,
    },
    createdAt: new Date(T0).toISOString(),
    expiresAt: new Date(T0 + 86_400_000).toISOString(),
    nonce: "n",
    ...more,
  };
}

export const planFile = (of: Plan): PlanFile => ({ digest: DIGEST, plan: of });
