/**
 * Guardrails in the run: which are judged before a write, and whether they hold by what is known then. One whose
 * conditions came to constants when the plan was made costs nothing.
 */
import { type Chain, walkChains } from "../../compiler/ir/chains.ts";
import type { Expr, Value } from "../../compiler/ir/expr.ts";
import type { PartlyEnv } from "../../compiler/ir/partly/decide.ts";
import { sawValue } from "../../compiler/ir/partly/saw.ts";
import { known, type Literal, type Partly } from "../../compiler/ir/partly/value.ts";
import type { Plan, PlanGuardrail, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import { afterTolerated, conditionsOf, type PlanName, type PlanView, planView } from "../../compiler/plan/view.ts";
import type { Judgement } from "../event.schema.ts";
import type { Rules } from "./rules.ts";
import { resourceOf } from "./scope.ts";
import { isOver, type NodeState, type RunState } from "./state.ts";

/** What reading gave. */
export type FactRead = { readonly id: string } & (
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly why: string }
);

/** What the guardrails read, by their place in the plan, each in its order. */
export type GuardrailReads = ReadonlyMap<number, readonly FactRead[]>;

/** A guardrail and the part it is judged for. */
export const judgedKey = (g: { readonly guardrail: string; readonly part?: string | undefined }): string =>
  `${g.part ?? ""} ${g.guardrail}`;

/** Those that are judged before a write, by their place in the plan; `node` null: before the first of all, or after a wait. */
function inForce(state: RunState, node: string | null): number[] {
  // Undo passes no guardrail, also of a run that had ended.
  if (state.ending !== null) return [];
  const part = node === null ? null : (state.byId.get(node)?.node.part ?? "");
  return state.plan.guardrails.flatMap((g, i) => (part === null || asksFor(state, g, part) ? [i] : []));
}

/** Those of them that read something first. */
export const toRead = (state: RunState, node: string | null): number[] =>
  inForce(state, node).filter((index) => (state.plan.guardrails[index]?.facts.length ?? 0) > 0);

/** Whether a write of that part has a gate of its own. */
export const hasOwnGate = (state: RunState, part: string): boolean =>
  state.plan.guardrails.some((g) => asksFor(state, g, part));

const partsOf = new WeakMap<PlanGuardrail, ReadonlySet<string>>();

/** Whether it is judged for the part, or for one that this lies in. */
function isOf(g: PlanGuardrail, part: string): boolean {
  if (g.part === "" || g.part === part) return true;
  const parts = partsOf.get(g) ?? new Set([g.part, ...(g.also ?? [])]);
  partsOf.set(g, parts);
  for (let end = part.length; end > 0; end = part.lastIndexOf(".", end - 1))
    if (parts.has(part.slice(0, end))) return true;
  return false;
}

function asksFor(state: RunState, g: PlanGuardrail, part: string): boolean {
  return isOf(g, part) && (g.everyWrite || state.stillUnknown.has(judgedKey({ guardrail: g.id, part: g.part })));
}

/** `now` is RFC 3339. */
export function judgeGuardrails(state: RunState, node: string | null, reads: GuardrailReads, now: string): Judgement[] {
  const world = knownWorld(state, now);
  return inForce(state, node).flatMap((index) => {
    const g = state.plan.guardrails[index];
    return g === undefined ? [] : [judge(g, state.rules, world, reads.get(index) ?? [])];
  });
}

interface Prepared {
  /** What it comes to whenever it is judged; null where that depends on something. */
  readonly decided: Judgement | null;
  /** What its conditions depend on, by the name that people know it by. */
  readonly terms: readonly { readonly name: string; readonly expr: Expr }[];
}

const preparations = new WeakMap<PlanGuardrail, Prepared>();

function prepare(g: PlanGuardrail, rules: Pick<Rules, "partly">): Prepared {
  const found = preparations.get(g);
  if (found !== undefined) return found;
  const conditions = [g.when, ...g.requires.map((r) => r.condition)];
  const decided = conditions.every((c) => c.k === "const") && g.facts.length === 0;
  const nothing: PartlyEnv = { fresh: { next: 0 }, ref: () => undefined };
  const made: Prepared = {
    decided: decided ? decideOn(g, rules, nothing, [], []) : null,
    terms: decided ? [] : termsOf(g, conditions),
  };
  preparations.set(g, made);
  return made;
}

/** Judges one. `env` knows all but what it reads itself. */
export function judge(
  g: PlanGuardrail,
  rules: Pick<Rules, "partly">,
  env: PartlyEnv,
  reads: readonly FactRead[],
): Judgement {
  const { decided, terms } = prepare(g, rules);
  if (decided !== null) return decided;
  if (g.facts.length === 0) return decideOn(g, rules, env, terms, reads);
  const own: PartlyEnv = {
    fresh: env.fresh,
    ref(root, name) {
      const read = root === "var" ? reads.find(({ id }) => id === name) : undefined;
      return read?.ok === true ? known(read.value) : env.ref(root, name);
    },
  };
  return decideOn(g, rules, own, terms, reads);
}

