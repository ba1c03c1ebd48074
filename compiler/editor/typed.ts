/**
 * A file as if a name stood at the cursor. The grammar then tells what may stand there, and checking what is known of it,
 * also where nothing is typed yet.
 */
import { lineIndex } from "../../language/lines.ts";
import { parse } from "../../language/parse.ts";
import { shifted } from "../../language/reparse.ts";
import type { Module, Span } from "../../language/tree.ts";
import { pathAt } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import type { Analysis, Spot } from "./analysis.ts";

/** No name of anybody's. */
export const PLACEHOLDER = "zz__cursor";

export interface Typed extends Spot {
  /** The name as typed so far, in the file itself: what a completion replaces. */
  readonly word: Span;
  readonly prefix: string;
}

/**
 * Only the declaration around the cursor is read and checked anew: it is put behind the file's end, so that all other
 * places stay as they are. Null where there is no such file.
 */
export function typedAt(analysis: Analysis, path: string, offset: number): Typed | null {
  const file = analysis.file(path);
  if (file === null) return null;
  const word = wordAt(file.text, offset);
  const { items } = file.tree;
  const at = items.findLastIndex(({ span }) => span.start < Math.max(word.start, 1));
  const item = items[at];
  const start = item === undefined ? 0 : item.span.start;
  const end = items[at + 1]?.span.start ?? file.text.length;
  const base = file.text.length + 1;
  const text = `${file.text.slice(start, word.start)}${PLACEHOLDER}${file.text.slice(Math.max(word.end, offset), end)}`;
  const read = parse(text);
  const moved = shifted(read.tree, base);
  const others = items.filter((each) => each !== item);
  const whole = `${file.text}\n${text}`;
  const tree: Module = { ...file.tree, span: { start: 0, end: whole.length }, items: [...others, ...moved.items] };
  const spotOffset = base + (word.start - start);
  const edited: Parsed = { path, text: whole, tree, faults: [], lines: lineIndex(whole) };
  const around = moved.items.findLast(({ span }) => span.start <= spotOffset && spotOffset <= span.end);
  return {
    file: edited,
    offset: spotOffset,
    nodes: pathAt(tree, spotOffset + 1),
    observed: around === undefined ? null : analysis.observe(edited, around),
    word,
    prefix: file.text.slice(word.start, offset),
  };
}

/** The name that the offset is in or behind. */
function wordAt(text: string, offset: number): Span {
  let start = offset;
  while (start > 0 && /\w/.test(text[start - 1] ?? "")) start--;
  let end = offset;
  while (end < text.length && /\w/.test(text[end] ?? "")) end++;
  return { start, end };
}
