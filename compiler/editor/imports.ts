/** Edits of a file's imports. */
import type { Span } from "../../language/tree.ts";
import { specifierOf } from "../check/import-graph.ts";
import type { Analysis } from "./analysis.ts";

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
  const start = startOf(file.text);
  return { span: { start, end: start }, text: `${line}\n${file.tree.items[0]?.kind === "use" ? "" : "\n"}` };
}

/** Behind a byte order mark and the comment that a file begins with, if an empty line parts it from what follows. */
function startOf(text: string): number {
  const bom = text.startsWith("\ufeff") ? 1 : 0;
  const head = /^(?:[ \t]*\/\/(?!\/)[^\n]*\n)+[ \t]*\n/.exec(text.slice(bom));
  return bom + (head?.[0].length ?? 0);
}
