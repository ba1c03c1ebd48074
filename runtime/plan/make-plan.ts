/** Makes a plan: facts are read through the providers, round by round, then previews are asked for. */

import { type Planned, type PlanRequest, planAction, sealPlan, withPreviews } from "../../compiler/expand/plan.ts";
import type { Problem } from "../../compiler/expand/problem.ts";
import type { FactNeed } from "../../compiler/expand/state.ts";
import { type Env, EvaluationError, evaluate } from "../../compiler/ir/evaluate.ts";
import { constant, type Value } from "../../compiler/ir/expr.ts";
import type { Plan, PlanCall, PlanFile, Preview, StepNode } from "../../compiler/plan/plan.schema.ts";
import type { Instance } from "../../compiler/program.ts";
import { holdsSecret } from "../../compiler/types/relations.ts";
import { limited } from "../limited.ts";
import { type CallKind, type CallResult, callProvider } from "../provider/call.ts";
import type { Provider } from "../provider/contract.ts";
import type { Secrets } from "../secrets/keeper.ts";
import { asPreview, type Fingerprint, keptPreview } from "./preview.ts";

export interface PlanHost {
  /** By the provider's name. Rejects with words for people if it cannot be loaded. */
  provider(name: string): Promise<Provider>;
  /** Of a sensitive difference. */
  readonly fingerprint?: Fingerprint;
  /** Whether an instance's operation can preview, and who may see it. */
  previews(call: PlanCall): "none" | "public" | "sensitive";
  readonly directory: string;
  readonly environment: { readonly [name: string]: string };
  readonly signal: AbortSignal;
  readonly secrets?: Secrets;
}

export type Made =
  | { readonly ok: true; readonly file: PlanFile }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A fact that depends on a fact takes a further round; more than this is a mistake in the planner itself. */
const MAX_ROUNDS = 100;
const READ_TIMEOUT = 60_000;
/** Reads at a time, so that a fleet's facts do not open a thousand connections at once. */
const PARALLEL = 16;

export async function makePlan(request: PlanRequest, host: PlanHost): Promise<Made> {
  const facts = new Map<string, Value>();
  const unread = new Map<string, string>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const planned: Planned = planAction(request, facts, unread);
    if (planned.kind === "problems") return { ok: false, problems: planned.problems };
    if (planned.kind === "plan") {
      // A preview reads the world too.
      const plan = request.offline === true ? planned.plan : await addPreviews(planned.plan, request, host);
      return { ok: true, file: sealPlan(plan) };
    }
    const problems = await readFacts(planned.facts, { facts, unread }, request, host);
    if (problems.length > 0) return { ok: false, problems };
  }
  throw new Error(`facts are still missing after ${MAX_ROUNDS} rounds`);
}

async function readFacts(
  needs: readonly FactNeed[],
  found: { readonly facts: Map<string, Value>; readonly unread: Map<string, string> },
  request: PlanRequest,
  host: PlanHost,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const failed = (need: FactNeed, why: string, at: string): void => {
    if (need.ofGuardrail === true) found.unread.set(need.id, why);
    else problems.push({ kind: "refused", what: `fact ${need.id}`, message: `fact ${need.id} ${why}`, at, help: null });
  };
  await limited(needs, PARALLEL, async (need) => {
    // Those of the action are not asked for then; those of guardrails stay open.
    if (request.offline === true) return failed(need, "is not read offline", need.at);
    const result = await call(need.call, "run", request.program.instances, host);
    if (!result.ok) return failed(need, `cannot be read: ${result.failure.message}`, need.at);
    try {
      found.facts.set(need.id, returned(need.call, result.value));
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      failed(need, `has no value: ${error.message}`, error.at ?? need.at);
    }
  });
  return problems.sort((a, b) => (a.what < b.what ? -1 : 1));
}

/** What the call gives the language: the team's own `returns` over the provider's result. */
export function returned(call: PlanCall, value: Value): Value {
  if (call.returns === null) return value;
  const env: Env = { ref: (root) => (root === "it" ? constant(value) : undefined) };
  return evaluate(call.returns, env);
}

async function addPreviews(plan: Plan, request: PlanRequest, host: PlanHost): Promise<Plan> {
  const previews = new Map<string, Preview>();
  const steps = plan.nodes.filter((node): node is StepNode => node.kind === "step" && previewable(node, host));
  await limited(steps, PARALLEL, async (step) => {
    const result = await call(step.call, "preview", request.program.instances, host);
    const preview = result.ok ? asPreview(result.value) : null;
    if (preview === null) return;
    // What a provider tells of a call that is handed a secret is not shown to everybody, whatever it says of itself.
    const sensitive = sensitivity(step, host) !== "public" || step.call.args.some(({ type }) => holdsSecret(type));
    previews.set(step.id, keptPreview(step.id, preview, sensitive, host.fingerprint));
  });
  return withPreviews(plan, previews);
}

function previewable(step: StepNode, host: PlanHost): boolean {
  return sensitivity(step, host) !== "none" && step.call.args.every((arg) => arg.value.is === "known");
}

function sensitivity(step: StepNode, host: PlanHost): "none" | "public" | "sensitive" {
  return host.previews(step.call);
}

async function call(
  planCall: PlanCall,
  kind: CallKind,
  instances: readonly Instance[],
  host: PlanHost,
): Promise<CallResult> {
  const instance = instances.find((i) => i.id === planCall.instance);
  if (instance === undefined) throw new Error(`the plan calls ${planCall.instance}, which the program does not have`);
  const args: Record<string, Value> = {};
  for (const arg of planCall.args) args[arg.name] = arg.value.is === "known" ? arg.value.value : null;
  const invocation = { instance: instance.id, operation: planCall.operation, config: instance.config, args, key: null };
  return callProvider(await host.provider(instance.provider), kind, invocation, {
    directory: host.directory,
    environment: host.environment,
    signal: host.signal,
    timeoutMs: READ_TIMEOUT,
    ...(host.secrets === undefined ? {} : { secrets: host.secrets }),
    processStarted: async () => {},
  });
}
