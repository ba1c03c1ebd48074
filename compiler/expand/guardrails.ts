/** Guardrails judged on a plan: which are in force, what they saw, whether they hold. */
import { matches } from "../check/guardrails.ts";
import { type Env, EvaluationError, isConst, reduce, walkExpr } from "../ir/evaluate.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { Plan, PlanGuardrail, PlanNode } from "../plan/plan.schema.ts";
import type { Action, Guardrail, Program, Requirement } from "../program.ts";

type Status = PlanGuardrail["status"];

/** What guardrails are judged on. */
export interface Judged {
  readonly action: Plan["action"];
  readonly inputs: ReadonlyMap<string, Value>;
  readonly nodes: readonly PlanNode[];
  readonly summary: Plan["summary"];
  readonly requester: string;
  /** Ids of the approvers that the requester is one of. */
  readonly groups: readonly string[];
  readonly reason: string | null;
  readonly now: string;
}

export function judgeGuardrails(program: Program, action: Action, judged: Judged): PlanGuardrail[] {
  const vars = guardrailVars(judged);
  return program.guardrails
    .filter((g) => matches(g, action))
    .flatMap((g) => judge(g, vars, judged.now, unseen(judged.nodes)) ?? []);
}

/** The first write of which only the run knows what it touches; null if all are known. */
function unseen(nodes: readonly PlanNode[]): string | null {
  const found = nodes.find((n) => n.kind === "step" && n.call.effect !== "read" && n.call.resource.is === "deferred");
  return found?.id ?? null;
}

/** Whether a rule turns on what is touched. */
function asksForResources(guardrail: Guardrail): boolean {
  let asks = false;
  const look = (e: Expr): void => {
    if (e.k === "field" && (e.name === "resource" || e.name === "resources")) asks = true;
  };
  for (const expr of [guardrail.when, ...guardrail.requires.map((r) => r.condition)])
    if (expr !== null) walkExpr(expr, look);
  return asks;
}

/** A requirement nobody can decide before the run, and so one that stops it before its first write. */
function unknowable(guardrail: Guardrail, node: string): PlanGuardrail["requires"][number] {
  return {
    condition: { k: "ref", root: "run", name: "resources" },
    message: constant(`what ${node} touches is known only in the run, and this rule asks for it`),
    text: `what ${node} touches`,
    at: guardrail.at,
    status: "deferred",
  };
}

function guardrailVars(judged: Judged): ReadonlyMap<string, Expr> {
  const steps = judged.nodes.flatMap((node) => (node.kind === "step" ? [node] : []));
  const shown = (list: typeof steps): Value =>
    list.map(({ id, call }) => ({
      id,
      operation: call.shown,
      effect: call.effect,
      resource: call.resource.is === "known" ? call.resource.value : null,
    }));
  const vars = new Map<string, Expr>();
  vars.set(
    "action",
    constant({
      name: judged.action.name,
      module: judged.action.module,
      risk: judged.action.risk,
      tags: judged.action.tags,
      owner: judged.action.owner,
    }),
  );
  vars.set(
    "plan",
    constant({
      steps: shown(steps),
      writes: shown(steps.filter((s) => s.call.effect !== "read")),
      destroys: shown(steps.filter((s) => s.call.effect === "destroy")),
      resources: judged.summary.resources,
      irreversible: shown(steps.filter((s) => s.irreversible !== null)),
      approvals: judged.summary.approvals,
      worst_case_duration: judged.summary.worstCase,
    }),
  );
  const now: Expr = { k: "ref", root: "run", name: "now" };
  vars.set("run", {
    k: "record",
    fields: {
      requester: constant(judged.requester),
      groups: constant(judged.groups),
      reason: constant(judged.reason),
      now,
    },
  });
  for (const [name, value] of judged.inputs) vars.set(`input:${name}`, constant(value));
  return vars;
}

