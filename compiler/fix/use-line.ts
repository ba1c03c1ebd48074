/** Where a file takes a `use` line, for fixes and for what editors propose. */
import type { Module, Span } from "../../language/tree.ts";

export interface UseLine {
  readonly span: Span;
  /** Lines end with a line feed. */
  readonly text: string;
}

/** What writes `use provider` behind the last `use` of the file, else behind its imports, else before all it declares. */
export function useLine({ text, tree }: { readonly text: string; readonly tree: Module }, provider: string): UseLine {
  const line = `use ${provider}`;
  const use = tree.items.findLast((item) => item.kind === "use");
  if (use !== undefined) {
    const parted = text.slice(use.span.start, use.span.end).includes("\n") ? "\n\n" : "\n";
    return put(lineEnd(text, use.span.end), `${parted}${line}`);
  }
  const from = tree.items.findLast((item) => item.kind === "import");
  if (from !== undefined) return put(lineEnd(text, from.span.end), `\n\n${line}`);
  return put(headEnd(text), `${line}\n\n`);
}

const put = (offset: number, text: string): UseLine => ({ span: { start: offset, end: offset }, text });

/** Behind a comment that ends the line; where something else goes on on it, at once. */
function lineEnd(text: string, offset: number): number {
  const rest = /^[ \t]*(?:\/\/[^\r\n]*)?/.exec(text.slice(offset))?.[0] ?? "";
  const end = offset + rest.length;
  return end === text.length || text[end] === "\n" || text[end] === "\r" ? end : offset;
}

/** Behind a byte order mark and the comment that a file begins with, if an empty line parts it from what follows. */
export function headEnd(text: string): number {
  const bom = text.startsWith("\ufeff") ? 1 : 0;
  const head = /^(?:[ \t]*\/\/(?!\/)[^\n]*\n)+[ \t]*\r?\n/.exec(text.slice(bom));
  return bom + (head?.[0].length ?? 0);
}
