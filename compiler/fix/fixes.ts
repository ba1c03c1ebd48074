/** What mends each diagnostic: one table, from codes to the edits that may be made where the diagnostic stands. */
import type { Diagnostic, Fix } from "../diagnostics/diagnostic.ts";
import { type ArgsOf, type Code, isCode } from "../diagnostics/registry.ts";
import { effectFixes } from "./effects.ts";
import { nameFixes } from "./names.ts";
import type { FixFiles, FixPlace } from "./place.ts";
import { syntaxFixes } from "./syntax.ts";
import { typeFixes } from "./types.ts";

type Fixer<C extends Code> = (place: FixPlace<ArgsOf<C>>) => readonly Fix[];

const FIXERS: { readonly [C in Code]?: Fixer<C> } = { ...syntaxFixes, ...nameFixes, ...typeFixes, ...effectFixes };

/** The fixes of a diagnostic, the likeliest first: those it came with, then those of the table. */
export function fixesOf(diagnostic: Diagnostic, files: FixFiles): readonly Fix[] {
  const file = files.get(diagnostic.module);
  const { code } = diagnostic;
  if (file === undefined || !isCode(code)) return diagnostic.fixes;
  const fixer = FIXERS[code] as ((place: FixPlace<Diagnostic["args"]>) => readonly Fix[]) | undefined;
  if (fixer === undefined || diagnostic.fixes.length > 0) return diagnostic.fixes;
  return fixer({ file, files, span: diagnostic.span, args: diagnostic.args });
}
