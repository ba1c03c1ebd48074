/** Edits of a file's imports. */
import type { Span } from "../../language/tree.ts";
import type { Parsed } from "../check/context.ts";
import { specifierOf } from "../check/import-graph.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { headEnd } from "../fix/use-line.ts";
import type { Analysis } from "./analysis.ts";
import type { Edit } from "./rename.ts";

export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

/** What imports `name` from `specifier` into `path`: into the braces of an import from there, or a line of its own. Null where there is no such file. */
export function importEdit(analysis: Analysis, path: string, name: string, specifier: string): TextEdit | null {
  const file = analysis.file(path);
  if (file === null) return null;
  const imports = file.tree.items.filter((item) => item.kind === "import");
  const same = imports.find((item) => specifierOf(item) === specifier);
  const last = same?.names.at(-1);
  if (last !== undefined) {
    const end = (last.as ?? last.name).span.end;
    return { span: { start: end, end }, text: `, ${name}` };
  }
  const after = imports.at(-1)?.span.end;
  const line = `import { ${name} } from "${specifier}"`;
  if (after !== undefined) return { span: { start: after, end: after }, text: `\n${line}` };
  const start = headEnd(file.text);
  return { span: { start, end: start }, text: `${line}\n${file.tree.items[0]?.kind === "use" ? "" : "\n"}` };
}

/** The imports of a file sorted, those from one file together, names that nothing uses left out; null where there is nothing to do. */
export function organizeImports(file: Parsed, diagnostics: readonly Diagnostic[]): Edit | null {
  const imports = file.tree.items.filter((item) => item.kind === "import");
  const [first] = imports;
  const last = imports.at(-1);
  if (first === undefined || last === undefined || imports.some((item) => specifierOf(item) === null)) return null;
  const span = { start: first.span.start, end: last.span.end };
  // What stands between them would be lost.
  const between = file.tree.comments.some((comment) => overlaps(comment.span, span));
  const others = file.tree.items.some((item) => item.kind !== "import" && overlaps(item.span, span));
  if (between || others) return null;
  const unused = new Set(
    diagnostics.flatMap((each) => (each.module === file.path && each.code === "unused-name" ? [each.span.start] : [])),
  );
  const bySpecifier = new Map<string, string[]>();
  for (const item of imports) {
    const names = bySpecifier.get(specifierOf(item) ?? "") ?? [];
    bySpecifier.set(specifierOf(item) ?? "", names);
    for (const { name, as } of item.names)
      if (!unused.has((as ?? name).span.start)) names.push(as === null ? name.text : `${name.text} as ${as.text}`);
  }
  const text = [...bySpecifier]
    .filter(([, names]) => names.length > 0)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([from, names]) => `import { ${[...new Set(names)].sort().join(", ")} } from "${from}"`)
    .join("\n");
  return text === file.text.slice(span.start, span.end) ? null : { module: file.path, span, text };
}

/** Packages before files. */
const rank = (specifier: string): number => (specifier.startsWith(".") ? 1 : 0);

const overlaps = (a: Span, b: Span): boolean => a.start <= b.end && a.end >= b.start;
