/** Words on a terminal. Everything from outside is untrusted: control characters are shown, never sent. */
import { safeLines } from "../compiler/render/safe.ts";
import { printable } from "../runtime/audit/printable.ts";

/**
 * With control, bidirectional and invisible characters written as escapes; newlines stay, and `indent` columns stand
 * before each line but the first, so that none of them passes for a line of ours.
 */
export function safeText(text: string, indent = 0): string {
  return safeLines(text).join(`\n${" ".repeat(indent)}`);
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** JSON with all that a terminal would act upon written as `\uXXXX`: the same value. Line ends between values stay. */
export const safeJson = (text: string): string => text.split("\n").map(printable).join("\n");
