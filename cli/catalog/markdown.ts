/** The catalog as a page, for a repository or a wiki. */
import { codeSpan, escapeMarkdown } from "../../compiler/render/markdown.ts";
import type { Entry } from "./entry.ts";
import { approvalWords, shownDefault, words } from "./words.ts";

export function catalogMarkdown(entries: readonly Entry[]): string {
  return `${["# Actions", ...entries.flatMap(section)].join("\n\n")}\n`;
}

function section(entry: Entry): string[] {
  const facts = [
    entry.risk === null ? "" : `- risk: ${escapeMarkdown(words(entry.risk))}`,
    entry.owner === null ? "" : `- owner: ${escapeMarkdown(words(entry.owner))}`,
    ...entry.approvals.map((each) => `- ${escapeMarkdown(approvalWords(each))}`),
    `- in ${codeSpan(entry.at)}`,
  ].filter((line) => line !== "");
  const doc = entry.doc === null ? [] : [entry.doc.split("\n").map(escapeMarkdown).join("  \n")];
  return [`## ${escapeMarkdown(entry.name)}`, ...doc, facts.join("\n"), ...inputs(entry)];
}

function inputs(entry: Entry): string[] {
  if (entry.inputs.length === 0) return [];
  const rows = entry.inputs.map((input) => {
    const otherwise = input.required
      ? "required"
      : input.default === null
        ? "optional"
        : `left out: ${codeSpan(shownDefault(input.default))}`;
    const must = input.must.map((text) => `where ${codeSpan(text)}`).join(" and ");
    const about = [input.doc === null ? "" : escapeMarkdown(input.doc.replaceAll("\n", " ")), must];
    return `| ${codeSpan(input.name)} | ${codeSpan(input.type)} | ${otherwise} | ${about.filter((t) => t !== "").join(" ")} |`;
  });
  return [["| input | type | | |", "| --- | --- | --- | --- |", ...rows].join("\n")];
}
