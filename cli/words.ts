/** Words on a terminal. Everything from outside is untrusted: control characters are shown, never sent. */
import { safeLines } from "../compiler/render/safe.ts";
import { brief } from "../compiler/render/show-value.ts";
import { printable } from "../runtime/audit/printable.ts";

/**
 * With control, bidirectional and invisible characters written as escapes; newlines stay, and `indent` columns stand
 * before each line but the first, so that none of them passes for a line of ours.
 */
export function safeText(text: string, indent = 0): string {
  return safeLines(text).join(`\n${" ".repeat(indent)}`);
}

/** Characters of a title or a name within a line, and of several names. */
const NAME = 120;
const NAMES = 400;

/** A title or a name from outside, within a line of ours: on one line, its middle left out where it is long. */
export const safeName = (name: string): string => brief(name, NAME);

/** Several, each on its own as `safeName`. */
export const safeNames = (names: readonly string[], between = ", "): string =>
  brief(names.map(safeName).join(between), NAMES);

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Entries of a log. */
export const entries = (count: number): string => `${count} ${count === 1 ? "entry" : "entries"}`;

/** JSON with all that a terminal would act upon written as `\uXXXX`: the same value. Line ends between values stay. */
export const safeJson = (text: string): string => text.split("\n").map(printable).join("\n");
