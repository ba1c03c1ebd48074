import type { Description } from "../compiler/editor/describe.ts";

/** A description as editors show it: the code, what its author says, what is worth knowing. */
export function markdownOf({ code, doc, notes }: Description): string {
  const parts = [fenced(code)];
  if (doc !== null && doc.trim() !== "") parts.push(doc.trim());
  if (notes.length > 0) parts.push(notes.map((note) => `- ${escaped(note)}`).join("\n"));
  return parts.join("\n\n");
}

function fenced(code: string): string {
  const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}ops\n${code}\n${fence}`;
}

/** As nothing but text. */
const escaped = (text: string): string => text.replace(/[\\`*_[\]<>#|]/g, "\\$&");
