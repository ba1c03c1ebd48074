/**
 * Planning: a checked program and a request in, a plan out. Pure: facts are asked for in rounds (`needs`), and the
 * host reads them and asks again with what it found.
 */
import { canonicalJson } from "../canonical.ts";
import { sha256 } from "../digest.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import { buildGraph, longestPath, type PlanGraph } from "../plan/graph.ts";
import type { Plan, PlanFile, PlanNode, Preview } from "../plan/plan.schema.ts";
import type { Action, Program } from "../program.ts";
import { identityKey } from "../types/identity.ts";
import { newFrontier } from "./frontier.ts";
import { judgeGuardrails } from "./guardrails.ts";
import type { Problem } from "./problem.ts";
import { findRaces } from "./races.ts";
import { type Expansion, type FactNeed, numberAt, type Place, reduceAt, SOME_TIME, valueAt } from "./state.ts";
import { expandStatements } from "./statements.ts";
import { unsupported } from "./unsupported.ts";

export interface PlanRequest {
  readonly program: Program;
  readonly action: Action;
  readonly inputs: ReadonlyMap<string, Value>;
  readonly requester: string;
  readonly reason: string | null;
  readonly workspace: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly now: string;
  /** How long the plan may be applied, in milliseconds. */
  readonly lifetime: number;
  /** Version of opsc that makes the plan. */
  readonly opsc: string;
}

export type Planned =
  /** These facts must be read first. */
  | { readonly kind: "needs"; readonly facts: readonly FactNeed[] }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] }
  | { readonly kind: "plan"; readonly plan: Plan };

/** `facts` holds what was read so far, by fact id. */
export function planAction(request: PlanRequest, facts: ReadonlyMap<string, Value>): Planned {
  const { program, action } = request;
  const problems = unsupported(program, action);
  if (problems.length > 0) return { kind: "problems", problems };
  const x: Expansion = {
    program,
    action,
    requester: request.requester,
    facts,
    nodes: [],
    planFacts: [],
    needs: [],
    problems: [],
    approvals: new Map(),
    used: new Map(),
    writesSeen: false,
  };
  const place: Place = {
    x,
    prefix: "",
    part: "",
    element: null,
    vars: startVars(request),
    when: [],
    frontier: newFrontier([]),
  };
  expandStatements(place, action.body);
  const returns = action.returns === null ? null : reduceAt(place, action.returns, action.at);
  const title = describe(place, action);
  const timeout = action.timeout === null ? null : numberAt(place, action.timeout, 1, "timeout", action.at, SOME_TIME);
  if (x.problems.length > 0) return { kind: "problems", problems: x.problems };
  if (x.needs.length > 0) return { kind: "needs", facts: x.needs };
  const graph = buildGraph(x.nodes);
  const races = findRaces(graph, program.instances);
  if (races.length > 0) return { kind: "problems", problems: races };
  const summary = summarize(graph);
  const plan: Omit<Plan, "nonce"> = {
    planVersion: 1,
    irVersion: 1,
    opsc: request.opsc,
    action: title,
    inputs: action.params.map((p) => ({ name: p.name, type: p.type, value: request.inputs.get(p.name) ?? null })),
    requester: request.requester,
    reason: request.reason,
    workspace: request.workspace,
    trust: { root: "project", identities: "unverified", digest: null },
    sources: [...program.modules, ...program.data]
      .map((m) => ({ ...m }))
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    providers: usedInstances(program, x),
    facts: x.planFacts,
    parts: [
      {
        id: "",
        action: title,
        inputs: action.params.map((p) => ({
          name: p.name,
          type: p.type,
          value: { is: "known", value: request.inputs.get(p.name) ?? null },
        })),
        when: [],
        windows: [],
        timeout,
      },
    ],
    nodes: x.nodes,
    loops: [],
    hooks: [],
    windows: [],
    locks: [],
    limits: [],
    guardrails: judgeGuardrails(program, action, {
      action: title,
      inputs: request.inputs,
      nodes: x.nodes,
      summary,
      requester: request.requester,
      groups: groupsOf(program, request.requester),
      reason: request.reason,
      now: request.now,
    }),
    onFailure: action.onFailure,
    timeout,
    returns,
    resultType: action.resultType,
    summary,
    createdAt: request.now,
    expiresAt: new Date(Date.parse(request.now) + request.lifetime).toISOString(),
  };
  return { kind: "plan", plan: { ...plan, nonce: sha256(canonicalJson(plan)).slice(0, 32) } };
}

