/** A layout as the least that has to change: what an editor applies, so that the cursor and the marks stay. */
import { Scanner } from "../lexer.ts";
import * as t from "../tokens.ts";
import { indexOf } from "../tokens.ts";
import type { Span, SyntaxFault } from "../tree.ts";
import { format } from "./format.ts";

export interface FormatEdit {
  readonly span: Span;
  readonly text: string;
}

type Formatted = { readonly edits: readonly FormatEdit[] } | { readonly faults: readonly SyntaxFault[] };

const EOF = indexOf(t.EndOfFile);
const COMMA = indexOf(t.Comma);
const TEXT_START = indexOf(t.TextStart);
const TEXT_END = indexOf(t.TextEnd);

/** The edits that lay out `text`, in order, none of them touching another. A text with faults has none. */
export function formatEdits(text: string): Formatted {
  const result = format(text);
  return "faults" in result ? result : { edits: editsBetween(text, result.text) };
}

/** Those edits of `formatEdits` that touch a line of `span`: what is outside stays as it is. */
export function formatRange(text: string, span: Span): Formatted {
  const result = formatEdits(text);
  if ("faults" in result) return result;
  const start = Math.max(text.lastIndexOf("\n", span.start - 1), 0);
  const next = text.indexOf("\n", Math.max(span.end, span.start));
  const end = next < 0 ? text.length : next;
  return { edits: result.edits.filter((edit) => edit.span.end > start && edit.span.start <= end) };
}

/** The text with the edits, which are in order, made in it. */
export function applyEdits(text: string, edits: readonly FormatEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const edit of edits) {
    parts.push(text.slice(at, edit.span.start), edit.text);
    at = edit.span.end;
  }
  return parts.join("") + text.slice(at);
}

/** Tokens are the same in both, but for commas before closers: what differs stands between two others. */
function editsBetween(before: string, after: string): FormatEdit[] {
  if (before === after) return [];
  const old = solids(before);
  const now = solids(after);
  const edits: FormatEdit[] = [];
  let [oldEnd, nowEnd] = [0, 0];
  const compare = (oldStart: number, nowStart: number): void => {
    const edit = trimmed(before, { start: oldEnd, end: oldStart }, after.slice(nowEnd, nowStart));
    if (edit !== null) edits.push(edit);
  };
  for (const [index, span] of old.entries()) {
    const other = now[index] ?? span;
    compare(span.start, other.start);
    [oldEnd, nowEnd] = [span.start, other.start];
    compare(span.end, other.end);
    [oldEnd, nowEnd] = [span.end, other.end];
  }
  compare(before.length, after.length);
  return edits;
}

/** The edit without what is the same at its start and its end; null where nothing is left. */
function trimmed(before: string, span: Span, text: string): FormatEdit | null {
  const old = before.slice(span.start, span.end);
  if (old === text) return null;
  const most = Math.min(old.length, text.length);
  let start = 0;
  while (start < most && old[start] === text[start]) start += 1;
  let end = 0;
  while (end < most - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  return { span: { start: span.start + start, end: span.end - end }, text: text.slice(start, text.length - end) };
}

/** All tokens but commas; a text with its holes is one. */
function solids(text: string): Span[] {
  const scanner = new Scanner(text);
  const spans: Span[] = [];
  let open = 0;
  let start = 0;
  for (let token = scanner.next(); token.tokenTypeIdx !== EOF; token = scanner.next()) {
    const type = token.tokenTypeIdx;
    if (open === 0) start = token.startOffset;
    if (type === TEXT_START) open += 1;
    if (type === TEXT_END) open -= 1;
    if (open === 0 && type !== COMMA) spans.push({ start, end: token.end });
  }
  return spans;
}
