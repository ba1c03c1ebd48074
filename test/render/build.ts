/** Short ways to write the parts of a plan by hand. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../../compiler/canonical.ts";
import type { Expr, Value } from "../../compiler/ir/expr.ts";
import type { Knowable, Plan, PlanCall, PlanFile, PlanGuardrail, PlanNode } from "../../compiler/plan/plan.schema.ts";
import type { Type } from "../../compiler/types/type.ts";

export const sha = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
export const STRING: Type = { kind: "string" };
export const INT: Type = { kind: "int" };
export const DURATION: Type = { kind: "duration" };
export const ENV: Type = { kind: "enum", id: "org.ops#Env", name: "Env", members: ["staging", "production"] };
export const MINUTE = 60_000;

export const known = (value: Value): Knowable => ({ is: "known", value });
export const deferred = (expr: Expr): Knowable => ({ is: "deferred", expr });
export const c = (v: Value): Expr => ({ k: "const", v });
export const ref = (root: "step" | "var" | "it" | "self" | "run" | "local", name = ""): Expr => ({
  k: "ref",
  root,
  name,
});
export const field = (of: Expr, name: string): Expr => ({ k: "field", of, name, safe: false });
export const op = (name: string, ...args: Expr[]): Expr => ({ k: "op", op: name, args, at: "deploy.ops:1:1" });
export const text = (...parts: (string | Expr)[]): Expr => ({
  k: "text",
  parts: parts.map((p) => (typeof p === "string" ? p : { e: p, as: "plain" as const })),
});

export type Arg = readonly [name: string, type: Type, value: Knowable | Value];
export const isKnowable = (v: Knowable | Value): v is Knowable =>
  typeof v === "object" && v !== null && !Array.isArray(v) && "is" in v;

/** `call("lb.drain", "write", "lb:pool/web-1", [["server", STRING, "web-1"]])` */
export function call(
  name: string,
  effect: PlanCall["effect"],
  resource: string | Knowable,
  args: readonly Arg[],
  over: Partial<PlanCall> = {},
): PlanCall {
  const [instance = "", operation = ""] = name.split(".");
  return {
    instance,
    operation,
    shown: name,
    args: args.map(([n, type, value]) => ({ name: n, type, value: isKnowable(value) ? value : known(value) })),
    effect,
    repeat: "idempotent",
    atomic: true,
    undo: false,
    resource: typeof resource === "string" ? known(resource) : resource,
    returns: null,
    resultType: { kind: "json" },
    ...over,
  };
}

type Step = Extract<PlanNode, { kind: "step" }>;
type Check = Extract<PlanNode, { kind: "check" }>;
export const order = (...ids: string[]): PlanNode["after"] => ids.map((id) => ({ id, why: "order" as const }));

export function step(id: string, after: readonly string[], what: PlanCall, over: Partial<Step> = {}): PlanNode {
  return {
    kind: "step",
    id,
    at: "deploy.ops:20:3",
    part: "",
    element: null,
    after: order(...after),
    when: [],
    doc: null,
    call: what,
    timeout: 5 * MINUTE,
    retry: { attempts: 1, backoffMin: 0, backoffMax: 0 },
    rollback: null,
    irreversible: null,
    lease: null,
    preview: null,
    ...over,
  };
}

export const undo = (...calls: PlanCall[]): Step["rollback"] => ({
  kind: "calls",
  calls: calls.map((one, i) => ({
    id: `undo${i}`,
    name: `undo${i}`,
    call: one,
    when: null,
    timeout: MINUTE,
    at: "deploy.ops:21:5",
  })),
});

export function check(
  id: string,
  after: readonly string[],
  what: PlanCall,
  until: string,
  over: Partial<Check> = {},
): PlanNode {
  return {
    kind: "check",
    id,
    at: "deploy.ops:30:3",
    part: "",
    element: null,
    after: order(...after),
    when: [],
    doc: null,
    call: what,
    requires: [{ condition: c(true), message: null, text: until, at: "deploy.ops:31:5" }],
    hold: 0,
    every: 10_000,
    within: 5 * MINUTE,
    timeout: 10_000,
    ...over,
  };
}

