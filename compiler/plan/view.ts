/**
 * What guardrails see of a plan: its steps, of which it may not be known yet whether they are run or what they touch. The
 * planner and the run see the same, each with what it knows.
 */
import type { Expr } from "../ir/expr.ts";
import { type PartlyEnv, partly } from "../ir/partly/decide.ts";
import { asPartly, ONE, tally } from "../ir/partly/tally.ts";
import { keyOf, known, type Literal, listOf, literal, type Member, type Partly, recordOf } from "../ir/partly/value.ts";
import type { Plan, PlanLoop, PlanNode, StepNode } from "./plan.schema.ts";

/** The names under which a guardrail's conditions ask for it, as `run` refs: `plan.writes`. */
export const PLAN_VIEW = [
  "steps",
  "writes",
  "destroys",
  "resources",
  "irreversible",
  "approvals",
  "worst_case_duration",
] as const;
export type PlanName = (typeof PLAN_VIEW)[number];

export interface Seen {
  /** Conditions under which it is run; null if it surely is not. */
  presence(node: PlanNode): readonly Literal[] | null;
  /** What it touches. */
  resource(step: StepNode): Partly;
}

export type PlanView = ReadonlyMap<PlanName, Partly>;

export function planView(plan: Pick<Plan, "nodes" | "summary">, seen: Seen): PlanView {
  const steps: { readonly step: StepNode; readonly member: Member }[] = [];
  const approvals: Member["when"][] = [];
  for (const node of plan.nodes) {
    if (node.kind !== "step" && node.kind !== "approve") continue;
    const when = seen.presence(node);
    if (when === null) continue;
    if (node.kind === "approve") approvals.push(when);
    else steps.push({ step: node, member: { when, item: shown(node, seen) } });
  }
  const those = (wanted: (step: StepNode) => boolean): Partly =>
    listOf(steps.filter(({ step }) => wanted(step)).map(({ member }) => member));
  const writes = steps.filter(({ step }) => step.call.effect !== "read");
  return new Map<PlanName, Partly>([
    ["steps", those(() => true)],
    ["writes", those((step) => step.call.effect !== "read")],
    ["destroys", those((step) => step.call.effect === "destroy")],
    ["irreversible", those((step) => step.irreversible !== null)],
    ["resources", resources(writes.map(({ step, member }) => ({ when: member.when, item: seen.resource(step) })))],
    ["approvals", asPartly(tally(approvals.map((when) => ({ when, amount: ONE }))))],
    ["worst_case_duration", known(plan.summary.worstCase)],
  ]);
}

function shown(step: StepNode, seen: Seen): Partly {
  return recordOf(
    new Map([
      ["id", known(step.id)],
      ["operation", known(step.call.shown)],
      ["effect", known(step.call.effect)],
      ["resource", seen.resource(step)],
    ]),
  );
}

/** Each once, sorted; those that only the run knows stand last, and each may be one of the others. */
function resources(touched: readonly Member[]): Partly {
  const byName = new Map<string, Member[]>();
  const open: Member[] = [];
  for (const member of touched) {
    if (member.item.p === "known" && typeof member.item.value === "string") {
      const same = byName.get(member.item.value) ?? [];
      byName.set(member.item.value, same);
      same.push(member);
    } else open.push({ when: [...member.when, literal(`one of its own ${open.length}`, true)], item: member.item });
  }
  const named = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, same]) => once(name, same));
  return listOf([...named, ...open]);
}

/** There if one of those that touch it is run. */
function once(name: string, same: readonly Member[]): Member {
  const item = known(name);
  const [first] = same;
  if (first !== undefined && same.length === 1) return { when: first.when, item };
  const sure = tally(same.map(({ when }) => ({ when, amount: ONE }))).from > 0;
  return { when: sure ? [] : [literal(`touched ${name}`, true)], item };
}

/** Conditions under which a node is run, as far as they are not known; null where one of them surely does not hold. */
export function conditionsOf(when: readonly Expr[], env: PartlyEnv): readonly Literal[] | null {
  const open: Literal[] = [];
  for (const condition of when.flatMap(parts)) {
    const found = partly(condition, env);
    if (found.p === "known") {
      if (found.value !== true) return null;
    } else open.push(literal(keyOf(found, env.fresh), true));
  }
  return open;
}

const parts = (condition: Expr): readonly Expr[] =>
  condition.k === "op" && condition.op === "and" ? condition.args.flatMap(parts) : [condition];

/**
 * Which nodes of elements that may fail are run only if those before them in the element succeed. By id, the condition
 * that stands for it.
 */
export function afterTolerated(plan: Pick<Plan, "nodes" | "loops">): ReadonlyMap<string, Literal> {
  const tolerated = new Set(plan.loops.flatMap((loop) => (loop.tolerate > 0 ? loop.elements.map(({ id }) => id) : [])));
  const found = new Map<string, Literal>();
  if (tolerated.size === 0) return found;
  const around = new Map(plan.loops.flatMap((loop: PlanLoop) => loop.elements.map(({ id, within }) => [id, within])));
  const begun = new Set<string>();
  for (const node of plan.nodes) {
    for (let element = node.element; element !== null; element = around.get(element) ?? null) {
      if (!tolerated.has(element)) continue;
      if (begun.has(element)) found.set(node.id, literal(`reached ${node.id}`, true));
      begun.add(element);
    }
  }
  return found;
}
