/** Putting fixes into texts. */
import type { Diagnostic, Fix } from "../diagnostics/diagnostic.ts";

/** Texts by path. */
export type Texts = ReadonlyMap<string, string>;

/** A diagnostic and the fix of it that is taken. */
export interface Mend {
  readonly diagnostic: Diagnostic;
  readonly fix: Fix;
}

type Edit = Fix["edits"][number];

/** The first fix of each diagnostic that `wanted` takes; by default one that is safe. */
export function mendsOf(
  diagnostics: readonly Diagnostic[],
  wanted: (diagnostic: Diagnostic, fix: Fix) => boolean = (_, fix) => fix.suggested !== true,
): Mend[] {
  return diagnostics.flatMap((diagnostic) => {
    const fix = diagnostic.fixes.find((each) => wanted(diagnostic, each));
    return fix === undefined ? [] : [{ diagnostic, fix }];
  });
}

/** Those that can be made together, the first of any two that clash; a fix is taken whole or not at all. */
export function compatible(mends: readonly Mend[], texts: Texts): Mend[] {
  const taken = new Map<string, Edit[]>();
  return mends.filter(({ fix }) => {
    const own = new Map<string, Edit[]>();
    const free = fix.edits.every(
      (edit) => fits(edit, texts) && isFree(taken.get(edit.module), edit) && claim(own, edit),
    );
    if (free) for (const edit of fix.edits) claim(taken, edit);
    return free && fix.edits.length > 0;
  });
}

function fits({ module, span }: Edit, texts: Texts): boolean {
  const text = texts.get(module);
  return text !== undefined && 0 <= span.start && span.start <= span.end && span.end <= text.length;
}

/** Where `edit` belongs among edits of one file, which stand in order and apart. */
function indexFor(edits: readonly Edit[], { span }: Edit): number {
  let low = 0;
  let high = edits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edits[middle]?.span.start ?? 0) < span.start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Two edits clash if they change the same characters, or write at the same place. */
function isFree(edits: readonly Edit[] | undefined, edit: Edit): boolean {
  if (edits === undefined) return true;
  const index = indexFor(edits, edit);
  const [before, after] = [edits[index - 1], edits[index]];
  if (before !== undefined && before.span.end > edit.span.start) return false;
  return after === undefined || (after.span.start !== edit.span.start && after.span.start >= edit.span.end);
}

function claim(taken: Map<string, Edit[]>, edit: Edit): boolean {
  const edits = taken.get(edit.module) ?? [];
  if (!isFree(edits, edit)) return false;
  taken.set(edit.module, edits);
  edits.splice(indexFor(edits, edit), 0, edit);
  return true;
}

/** The files that `mends`, which are compatible, change: their new texts by path. */
export function applyMends(texts: Texts, mends: readonly Mend[]): Map<string, string> {
  const byModule = new Map<string, Edit[]>();
  for (const edit of mends.flatMap(({ fix }) => fix.edits)) {
    const edits = byModule.get(edit.module) ?? [];
    byModule.set(edit.module, edits);
    edits.push(edit);
  }
  const changed = new Map<string, string>();
  for (const [module, edits] of byModule) {
    const text = texts.get(module);
    if (text === undefined) continue;
    const after = [...edits]
      .sort((a, b) => b.span.start - a.span.start)
      .reduce((done, { span, text: put }) => done.slice(0, span.start) + put + done.slice(span.end), text);
    if (after !== text) changed.set(module, after);
  }
  return changed;
}

/** As many fixes as can be made at once, and the texts they give: what an editor does for "fix all" in one go. */
export function applyFixes(
  texts: Texts,
  diagnostics: readonly Diagnostic[],
  wanted?: (diagnostic: Diagnostic, fix: Fix) => boolean,
): { readonly changed: ReadonlyMap<string, string>; readonly applied: readonly Mend[] } {
  const applied = compatible(mendsOf(diagnostics, wanted), texts);
  return { changed: applyMends(texts, applied), applied };
}
