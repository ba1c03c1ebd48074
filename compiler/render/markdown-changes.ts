/** What a plan changes, in Markdown. */
import type { Plan } from "../plan/plan.schema.ts";
import { type Change, changesHeadline, changesOf } from "./changes.ts";
import { more } from "./markdown-blocks.ts";
import type { Section } from "./markdown-fit.ts";
import { codeSpan, escapeMarkdown, fenced } from "./markdown-text.ts";
import { brief, count } from "./show-value.ts";
import { WITHHELD } from "./words.ts";

/** Of one change: lines of its difference, characters of such a line, fields, things it touches, before the rest is counted. */
const DIFF_LINES = 60;
const DIFF_COLUMNS = 200;
const MOST_FIELDS = 20;
const MOST_THINGS = 12;
/** Up to so many lines of differences, and changes, they are seen without opening anything. */
const OPEN_LINES = 20;
const OPEN_CHANGES = 8;

export function changes(plan: Plan): Section {
  const found = changesOf(plan);
  const lines = found.reduce((sum, { diff, fields }) => sum + diff.length + fields.length, 0);
  const open = lines <= OPEN_LINES && found.length <= OPEN_CHANGES ? " open" : "";
  const head = `#### Changes\n\n<details${open}><summary>${changesHeadline(found)}</summary>`;
  const left = (n: number): string => (n === 0 ? "" : `\n\n… ${more(n, "change")}`);
  return {
    open: `${head}\n\n`,
    units: found.map(changeText),
    between: "\n\n",
    close: (n) => `${left(n)}\n\n</details>`,
    none: `${head}${left(found.length)}\n\n</details>`,
    keeps: 14_000,
  };
}

function changeText(change: Change): string {
  const named = change.resources.slice(0, MOST_THINGS).map(codeSpan).join(", ");
  const others = change.resources.length - MOST_THINGS;
  const fields = change.fields.slice(0, MOST_FIELDS);
  const hiddenFields = change.fields.length - fields.length;
  const shown = change.diff.slice(0, DIFF_LINES).map((line) => brief(line, DIFF_COLUMNS));
  const hidden = change.diff.length - shown.length;
  const value = (text: string): string => codeSpan(brief(text, 300));
  return [
    `**${change.effect}** ${named}${others > 0 ? ` and ${count(others)} more` : ""}${change.summary === null ? "" : `: ${escapeMarkdown(change.summary)}`}`,
    ...(fields.length === 0
      ? []
      : [
          [
            ...fields.map(({ name, from, to }) => `- ${codeSpan(name)}: ${value(from)} → ${value(to)}`),
            ...(hiddenFields > 0 ? [`- … ${more(hiddenFields, "field")}`] : []),
          ].join("\n"),
        ]),
    ...(change.sensitive && change.fields.length === 0 ? [`${WITHHELD.replace(/^t/, "T")}.`] : []),
    ...(shown.length === 0 ? [] : [fenced("diff", shown.join("\n"))]),
    ...(hidden > 0 ? [`… ${more(hidden, "line")} of this difference`] : []),
  ].join("\n\n");
}
