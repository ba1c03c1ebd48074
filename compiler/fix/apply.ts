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

/** Whether two edits cannot both be made: they change the same characters, or write at the same place. */
function clash(a: Edit, b: Edit): boolean {
  if (a.module !== b.module) return false;
  if (a.span.start === b.span.start) return true;
  return a.span.start < b.span.end && b.span.start < a.span.end;
}

function fits(edit: Edit, texts: Texts): boolean {
  const text = texts.get(edit.module);
  return text !== undefined && 0 <= edit.span.start && edit.span.start <= edit.span.end && edit.span.end <= text.length;
}

/** Those that can be made together, the first of any two that clash; a fix is taken whole or not at all. */
export function compatible(mends: readonly Mend[], texts: Texts): Mend[] {
  const taken = new Map<string, Edit[]>();
  return mends.filter(({ fix }) => {
    const free = fix.edits.every(
      (edit) => fits(edit, texts) && !(taken.get(edit.module) ?? []).some((other) => clash(edit, other)),
    );
    if (!free || fix.edits.some((edit, i) => fix.edits.slice(i + 1).some((other) => clash(edit, other)))) return false;
    for (const edit of fix.edits) taken.set(edit.module, [...(taken.get(edit.module) ?? []), edit]);
    return fix.edits.length > 0;
  });
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

/** One fix of each diagnostic that `wanted` chooses, as many as can be made at once, and the texts they give. */
export function applyFixes(
  texts: Texts,
  diagnostics: readonly Diagnostic[],
  wanted: (fix: Fix) => boolean = (fix) => fix.suggested !== true,
): { readonly changed: ReadonlyMap<string, string>; readonly applied: readonly Mend[] } {
  const mends = diagnostics.flatMap((diagnostic) => {
    const fix = diagnostic.fixes.find(wanted);
    return fix === undefined ? [] : [{ diagnostic, fix }];
  });
  const applied = compatible(mends, texts);
  return { changed: applyMends(texts, applied), applied };
}
