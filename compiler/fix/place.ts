/** Where a diagnostic stands, with what a fix may look at, and the edits that fixes are made of. */
import type { Module, Span } from "../../language/tree.ts";
import { type Node, pathAt, visit } from "../../language/walk.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";

export interface FixFile {
  readonly path: string;
  readonly text: string;
  readonly tree: Module;
}

/** By path. */
export type FixFiles = ReadonlyMap<string, FixFile>;

export interface FixPlace<A> {
  readonly file: FixFile;
  readonly files: FixFiles;
  readonly span: Span;
  readonly args: A;
}

/** Stands where only the author knows what belongs. */
export const HOLE = "TODO";

const edit = (place: FixPlace<unknown>, span: Span, text: string): Fix["edits"][number] => ({
  module: place.file.path,
  span,
  // Lines end as those of the file do.
  text: place.file.text.includes("\r\n") ? text.replaceAll(/\r?\n/g, "\r\n") : text,
});

/** A fix that can be applied unasked: it says the same, in the language's words. */
export function safe(title: string, place: FixPlace<unknown>, ...changes: readonly (readonly [Span, string])[]): Fix {
  return { title, edits: changes.map(([span, text]) => edit(place, span, text)) };
}

/** A fix that somebody has to look at. */
export function suggested(
  title: string,
  place: FixPlace<unknown>,
  ...changes: readonly (readonly [Span, string])[]
): Fix {
  return { ...safe(title, place, ...changes), suggested: true };
}

export const at = (offset: number): Span => ({ start: offset, end: offset });

export const textOf = (place: FixPlace<unknown>, span: Span = place.span): string =>
  place.file.text.slice(span.start, span.end);

/** The nodes around the place, the file first. */
export function around(place: FixPlace<unknown>, offset: number = place.span.start): Node[] {
  const { items } = place.file.tree;
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((items[middle]?.span.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const item = items[low];
  return item === undefined ? [place.file.tree] : [place.file.tree, ...pathAt(item, offset)];
}

type Kind = Extract<Node, { kind: string }>["kind"];
type OfKind<K extends Kind> = Extract<Node, { kind: K }>;

const isKind = <K extends Kind>(node: Node, kinds: readonly K[]): node is OfKind<K> =>
  "kind" in node && (kinds as readonly string[]).includes(node.kind);

/** The innermost node of these kinds around the place. */
export function enclosing<K extends Kind>(
  place: FixPlace<unknown>,
  kinds: readonly K[],
  offset: number = place.span.start,
): OfKind<K> | undefined {
  return around(place, offset).findLast((node): node is OfKind<K> => isKind(node, kinds));
}

/** Every node of these kinds in the file. */
export function all<K extends Kind>(file: FixFile, kinds: readonly K[]): OfKind<K>[] {
  const found: OfKind<K>[] = [];
  visit(file.tree, (node) => {
    if (isKind(node, kinds)) found.push(node);
    return undefined;
  });
  return found;
}

/** The span with what goes with it: its whole lines where nothing else is on them, else the spaces before it. */
export function withSpace(place: FixPlace<unknown>, span: Span): Span {
  const { text } = place.file;
  let start = span.start;
  while (start > 0 && /[ \t]/.test(text.charAt(start - 1))) start -= 1;
  let end = span.end;
  while (end < text.length && /[ \t]/.test(text.charAt(end))) end += 1;
  const first = start === 0 || /[\r\n]/.test(text.charAt(start - 1));
  const last = end >= text.length || /[\r\n]/.test(text.charAt(end));
  if (first && last) {
    if (text.charAt(end) === "\r") end += 1;
    if (text.charAt(end) === "\n") end += 1;
    return { start, end };
  }
  return last ? { start, end: span.end } : { start: span.start, end };
}

/** The span with the lines of documentation before it, which would pass to what follows. */
export function withDoc(place: FixPlace<unknown>, span: Span): Span {
  const { text } = place.file;
  let start = span.start;
  for (;;) {
    const line = text.lastIndexOf("\n", start - 1) + 1;
    if (line === 0 || text.slice(line, start).trim() !== "") break;
    const before = text.lastIndexOf("\n", line - 2) + 1;
    if (!/^[ \t]*\/\/\/(?!\/)/.test(text.slice(before, line))) break;
    start = before + (/^[ \t]*/.exec(text.slice(before, line))?.[0].length ?? 0);
  }
  return { start, end: span.end };
}

/** An element of a list with one comma beside it and its documentation; `elements` are all of them in order. */
export function withComma(place: FixPlace<unknown>, element: Span, elements: readonly Span[]): Span {
  const { text } = place.file;
  const index = elements.findIndex((each) => each.start === element.start);
  const own = withDoc(place, element);
  const comma = /^\s*,/.exec(text.slice(element.end, element.end + 200))?.[0].length ?? 0;
  const before = elements[index - 1];
  if (elements[index + 1] === undefined && before !== undefined) return { start: before.end, end: element.end };
  return withSpace(place, { start: own.start, end: element.end + comma });
}

/** The spaces before the first word of the line on which `offset` stands. */
export function indentAt(place: FixPlace<unknown>, offset: number): string {
  const { text } = place.file;
  let start = offset;
  while (start > 0 && !/[\r\n]/.test(text.charAt(start - 1))) start -= 1;
  return /^[ \t]*/.exec(text.slice(start, start + 200))?.[0] ?? "";
}

/** Adds `line` to a body as its first member. */
export function intoBody(place: FixPlace<unknown>, body: Span, line: string): readonly [Span, string] {
  const text = textOf(place, body);
  const open = body.start + 1;
  if (!/[\r\n]/.test(text)) return [at(open), ` ${line}${/^\{\s*\}?$/.test(text) ? " " : " "}`];
  return [at(open), `\n${indentAt(place, body.start)}  ${line}`];
}