function decideOn(
  g: PlanGuardrail,
  rules: Pick<Rules, "partly">,
  env: PartlyEnv,
  terms: Prepared["terms"],
  reads: readonly FactRead[],
): Judgement {
  const truth = (expr: Expr): boolean | null => {
    const found = rules.partly(expr, env);
    return found.p === "known" ? found.value === true : found.p === "failed" ? false : null;
  };
  const saw = terms.length === 0 ? g.saw : sawNow(g, rules, env, terms);
  const part = g.part === "" ? {} : { part: g.part };
  const as = (status: Judgement["status"], why: string | null): Judgement => ({
    guardrail: g.id,
    ...part,
    enforcement: g.enforcement,
    status,
    why,
    saw,
  });
  const asked = rules.partly(g.when, env);
  const applies = asked.p === "failed" ? true : asked.p === "known" ? asked.value === true : null;
  if (applies === false) return as("pass", "it does not apply");
  const held = g.requires.map((r) => truth(r.condition));
  if (held.every((each) => each === true)) return as("pass", null);
  const failing = g.requires[held.indexOf(false)];
  if (applies === true && failing !== undefined) return as("fail", messageOf(failing, rules, env));
  return as("unknown", unknownWhy(g, applies, held, reads));
}

function unknownWhy(
  g: PlanGuardrail,
  applies: boolean | null,
  held: readonly (boolean | null)[],
  reads: readonly FactRead[],
): string {
  const unread = g.facts.flatMap(({ id, name }) => {
    const read = reads.find((each) => each.id === id);
    return read?.ok === false ? [`${name} could not be read: ${read.why}`] : [];
  });
  if (unread.length > 0) return unread.join("; ");
  const open = g.requires[held.indexOf(null)];
  if (applies === true) return `${open?.text ?? "it"} is not known`;
  const failing = g.requires[held.indexOf(false)];
  return failing === undefined
    ? "whether it applies is not known"
    : `${failing.text} does not hold, and whether it has to is not known`;
}

function messageOf(r: PlanGuardrail["requires"][number], rules: Pick<Rules, "partly">, env: PartlyEnv): string {
  const message = r.message === null ? null : rules.partly(r.message, env);
  return message?.p === "known" && typeof message.value === "string" ? message.value : `${r.text} does not hold`;
}

/** What was seen when the plan was made, with what is otherwise now. */
function sawNow(
  g: PlanGuardrail,
  rules: Pick<Rules, "partly">,
  env: PartlyEnv,
  terms: Prepared["terms"],
): Judgement["saw"] {
  let seen = [...g.saw];
  for (const { name, expr } of terms) {
    const found = sawValue(name, rules.partly(expr, env));
    const at = seen.findIndex((each) => each.name === (found?.name ?? name));
    if (at >= 0 && found !== null) seen[at] = found;
    else if (at >= 0) seen = seen.filter((_, i) => i !== at);
    else if (found !== null) seen = [...seen, found].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  return seen;
}

function termsOf(g: PlanGuardrail, conditions: readonly Expr[]): Prepared["terms"] {
  const terms = new Map<string, Expr>();
  const visit = ({ whole, root: at, path }: Chain): void => {
    if (at.k !== "ref" || at.root === "local") return;
    const { root, name } = at;
    const shown =
      root === "var"
        ? g.facts.find(({ id }) => id === name)?.name
        : name.startsWith("plan.") || root !== "run"
          ? name
          : `run.${name}`;
    if (shown !== undefined) terms.set([shown, ...path].join("."), whole);
  };
  for (const condition of conditions) walkChains(condition, visit);
  return [...terms].map(([name, expr]) => ({ name, expr }));
}

/** Everything the run knows by now; what it will come to is made when it is asked for. */
function knownWorld(state: RunState, now: string): PartlyEnv {
  const fresh = { next: 0 };
  let view: PlanView | null = null;
  const time = known(now);
  const env: PartlyEnv = {
    fresh,
    ref(root, name) {
      if (root === "step") {
        const n = state.byId.get(name);
        return n !== undefined && isOver(n) ? known(n.result) : undefined;
      }
      if (root !== "run") return undefined;
      if (name === "now") return time;
      if (!name.startsWith("plan.")) return undefined;
      view ??= viewOf(state, env);
      return view.get(name.slice("plan.".length) as PlanName);
    },
  };
  return env;
}

const reachable = new WeakMap<Plan, ReadonlyMap<string, Literal>>();

function viewOf(state: RunState, env: PartlyEnv): PlanView {
  const { plan } = state;
  const reached = reachable.get(plan) ?? afterTolerated(plan);
  reachable.set(plan, reached);
  return planView(plan, {
    presence: (node) => presence(state.byId.get(node.id), node, reached, env),
    resource: (step) => touched(state, step, env),
  });
}

function presence(
  n: NodeState | undefined,
  node: PlanNode,
  reached: ReadonlyMap<string, Literal>,
  env: PartlyEnv,
): readonly Literal[] | null {
  if (n?.status === "skipped") return null;
  if (n !== undefined && n.status !== "pending" && n.status !== "ready") return [];
  const when = node.when.length === 0 ? [] : conditionsOf(node.when, env);
  const literal = reached.get(node.id);
  return when === null || literal === undefined ? when : [...when, literal];
}

function touched(state: RunState, step: StepNode, env: PartlyEnv): Partly {
  const { resource } = step.call;
  if (resource.is === "known") return known(resource.value);
  const found = state.rules.partly(resource.expr, env);
  return found.p === "known" ? known(resourceOf(state, step.call)) : found;
}
