/**
 * Planning: a checked program and a request in, a plan out. Pure: facts are asked for in rounds (`needs`), and the
 * host reads them and asks again with what it found.
 */
import { canonicalJson } from "../canonical.ts";
import { digestOf } from "../digest.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import { buildGraph, type PlanGraph } from "../plan/graph.ts";
import type { Plan, PlanFile, PlanGuardrail, PlanHook, PlanNode, Preview } from "../plan/plan.schema.ts";
import type { Action, Program } from "../program.ts";
import { identityKey } from "../types/identity.ts";
import { TooLarge } from "./bounds.ts";
import { newFrontier } from "./frontier.ts";
import { type JudgedGuardrails, judgeGuardrails } from "./guardrails.ts";
import { expandHooks } from "./hooks.ts";
import { expandPart } from "./part.ts";
import type { Problem } from "./problem.ts";
import { findRaces } from "./races.ts";
import { secretsOf } from "./secrets.ts";
import { type Expansion, type FactNeed, type Place, problem } from "./state.ts";
import { trustOf, unknownBreakers, untrusted } from "./trust.ts";
import { worstCase } from "./worst-case.ts";

export interface PlanRequest {
  readonly program: Program;
  readonly action: Action;
  readonly inputs: ReadonlyMap<string, Value>;
  /** Texts of the calendars that windows name, by their paths within the project. */
  readonly texts: ReadonlyMap<string, string>;
  readonly requester: string;
  readonly reason: string | null;
  readonly workspace: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly now: string;
  /** How long the plan may be applied, in milliseconds. */
  readonly lifetime: number;
  /** Version of opsc that makes the plan. */
  readonly opsc: string;
  /** Facts are not read: what depends on them stays open, and the plan is only to be looked at. */
  readonly offline?: boolean;
}

export type Planned =
  /** These facts must be read first. */
  | { readonly kind: "needs"; readonly facts: readonly FactNeed[] }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] }
  | { readonly kind: "plan"; readonly plan: Plan };

/** `facts` holds what was read so far, by fact id; `unread` why a guardrail's could not be. */
export function planAction(
  request: PlanRequest,
  facts: ReadonlyMap<string, Value>,
  unread: ReadonlyMap<string, string> = new Map(),
): Planned {
  const { program, action } = request;
  const x = newExpansion(request, facts);
  const place: Place = {
    x,
    action,
    prefix: "",
    part: "",
    trail: "",
    windows: [],
    element: null,
    vars: startVars(request),
    when: [],
    frontier: newFrontier([]),
  };
  const expanded = bounded(place, () => ({ ...expandPart(place), hooks: expandHooks(place) }));
  if (expanded === null) return { kind: "problems", problems: x.problems };
  const { part, returns, hooks } = expanded;
  // What is wrong whatever the facts are is told before they are read.
  if (x.problems.length > 0 && !x.assumed) return { kind: "problems", problems: x.problems };
  const judge = (summary: Plan["summary"] | null): JudgedGuardrails =>
    judgeGuardrails(program, {
      place,
      parts: x.parts,
      plan: summary === null ? null : { nodes: x.nodes, loops: x.loops, summary },
      requester: request.requester,
      groups: groupsOf(program, request.requester),
      reason: request.reason,
      now: request.now,
      readings: { values: facts, unread },
    });
  // What guardrails read is read beside the facts of the action, as far as it shows already.
  if (x.needs.length > 0) return { kind: "needs", facts: [...x.needs, ...judge(null).needs] };
  const graph = buildGraph(x.nodes);
  const races = findRaces(graph, program.instances, x.loops);
  if (races.length > 0) return { kind: "problems", problems: races };
  const trust = trustOf(program);
  const strangers = [...unknownBreakers(program), ...untrusted(trust, x.nodes)];
  if (strangers.length > 0) return { kind: "problems", problems: strangers };
  const summary = summarize(graph, x.parts);
  const judged = judge(summary);
  if (judged.needs.length > 0) return { kind: "needs", facts: judged.needs };
  const inputs = action.params.map((p) => ({ name: p.name, type: p.type, value: request.inputs.get(p.name) ?? null }));
  const providers = usedInstances(program, x, hooks, judged.guardrails);
  const plan: Omit<Plan, "nonce"> = {
    planVersion: 1,
    irVersion: 1,
    opsc: request.opsc,
    action: part.action,
    inputs,
    requester: request.requester,
    reason: request.reason,
    workspace: request.workspace,
    trust,
    sources: [...program.modules, ...program.data]
      .map((m) => ({ ...m }))
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)),
    providers,
    secrets: secretsOf(program, {
      inputs,
      providers,
      facts: x.planFacts,
      guardrails: [...judged.guardrails],
      nodes: x.nodes,
      hooks,
    }),
    facts: x.planFacts,
    ...(x.unread === null ? {} : { unread: x.unread }),
    parts: x.parts,
    nodes: x.nodes,
    loops: x.loops,
    hooks,
    windows: sorted(x.windows),
    locks: [...x.locks].sort(),
    limits: sorted(x.limits),
    guardrails: [...judged.guardrails],
    onFailure: action.onFailure,
    timeout: part.timeout,
    returns,
    resultType: action.resultType,
    summary,
    createdAt: request.now,
    expiresAt: new Date(Date.parse(request.now) + request.lifetime).toISOString(),
  };
  return { kind: "plan", plan: { ...plan, nonce: digestOf(plan).slice(NONCE_FROM, NONCE_TO) } };
}

