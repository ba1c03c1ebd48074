/** What stands above a picture: facts about the plan, what must not be missed, what became of it; and the gates of its rules. */
import type { Plan, PlanFile, PlanGuardrail } from "../../plan/plan.schema.ts";
import { tookText } from "../fates.ts";
import type { Happened } from "../happened.ts";
import { escapeControls } from "../safe.ts";
import { brief } from "../show-value.ts";
import { malformed, plural, requirementText, shortDigest, totals } from "../words.ts";
import { findingsOf } from "./alarms.ts";
import { listed } from "./labels.ts";
import type { Box, Note } from "./model.ts";

export function factsOf({ plan, digest }: PlanFile): string[] {
  return [
    escapeControls(plan.action.name),
    `requested by ${brief(plan.requester, 60)}`,
    `workspace ${brief(plan.workspace, 40)}`,
    `plan ${shortDigest(digest)}`,
  ];
}

export function notesOf({ plan }: PlanFile, happened: Happened | null): Note[] {
  const faults = malformed(plan);
  const refused = plan.guardrails.filter((g) => g.status === "fail" && g.enforcement !== "advisory");
  return [
    ...(faults.length === 0
      ? []
      : [{ text: `This plan is malformed, do not approve it: ${listed(faults, 2)}`, bad: true }]),
    ...refused.map((g) => ({
      text: `REFUSED by guardrail ${brief(g.name, 60)}: ${brief(g.why ?? "", 200)}`,
      bad: true,
    })),
    ...(happened === null ? [] : runNotes(happened)),
    { text: totals(plan).join(" · "), bad: false },
    // Of a run that has ended nobody is asked any more.
    ...(happened?.outcome == null ? findingsOf(plan) : []),
  ];
}

function runNotes({ run, outcome, why, startedAt, endedAt, left }: Happened): Note[] {
  const took = startedAt === null || endedAt === null ? "" : ` in ${tookText(endedAt - startedAt)}`;
  const said = why === null ? "" : `: ${brief(why, 400)}`;
  // While it has not ended these are things to do, each of which may take a row of its own.
  const reason = outcome === null ? said.replaceAll("; ", " · ") : said;
  const well = outcome === null || outcome === "succeeded";
  return [
    { text: `run ${escapeControls(run)}: ${escapeControls(outcome ?? "not ended")}${took}${reason}`, bad: !well },
    ...left.map(({ node, what }) => ({ text: `by hand: ${brief(node, 80)}: ${brief(what, 160)}`, bad: true })),
  ];
}

/** Windows and guardrails of the action itself, in the order a run meets them. */
export function gatesOf(plan: Plan): Box[] {
  const own = plan.parts.find(({ id }) => id === "")?.windows ?? [];
  const windows = plan.windows.filter(({ id }) => own.includes(id));
  const rules = plan.guardrails.filter(({ part }) => part === "");
  const gates: Omit<Box, "name">[] = [];
  const base = { nodes: [], hook: null, id: "", final: null, conditional: false, after: false, fate: null, alarms: [] };
  if (rules.length > 0) {
    gates.push({
      ...base,
      look: "rules",
      head: plural(rules.length, "guardrail"),
      details: rulesWords(rules),
      tip: rules.flatMap(ruleTip),
    });
  }
  if (windows.length > 0) {
    gates.push({
      ...base,
      look: "window",
      head: windows.map(({ name }) => `window ${brief(name, 60)}`).join(", "),
      details: ["open whenever the run writes"],
      tip: windows.flatMap(({ name, timezone, doc, calendar }) => [
        `window ${brief(name, 60)} (${escapeControls(timezone)})${calendar === null ? "" : `, with the calendar ${brief(calendar.path, 80)}`}`,
        ...(doc === null ? [] : [brief(doc, 300)]),
      ]),
    });
  }
  return gates.map((gate, i) => ({ ...gate, name: `g${i}` }));
}

/** The same for a nested action, as notes of its frame. */
export function partNotes(plan: Plan, part: string): string[] {
  const own = plan.parts.find(({ id }) => id === part);
  const windows = plan.windows.filter(({ id }) => own?.windows.includes(id));
  const rules = plan.guardrails.filter((g) => g.part === part);
  const risk = own?.action.risk ?? null;
  return [
    ...(risk === null || risk === plan.action.risk ? [] : [`risk ${brief(risk, 20)}`]),
    ...windows.map(({ name }) => `window ${brief(name, 60)}`),
    ...(rules.length === 0 ? [] : rulesWords(rules).map((words) => `guardrails: ${words}`)),
  ];
}

function rulesWords(rules: readonly PlanGuardrail[]): string[] {
  const named = (status: PlanGuardrail["status"]): string[] =>
    rules.filter((g) => g.status === status).map(({ name }) => brief(name, 60));
  const [fail, deferred, pass] = [named("fail"), named("deferred"), named("pass")];
  return [
    ...(fail.length === 0 ? [] : [`${listed(fail, 3)} FAIL${fail.length === 1 ? "S" : ""}`]),
    ...(deferred.length === 0 ? [] : [`${listed(deferred, 3)} judged at the run`]),
    ...(pass.length === 0 ? [] : [`${listed(pass, 3)} pass${pass.length === 1 ? "es" : ""}`]),
  ];
}

function ruleTip(g: PlanGuardrail): string[] {
  return [
    `${brief(g.name, 60)} (${g.enforcement}${g.everyWrite ? ", every write" : ""}): ${g.status}${g.why === null ? "" : `, ${brief(g.why, 300)}`}`,
    ...g.requires.map((each) => `  requires ${requirementText(each)}`),
  ];
}
