/**
 * Guardrails judged on a plan: which are in force for which of its parts, what they saw, whether they hold. What they
 * depend on and only the run knows stands in the plan as IR, and the run judges it again.
 */
import { canonicalJson } from "../canonical.ts";
import { matches } from "../check/guardrails.ts";
import { type Env, EvaluationError, freeRefs, isConst, reduce } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import { decide, type PartlyEnv, partly } from "../ir/partly/decide.ts";
import { sawValue } from "../ir/partly/saw.ts";
import { type Fresh, known, type Partly } from "../ir/partly/value.ts";
import type { Plan, PlanGuardrail, PlanPart } from "../plan/plan.schema.ts";
import { PLAN_VIEW, type PlanName, type PlanView } from "../plan/view.ts";
import type { Guardrail, Program, Requirement } from "../program.ts";
import { type FactReadings, guardrailFacts, plannedReads, type ReadFact } from "./guardrail-facts.ts";
import { sawOf } from "./guardrail-saw.ts";
import { viewOf } from "./guardrail-view.ts";
import type { FactNeed, Place } from "./state.ts";

type Status = PlanGuardrail["status"];

/** What guardrails are judged on. */
export interface Judged {
  /** Where their reads are planned: the action as a whole. */
  readonly place: Place;
  readonly parts: Plan["parts"];
  /** Null while facts are missing: then it is seen which reads are needed whatever comes of them. */
  readonly plan: Pick<Plan, "nodes" | "loops" | "summary"> | null;
  readonly requester: string;
  /** Ids of the approvers that the requester is one of. */
  readonly groups: readonly string[];
  readonly reason: string | null;
  readonly now: string;
  readonly readings: FactReadings;
}

export interface JudgedGuardrails {
  readonly guardrails: readonly PlanGuardrail[];
  /** Reads that are still to be made. What cannot be read keeps nobody from planning. */
  readonly needs: readonly FactNeed[];
}

/**
 * Those in force for each part of the plan, in the order of parts and of the program. What asks the very same for several
 * parts, whatever the run, is judged once: for the first of them.
 */
export function judgeGuardrails(program: Program, judged: Judged): JudgedGuardrails {
  const needs: FactNeed[] = [];
  const found = new Map<string, { readonly guardrail: PlanGuardrail; readonly also: string[] }>();
  const fresh: Fresh = { next: 0 };
  const view: PlanView = judged.plan === null ? new Map() : viewOf(judged.plan, fresh);
  const actions = new Map(program.actions.map((action) => [action.id, action]));
  for (const part of judged.parts) {
    const action = actions.get(part.action.id);
    if (action === undefined || (judged.plan === null && !isSettled(part))) continue;
    const scope = scopeOf(part, view, fresh, judged);
    for (const guardrail of program.guardrails.filter((g) => matches(g, action))) {
      const asked = asksOf(guardrail, scope);
      if (asked === null) continue;
      const before = found.get(asked.alike);
      if (before !== undefined) before.also.push(part.id);
      else found.set(asked.alike, { guardrail: judge(guardrail, program, scope, asked, needs), also: [] });
    }
  }
  const guardrails = [...found.values()].map(
    ({ guardrail: { id, part, ...rest }, also }): PlanGuardrail => ({
      id,
      part,
      ...(also.length === 0 ? {} : { also }),
      ...rest,
    }),
  );
  return { guardrails, needs };
}

/** Whether facts do not change what it is. */
const isSettled = (part: PlanPart): boolean =>
  part.when.length === 0 && part.inputs.every(({ value }) => value.is === "known");

/** What one part's guardrails see. */
interface Scope {
  readonly part: PlanPart;
  readonly judged: Judged;
  readonly vars: ReadonlyMap<string, Expr>;
  readonly view: PlanView;
  readonly fresh: Fresh;
}

