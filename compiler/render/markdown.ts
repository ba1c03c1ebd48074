/**
 * A plan as a comment on a pull request (GitHub flavour), and what became of it in a run. It always fits into a comment: what
 * matters least comes last, and is left out first.
 */

import type { Plan, PlanFile } from "../plan/plan.schema.ts";
import { refusedBy } from "../plan/refused.ts";
import { windowWarnings } from "../window/at-plan.ts";
import { type DangerLevel, dangersOf } from "./danger.ts";
import { FACTS_ARE, factRows } from "./facts.ts";
import { failureWords, pointOfNoReturn } from "./failing.ts";
import { tookText } from "./fates.ts";
import type { Happened } from "./happened.ts";
import { type Line, paint } from "./ink.ts";
import { keepingWords } from "./keeping.ts";
import { alert, folded, list, more, table } from "./markdown-blocks.ts";
import { changes } from "./markdown-changes.ts";
import { fitted, type Section, whole } from "./markdown-fit.ts";
import { approvals, guardrails } from "./markdown-rules.ts";
import { codeSpan, escapeMarkdown, escapeSummary, fenced } from "./markdown-text.ts";
import { mermaidOf } from "./mermaid.ts";
import { pictureOf } from "./picture/picture.ts";
import { approverName, brief, count, showValue } from "./show-value.ts";
import { hookLines, stepLines } from "./text-steps.ts";
import {
  deadlineWords,
  lacksReason,
  leftWords,
  malformed,
  plural,
  resourceText,
  shortDigest,
  timeText,
  totals,
  trustWarnings,
} from "./words.ts";

export { codeSpan, escapeMarkdown } from "./markdown-text.ts";

/** A comment on GitHub has at most 65,536 characters; the rest is for what a workflow puts around the plan. */
export const MOST_CHARACTERS = 64_000;
/** Above this many nodes a diagram in a comment helps nobody. */
const MOST_DRAWN = 60;
const STEP_COLUMNS = 96;

/** Markdown of at most `MOST_CHARACTERS`, ended by one line end. A pure function of the plan and what became of it. */
export function planMarkdown(file: PlanFile, happened: Happened | null = null): string {
  const { plan } = file;
  const does = steps(plan, happened);
  return fitted(
    [
      whole(`### ${escapeMarkdown(brief(plan.action.title, 200))}`),
      ...(happened === null ? [] : [outcome(happened)]),
      ...refusals(plan),
      ...dangers(plan),
      ...windows(plan),
      ...trust(plan),
      // Of a run one wants to know first what became of each step.
      ...(happened === null ? [] : [does]),
      summaryTable(file),
      irreversible(plan),
      ...guardrails(plan),
      approvals(plan),
      changes(plan),
      facts(plan),
      keeping(plan),
      ...(happened === null ? [does] : []),
      hooks(plan, happened),
      diagram(file, happened),
    ],
    MOST_CHARACTERS,
  );
}

/** Of a run: how it ended, and what a person must do now, before all else. */
function outcome({ run, outcome: ended, why, startedAt, endedAt, left }: Happened): Section {
  const took = startedAt === null || endedAt === null ? "" : ` in ${tookText(endedAt - startedAt)}`;
  const because = why === null ? "" : `: ${escapeMarkdown(brief(why, 400))}`;
  const lead = `**Run ${escapeMarkdown(brief(run, 80))}: ${escapeMarkdown(brief(ended ?? "not ended", 40))}${took}**${because}`;
  if (left.length === 0) {
    const kind =
      ended === "succeeded" ? "TIP" : ended === null ? "NOTE" : ended === "incomplete" ? "CAUTION" : "WARNING";
    return whole(`> [!${kind}]\n> ${lead}`);
  }
  const lines = left.map(
    ({ node, what }) => `${codeSpan(brief(node, 120))}: ${escapeMarkdown(brief(leftWords(what), 300))}`,
  );
  return alert("CAUTION", `${lead}<br>Left to do by hand:`, lines, "thing", 4000);
}

const ALERTS: Readonly<Record<DangerLevel, string>> = { grave: "CAUTION", warning: "WARNING", note: "NOTE" };

/** Before anything else: what must not be missed. */
function dangers(plan: Plan): Section[] {
  return [...Map.groupBy(dangersOf(plan), ({ level }) => level)].map(([level, of]) =>
    alert(
      ALERTS[level],
      "",
      of.map(({ words }) => escapeMarkdown(words)),
      "danger",
      4000,
    ),
  );
}

/** What no approval helps. */
function refusals(plan: Plan): Section[] {
  const faults = malformed(plan);
  const refused = refusedBy(plan);
  const [first] = refused;
  const also = refused.length > 1 ? ` (and ${count(refused.length - 1)} more)` : "";
  const told = [
    ...(faults.length === 0
      ? []
      : [
          `**This plan is malformed, do not approve it:** ${escapeMarkdown(brief(faults.slice(0, 3).join("; "), 600))}`,
        ]),
    ...(first === undefined
      ? []
      : [
          `**Refused by guardrail ${escapeMarkdown(brief(first.name, 60))}**${also}: ${escapeMarkdown(brief(first.why ?? "it fails", 300))}`,
        ]),
  ];
  return told.map((words) => whole(`> [!CAUTION]\n> ${words}`));
}

