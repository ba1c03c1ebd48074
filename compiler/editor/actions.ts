/** What can be done at a place: mending what is wrong there, and changing how something is written without changing what it means. */
import type { Span } from "../../language/tree.ts";
import { pathAt } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { compatible, mendsOf } from "../fix/apply.ts";
import type { Analysis } from "./analysis.ts";
import { type Action, indentAt } from "./refactor/action.ts";
import { addRollback } from "./refactor/add-rollback.ts";
import { extractLet } from "./refactor/extract-let.ts";
import { extractOperation } from "./refactor/extract-operation.ts";
import { inlineLet } from "./refactor/inline-let.ts";
import type { Edit } from "./rename.ts";

/** Those of `diagnostics` that stand in `span`, mended; and what can be done with what is selected. */
export function actionsAt(analysis: Analysis, path: string, span: Span, diagnostics: readonly Diagnostic[]): Action[] {
  const file = analysis.file(path);
  if (file === null) return [];
  return [
    ...fixesIn(diagnostics, path, span),
    ...allows(file, diagnostics, span),
    ...extractLet(analysis, file, span),
    ...extractOperation(analysis, file, span),
    ...inlineLet(analysis, file, span),
    ...addRollback(analysis, file, span),
  ];
}

const touches = (place: Span, span: Span): boolean => place.start <= span.end && place.end >= span.start;

function fixesIn(diagnostics: readonly Diagnostic[], path: string, span: Span): Action[] {
  return diagnostics
    .filter((each) => each.module === path && touches(each.span, span))
    .flatMap((diagnostic) =>
      diagnostic.fixes.map(
        (fix, i): Action => ({
          title: fix.title,
          kind: "quickfix",
          edits: fix.edits,
          diagnostic,
          preferred: i === 0 && fix.suggested !== true,
        }),
      ),
    );
}

/** Where the line begins that the place is on; of a text of several lines, that on which the text does: within it a comment is none. */
function lineAbove({ text, tree }: Parsed, offset: number): number {
  for (let at = offset; ; ) {
    const line = text.lastIndexOf("\n", at - 1) + 1;
    const around = pathAt(tree, line).find(
      (node) => "kind" in node && node.kind === "string" && node.span.start < line,
    );
    if (around === undefined) return line;
    at = around.span.start;
  }
}

/** `// opsc-allow CODE: reason` above a warning, with the reason to be written. */
function allows(file: Parsed, diagnostics: readonly Diagnostic[], span: Span): Action[] {
  const { path, text } = file;
  const warnings = diagnostics.filter(
    (each) => each.module === path && each.severity === "warning" && touches(each.span, span),
  );
  return warnings.map((diagnostic) => {
    const line = lineAbove(file, diagnostic.span.start);
    const indent = indentAt(text, line);
    const edits = [
      { module: path, span: { start: line, end: line }, text: `${indent}// opsc-allow ${diagnostic.code}: TODO why\n` },
    ];
    return {
      title: `say why ${diagnostic.code} is fine here`,
      kind: "quickfix",
      edits,
      diagnostic,
      preferred: false,
    };
  });
}

/** All that can be mended without asking, of one file. */
export function fixAll(file: Parsed, diagnostics: readonly Diagnostic[]): Edit[] {
  const own = diagnostics.filter(({ module }) => module === file.path);
  const mends = compatible(mendsOf(own), new Map([[file.path, file.text]]));
  return mends.flatMap(({ fix }) => fix.edits.filter(({ module }) => module === file.path));
}
