/** The catalog for a terminal. */
import { type Ink, paint, run, wrap } from "../../compiler/render/ink.ts";
import type { Entry } from "./entry.ts";
import { approvalWords, shownDefault, words } from "./words.ts";

/** Safe to print as it is, in lines of at most `width` columns where words allow it. */
export function catalogText(
  entries: readonly Entry[],
  at: { readonly width: number; readonly color: boolean },
): string {
  const lines: string[] = [];
  const line = (indent: number, ...parts: readonly (readonly [string, Ink])[]): void => {
    const runs = [run(" ".repeat(indent)), ...parts.map(([text, ink]) => run(text, ink))];
    for (const each of wrap(runs, at.width, indent + 4)) lines.push(paint(each, at.color));
  };
  for (const [i, entry] of entries.entries()) {
    if (i > 0) lines.push("");
    line(0, [entry.name, "bold"], [`  (${entry.at})`, "dim"]);
    for (const paragraph of entry.doc?.split("\n") ?? []) line(2, [paragraph, "plain"]);
    const about = [
      entry.risk === null ? "" : `risk ${words(entry.risk)}`,
      entry.owner === null ? "" : `owner ${words(entry.owner)}`,
    ].filter((part) => part !== "");
    if (about.length > 0) line(2, [about.join(" · "), "plain"]);
    for (const each of entry.approvals) line(2, [approvalWords(each), "plain"]);
    for (const input of entry.inputs) {
      const otherwise = input.required
        ? ""
        : input.default === null
          ? ", optional"
          : `, left out: ${shownDefault(input.default)}`;
      const must = input.must.length === 0 ? "" : `  where ${input.must.join(" and ")}`;
      const doc = input.doc === null ? "" : `  ${input.doc.replaceAll("\n", " ")}`;
      line(2, [`-i ${input.name}=…`, "cyan"], [`  ${input.type}${otherwise}${must}${doc}`, "plain"]);
    }
  }
  return lines.join("\n");
}