function windows(plan: Plan): Section[] {
  const told = windowWarnings(plan);
  return told.length === 0 ? [] : [whole(`> [!WARNING]\n> ${escapeMarkdown(brief(told.join(" "), 1500))}`)];
}

function trust(plan: Plan): Section[] {
  return trustWarnings(plan).map((words) => whole(`⚠️ ${escapeMarkdown(words)}`));
}

function summaryTable({ plan, digest }: PlanFile): Section {
  const { action } = plan;
  const rows: (readonly [string, string])[] = [
    ["Action", `${codeSpan(brief(action.name, 100))} at ${codeSpan(brief(action.at, 200))}`],
    ...(action.risk === null ? [] : [["Risk", escapeMarkdown(brief(action.risk, 100))] as const]),
    ["Requested by", codeSpan(brief(plan.requester, 100))],
    ...(plan.reason === null ? [] : [["Because", escapeMarkdown(brief(plan.reason, 400))] as const]),
    ...(lacksReason(plan) ? [["Because", "⚠️ no reason given"] as const] : []),
    ["Workspace", codeSpan(brief(plan.workspace, 100))],
    ...(action.owner === null ? [] : [["Owner", codeSpan(brief(approverName(action.owner), 100))] as const]),
    ["In all", escapeMarkdown(totals(plan).join(" · "))],
    ["Plan", `${codeSpan(shortDigest(digest))}, made ${timeText(plan.createdAt)}`],
    ...plan.inputs.map(
      ({ name, type, value }) =>
        [`Input ${codeSpan(brief(name, 60))}`, codeSpan(brief(showValue(value, type), 600))] as const,
    ),
  ];
  return table(
    "",
    ["| | |", "| --- | --- |"],
    rows.map(([name, value]) => `| ${name} | ${value} |`),
    "row",
    6000,
  );
}

function irreversible(plan: Plan): Section {
  const lines = plan.nodes.flatMap((node) =>
    node.kind === "step" && node.irreversible !== null
      ? [
          `- ${codeSpan(brief(node.id, 120))} on ${codeSpan(resourceText(node.call))}: ${escapeMarkdown(brief(node.irreversible, 300))}`,
        ]
      : [],
  );
  const point = pointOfNoReturn(plan);
  const told = point === null ? [] : [`- ${codeSpan(brief(point.step.id, 120))} ${point.words}`];
  return list("#### ⚠️ Cannot be undone", [...told, ...lines], "step", 5000);
}

/** Facts that need no folding away, and those shown at all before the rest is counted. */
const FEW_FACTS = 8;
const MOST_FACTS = 60;

/** What was read, as far as the plan rests on it. */
function facts(plan: Plan): Section {
  const rows = factRows(plan);
  const units = rows
    .slice(0, MOST_FACTS)
    .map(({ name, value }) => `| ${codeSpan(brief(name, 80))} | ${codeSpan(brief(value, 300))} |`);
  const [open, close] =
    rows.length > FEW_FACTS
      ? [`<details><summary>${plural(rows.length, "value")} ${FACTS_ARE}</summary>\n\n`, "\n\n</details>"]
      : [`${FACTS_ARE.replace(/^r/, "R")}.\n\n`, ""];
  const left = (shown: number): string => (rows.length === shown ? "" : `\n\n… ${more(rows.length - shown, "value")}`);
  const head = "#### Facts\n\n";
  return {
    open: `${head}${open}| | |\n| --- | --- |\n`,
    units,
    between: "\n",
    close: (n) => `${left(units.length - n)}${close}`,
    none: `${head}${plural(rows.length, "value")} ${FACTS_ARE}.`,
    keeps: 2000,
  };
}

/** Locks, limits, tolerated failures. */
function keeping(plan: Plan): Section {
  return list(
    "#### Around it",
    keepingWords(plan).map((words) => `- ${escapeMarkdown(brief(words, 1000))}`),
    "line",
    2000,
  );
}

/** Two columns stand before each line, with the sign of what became of it. */
function lines(of: readonly Line[], happened: Happened | null): string[] {
  const texts = of.map((line) => paint(line, false).trimEnd());
  return happened === null ? texts.map((text) => text.replace(/^ {2}/, "")) : texts;
}

function steps(plan: Plan, happened: Happened | null): Section {
  const timeout = plan.timeout === null ? "" : `, ${deadlineWords(plan.timeout)}`;
  const listed = lines(stepLines(plan, STEP_COLUMNS, happened), happened);
  return folded(`Steps (${escapeSummary(failureWords(plan))}${timeout})`, listed, happened !== null, 14_000);
}

function hooks(plan: Plan, happened: Happened | null): Section {
  const listed = plan.hooks.flatMap((hook) => [
    `on ${hook.event}`,
    ...lines(hookLines(plan, hook, STEP_COLUMNS, happened), happened),
  ]);
  return folded("Hooks (they are not undone, and change no outcome)", listed, happened !== null, 2000);
}

function diagram(file: PlanFile, happened: Happened | null): Section {
  const picture = pictureOf(file, happened);
  const drawn = picture.size > MOST_DRAWN ? [] : [fenced("mermaid", mermaidOf(picture))];
  return {
    open: "<details><summary>Graph</summary>\n\n",
    units: drawn,
    between: "",
    close: () => "\n\n</details>",
    none: "",
    keeps: 0,
  };
}
