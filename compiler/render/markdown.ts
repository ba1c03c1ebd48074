/**
 * A plan as a comment on a pull request (GitHub flavour). Texts of the plan are escaped so that they can neither mark
 * up the comment, nor mention people, nor refer to anything.
 */
import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanFile, PlanGuardrail } from "../plan/plan.schema.ts";
import { windowsAt } from "../window/at-plan.ts";
import { changesOf } from "./changes.ts";
import { type DangerLevel, dangersOf } from "./danger.ts";
import { paint } from "./ink.ts";
import { hookWords, keepingWords } from "./keeping.ts";
import { planMermaid } from "./mermaid.ts";
import { pictureOf } from "./picture.ts";
import { escapeControls } from "./safe.ts";
import { showExpr } from "./show-expr.ts";
import { approverName, brief, count, showSaw, showValue } from "./show-value.ts";
import { stepLines } from "./text-steps.ts";
import {
  approvalWords,
  malformed,
  requirementText,
  resourceText,
  shortDigest,
  timeText,
  totals,
  trustWarnings,
} from "./words.ts";

/** Above this many nodes a diagram in a comment helps nobody. */
const MOST_DRAWN = 60;
/** Lines of diffs and of steps before the rest is counted: comments have a size limit. */
const DIFF_LINES = 60;
const STEP_LINES = 400;
const MOST_CHANGES = 40;

