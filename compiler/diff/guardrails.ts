/** Guardrails: those that are lost or weakened let through what the plan that was reviewed was held to. */
import type { Plan, PlanGuardrail } from "../plan/plan.schema.ts";
import { refuses } from "../plan/refused.ts";
import { brief, showSaw, showValue } from "../render/show-value.ts";
import { callText, requirementText } from "../render/words.ts";
import { compareCall, typeChanged } from "./call.ts";
import { opposite, strength } from "./condition.ts";
import type { Spot } from "./entry.ts";
import { byName, compareFields, type Rules } from "./fields.ts";
import { groupName, groups } from "./guards.ts";
import { ignore } from "./ignored.ts";
import { ladder, promise, requirements, text } from "./rules.ts";
import { conditionsText, exprPair, focus, leavesOf } from "./show.ts";

/** For each part by itself: which are judged together is another matter in each plan. */
const apart = (all: Plan["guardrails"]): PlanGuardrail[] =>
  all.flatMap(({ also = [], ...g }) => [g.part, ...also].map((part) => ({ ...g, part })));

export function compareGuardrails(before: Plan["guardrails"], after: Plan["guardrails"], at: Spot): void {
  const [old, now] = [apart(before), apart(after)];
  const { pairs, gone, come } = byName(old, now, ({ part, id }) => `${part} ${id}`);
  const on = (g: PlanGuardrail): Spot => at.in("guardrails").on(guardrailName(g)).of("guardrails");
  // It may apply no more, for the action or its inputs are others, or be gone: either way it holds the plan to nothing.
  for (const g of gone) on(g).say("widened", "does not apply any more", { from: terms(g) });
  for (const g of come)
    on(g).say(
      g.status === "fail" ? "changed" : "narrowed",
      g.status === "fail" ? `applies now, and fails: ${brief(g.why ?? "", 300)}` : "applies now",
      { to: terms(g) },
    );
  for (const pair of pairs) compareFields(GUARDRAIL, pair.old, pair.now, on(pair.now), undefined);
  const order = (all: Plan["guardrails"]): string => all.map(guardrailName).join(", ");
  if (gone.length + come.length === 0 && order(old) !== order(now))
    at.in("guardrails")
      .of("guardrails")
      .say("changed", "judges its guardrails in another order", { ...focus(order(old), order(now)) });
}

const guardrailName = ({ name, part }: PlanGuardrail): string => `guardrail ${name}${part === "" ? "" : ` on ${part}`}`;

const terms = (g: PlanGuardrail): string =>
  `${g.enforcement}${g.everyWrite ? ", every write" : ""}: ${brief(g.requires.map((r) => requirementText(r)).join(" and "), 200)}`;

