/** Something that can be done at a place. */
import type { Span } from "../../../language/tree.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Edit } from "../rename.ts";

export interface Action {
  readonly title: string;
  readonly kind: "quickfix" | "extract" | "inline" | "rewrite" | "imports" | "fix all";
  readonly edits: readonly Edit[];
  /** What it mends. */
  readonly diagnostic: Diagnostic | null;
  /** Of several that mend the same, the one to take. */
  readonly preferred: boolean;
}

/** One that changes how something is written, and not what it means. */
export const refactoring = (title: string, kind: "extract" | "inline" | "rewrite", edits: readonly Edit[]): Action => ({
  title,
  kind,
  edits,
  diagnostic: null,
  preferred: false,
});

/** What the line of `offset` begins with. */
export function indentAt(text: string, offset: number): string {
  const line = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(line))?.[0] ?? "";
}

/** `name`, or `name_2`, `name_3`, … where the text has that word already. */
export function freshName(text: string, name: string): string {
  for (let i = 1; ; i++) {
    const fresh = i === 1 ? name : `${name}_${i}`;
    if (!new RegExp(`\\b${fresh}\\b`).test(text)) return fresh;
  }
}

/** The selection without the spaces at its ends. */
export function trimmed(text: string, { start, end }: Span): Span {
  const selected = text.slice(start, end);
  const before = selected.length - selected.trimStart().length;
  return before === selected.length
    ? { start, end: start }
    : { start: start + before, end: start + selected.trimEnd().length };
}