function scopeOf(part: PlanPart, view: PlanView, fresh: Fresh, judged: Judged): Scope {
  const { name, module, risk, tags, owner } = part.action;
  const ofRun = (field: string): Expr => ({ k: "ref", root: "run", name: field });
  const vars = new Map<string, Expr>([
    ["action", constant({ name, module, risk, tags, owner })],
    ["plan", { k: "record", fields: Object.fromEntries(PLAN_VIEW.map((each) => [each, ofRun(`plan.${each}`)])) }],
    [
      "run",
      {
        k: "record",
        fields: {
          requester: constant(judged.requester),
          groups: constant(judged.groups),
          reason: constant(judged.reason),
          now: ofRun("now"),
        },
      },
    ],
  ]);
  for (const input of part.inputs)
    vars.set(`input:${input.name}`, input.value.is === "known" ? constant(input.value.value) : input.value.expr);
  return { part, judged, vars, view, fresh };
}

/** For the arguments of reads: the plan as far as it is known whole. */
function forReads({ vars, view }: Scope): ReadonlyMap<string, Expr> {
  const fields = PLAN_VIEW.map((name): [string, Expr] => {
    const found = view.get(name);
    return [name, found?.p === "known" ? constant(found.value) : { k: "ref", root: "run", name: `plan.${name}` }];
  });
  return new Map([...vars, ["plan", { k: "record", fields: Object.fromEntries(fields) }]]);
}

/** What is known when the plan is made: `now` and `facts` are left out where what is decided has to hold whatever they are. */
function knownIn(scope: Scope, now: string | null, facts: readonly ReadFact[]): PartlyEnv {
  return {
    fresh: scope.fresh,
    ref(root, name) {
      if (root === "run" && name === "now") return now === null ? undefined : known(now);
      if (root === "run" && name.startsWith("plan.")) return scope.view.get(name.slice(5) as PlanName);
      const fact = root === "var" ? facts.find(({ id }) => id === name) : undefined;
      return fact?.value.is === "known" ? known(fact.value.value) : undefined;
    },
  };
}

/** What a guardrail asks of one part, with all put in that is known whatever the run. */
interface Asks {
  readonly env: Env;
  readonly when: Expr;
  readonly requires: readonly Requirement[];
  /** The same for parts of which it asks the same, and is shown to have seen the same. */
  readonly alike: string;
}

/** Null where it does not apply. */
function asksOf(guardrail: Guardrail, scope: Scope): Asks | null {
  const { part, judged } = scope;
  const env: Env = { ref: (root, name) => (root === "var" ? scope.vars.get(name) : undefined) };
  const always = knownIn(scope, null, []);
  // Where it cannot be computed whether a guardrail applies, it does: what is meant to stop a change must not vanish.
  const when = settled(reduced(applies(guardrail, part), env, true), always, true);
  if (isConst(when) && when.v !== true) return null;
  const requires = guardrail.requires.map((requirement) => {
    const message = requirement.message === null ? null : settledText(reduced(requirement.message, env, ""), always);
    const condition = settled(reduced(requirement.condition, env, false), always, false);
    return { ...requirement, condition, message };
  });
  const reads = plannedReads(guardrail, { place: judged.place, vars: forReads(scope) });
  const saw = sawOf(guardrail, env, always, []);
  return { env, when, requires, alike: canonicalJson({ id: guardrail.id, when, requires, reads, saw }) };
}

function judge(guardrail: Guardrail, program: Program, scope: Scope, asked: Asks, needs: FactNeed[]): PlanGuardrail {
  const { part, judged } = scope;
  const { env, when } = asked;
  const { facts, missing } = guardrailFacts(guardrail, part, { ...judged, vars: forReads(scope) }, needs);
  const now = knownIn(scope, judged.now, facts);
  const requires = asked.requires.map((each) => ({ ...each, status: statusOf(each.condition, now, false) }));
  const status = together(statusOf(when, now, true), requires);
  return {
    id: guardrail.id,
    part: part.id,
    name: guardrail.name,
    doc: guardrail.doc,
    at: guardrail.at,
    enforcement: guardrail.enforcement,
    everyWrite: guardrail.everyWrite,
    status,
    why: whyOf(status, when, requires, now, [...missing, ...facts]),
    when,
    requires,
    saw: sawOf(guardrail, env, now, facts),
    facts: facts.map(({ id, name, at, call, type, value }) => ({ id, name, at, call, type, value })),
    overrideBy: overriders(guardrail, program, env),
  };
}