const GUARDRAIL: Rules<PlanGuardrail, undefined> = {
  id: ignore("matched"),
  part: ignore("matched"),
  also: ignore("matched"),
  name: (old, now, at) => text("is called otherwise")(old, now, at.in("names")),
  doc: (old, now, at) => text("is described otherwise")(old, now, at.in("texts")),
  at: ignore("at"),
  enforcement: (old, now, at) =>
    ladder(["hard", "soft", "advisory"] as const, "is enforced less", "is enforced more")(old, now, at),
  everyWrite: promise("is not judged again before every write", "is judged again before every write"),
  status: (old, now, at, _, both) => {
    const { why } = both.now;
    const said = { from: statusText(old), to: `${statusText(now)}${why === null ? "" : `: ${brief(why, 300)}`}` };
    const fails = refuses(both.now) ? "fails: the plan is refused" : "fails: it advises against the plan";
    const failed = refuses(both.old)
      ? "does not refuse the plan any more"
      : "does not advise against the plan any more";
    if (now === "fail") at.say("changed", fails, { ...said, rank: -1 });
    else if (now === "deferred" && old === "pass") at.say("widened", "is not decided before the run", said);
    else if (old === "fail") at.say("widened", failed, said);
    else at.say("narrowed", "is decided before the run", said);
  },
  why: (old, now, at, _, both) => {
    if (both.old.status !== both.now.status) return "told";
    text("gives another reason")(old, now, at);
    return undefined;
  },
  when: (old, now, at) => {
    const found = opposite(strength(old, now));
    const said =
      old.k === "const" && now.k === "const"
        ? { from: conditionsText([old]), to: conditionsText([now]) }
        : exprPair(old, now);
    if (found === "weaker") at.say("widened", "applies in fewer cases", said);
    else if (found === "stronger") at.say("narrowed", "applies in more cases", said);
    else at.say("changed", "applies in other cases", said);
  },
  requires: (old, now, at, _, both) => {
    requirements(old, now, at);
    // What became of the whole is told by itself.
    if (both.old.status !== both.now.status) return "told";
    for (const { old: a, now: b } of byName(old, now, (r) => r.text).pairs)
      if (a.status !== b.status)
        at.say(b.status === "pass" ? "narrowed" : "widened", `requires ${requirementText(b)}`, {
          from: statusText(a.status),
          to: statusText(b.status),
        });
    return undefined;
  },
  saw: (old, now, at) => {
    const { pairs, gone, come } = byName(old, now, (seen) => seen.name);
    const here = at.in("facts");
    for (const { name, value } of gone)
      here.of(name).say("changed", `was not decided on ${brief(name, 80)}`, { from: showSaw(value) });
    for (const { name, value } of come)
      here.of(name).say("changed", `was decided on ${brief(name, 80)} too`, { to: showSaw(value) });
    for (const pair of pairs) {
      const { name } = pair.now;
      for (const leaf of leavesOf(pair.old.value, null, pair.now.value, null).leaves)
        here.of(name).say("changed", `was decided on another ${brief(name, 80)}`, { ...leaf });
    }
  },
  facts: (old, now, at) => {
    const { pairs, gone, come } = byName(old, now, (fact) => fact.id);
    for (const fact of gone)
      at.of(fact.name).say("widened", `does not look at ${brief(fact.name, 80)} any more`, {
        from: callText(fact.call),
      });
    for (const fact of come)
      at.of(fact.name).say("narrowed", `looks at ${brief(fact.name, 80)} too`, { to: callText(fact.call) });
    for (const pair of pairs) compareFields(FACT, pair.old, pair.now, at.of(pair.now.name), undefined);
  },
  overrideBy: (old, now, at) => {
    const who = (o: NonNullable<PlanGuardrail["overrideBy"]>): string => o.groups.map(groupName).join(", ");
    if (old === null || now === null) {
      const wider = now !== null;
      at.say(wider ? "widened" : "narrowed", wider ? "may be overridden" : "may not be overridden any more", {
        from: old === null ? "by nobody" : `by ${who(old)}`,
        to: now === null ? "by nobody" : `by ${who(now)}`,
      });
      return;
    }
    if (old.mode !== now.mode)
      at.of("mode").say(
        old.mode === "all" ? "widened" : now.mode === "all" ? "narrowed" : "changed",
        "is overridden in another way",
        { from: old.mode, to: now.mode },
      );
    groups(old.groups, now.groups, at, now.mode);
  },
};

const statusText = (status: PlanGuardrail["status"]): string =>
  ({ pass: "passes", fail: "fails", deferred: "decided at the run" })[status];

const FACT: Rules<PlanGuardrail["facts"][number], undefined> = {
  id: ignore("matched"),
  name: (old, now, at) => text("what it looks at is called otherwise")(old, now, at.in("names")),
  at: ignore("at"),
  call: (old, now, at) => compareCall(old, now, at, new Set()),
  type: (old, now, at) => typeChanged(old, now, at.in("facts")),
  value: (old, now, at) => {
    const shown = (value: typeof old): string =>
      value.is === "known" ? showValue(value.value, null) : `not known: ${brief(value.why, 200)}`;
    const leaves = old.is === "known" && now.is === "known" ? leavesOf(old.value, null, now.value, null).leaves : [];
    for (const leaf of leaves)
      at.in("facts").say("changed", `saw something else${leaf.path === "" ? "" : ` in ${brief(leaf.path, 80)}`}`, leaf);
    if (leaves.length === 0) at.in("facts").say("changed", "saw something else", { from: shown(old), to: shown(now) });
  },
};
