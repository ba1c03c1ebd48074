/**
 * Two plans compared, as a comment on a pull request (GitHub flavour). Texts are escaped as in a plan's Markdown. What a
 * comment has no room for is counted; what is wider is cut last.
 */
import { fitted, type Section, whole } from "../render/markdown-fit.ts";
import { codeSpan, escapeMarkdown, fenced } from "../render/markdown-text.ts";
import { brief, count } from "../render/show-value.ts";
import { type Entry, KINDS, type Kind } from "./entry.ts";
import type { PlanDiff } from "./plan-diff.ts";
import { changeOf, DIFF_LINES, elementsText, HEADINGS, moreLines, notesOf, sideText, times, verdict } from "./words.ts";

/** UTF-16 code units, of which GitHub takes no more in a comment. */
export const MOST_CHARACTERS = 65_536;
/** Characters of a value that are shown. */
const MOST = 300;

/** Markdown, ended by one line end. A pure function of the comparison. */
export function diffMarkdown(diff: PlanDiff): string {
  const { said, counted } = verdict(diff);
  const { grave, others } = notesOf(diff);
  const sign = diff.counts.widened > 0 ? "⚠️ " : diff.same ? "✅ " : "";
  const sides = [`OLD: ${escapeMarkdown(sideText(diff.old))}`, `NEW: ${escapeMarkdown(sideText(diff.new))}`];
  const sections = [
    whole(`### ${sign}${said}${counted === "" ? "" : `: ${counted}`}`),
    ...grave.map((note) => whole(`> [!CAUTION]\n> ${escapeMarkdown(brief(note, 600))}`)),
    ...KINDS.flatMap((kind) => section(kind, diff)),
    whole(sides.join("<br>")),
    notes(others),
  ];
  return fitted(sections, MOST_CHARACTERS);
}

function section(kind: Kind, { entries }: PlanDiff): Section[] {
  const of = entries.filter((entry) => entry.kind === kind);
  if (of.length === 0) return [];
  const [title, about] = HEADINGS[kind];
  // What has to be read stands open.
  const open = kind === "widened" || kind === "changed";
  const more = (left: number): string =>
    left === 0 ? "" : `\n\n**… ${count(left)} more ${title.toLowerCase()}:** \`opsc diff\` shows all of them.`;
  return [
    {
      open: open
        ? `#### ${title}${about === "" ? "" : `: ${about}`}\n\n`
        : `<details><summary>${count(of.length)} ${title.toLowerCase()}</summary>\n\n`,
      units: of.map(item),
      between: "\n",
      close: (left) => `${more(left)}${open ? "" : "\n\n</details>"}`,
      none: `**${count(of.length)} ${title.toLowerCase()}:** \`opsc diff\` shows them.`,
      keeps: kind === "widened" ? 40_000 : 2_000,
    },
  ];
}

function notes(all: readonly string[]): Section {
  return {
    open: "",
    units: all.map((note) => `- ${escapeMarkdown(note)}`),
    between: "\n",
    close: (left) => (left === 0 ? "" : `\n- … ${count(left)} more`),
    none: `- … ${count(all.length)} more`,
    keeps: 4_000,
  };
}

function item(entry: Entry): string {
  const shownChange = [changeOf(entry, MOST)].map(({ from, to }) =>
    [from, to].flatMap((text) => (text === null ? [] : [codeSpan(text)])).join(" → "),
  );
  const [change = ""] = shownChange;
  const elements = elementsText(entry);
  const of = elements === null ? "" : ` (for ${escapeMarkdown(elements)})`;
  const line = `- **${entry.area}** ${codeSpan(brief(entry.subject, MOST))}${times(entry)}: ${escapeMarkdown(entry.what)}${change === "" ? "" : `: ${change}`}${of}`;
  if (entry.diff.length === 0) return line;
  const shown = entry.diff.slice(0, DIFF_LINES).map((text) => brief(text, MOST));
  const hidden = entry.diff.length - shown.length;
  const block = fenced("diff", shown.join("\n")).replace(/^/gm, "  ");
  return `${line}\n\n${block}${hidden > 0 ? `\n\n  ${moreLines(hidden)}` : ""}`;
}
