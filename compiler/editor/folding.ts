/** What can be folded away, and what a selection grows to. */
import type { Span } from "../../language/tree.ts";
import { pathAt, visit } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";

export interface Fold {
  readonly span: Span;
  readonly kind: "block" | "comment" | "imports";
}

/** Of several lines each, in the order of the text. */
export function foldsOf(file: Parsed): Fold[] {
  const folds: Fold[] = [...importFold(file), ...commentFolds(file)];
  visit(file.tree, (node) => {
    const isBlock =
      "closed" in node || ("kind" in node && ["record", "list", "match", "record_type", "enum"].includes(node.kind));
    if (isBlock || ("kind" in node && node.kind === "string" && node.block))
      folds.push({ span: node.span, kind: "block" });
    return true;
  });
  return folds
    .filter(({ span }) => lineOf(file, span.start) < lineOf(file, span.end))
    .sort((a, b) => a.span.start - b.span.start);
}

const lineOf = ({ lines }: Parsed, offset: number): number => lines.position(offset).line;

function importFold({ tree }: Parsed): Fold[] {
  const imports = tree.items.filter(({ kind }) => kind === "import");
  const [first] = imports;
  const last = imports.at(-1);
  if (first === undefined || last === undefined) return [];
  return [{ span: { start: first.span.start, end: last.span.end }, kind: "imports" }];
}

/** Comments on lines that follow one another. */
function commentFolds(file: Parsed): Fold[] {
  const folds: Fold[] = [];
  let open: { start: number; end: number } | null = null;
  for (const { span } of file.tree.comments) {
    if (open !== null && lineOf(file, span.start) === lineOf(file, open.end) + 1) open.end = span.end;
    else {
      if (open !== null) folds.push({ span: open, kind: "comment" });
      open = { start: span.start, end: span.end };
    }
  }
  if (open !== null) folds.push({ span: open, kind: "comment" });
  return folds;
}

/** Spans around the offset, the innermost first, each larger than the one before. */
export function selectionsAt(file: Parsed, offset: number): Span[] {
  const spans: Span[] = [];
  for (const { span } of pathAt(file.tree, offset).toReversed()) {
    const last = spans.at(-1);
    if (last === undefined || span.start < last.start || span.end > last.end) spans.push(span);
  }
  return spans;
}
