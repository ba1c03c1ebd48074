/** A plan for a reviewer in a terminal: what cannot be undone and what changes first, then the rules, then the steps. */

import { formatDuration } from "../ir/format.ts";
import type { PlanFile, PlanGuardrail } from "../plan/plan.schema.ts";
import { refusedBy } from "../plan/refused.ts";
import { windowsAt } from "../window/at-plan.ts";
import { foldIds } from "./alike.ts";
import { type Change, changesOf } from "./changes.ts";
import { askedWords } from "./covers.ts";
import { dangerLine, dangersOf } from "./danger.ts";
import { FACTS_ARE, factRows } from "./facts.ts";
import { failureWords, pointOfNoReturn } from "./failing.ts";
import { tookText } from "./fates.ts";
import type { Happened } from "./happened.ts";
import { type Ink, type Line, lineWidth, paint, run, wrap } from "./ink.ts";
import { keepingWords } from "./keeping.ts";
import { isHead } from "./page/difference.ts";
import { showExpr } from "./show-expr.ts";
import { approverName, brief, count, showSaw, showValue } from "./show-value.ts";
import { hookLines, stepLines, usualTimeout } from "./text-steps.ts";
import { displayWidth, padEnd } from "./width.ts";
import {
  appliesAlways,
  approvalWords,
  consequenceOf,
  deadlineWords,
  judgedFor,
  lacksReason,
  leftWords,
  malformed,
  plural,
  requirementText,
  resourceText,
  shortDigest,
  timeText,
  totals,
  trustWarnings,
  WITHHELD,
} from "./words.ts";

export interface TextOptions {
  /** With escape sequences for colours; the text is the same without. */
  readonly color: boolean;
  /** Columns; below 40 counts as 40. */
  readonly width: number;
}

/** Diff lines shown of one change before the rest is counted. */
const DIFF_LINES = 60;

/** The plan as text, and what became of it in a run, each line ended. A pure function: the same plan gives the same bytes. */
export function planText(file: PlanFile, options: TextOptions, happened: Happened | null = null): string {
  const width = Math.max(40, options.width);
  const sections: Line[][] = [
    ...(happened === null ? [] : [outcome(happened, width)]),
    header(file, width),
    dangers(file, width),
    warnings(file, width),
    [...windows(file, width), ...keeping(file, width)],
    irreversible(file, width),
    inputs(file, width),
    facts(file, width),
    changes(file, width),
    guardrails(file, width),
    approvals(file, width),
    steps(file, width, happened),
    hooks(file, width, happened),
    wrap([run(totals(file.plan).join(" · "), "bold")], width, 0).map((line) => line),
  ];
  const lines = sections
    .filter((section) => section.length > 0)
    .flatMap((section, i) => (i === 0 ? section : [[], ...section]));
  return lines.map((line) => `${paint(line, options.color)}\n`).join("");
}

function header({ plan, digest }: PlanFile, width: number): Line[] {
  const { action } = plan;
  const facts: Line = [
    run(brief(action.name, 100)),
    ...(action.risk === null ? [] : [run(" · "), run(`risk ${brief(action.risk, 40)}`, riskInk(action.risk))]),
    run(` · requested by ${brief(plan.requester, 200)} · workspace ${brief(plan.workspace, 100)}`),
    ...(action.owner === null ? [] : [run(` · owner ${brief(approverName(action.owner), 60)}`)]),
  ];
  const refused = refusedBy(plan);
  return [
    ...wrap([run(brief(action.title, 200), "bold")], width, 2),
    ...refused.flatMap((g) =>
      wrap([run(`REFUSED by guardrail ${brief(g.name, 60)}: ${brief(g.why ?? "", 300)}`, "bold-red")], width, 2),
    ),
    ...wrap(facts, width, 2),
    ...(plan.reason === null ? [] : wrap([run(`because ${brief(plan.reason, 400)}`)], width, 2)),
    ...(lacksReason(plan) ? [[run("no reason given", "yellow")] as const] : []),
    ...wrap(
      [run(`plan ${shortDigest(digest)} · ${brief(action.at, 200)} · made ${timeText(plan.createdAt)}`, "dim")],
      width,
      2,
    ),
  ];
}