/** Null where it does not apply. Conditions are kept reduced, so that the run can judge them again at its own time. */
function judge(
  guardrail: Guardrail,
  vars: ReadonlyMap<string, Expr>,
  now: string,
  blind: string | null,
): PlanGuardrail | null {
  const env: Env = { ref: (root, name) => (root === "var" ? vars.get(name) : undefined) };
  // Where it cannot be computed whether a guardrail applies, it does: what is meant to stop a change must not vanish.
  const when = guardrail.when === null ? constant(true) : tryReduce(guardrail.when, env, true);
  const applies = statusAt(when, now, true);
  if (applies === "fail" && isConst(when)) return null;
  const requires = guardrail.requires.map((requirement) => {
    const reduced: Requirement = {
      ...requirement,
      condition: tryReduce(requirement.condition, env),
      message: requirement.message === null ? null : tryReduce(requirement.message, env),
    };
    return { ...reduced, status: statusAt(reduced.condition, now) };
  });
  if (blind !== null && asksForResources(guardrail)) requires.push(unknowable(guardrail, blind));
  const failing = requires.find((r) => r.status === "fail");
  const status: Status =
    applies === "fail"
      ? "pass"
      : failing !== undefined && applies === "pass"
        ? "fail"
        : requires.some((r) => r.status !== "pass") || applies === "deferred"
          ? "deferred"
          : "pass";
  const why =
    status === "fail" && failing !== undefined
      ? messageAt(failing, now)
      : status === "deferred"
        ? "decided in the run"
        : null;
  return {
    id: guardrail.id,
    part: "",
    name: guardrail.name,
    doc: guardrail.doc,
    at: guardrail.at,
    enforcement: guardrail.enforcement,
    everyWrite: guardrail.everyWrite,
    status,
    why,
    when,
    requires,
    saw: sawOf(guardrail, env, now),
    facts: [],
    overrideBy: null,
  };
}

/** A condition that cannot be computed does not hold: it is kept as a constant `failed`. */
function tryReduce(expr: Expr, env: Env, failed = false): Expr {
  try {
    return reduce(expr, env);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return constant(failed);
  }
}

const atTime = (now: string): Env => ({
  ref: (root, name) => (root === "run" && name === "now" ? constant(now) : undefined),
});

function statusAt(condition: Expr, now: string, failed = false): Status {
  const decided = tryReduce(condition, atTime(now), failed);
  return !isConst(decided) ? "deferred" : decided.v === true ? "pass" : "fail";
}

function messageAt(requirement: Requirement, now: string): string {
  const message = requirement.message === null ? null : tryReduce(requirement.message, atTime(now));
  return message !== null && isConst(message) && typeof message.v === "string"
    ? message.v
    : `it must hold that ${requirement.text}`;
}

/** The values that stand in its conditions, by the name under which they stand there; lists by their length. */
function sawOf(guardrail: Guardrail, env: Env, now: string): PlanGuardrail["saw"] {
  const seen = new Map<string, Value>();
  const inside = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (inside.has(e)) return;
    const path: string[] = [];
    let at: Expr = e;
    while (at.k === "field") {
      path.unshift(at.name);
      at = at.of;
      inside.add(at);
    }
    const root =
      at.k === "record" ? "run" : at.k === "ref" && at.root === "var" ? at.name.replace(/^input:/, "") : null;
    if (root === null || (path.length === 0 && at.k === "record")) return;
    const value = tryReduce(tryReduce(e, env), atTime(now));
    if (!isConst(value)) return;
    const name = [root, ...path].join(".");
    if (Array.isArray(value.v) && typeof value.v[0] === "object") seen.set(`${name}.count`, value.v.length);
    else if (typeof value.v !== "object" || value.v === null || Array.isArray(value.v)) seen.set(name, value.v);
  };
  for (const expr of [guardrail.when, ...guardrail.requires.map((r) => r.condition)])
    if (expr !== null) walkExpr(expr, visit);
  return [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value }));
}
