/**
 * The gate before writes: facts are what they were when the plan was made, guardrails hold now, and windows are open.
 * Judged in whole before the first write and after each wait for people or a crash; for a single write, those guardrails
 * that ask for it, and its windows where one has closed. Undo passes no gate.
 */
import { canonicalJson } from "../../compiler/canonical.ts";
import type { Value } from "../../compiler/ir/expr.ts";
import type { PlanFact, PlanGuardrail } from "../../compiler/plan/plan.schema.ts";
import type { EventOf, Judgement } from "../event.schema.ts";
import { envOf, messageFor, messageOf, resourceOf } from "./scope.ts";
import { staleText } from "./stale.ts";
import type { RunState } from "./state.ts";
import { judgeWindows } from "./windows.ts";

type FactJudgement = EventOf<"gate.judged">["facts"][number];

/** What reading a fact again gave. */
export type FactRead = { readonly id: string } & (
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly why: string }
);

/** Facts to compare: what this run itself has begun to change is no longer what the plan saw. */
export function factsToRead(state: RunState): string[] {
  return state.plan.facts.filter((f) => f.used.length > 0 && !touched(state, f)).map((f) => f.id);
}

function touched(state: RunState, fact: PlanFact): boolean {
  if (state.writtenInstances.has(fact.call.instance)) return true;
  const resource = resourceOf(state, fact.call);
  return resource !== null && state.written.has(resource);
}

/** Judges. `at` is RFC 3339; `node` null for the gate as a whole. */
export function judgeGate(
  state: RunState,
  node: string | null,
  reads: readonly FactRead[],
  at: string,
): EventOf<"gate.judged"> {
  const facts: FactJudgement[] = [];
  const reasons: string[] = [];
  for (const read of reads) {
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
    reasons.push(staleText(name, judged.was, judged.is));
  }
  // Undo passes no guardrail, also of a run that had ended.
  const all = state.ending === null ? state.plan.guardrails : [];
  const inForce = all.filter((g) => node === null || g.everyWrite || state.stillUnknown.has(g.id));
  const guardrails = inForce.map((g) => judge(state, g, at));
  for (const g of guardrails) {
    if (g.status === "pass" || g.enforcement === "advisory") continue;
    reasons.push(
      `guardrail ${g.guardrail}: ${g.why ?? (g.status === "fail" ? "it does not hold" : "it cannot be decided")}`,
    );
  }
  const windows = state.ending === null ? judgeWindows(state, node, Date.parse(at)) : [];
  for (const { window, open, why } of windows) if (!open) reasons.push(why ?? `window ${window} is closed`);
  const ok = reasons.length === 0;
  const asked = windows.length === 0 ? {} : { windows };
  return { type: "gate.judged", at, node, facts, guardrails, ...asked, ok, why: ok ? null : reasons.join("; ") };
}

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

function judge(state: RunState, g: PlanGuardrail, now: string): Judgement {
  const base = { guardrail: g.id, enforcement: g.enforcement, saw: g.saw };
  const names = { now, unfinished: "unknown" } as const;
  const truth = (expr: PlanGuardrail["when"]): boolean | null => {
    const left = state.rules.reduce(expr, envOf(state, names));
    return left.k === "const" ? left.v === true : null;
  };
  try {
    const applies = truth(g.when);
    if (applies === false) return { ...base, status: "pass", why: "it does not apply" };
    let undecided = applies === null ? "whether it applies is not known" : null;
    for (const r of g.requires) {
      const holds = truth(r.condition);
      if (holds === null) undecided ??= `${r.text} is not known`;
      // Where it is not known whether it applies, a requirement that fails decides nothing.
      else if (!holds && applies === true) return { ...base, status: "fail", why: messageFor(state, r, { now }) };
      else if (!holds) undecided ??= `${r.text} does not hold, and whether it has to is not known`;
    }
    if (undecided !== null && applies === null && g.requires.every((r) => truth(r.condition) === true))
      undecided = null;
    return { ...base, status: undecided === null ? "pass" : "unknown", why: undecided };
  } catch (error) {
    return { ...base, status: "unknown", why: `it cannot be computed: ${messageOf(error)}` };
  }
}