/** Of a run: how it ended, and what a person must do now, before all else. */
function outcome(happened: Happened, width: number): Line[] {
  const { run: id, outcome: ended, why, startedAt, endedAt, left } = happened;
  const took = startedAt === null || endedAt === null ? "" : ` in ${tookText(endedAt - startedAt)}`;
  const grave = left.length > 0 || ended === "incomplete";
  return [
    ...wrap(
      [
        run(`run ${brief(id, 80)}: `),
        run(`${ended ?? "not ended"}${took}`, grave ? "bold-red" : ended === "succeeded" ? "green" : "yellow"),
        ...(why === null ? [] : [run(`: ${brief(why, 400)}`)]),
      ],
      width,
      2,
    ),
    ...left.flatMap(({ node, what }) =>
      wrap(
        [run("  left to do by hand: ", "bold-red"), run(`${brief(node, 80)}: ${brief(leftWords(what), 300)}`)],
        width,
        4,
      ),
    ),
  ];
}

function riskInk(risk: string): Ink {
  return risk === "high" || risk === "critical" ? "bold-red" : risk === "medium" ? "yellow" : "plain";
}

/** Before anything else: what must not be missed. */
function dangers({ plan }: PlanFile, width: number): Line[] {
  return dangersOf(plan).flatMap((danger) => wrap(dangerLine(danger), width, 2));
}

function warnings({ plan }: PlanFile, width: number): Line[] {
  const faults = malformed(plan);
  const trust = trustWarnings(plan);
  return [
    ...(faults.length === 0
      ? []
      : wrap(
          [
            run(
              `!! This plan is malformed, do not approve it: ${brief(faults.slice(0, 3).join("; "), 600)}${faults.length > 3 ? " …" : ""}`,
              "bold-red",
            ),
          ],
          width,
          3,
        )),
    ...(trust.length === 0 ? [] : wrap([run(`! ${trust.join(" ")}`, "yellow")], width, 2)),
  ];
}

/** As they were when the plan was made. */
function windows({ plan }: PlanFile, width: number): Line[] {
  return windowsAt(plan, Date.parse(plan.createdAt)).flatMap(({ state, words, tooShort }) => [
    ...wrap([run(words, state.open ? "plain" : "yellow")], width, 2),
    ...(tooShort === null ? [] : wrap([run(`! ${tooShort}`, "yellow")], width, 2)),
  ]);
}

function keeping({ plan }: PlanFile, width: number): Line[] {
  return keepingWords(plan).flatMap((words) => wrap([run(words)], width, 2));
}

function hooks({ plan }: PlanFile, width: number, happened: Happened | null): Line[] {
  return plan.hooks.flatMap((hook, i) => [
    ...(i === 0
      ? wrap([run("Hooks", "bold"), run("  they are not undone, and change no outcome", "dim")], width, 2)
      : []),
    [run(`  on ${hook.event}`, "bold")],
    ...hookLines(plan, hook, width, happened),
  ]);
}

function irreversible({ plan }: PlanFile, width: number): Line[] {
  const point = pointOfNoReturn(plan);
  if (point === null) return [];
  return [
    [run("Cannot be undone", "bold-red")],
    ...plan.nodes.flatMap((node) =>
      node.kind === "step" && node.irreversible !== null
        ? wrap(
            [
              run(`  ${brief(node.id, 200)}`, "bold-red"),
              run(` on ${resourceText(node.call)}: ${brief(node.irreversible, 300)}`),
            ],
            width,
            4,
          )
        : [],
    ),
    ...wrap([run(`  ${brief(point.step.id, 80)} ${point.words}.`, "dim")], width, 2),
  ];
}

function inputs({ plan }: PlanFile, width: number): Line[] {
  if (plan.inputs.length === 0) return [];
  const rows = plan.inputs.map(({ name, type, value }) => [brief(name, 40), showValue(value, type)] as const);
  return [[run("Inputs", "bold")], ...table(rows, width)];
}

