/**
 * Trying a refactoring before it is offered: the declarations it touches are checked as they would be. What it means to write
 * something elsewhere (what is known to be there, what `it` is, what a place asks for) is the checker's to say, not to be guessed here.
 */
import { applyEdits } from "../../../language/format/edits.ts";
import { lineIndex } from "../../../language/lines.ts";
import { reparse } from "../../../language/reparse.ts";
import type { Item, Span } from "../../../language/tree.ts";
import type { Parsed } from "../../check/context.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Analysis } from "../analysis.ts";
import type { Edit } from "../rename.ts";
import { laidOut, placesAfter } from "./laid-out.ts";

/** `edits`, which are of `file` and do not overlap, laid out as the file is; null where something is wrong after them that was not before. */
export function tried(analysis: Analysis, file: Parsed, edits: readonly Edit[]): readonly Edit[] | null {
  const ordered = edits.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  const text = applyEdits(file.text, ordered);
  const after: Parsed = { path: file.path, text, ...reparse(file, text), lines: lineIndex(text) };
  if (after.faults.length > file.faults.length) return null;
  const before = found(
    analysis,
    file,
    touchedBy(
      file,
      ordered.map(({ span }) => span),
    ),
  );
  const now = found(analysis, after, touchedBy(after, placesAfter(ordered)));
  const same = [...now].every(([code, count]) => count <= (before.get(code) ?? 0));
  return same ? laidOut(file, ordered, text) : null;
}

function touchedBy({ tree }: Parsed, places: readonly Span[]): Item[] {
  return tree.items.filter(({ span }) => places.some(({ start, end }) => start <= span.end && span.start <= end));
}

/** How often each code is told of the items, and of what they make use of; the same finding once. */
function found(analysis: Analysis, file: Parsed, items: readonly Item[]): Map<string, number> {
  const all = new Map<string, Diagnostic>();
  for (const item of items)
    for (const each of analysis.examine(file, item)) all.set(`${each.code} ${each.span.start} ${each.message}`, each);
  const counts = new Map<string, number>();
  for (const { code } of all.values()) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
