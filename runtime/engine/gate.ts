/**
 * The gate before writes: facts are what they were when the plan was made, steps would change what the plan shows, guardrails
 * hold now, and windows are open.
 * Judged in whole before the first write and after each wait for people or a crash; for a single write, those guardrails
 * that ask for it, and its windows where one has closed. Undo passes no gate.
 */
import { canonicalJson } from "../../compiler/canonical.ts";
import type { Value } from "../../compiler/ir/expr.ts";
import type { PlanFact } from "../../compiler/plan/plan.schema.ts";
import { guardrailOverrides } from "../approvals/override.ts";
import { statedPlan } from "../approvals/statement.ts";
import type { EventOf, Judgement } from "../event.schema.ts";
import { type FactRead, type GuardrailReads, judgeGuardrails } from "./guardrails.ts";
import { judgePreviews, type PreviewRead } from "./previews.ts";
import { resourceOf } from "./scope.ts";
import { notOursText, staleText } from "./stale.ts";
import type { RunState } from "./state.ts";
import { judgeWindows } from "./windows.ts";

type FactJudgement = EventOf<"gate.judged">["facts"][number];

/** Facts to compare: what this run itself has begun to change is no longer what the plan saw. */
export function factsToRead(state: RunState): string[] {
  return state.plan.facts.filter((f) => f.used.length > 0 && !touched(state, f)).map((f) => f.id);
}

function touched(state: RunState, fact: PlanFact): boolean {
  if (state.writtenInstances.has(fact.call.instance)) return true;
  const resource = resourceOf(state, fact.call);
  return resource !== null && state.written.has(resource);
}

/** What the world answered, before a gate is judged. */
export interface GateReads {
  /** Of the plan's facts. */
  readonly facts: readonly FactRead[];
  readonly guardrails: GuardrailReads;
  readonly previews: readonly PreviewRead[];
}

/** Judges. `at` is RFC 3339; `node` null for the gate as a whole. */
export function judgeGate(state: RunState, node: string | null, reads: GateReads, at: string): EventOf<"gate.judged"> {
  const facts: FactJudgement[] = [];
  const reasons: string[] = [];
  for (const read of reads.facts) {
    const fact = state.plan.facts.find((f) => f.id === read.id);
    if (fact === undefined) continue;
    if (!read.ok) {
      facts.push({ id: fact.id, same: false, path: null, was: null, is: null });
      reasons.push(`fact ${fact.id} could not be read again: ${read.why}`);
      continue;
    }
    const judged = compare(fact, read.value);
    facts.push(judged);
    if (judged.same) continue;
    const name = judged.path === "" || judged.path === null ? fact.id : `${fact.id}.${judged.path}`;
    const ours = state.reopened === "rollback" ? notOursText(resourceOf(state, fact.call)) : undefined;
    reasons.push(staleText(name, judged.was, judged.is, ours));
  }
  const previews = judgePreviews(state, reads.previews);
  reasons.push(...previews.reasons);
  const guardrails = judgeGuardrails(state, node, reads.guardrails, at).map((g) => overridden(state, g, at));
  for (const g of guardrails) {
    if (g.status === "pass" || g.enforcement === "advisory" || waits(g, node) || g.overridden !== undefined) continue;
    reasons.push(
      `guardrail ${nameOf(g.guardrail)}${g.part === undefined ? "" : ` for ${g.part}`}: ${g.why ?? (g.status === "fail" ? "it does not hold" : "it cannot be decided")}`,
    );
  }
  const windows = state.ending === null ? judgeWindows(state, node, Date.parse(at)) : [];
  for (const { window, open, why } of windows) if (!open) reasons.push(why ?? `window ${window} is closed`);
  const ok = reasons.length === 0;
  const asked = {
    ...(previews.told === null ? {} : { previews: previews.told }),
    ...(windows.length === 0 ? {} : { windows }),
  };
  return { type: "gate.judged", at, node, facts, guardrails, ...asked, ok, why: ok ? null : reasons.join("; ") };
}

/** With those who set it aside, where it does not hold and somebody did who may. */
function overridden(state: RunState, judged: Judgement, at: string): Judgement {
  if (judged.status === "pass" || judged.enforcement !== "soft") return judged;
  const guardrail = state.plan.guardrails.find(({ id }) => id === judged.guardrail);
  if (guardrail === undefined) return judged;
  const { applier, run, rules } = state;
  const context = { ...statedPlan(state.plan, state.digest), applier, run, now: Date.parse(at), judge: rules.judge };
  const by = guardrailOverrides(guardrail, state.approvals, context);
  return by.length === 0 ? judged : { ...judged, overridden: by.map(({ who }) => who) };
}

/** The name in an id `module#name`. */
const nameOf = (id: string): string => id.slice(id.lastIndexOf("#") + 1);

/**
 * What is not known yet of an action that another runs is asked again before each of its own writes, and has to be known
 * then. Of the action as a whole every write is its own.
 */
const waits = (g: Judgement, node: string | null): boolean =>
  g.status === "unknown" && node === null && g.part !== undefined;

function compare(fact: PlanFact, value: Value): FactJudgement {
  for (const path of fact.used) {
    const was = at(fact.value, path);
    const is = at(value, path);
    if (canonicalJson(was) !== canonicalJson(is)) return { id: fact.id, same: false, path: path.join("."), was, is };
  }
  return { id: fact.id, same: true, path: null, was: null, is: null };
}

/** What stands at a path; null where there is nothing. */
function at(value: Value, path: readonly string[]): Value {
  let here = value;
  for (const name of path) {
    if (here === null || typeof here !== "object") return null;
    const found = Object.entries<Value>(here).find(([key]) => key === name);
    here = found === undefined ? null : found[1];
  }
  return here;
}
