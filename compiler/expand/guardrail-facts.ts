/** Reads of guardrails: made when the plan is, beside the action's own facts, and again whenever the guardrail is judged. */
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { Plan, PlanCall, PlanGuardrail, PlanPart } from "../plan/plan.schema.ts";
import type { Guardrail } from "../program.ts";
import { type FactNeed, inner, type Place, planCall } from "./state.ts";

export type ReadFact = PlanGuardrail["facts"][number];

/** What was read so far, by `factKey`; `unread`: why it could not be. */
export interface FactReadings {
  readonly values: ReadonlyMap<string, Value>;
  readonly unread: ReadonlyMap<string, string>;
}

/** One guardrail may be judged for several parts, with the inputs of each. No fact of an action is called so. */
export const factKey = (part: string, fact: string): string => `guardrail ${part === "" ? "." : part} ${fact}`;

/** What a plan says was read for its guardrails: with it, the plan can be made again. */
export function readingsOf(plan: Plan): FactReadings {
  const values = new Map<string, Value>();
  const unread = new Map<string, string>();
  for (const { part, facts } of plan.guardrails)
    for (const { id, value } of facts) {
      if (value.is === "known") values.set(factKey(part, id), value.value);
      else unread.set(factKey(part, id), value.why);
    }
  return { values, unread };
}

interface Reading {
  readonly place: Place;
  readonly now: string;
  readonly vars: ReadonlyMap<string, Expr>;
  readonly readings: FactReadings;
}

/**
 * The reads of a guardrail for one part. Adds to `needs` those that are still to be made; `missing` are those whose
 * arguments cannot be computed.
 */
export function guardrailFacts(
  guardrail: Guardrail,
  part: PlanPart,
  { place, now, vars, readings }: Reading,
  needs: FactNeed[],
): { readonly facts: ReadFact[]; readonly missing: Pick<ReadFact, "id" | "name" | "value">[] } {
  const facts: ReadFact[] = [];
  const missing: Pick<ReadFact, "id" | "name" | "value">[] = [];
  const values = new Map(vars).set("run", atTime(vars.get("run"), now));
  for (const { id, name, call: written, type, at } of guardrail.facts) {
    // As it is read again, with what was read before it left open; and as it is read now.
    const call = callOf(place, vars, written, at);
    const asked = callOf(place, values, written, at);
    if ("why" in call || "why" in asked) {
      missing.push({
        id,
        name,
        value: { is: "unknown", why: "why" in call ? call.why : "why" in asked ? asked.why : "" },
      });
      continue;
    }
    const key = factKey(part.id, id);
    const value = readings.values.get(key);
    const why = readings.unread.get(key);
    if (value !== undefined) values.set(id, constant(value));
    const known = asked.args.every((arg) => arg.value.is === "known");
    const asks = value === undefined && why === undefined && place.x.unread === null;
    if (asks && known) needs.push({ id: key, at, call: asked, ofGuardrail: true });
    facts.push({
      id,
      name,
      at,
      call,
      type,
      value: value !== undefined ? { is: "known", value } : { is: "unknown", why: why ?? "is read in the run" },
    });
  }
  return { facts, missing };
}

/** The calls of its reads as they are made again whenever it is judged; what keeps one from being made stands for it. */
export function plannedReads(
  guardrail: Guardrail,
  { place, vars }: Pick<Reading, "place" | "vars">,
): readonly (PlanCall | { readonly why: string })[] {
  return guardrail.facts.map(({ call, at }) => callOf(place, vars, call, at));
}

/** The record of the run with the time in it. */
function atTime(run: Expr | undefined, now: string): Expr {
  return { k: "record", fields: { ...(run?.k === "record" ? run.fields : {}), now: constant(now) } };
}

/** What keeps a guardrail from reading is no fault of the action that is planned. */
function callOf(
  place: Place,
  vars: ReadonlyMap<string, Expr>,
  call: Guardrail["facts"][number]["call"],
  at: string,
): PlanCall | { readonly why: string } {
  const { problems } = place.x;
  const before = problems.length;
  const planned = planCall({ ...inner(place), vars: new Map(vars) }, call, at);
  const [problem] = problems.splice(before);
  return problem === undefined ? planned : { why: `cannot be read: ${problem.message}` };
}
