/** Guardrails and approvals in Markdown. */
import type { Plan, PlanGuardrail } from "../plan/plan.schema.ts";
import { askedWords } from "./covers.ts";
import { list, table } from "./markdown-blocks.ts";
import { type Section, whole } from "./markdown-fit.ts";
import { codeSpan, escapeMarkdown } from "./markdown-text.ts";
import { showExpr } from "./show-expr.ts";
import { brief, count, showSaw } from "./show-value.ts";
import { appliesAlways, approvalWords, judgedFor, requirementText } from "./words.ts";

/** Names of one row before the rest is counted. */
const MOST_NAMES = 40;
/** Reasons of one guardrail, and people of one approval, before the rest is counted. */
const MOST_THINGS = 12;

const SIGNS: Readonly<Record<PlanGuardrail["status"], string>> = {
  fail: "❌ fails",
  deferred: "⏳ deferred",
  pass: "✅ passes",
};

export function guardrails(plan: Plan): Section[] {
  const rank = ({ status }: PlanGuardrail): number => (status === "fail" ? 0 : 1);
  const open = plan.guardrails.filter(({ status }) => status !== "pass").toSorted((a, b) => rank(a) - rank(b));
  const passed = plan.guardrails.filter(({ status }) => status === "pass");
  const head = ["| | Guardrail | | Why |", "| --- | --- | --- | --- |"];
  const title = "#### Guardrails";
  const rest = passed.length > MOST_NAMES ? ` and ${count(passed.length - MOST_NAMES)} more` : "";
  const passing = `✅ ${count(passed.length)} ${passed.length === 1 ? "passes" : "pass"}: ${passed
    .slice(0, MOST_NAMES)
    .map((g) => codeSpan(brief(g.name, 80)))
    .join(", ")}${rest}`;
  if (plan.guardrails.length === 0) return [whole(`${title}\n\nNone applies to it.`)];
  return [
    ...(open.length === 0 ? [] : [table(title, head, open.map(guardrailRow), "guardrail", 6000)]),
    ...(passed.length === 0 ? [] : [whole(open.length === 0 ? `${title}\n\n${passing}` : passing)]),
  ];
}

function guardrailRow(g: PlanGuardrail): string {
  const unmet = g.requires.filter(({ status }) => status !== "pass").map((r) => codeSpan(requirementText(r)));
  const condition = appliesAlways(g) ? [] : [`when ${codeSpan(brief(showExpr(g.when), 300))}`];
  const saw = g.saw.map(({ name, value }) => `saw ${codeSpan(brief(`${brief(name, 80)} = ${showSaw(value)}`, 300))}`);
  const parts = judgedFor(g);
  const judged = parts === null ? [] : [`for ${codeSpan(parts)}`];
  const why = [
    ...(g.why === null ? [] : [escapeMarkdown(brief(g.why, 300))]),
    ...judged,
    ...unmet,
    ...condition,
    ...saw,
  ];
  const shown = why.slice(0, MOST_THINGS);
  const left = why.length > shown.length ? [`… ${count(why.length - shown.length)} more`] : [];
  return `| ${SIGNS[g.status]} | ${codeSpan(brief(g.name, 80))} | ${g.enforcement}${g.everyWrite ? ", every write" : ""} | ${[...shown, ...left].join("<br>")} |`;
}

export function approvals(plan: Plan): Section {
  const lines = plan.nodes.flatMap((node) => {
    if (node.kind !== "approve") return [];
    const words = approvalWords(node, plan.requester, askedWords(plan, node));
    const later = words.later.map(
      ({ after, groups }) => `after ${after} also ${namesOf(groups.flatMap(({ members }) => members))}`,
    );
    const named = [namesOf(words.groups.flatMap(({ members }) => members)), ...later].join("; ");
    const notes = [
      ...words.terms.map((term) => escapeMarkdown(brief(term, 300))),
      ...(words.requesterExcluded ? ["requester excluded"] : []),
      ...(words.hopeless === null ? [] : [`**${words.hopeless}**`]),
    ];
    return [`- **${escapeMarkdown(brief(words.by, 300))}**: ${words.quorum} (${named}); ${notes.join(", ")}`];
  });
  return list("#### Approvals", lines, "approval", 4000);
}

function namesOf(members: readonly string[]): string {
  if (members.length === 0) return "nobody";
  const shown = members.slice(0, MOST_THINGS).map((name) => codeSpan(brief(name, 100)));
  return shown.join(", ") + (members.length > MOST_THINGS ? ", …" : "");
}