/** Ids of the approvers somebody is one of, those that include one of them too. */
function groupsOf(program: Program, who: string): readonly string[] {
  const key = identityKey(who);
  return program.approvers.filter((a) => a.members.some((member) => identityKey(member) === key)).map((a) => a.id);
}

/** The plan with what its steps would change, where their operations can tell. */
export function withPreviews(plan: Plan, previews: ReadonlyMap<string, Preview>): Plan {
  const nodes = plan.nodes.map(
    (node): PlanNode => (node.kind === "step" ? { ...node, preview: previews.get(node.id) ?? null } : node),
  );
  return { ...plan, nodes };
}

export function sealPlan(plan: Plan): PlanFile {
  return { digest: `sha256:${sha256(canonicalJson(plan))}`, plan };
}

/** Bytes of a plan file: canonical, one line. */
export function planBytes(file: PlanFile): string {
  return `${canonicalJson(file)}\n`;
}

function startVars(request: PlanRequest): Map<string, Expr> {
  const vars = new Map<string, Expr>();
  for (const [name, value] of request.inputs) vars.set(`input:${name}`, constant(value));
  vars.set("run:requester", constant(request.requester));
  vars.set("run:reason", constant(request.reason));
  return vars;
}

function describe(place: Place, action: Action): Plan["action"] {
  const text = (expr: Expr | null, what: string): string | null => {
    const value = expr === null ? null : valueAt(place, expr, what, action.at);
    return typeof value === "string" ? value : null;
  };
  const tags = action.tags === null ? [] : valueAt(place, action.tags, "tags", action.at);
  return {
    id: action.id,
    name: action.name,
    module: action.module,
    title: text(action.title, "title") ?? action.name,
    doc: action.doc,
    risk: text(action.risk, "risk"),
    owner: text(action.owner, "owner"),
    tags: Array.isArray(tags) ? tags.filter((t): t is string => typeof t === "string") : [],
    at: action.at,
  };
}

function usedInstances(program: Program, x: Expansion): Plan["providers"] {
  const used = new Set(x.planFacts.map((f) => f.call.instance));
  for (const node of x.nodes) {
    if (node.kind !== "step" && node.kind !== "check") continue;
    used.add(node.call.instance);
    if (node.kind === "step" && node.rollback?.kind === "calls")
      for (const each of node.rollback.calls) used.add(each.call.instance);
  }
  return program.instances
    .filter((i) => used.has(i.id))
    .map((i) => ({
      instance: i.id,
      provider: i.provider,
      version: i.version,
      manifest: i.manifest,
      config: { ...i.config },
    }));
}

function summarize(graph: PlanGraph<PlanNode>): Plan["summary"] {
  const { nodes } = graph;
  const steps = nodes.flatMap((n) => (n.kind === "step" ? [n] : []));
  const count = (effect: string): number => steps.filter((s) => s.call.effect === effect).length;
  const resources = steps.flatMap((s) =>
    s.call.effect !== "read" && s.call.resource.is === "known" ? [String(s.call.resource.value)] : [],
  );
  return {
    steps: steps.length,
    reads: count("read"),
    writes: count("write"),
    destroys: count("destroy"),
    checks: nodes.filter((n) => n.kind === "check").length,
    approvals: nodes.filter((n) => n.kind === "approve").length,
    resources: [...new Set(resources)].sort(),
    irreversible: steps.filter((s) => s.irreversible !== null).map((s) => s.id),
    worstCase: nodes.length === 0 ? 0 : Math.round(longestPath(graph, worstCase).weight),
  };
}

/** The longest a node may take, in milliseconds, people not counted. */
function worstCase(node: PlanNode): number {
  switch (node.kind) {
    case "step": {
      let pauses = 0;
      for (let i = 0; i < node.retry.attempts - 1; i++)
        pauses += Math.min(node.retry.backoffMin * 2 ** Math.min(i, 30), node.retry.backoffMax);
      return node.timeout * node.retry.attempts + pauses;
    }
    case "check":
      return node.within + node.timeout;
    case "wait":
      return node.duration;
    case "approve":
    case "require":
    case "join":
      return 0;
  }
}