/** Of `sha256:` and hex: the first 32 digits. */
const [NONCE_FROM, NONCE_TO] = [7, 39];

/** Null with a problem noted where the plan becomes too large. */
function bounded<T>(place: Place, expand: () => T): T | null {
  try {
    return expand();
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    problem(place, "refused", "plan", error.message, place.action.at, "do it in several runs");
    return null;
  }
}

function newExpansion({ program, requester, texts, offline }: PlanRequest, facts: Expansion["facts"]): Expansion {
  return {
    program,
    requester,
    texts,
    facts,
    nodes: [],
    parts: [],
    loops: [],
    windows: new Map(),
    locks: new Set(),
    limits: new Map(),
    planFacts: [],
    needs: [],
    unread: offline === true ? [] : null,
    problems: [],
    assumed: false,
    approvals: new Map(),
    used: new Map(),
    firstSlot: new WeakMap(),
    within: new Map(),
    size: { statements: 0 },
    writesSeen: false,
  };
}

/** The values of a map in the order of its keys. */
function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
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

/** Canonical texts of plans that were sealed: they are large, and written next. */
const texts = new WeakMap<Plan, string>();

export function sealPlan(plan: Plan): PlanFile {
  const pieces: string[] = [];
  const digest = digestOf(plan, (piece) => pieces.push(piece));
  texts.set(plan, pieces.join(""));
  return { digest, plan };
}

/** Bytes of a plan file: canonical, one line. */
/** What the store keeps of a plan file: one text for one digest. */
export const keptBytes = ({ digest, plan }: PlanFile): string => planBytes({ digest, plan });

export function planBytes(file: PlanFile): string {
  const text = texts.get(file.plan);
  if (text === undefined || Object.keys(file).length > 2) return `${canonicalJson(file)}\n`;
  return `{"digest":${JSON.stringify(file.digest)},"plan":${text}}\n`;
}

function startVars(request: PlanRequest): Map<string, Expr> {
  const vars = new Map<string, Expr>();
  for (const [name, value] of request.inputs) vars.set(`input:${name}`, constant(value));
  vars.set("run:requester", constant(request.requester));
  vars.set("run:reason", constant(request.reason));
  return vars;
}

function usedInstances(
  program: Program,
  x: Expansion,
  hooks: readonly PlanHook[],
  guardrails: readonly PlanGuardrail[],
): Plan["providers"] {
  const used = new Set([...x.planFacts, ...guardrails.flatMap((g) => g.facts)].map((f) => f.call.instance));
  for (const node of [...x.nodes, ...hooks.flatMap((hook) => hook.nodes)]) {
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

function summarize(graph: PlanGraph<PlanNode>, parts: Plan["parts"]): Plan["summary"] {
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
    worstCase: Math.round(worstCase(graph, parts)),
  };
}
