/** What stands above a picture: facts about the plan, what must not be missed, what became of it; and the gates of its rules. */

import type { Plan, PlanFile, PlanGuardrail } from "../../plan/plan.schema.ts";
import { refusedBy, refuses } from "../../plan/refused.ts";
import { tookText } from "../fates.ts";
import type { Happened } from "../happened.ts";
import { escapeControls } from "../safe.ts";
import { brief } from "../show-value.ts";
import { malformed, plural, requirementText, shortDigest, totals } from "../words.ts";
import { findingsOf } from "./alarms.ts";
import { listed } from "./labels.ts";
import type { Alarm, Box, Note } from "./model.ts";

export function factsOf({ plan, digest }: PlanFile): string[] {
  return [
    brief(plan.action.name, 100),
    `requested by ${brief(plan.requester, 60)}`,
    `workspace ${brief(plan.workspace, 40)}`,
    `plan ${shortDigest(digest)}`,
  ];
}

export function notesOf({ plan }: PlanFile, happened: Happened | null): Note[] {
  const faults = malformed(plan);
  const refused = refusedBy(plan);
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
    { text: `run ${brief(run, 80)}: ${brief(outcome ?? "not ended", 40)}${took}${reason}`, bad: !well, ofRun: true },
    ...left.map(({ node, what }) => ({ text: `by hand: ${brief(node, 80)}: ${brief(what, 160)}`, bad: true })),
  ];
}

/** Windows and guardrails of the action itself, in the order a run meets them. */
export function gatesOf(plan: Plan): Box[] {
  const own = plan.parts.find(({ id }) => id === "")?.windows ?? [];
  const windows = plan.windows.filter(({ id }) => own.includes(id));
  const rules = rulesOf(plan, "");
  const gates: Omit<Box, "name">[] = [];
  const base = {
    nodes: [],
    hook: null,
    id: "",
    lease: null,
    final: null,
    conditional: false,
    after: false,
    fate: null,
    alarms: [],
  };
  if (rules.length > 0) {
    gates.push({
      ...base,
      alarms: ruleAlarms(rules),
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
  const rules = rulesOf(plan, part);
  const risk = own?.action.risk ?? null;
  return [
    ...(risk === null || risk === plan.action.risk ? [] : [`risk ${brief(risk, 20)}`]),
    ...windows.map(({ name }) => `window ${brief(name, 60)}`),
    ...(rules.length === 0 ? [] : rulesWords(rules).map((words) => `guardrails ${words}`)),
  ];
}

/** Those that judge a part, be it together with others. */
export const rulesOf = ({ guardrails }: Plan, part: string): PlanGuardrail[] =>
  guardrails.filter((g) => g.part === part || g.also?.includes(part) === true);

/** What fails is not only a word among others. */
export function ruleAlarms(rules: readonly PlanGuardrail[]): Alarm[] {
  if (rules.some(refuses)) return [{ words: "refuses the plan", grave: true }];
  return rules.some(({ status }) => status === "fail") ? [{ words: "advises against it", grave: false }] : [];
}

/** What becomes of them stands first: names may be long, and are cut. */
function rulesWords(rules: readonly PlanGuardrail[]): string[] {
  const told = (status: PlanGuardrail["status"], one: string, many: string): string[] => {
    const names = rules.filter((g) => g.status === status).map(({ name }) => brief(name, 60));
    return names.length === 0 ? [] : [`${names.length === 1 ? one : many}: ${listed(names, 3)}`];
  };
  return [
    ...told("fail", "FAILS", "FAIL"),
    ...told("deferred", "judged at the run", "judged at the run"),
    ...told("pass", "passes", "pass"),
  ];
}

function ruleTip(g: PlanGuardrail): string[] {
  return [
    `${brief(g.name, 60)} (${g.enforcement}${g.everyWrite ? ", every write" : ""}): ${g.status}${g.why === null ? "" : `, ${brief(g.why, 300)}`}`,
    ...g.requires.map((each) => `  requires ${requirementText(each)}`),
  ];
}