/** A part that may not be run at all is judged only if it is. */
function applies(guardrail: Guardrail, part: PlanPart): Expr {
  const all = [...part.when, ...(guardrail.when === null ? [] : [guardrail.when])];
  return all.reduce<Expr>((both, each) => ({ k: "op", op: "and", args: [both, each], at: null }), constant(true));
}

/** What cannot be computed is kept as `failed`. */
function reduced(expr: Expr, env: Env, failed: boolean | string): Expr {
  try {
    return reduce(expr, env);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return constant(failed);
  }
}

/** A condition that is decided however the run goes is kept as what it comes to. */
function settled(condition: Expr, env: PartlyEnv, failed: boolean): Expr {
  const found = decide(condition, env);
  return found === null ? condition : constant(found === "failed" ? failed : found);
}

/** Likewise. What it says of what cannot be told yet is left for the run to tell. */
function settledText(message: Expr, env: PartlyEnv): Expr {
  const found = partly(message, env);
  return found.p === "known" ? constant(found.value) : message;
}

function statusOf(condition: Expr, env: PartlyEnv, failed: boolean): Status {
  const found = decide(condition, env);
  if (found === null) return "deferred";
  return (found === "failed" ? failed : found) ? "pass" : "fail";
}

function together(applied: Status, requires: readonly { readonly status: Status }[]): Status {
  if (applied === "fail" || requires.every((r) => r.status === "pass")) return "pass";
  if (applied === "pass" && requires.some((r) => r.status === "fail")) return "fail";
  return "deferred";
}

function whyOf(
  status: Status,
  when: Expr,
  requires: readonly (Requirement & { readonly status: Status })[],
  env: PartlyEnv,
  facts: readonly Pick<ReadFact, "id" | "name" | "value">[],
): string | null {
  if (status === "pass") return null;
  const failing = requires.find((r) => r.status === "fail");
  if (status === "fail") return failing === undefined ? null : messageOf(failing, env);
  const open = [when, ...requires.filter((r) => r.status !== "pass").map((r) => r.condition)];
  const asked = new Set(
    open.flatMap((expr) => freeRefs(expr)).flatMap(({ root, name }) => inWords(root, name, env, facts)),
  );
  return asked.size === 0 ? "decided in the run" : `decided in the run: it depends on ${[...asked].join(", ")}`;
}

function inWords(
  root: string,
  name: string,
  env: PartlyEnv,
  facts: readonly Pick<ReadFact, "id" | "name" | "value">[],
): string[] {
  if (root === "step") return [`the result of ${name}`];
  if (root === "run" && name.startsWith("plan.")) return ofPlan(name, env.ref("run", name));
  const fact = facts.find(({ id }) => id === name);
  return fact?.value.is === "unknown" ? [`${fact.name}, which ${fact.value.why}`] : [];
}

/** What is open of it: how many there are, or else what they touch. */
function ofPlan(name: string, value: Partly | undefined): string[] {
  if (value?.p === "known") return [];
  const saw = value === undefined ? null : sawValue(name, value);
  const range = saw === null || typeof saw.value !== "object" || saw.value === null ? null : Object.values(saw.value);
  return [saw === null || range === null ? name : `${saw.name} (${range.join(" to ")})`];
}

function messageOf(requirement: Requirement, env: PartlyEnv): string {
  const message = requirement.message === null ? null : partly(requirement.message, env);
  return message?.p === "known" && typeof message.value === "string" && message.value !== ""
    ? message.value
    : `it must hold that ${requirement.text}`;
}

/** Who may override it, where that is known: nobody else may. */
function overriders({ overrideBy }: Guardrail, program: Program, env: Env): PlanGuardrail["overrideBy"] {
  if (overrideBy === null) return null;
  const by = reduced(overrideBy.by, env, false);
  const ids = isConst(by) && Array.isArray(by.v) ? by.v : [];
  const groups = program.approvers
    .filter(({ id }) => ids.includes(id))
    .map(({ id, title, members }) => ({ id, title, members: [...members] }));
  return groups.length === 0 ? null : { mode: overrideBy.mode, groups };
}