/** Markdown, ended by one line end. A pure function of the plan. */
export function planMarkdown(file: PlanFile): string {
  const { plan } = file;
  const sections = [
    `### ${escapeMarkdown(brief(plan.action.title, 200))}`,
    ...dangers(plan),
    ...warnings(plan),
    summaryTable(file),
    ...irreversible(plan),
    ...guardrails(plan),
    ...approvals(plan),
    ...changes(plan),
    ...keeping(plan),
    ...steps(plan),
    ...diagram(file),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** `text` as nothing but text, on one line, in a paragraph, list or table cell. */
export function escapeMarkdown(text: string): string {
  return (
    escapeControls(text)
      .replace(/[\\`*_[\]#|~$]/g, "\\$&")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      // An empty comment parts what GitHub would make a mention, a reference or a link of.
      .replace(/@(?=\w)/g, "@<!-- -->")
      .replace(/\\#(?=\d)/g, "\\#<!-- -->")
      .replace(/(https?|ftp|mailto|xmpp):/gi, "$1<!-- -->:")
      .replace(/\b(www|GH)(?=\.|-)/gi, "$1<!-- -->")
      // What only means something where a line begins.
      .replace(/^[-+=]/, "\\$&")
      .replace(/^(\d+)(?=[.)])/, "$1\\")
  );
}

/** `text` as code on one line; in code GitHub makes no mentions or links. Fit for table cells. */
export function codeSpan(text: string): string {
  const safe = escapeControls(text);
  if (/^[^`|\\]*[^`|\\\s][^`|\\]*$/.test(safe)) return `\`${safe}\``;
  // Back ticks cannot hold a back tick everywhere, nor a table cell a bar after a back slash.
  const coded = safe.replace(/[^\p{L}\p{N}\p{M} ,/=…-]/gu, (character) => `&#${character.codePointAt(0) ?? 63};`);
  return `<code>${coded}</code>`;
}

function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

const ALERTS: Readonly<Record<DangerLevel, string>> = { grave: "CAUTION", warning: "WARNING", note: "NOTE" };

/** Before anything else: what must not be missed, as GitHub sets off what is grave, a warning, a note. */
function dangers(plan: Plan): string[] {
  return [...Map.groupBy(dangersOf(plan), ({ level }) => level)].map(([level, of]) =>
    [`> [!${ALERTS[level]}]`, ...of.map(({ words }) => `> - ${escapeMarkdown(words)}`)].join("\n"),
  );
}

/** Locks, limits, tolerated failures, hooks. */
function keeping(plan: Plan): string[] {
  const told = [...keepingWords(plan), ...plan.hooks.flatMap(hookWords)];
  return told.length === 0 ? [] : ["#### Around it", told.map((words) => `- ${escapeMarkdown(words)}`).join("\n")];
}

function details(summary: string, body: readonly string[]): string {
  return [`<details><summary>${summary}</summary>`, ...body, "</details>"].join("\n\n");
}

function warnings(plan: Plan): string[] {
  const faults = malformed(plan);
  const windows = windowsAt(plan, Date.parse(plan.createdAt)).flatMap(({ state, words, tooShort }) => [
    ...(state.open ? [] : [`${words.replace(/^w/, "W")}.`]),
    ...(tooShort === null ? [] : [tooShort]),
  ]);
  const told = [...trustWarnings(plan), ...windows];
  return [
    ...(faults.length === 0
      ? []
      : [
          `> [!CAUTION]\n> **This plan is malformed, do not approve it:** ${escapeMarkdown(faults.slice(0, 3).join("; "))}`,
        ]),
    ...(told.length === 0 ? [] : [`> [!WARNING]\n> ${told.map(escapeMarkdown).join(" ")}`]),
  ];
}

function summaryTable({ plan, digest }: PlanFile): string {
  const { action } = plan;
  const rows: (readonly [string, string])[] = [
    ["Action", `${codeSpan(brief(action.name, 100))} at ${codeSpan(brief(action.at, 200))}`],
    ...(action.risk === null ? [] : [["Risk", escapeMarkdown(brief(action.risk, 100))] as const]),
    ["Requested by", codeSpan(brief(plan.requester, 100))],
    ...(plan.reason === null ? [] : [["Because", escapeMarkdown(brief(plan.reason, 400))] as const]),
    ["Workspace", codeSpan(brief(plan.workspace, 100))],
    ...(action.owner === null ? [] : [["Owner", codeSpan(brief(approverName(action.owner), 100))] as const]),
    ...plan.inputs.map(
      ({ name, type, value }) => [`Input ${codeSpan(brief(name, 60))}`, codeSpan(showValue(value, type))] as const,
    ),
    ["In all", escapeMarkdown(totals(plan).join(" · "))],
    ["Plan", `${codeSpan(shortDigest(digest))}, made ${timeText(plan.createdAt)}`],
  ];
  return ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n");
}

function irreversible(plan: Plan): string[] {
  const lines = plan.nodes.flatMap((node) =>
    node.kind === "step" && node.irreversible !== null
      ? [
          `- ${codeSpan(brief(node.id, 120))} on ${codeSpan(resourceText(node.call))}: ${escapeMarkdown(brief(node.irreversible, 300))}`,
        ]
      : [],
  );
  return lines.length === 0 ? [] : ["#### ⚠️ Cannot be undone", lines.join("\n")];
}

const SIGNS: Readonly<Record<PlanGuardrail["status"], string>> = {
  fail: "❌ fails",
  deferred: "⏳ deferred",
  pass: "✅ passes",
};

function guardrails(plan: Plan): string[] {
  if (plan.guardrails.length === 0) return [];
  const open = plan.guardrails.filter(({ status }) => status !== "pass");
  const passed = plan.guardrails.filter(({ status }) => status === "pass");
  const row = (g: PlanGuardrail): string => {
    const unmet = g.requires.filter(({ status }) => status !== "pass").map((r) => codeSpan(requirementText(r)));
    const condition = g.when.k === "const" ? [] : [`when ${codeSpan(showExpr(g.when))}`];
    const saw = g.saw.map(({ name, value }) => `saw ${codeSpan(`${brief(name, 80)} = ${showSaw(value)}`)}`);
    const why = [...(g.why === null ? [] : [escapeMarkdown(brief(g.why, 300))]), ...unmet, ...condition, ...saw];
    return `| ${SIGNS[g.status]} | ${codeSpan(brief(g.name, 80))} | ${g.enforcement}${g.everyWrite ? ", every write" : ""} | ${why.join("<br>")} |`;
  };
  const head = ["| | Guardrail | | Why |", "| --- | --- | --- | --- |"];
  return [
    "#### Guardrails",
    ...(open.length === 0 ? [] : [[...head, ...open.sort((a, b) => rank(a) - rank(b)).map(row)].join("\n")]),
    ...(passed.length === 0
      ? []
      : [
          `✅ ${count(passed.length)} ${passed.length === 1 ? "passes" : "pass"}: ${passed.map((g) => codeSpan(brief(g.name, 80))).join(", ")}`,
        ]),
  ];
}

function rank({ status }: PlanGuardrail): number {
  return status === "fail" ? 0 : 1;
}

function approvals(plan: Plan): string[] {
  const lines = plan.nodes.flatMap((node) => {
    if (node.kind !== "approve") return [];
    const words = approvalWords(node, plan.requester);
    const people = words.groups.flatMap(({ members }) => members).map(codeSpan);
    const named = people.length === 0 ? "nobody" : people.slice(0, 12).join(", ") + (people.length > 12 ? ", …" : "");
    const notes = [
      ...words.terms,
      ...(words.requesterExcluded ? ["requester excluded"] : []),
      ...(words.hopeless === null ? [] : [`**${words.hopeless}**`]),
    ];
    return [`- **${escapeMarkdown(words.by)}**: ${words.quorum} (${named}); ${notes.join(", ")}`];
  });
  return lines.length === 0 ? [] : ["#### Approvals", lines.join("\n")];
}

function changes(plan: Plan): string[] {
  const found = changesOf(plan);
  if (found.length === 0) return [];
  const left = found.length - MOST_CHANGES;
  const body = found.slice(0, MOST_CHANGES).flatMap((change) => {
    const resources = change.resources.map(codeSpan).join(", ");
    const shown = change.diff.slice(0, DIFF_LINES);
    const hidden = change.diff.length - shown.length;
    return [
      `**${change.effect}** ${resources}${change.summary === null ? "" : `: ${escapeMarkdown(change.summary)}`}`,
      ...(change.fields.length === 0
        ? []
        : [
            change.fields
              .map(({ name, from, to }) => `- ${codeSpan(name)}: ${codeSpan(from)} → ${codeSpan(to)}`)
              .join("\n"),
          ]),
      ...(change.sensitive && change.fields.length === 0 ? ["The difference is sensitive and not shown."] : []),
      ...(shown.length === 0 ? [] : [fenced("diff", shown.join("\n"))]),
      ...(hidden > 0 ? [`… ${count(hidden)} more lines of this difference`] : []),
    ];
  });
  return [
    "#### Changes",
    details(`${count(found.length)} ${found.length === 1 ? "change is" : "changes are"} known`, [
      ...body,
      ...(left > 0 ? [`… ${count(left)} more changes`] : []),
    ]),
  ];
}

function steps(plan: Plan): string[] {
  const rule = {
    rollback: "a failure undoes what was done",
    halt: "a failure halts",
    continue: "a failure does not stop the rest",
  }[plan.onFailure];
  const all = stepLines(plan, 96).map((line) => paint(line, false).replace(/^ {2}/, ""));
  const hidden = all.length - STEP_LINES;
  const timeout = plan.timeout === null ? "" : `, ${formatDuration(plan.timeout)} in all`;
  return [
    details(`Steps (${rule}${timeout})`, [
      fenced("text", all.slice(0, STEP_LINES).join("\n")),
      ...(hidden > 0 ? [`… ${count(hidden)} more lines; <code>opsc show</code> shows them.`] : []),
    ]),
  ];
}

function diagram(file: PlanFile): string[] {
  return pictureOf(file.plan).size > MOST_DRAWN ? [] : [details("Graph", [fenced("mermaid", planMermaid(file))])];
}
