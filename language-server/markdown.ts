import type { Description } from "../compiler/editor/describe.ts";

/** A description as editors show it: the code, what its author says, what is worth knowing. */
export function markdownOf({ code, ...text }: Description): string {
  return [fenced(code), ...partsOf(text)].join("\n\n");
}

/** The same without the code; empty where nothing is said. */
export const textOf = (text: Pick<Description, "doc" | "notes">): string => partsOf(text).join("\n\n");

function partsOf({ doc, notes }: Pick<Description, "doc" | "notes">): string[] {
  return [
    ...(doc === null || doc.trim() === "" ? [] : [doc.trim()]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${escaped(note)}`).join("\n")]),
  ];
}

function fenced(code: string): string {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}ops\n${code}\n${fence}`;
}

/** As nothing but text. */
const escaped = (text: string): string => text.replace(/[\\`*_[\]<>#|]/g, "\\$&");