/** Facts shown before the rest is counted. */
const MOST_FACTS = 12;

/** What was read, as far as the plan rests on it. */
function facts({ plan }: PlanFile, width: number): Line[] {
  const rows = factRows(plan).map(({ name, value }) => [brief(name, 60), value] as const);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MOST_FACTS);
  const rest: Line[] =
    rows.length > shown.length ? [[run(`  and ${plural(rows.length - shown.length, "more value")}`, "dim")]] : [];
  return [...wrap([run("Facts", "bold"), run(`  ${FACTS_ARE}`, "dim")], width, 2), ...table(shown, width), ...rest];
}

/** Names on the left, aligned, values wrapped beside them. */
function table(rows: readonly (readonly [string, string])[], width: number): Line[] {
  const left = Math.min(Math.max(24, Math.floor(width * 0.4)), Math.max(...rows.map(([name]) => displayWidth(name))));
  return rows.flatMap(([name, value]) => wrap([run(`  ${padEnd(name, left)}  `, "dim"), run(value)], width, left + 4));
}

function changes({ plan }: PlanFile, width: number): Line[] {
  const found = changesOf(plan);
  return found.length === 0 ? [] : [[run("Changes", "bold")], ...found.flatMap((change) => changeLines(change, width))];
}

/** Things shown of one change before the rest is counted. */
const MOST_THINGS = 20;

function resourcesText({ resources }: Change): string {
  const left = resources.length - MOST_THINGS;
  return `${resources.slice(0, MOST_THINGS).join(", ")}${left > 0 ? ` and ${count(left)} more` : ""}`;
}

function changeLines(change: Change, width: number): Line[] {
  const [id = ""] = change.ids;
  const ink = change.effect === "destroy" ? "bold-red" : "yellow";
  const what: Line =
    change.ids.length === 1
      ? [run(id, "bold"), run(` on ${resourcesText(change)}`)]
      : [
          run(brief(foldIds(change.ids, (each) => each)[0]?.name ?? id, 80), "bold"),
          run(` on ${resourcesText(change)}`),
        ];
  const head: Line = [run(`  ${padEnd(change.effect, 9)}`, ink), ...what];
  const shown = change.diff.slice(0, DIFF_LINES);
  const hidden = change.diff.length - shown.length;
  const at = 11;
  const detail = (line: Line): Line[] => wrap([run(" ".repeat(at)), ...line], width, at + 2);
  return [
    ...wrap(head, width, at),
    ...change.fields.flatMap(({ name, from, to }) =>
      detail([run(`${name}: ${from} `), run("→", "bold"), run(` ${to}`)]),
    ),
    ...(change.summary === null ? [] : detail([run(change.summary)])),
    ...(change.sensitive && change.fields.length === 0 ? detail([run(WITHHELD, "dim")]) : []),
    ...shown.flatMap((text, i) =>
      wrap([run(" ".repeat(at)), run(text, isHead(shown, i) ? "bold" : diffInk(text))], width, at + 2),
    ),
    ...(hidden > 0 ? detail([run(`… ${plural(hidden, "more line")} of this difference`, "bold")]) : []),
  ];
}

/** Of a line of a difference that is no head: what is taken out may well begin with two dashes. */
export function diffInk(line: string): Ink {
  if (line.startsWith("+")) return "green";
  if (line.startsWith("-")) return "red";
  return line.startsWith("@@") ? "cyan" : "dim";
}

function guardrails({ plan }: PlanFile, width: number): Line[] {
  if (plan.guardrails.length === 0) return [[run("Guardrails", "bold"), run("  none applies to it", "dim")]];
  const of = (status: PlanGuardrail["status"]): PlanGuardrail[] => plan.guardrails.filter((g) => g.status === status);
  const passed = of("pass").map((g) => `${brief(g.name, 60)} (${g.enforcement}${g.everyWrite ? ", every write" : ""})`);
  return [
    [run("Guardrails", "bold")],
    ...of("fail").flatMap((g) =>
      guardrailLines(g, "FAIL", g.enforcement === "advisory" ? "yellow" : "bold-red", width),
    ),
    ...of("deferred").flatMap((g) => guardrailLines(g, "deferred", "blue", width)),
    ...(passed.length === 0 ? [] : wrap([run(`  ${padEnd("pass", 9)}`, "green"), run(passed.join(", "))], width, 11)),
  ];
}

