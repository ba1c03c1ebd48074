/** Lists in brackets: on one line if they fit, else an element a line, with a comma behind the last. */
import type { Cursor } from "./cursor.ts";
import {
  concat,
  type Doc,
  group,
  indent,
  type Line,
  line,
  lineOrBlank,
  opened,
  softLine,
  trailingComma,
} from "./doc.ts";

interface Brackets<T> {
  readonly items: readonly T[];
  readonly each: (item: T) => Doc;
  /** Between a bracket and the elements: a space in braces, nothing in others. */
  readonly edge: Line;
}

/**
 * A list whose first element begins a new line stays open, with its empty lines; any other is on one line if it fits
 * there. Reads from the opener to the closer.
 */
export function brackets<T>(at: Cursor, { items, each, edge }: Brackets<T>): Doc {
  const opener = at.take();
  if (items.length === 0) return empty(at, opener);
  const open = at.onNewLine;
  const parts: Doc[] = [at.trail()];
  for (const [index, item] of items.entries()) {
    parts.push(index === 0 ? edge : at.afterBlank ? lineOrBlank : line);
    parts.push(each(item));
    const last = index === items.length - 1;
    parts.push(comma(at, last ? trailingComma : ","), at.trail(last));
  }
  parts.push(at.dangling(false));
  const all = [opener, indent(concat(parts)), edge, at.take()];
  return open ? opened(...all) : group(...all);
}

/** The comma behind an element, or its place, as `written`. Where documentation stands before it, it stays where it is. */
function comma(at: Cursor, written: Doc): Doc {
  if (at.atComma && at.documented) return at.take();
  const comments = at.trailBlocks();
  if (at.atComma) at.skipComma();
  return comments === "" ? written : concat([comments, written]);
}

function empty(at: Cursor, opener: Doc): Doc {
  const comments = concat([at.trail(true), at.dangling(true)]);
  return group(opener, indent(comments), softLine, at.take());
}

/** A list of one element that has brackets of its own, which stand for both: `f({ … })`. */
export function hugged(at: Cursor, element: () => Doc): Doc {
  const parts = [at.take(), element()];
  if (at.atComma) parts.push(comma(at, ""));
  return concat([...parts, at.trail(true), at.take()]);
}
