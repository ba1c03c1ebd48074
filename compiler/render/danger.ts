/**
 * What a reviewer must see before anything else, the worst first. What cannot be undone has a section of its own in every
 * rendering and is not repeated here. A plan of which there is nothing to say has none: a list that is always there is not read.
 */
import type { Plan } from "../plan/plan.schema.ts";
import { foldIds } from "./alike.ts";
import { approvalDangers } from "./danger-approvals.ts";
import { joined } from "./danger-joined.ts";
import { orderDangers } from "./danger-order.ts";
import { stepDangers } from "./danger-steps.ts";
import type { Danger, DangerLevel } from "./danger-type.ts";
import { writesOf } from "./failing.ts";
import { type Line, run } from "./ink.ts";
import { approverName, brief, count } from "./show-value.ts";
import { offlineWords } from "./words.ts";

export type { Danger, DangerLevel } from "./danger-type.ts";

const LEVELS: readonly DangerLevel[] = ["grave", "warning", "note"];

/** From here on the number of things changed is worth a line of its own. */
const MANY = 50;
/** A reason of a rule is cut here. */
const WHY = 200;

/** The worst first. Empty where nothing stands out. */
export function dangersOf(plan: Plan): Danger[] {
  const found = [
    ...offline(plan),
    ...stepDangers(plan),
    ...approvalDangers(plan),
    ...orderDangers(plan),
    ...manyTargets(plan),
    ...tolerated(plan),
    ...staysOnFailure(plan),
    ...advice(plan),
    ...unbounded(plan),
  ];
  return raised(joined(found)).toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** What is not undone is more than a note beside something else that is. */
function raised(dangers: readonly Danger[]): Danger[] {
  const others = dangers.some(({ level, joins }) => level !== "note" && joins?.kind !== "stays");
  return dangers.map((danger) =>
    others && danger.level === "note" && danger.joins?.kind === "stays" ? { ...danger, level: "warning" } : danger,
  );
}

/** As it stands in a terminal. */
export function dangerLine({ level, words }: Danger): Line {
  switch (level) {
    case "grave":
      return [run("! ", "bold-red"), run(words, "bold")];
    case "warning":
      return [run("! ", "yellow"), run(words)];
    case "note":
      return [run("· ", "dim"), run(words, "dim")];
  }
}

const ofPlan = (level: DangerLevel, words: string): Danger => ({ level, words, nodes: [] });

function offline({ unread }: Plan): Danger[] {
  return unread === undefined ? [] : [ofPlan("warning", offlineWords(unread.map(({ id }) => id)))];
}

function manyTargets(plan: Plan): Danger[] {
  const targets = new Set(writesOf(plan).map(({ call }) => JSON.stringify([call.instance, call.resource])));
  return targets.size < MANY ? [] : [ofPlan("warning", `it changes ${count(targets.size)} things`)];
}

/** Half of a set that may be broken in the end is more than most people think of when they read `tolerate`. */
function tolerated(plan: Plan): Danger[] {
  const risky = plan.loops.filter(({ tolerate, elements }) => tolerate > 0 && tolerate * 4 >= elements.length);
  // A loop within each element of another is one loop as it is written.
  return foldIds(risky, ({ id, tolerate, elements }) => `${id}.${tolerate} of ${elements.length}`).map(
    ({ name, of }) => {
      const { tolerate = 0, elements = [] } = of[0] ?? {};
      const loop = brief(
        of.length === 1 ? (of[0]?.id ?? name) : name.slice(0, name.lastIndexOf(`.${tolerate} of `)),
        60,
      );
      const all = elements.length;
      const goesOn = `the run goes on${asksNext(plan, of[0]?.id ?? "")}`;
      const danger = (level: DangerLevel, words: string, mark: string): Danger => ({
        ...ofPlan(level, words),
        marks: { at: [], loops: of.map(({ id }) => ({ id, mark })) },
      });
      if (tolerate >= all) {
        const every = all === 1 ? "the only element" : `every one of the ${count(all)} elements`;
        return danger("warning", `${every} of ${loop} may fail, and ${goesOn}`, "all may fail");
      }
      const share = Math.round((tolerate * 100) / all);
      return danger(
        tolerate * 2 >= all ? "warning" : "note",
        `${count(tolerate)} of ${count(all)} elements of ${loop}, ${share}%, may fail, and ${goesOn}`,
        `${share}% may fail`,
      );
    },
  );
}

/** ` to ask Payments on-call`: whom it asks behind the loop, who may not see from the question what failed. */
function asksNext({ nodes }: Plan, loop: string): string {
  const behind = new Set<string>();
  for (const node of nodes) {
    const inside = node.id.startsWith(`${loop}[`);
    if (inside || node.after.some(({ id }) => behind.has(id))) {
      behind.add(node.id);
      if (node.kind === "approve" && !inside)
        return ` to ask ${brief(node.groups.map(({ title, id }) => title || approverName(id)).join(node.mode === "all" ? " and " : " or "), 80)}`;
    }
  }
  return "";
}

function staysOnFailure(plan: Plan): Danger[] {
  if (plan.onFailure === "rollback" || writesOf(plan).length === 0) return [];
  return [
    ofPlan(
      "warning",
      plan.onFailure === "halt"
        ? "a failure halts the run where it is: what was done stays"
        : "a failure neither stops the rest nor undoes anything",
    ),
  ];
}

/** A rule that fails and stops nothing would be passed over among those that pass. */
function advice({ guardrails }: Plan): Danger[] {
  const failed = guardrails.filter(({ status, enforcement }) => status === "fail" && enforcement === "advisory");
  // Told once where it judges several parts in the same way.
  const told = new Set(
    failed.map(
      ({ name, why }) => `guardrail ${brief(name, 60)} advises against it${why === null ? "" : `: ${brief(why, WHY)}`}`,
    ),
  );
  return [...told].map((words) => ofPlan("warning", words));
}

function unbounded({ summary, nodes }: Plan): Danger[] {
  return summary.worstCase === null && nodes.length > 0 ? [ofPlan("note", "nothing bounds how long it takes")] : [];
}