function guardrailLines(guardrail: PlanGuardrail, word: string, ink: Ink, width: number): Line[] {
  const at = 13;
  const unmet = guardrail.requires.filter(({ status }) => status !== "pass");
  const saw = guardrail.saw.map(({ name, value }) => `${brief(name, 80)} = ${showSaw(value)}`);
  const consequence = consequenceOf(guardrail);
  const parts = judgedFor(guardrail);
  const terms = `${guardrail.enforcement}${guardrail.everyWrite ? ", every write" : ""}${parts === null ? "" : `; for ${parts}`}`;
  const why = guardrail.why === null ? "" : `: ${brief(guardrail.why, 300)}`;
  return [
    ...wrap(
      [run(`  ${padEnd(word, 9)}`, ink), run(brief(guardrail.name, 60), "bold"), run(` (${terms})${why}`)],
      width,
      at,
    ),
    ...unmet.flatMap((r) => wrap([run(`${" ".repeat(at)}requires ${requirementText(r)}`, "dim")], width, at + 2)),
    ...(appliesAlways(guardrail)
      ? []
      : wrap([run(`${" ".repeat(at)}when ${showExpr(guardrail.when)}`, "dim")], width, at + 2)),
    ...(saw.length === 0 ? [] : wrap([run(`${" ".repeat(at)}saw ${saw.join(", ")}`, "dim")], width, at + 2)),
    ...(consequence === null ? [] : [[run(`${" ".repeat(at)}${consequence}`, "dim")]]),
  ];
}

function approvals({ plan }: PlanFile, width: number): Line[] {
  const found = plan.nodes.filter((node) => node.kind === "approve");
  if (found.length === 0) return [];
  return [
    [run("Approvals", "bold")],
    ...found.flatMap((node) => {
      const words = approvalWords(node, plan.requester, askedWords(plan, node));
      const head: Line = [
        run(`  ${words.by}`, "magenta"),
        run(` must approve: ${words.quorum}, ${words.terms.join(", ")}`),
      ];
      const people = [
        ...words.groups.map(
          ({ title, members }) => `${words.groups.length > 1 ? `${title}: ` : ""}${peopleText(members)}`,
        ),
        ...words.later.flatMap(({ after, groups }) =>
          groups.map(({ title, members }) => `after ${after} also ${title}: ${peopleText(members)}`),
        ),
      ];
      return [
        ...wrap(head, width, 4),
        ...people.flatMap((text) => wrap([run(`    ${text}`, "dim")], width, 6)),
        ...(words.requesterExcluded ? wrap([run(`    requester excluded: ${plan.requester}`, "dim")], width, 6) : []),
        ...(words.hopeless === null ? [] : wrap([run(`    ${words.hopeless}`, "bold-red")], width, 6)),
      ];
    }),
  ];
}

/** People named before the rest is counted. */
const MOST_PEOPLE = 12;

function peopleText(members: readonly string[]): string {
  const left = members.length - MOST_PEOPLE;
  if (members.length === 0) return "nobody";
  return `${members.slice(0, MOST_PEOPLE).join(", ")}${left > 0 ? `, ${count(left)} more` : ""}`;
}

function steps({ plan }: PlanFile, width: number, happened: Happened | null): Line[] {
  const usual = usualTimeout(plan);
  const terms = [
    failureWords(plan),
    ...(usual === null ? [] : [`${formatDuration(usual)} an attempt unless said`]),
    ...(plan.timeout === null ? [] : [deadlineWords(plan.timeout)]),
  ];
  const title: Line = [run("Steps", "bold"), run(`  ${terms.join(" · ")}`, "dim")];
  return [...(lineWidth(title) > width ? wrap(title, width, 7) : [title]), ...stepLines(plan, width, happened)];
}