export const join = (id: string, after: readonly string[]): PlanNode => ({
  kind: "join",
  id,
  at: "deploy.ops:19:3",
  part: "",
  element: null,
  after: order(...after),
  when: [],
});
export const wait = (id: string, after: readonly string[], duration: number): PlanNode => ({
  kind: "wait",
  id,
  at: "deploy.ops:19:3",
  part: "",
  element: null,
  after: order(...after),
  when: [],
  duration,
});

export function approve(
  id: string,
  after: readonly string[],
  groups: readonly (readonly [string, readonly string[]])[],
  over: Partial<Extract<PlanNode, { kind: "approve" }>> = {},
): PlanNode {
  return {
    kind: "approve",
    id,
    at: "deploy.ops:15:3",
    part: "",
    element: null,
    after: order(...after),
    when: [],
    upfront: true,
    mode: "one",
    groups: groups.map(([title, members]) => ({
      id: `org.ops#${title.toLowerCase().replaceAll(/\W+/g, "_")}`,
      title,
      members: [...members],
    })),
    quorum: 1,
    within: 4 * 60 * MINUTE,
    escalate: [],
    ...over,
  };
}

export const guardrail = (name: string, over: Partial<PlanGuardrail> = {}): PlanGuardrail => ({
  id: `org.ops#${name}`,
  name,
  doc: null,
  at: "org.ops:40:1",
  enforcement: "hard",
  everyWrite: false,
  status: "pass",
  why: null,
  when: c(true),
  requires: [{ condition: c(true), message: null, text: "true", at: "org.ops:42:3", status: over.status ?? "pass" }],
  saw: [],
  part: "",
  facts: [],
  overrideBy: null,
  ...over,
});

export function planFile(
  nodes: PlanNode[],
  over: Partial<Plan> & { readonly worstCase?: number | null } = {},
): PlanFile {
  const { worstCase = 84 * MINUTE, ...rest } = over;
  const steps = nodes.filter((n) => n.kind === "step");
  const effect = (e: string): number => steps.filter((n) => n.call.effect === e).length;
  const action: Plan["action"] = {
    id: "deploy.ops#release",
    name: "release",
    module: "deploy.ops",
    title: "Release the web tier",
    doc: null,
    risk: "high",
    owner: "org.ops#web_oncall",
    tags: ["fleet"],
    at: "deploy.ops:12:1",
  };
  const plan: Plan = {
    planVersion: 1,
    irVersion: 1,
    opsc: "0.1.0",
    action,
    inputs: [],
    secrets: [],
    parts: [{ id: "", action, inputs: [], when: [], windows: [], timeout: null }],
    loops: [],
    hooks: [],
    windows: [],
    locks: [],
    limits: [],
    requester: "dana@example.com",
    reason: null,
    workspace: "production",
    trust: { root: "project", identities: "unverified", breakGlass: [], digest: null },
    sources: [
      { path: "deploy.ops", sha256: sha("deploy.ops") },
      { path: "org.ops", sha256: sha("org.ops") },
    ],
    providers: [
      {
        instance: "k8s",
        provider: "kubernetes",
        version: "1.4.0",
        manifest: sha("k8s"),
        config: { context: "prod-eu" },
      },
    ],
    facts: [],
    nodes,
    guardrails: [],
    onFailure: "rollback",
    timeout: null,
    returns: null,
    resultType: null,
    summary: {
      steps: steps.length,
      reads: effect("read"),
      writes: effect("write"),
      destroys: effect("destroy"),
      checks: nodes.filter((n) => n.kind === "check").length,
      approvals: nodes.filter((n) => n.kind === "approve").length,
      resources: [],
      irreversible: steps.filter((n) => n.irreversible !== null).map((n) => n.id),
      worstCase,
    },
    createdAt: "2026-11-23T10:00:00.000Z",
    expiresAt: "2026-11-23T18:00:00.000Z",
    nonce: "n-0001",
    ...rest,
  };
  return { digest: sha(canonicalJson(plan)), plan };
}
