/**
 * A file read again after an edit: only the declarations around it are read, the others are taken over. The outcome is that of
 * `parse`, always; where what an edit reaches cannot be told from the text around it, all is read.
 */
import { parse } from "./parse.ts";
import type { Comment, Item, Module, Span, SyntaxFault } from "./tree.ts";

export interface Read {
  readonly text: string;
  readonly tree: Module;
  readonly faults: readonly SyntaxFault[];
}

/** Declarations before and after the edit that are read too: the parser looks ahead a few tokens, and must be on its feet again. */
const AROUND = 2;
/** What may reach over declarations: texts of several lines and comments. */
const FAR = /"""|\/\*|\*\//;

/** Texts are compared by pieces of so many characters first: one by one takes ten times as long. */
const PIECE = 1024;

const LINE_ENDS = /^[ \t]*(\/\/.*)?[\r\n]/;

/** Of what a moved declaration was before, and by how much it is moved. */
const moves = new WeakMap<Item, { readonly from: Item; readonly by: number }>();

/** The same for a declaration and all that it was moved to. */
export const originOf = (item: Item): Item => moves.get(item)?.from ?? item;

/** Declarations that are untouched are those of `before`, or have their `originOf`. */
export function reparse(
  before: Read,
  text: string,
): { readonly tree: Module; readonly faults: readonly SyntaxFault[] } {
  return partly(before, text) ?? parse(text);
}

function partly(before: Read, text: string): { tree: Module; faults: readonly SyntaxFault[] } | null {
  const old = before.text;
  const { start, end } = difference(old, text);
  const by = text.length - old.length;
  const { items, comments } = before.tree;
  const first = items.findLastIndex(({ span }) => span.start < start);
  const next = items.findIndex(({ span }) => span.start > end);
  const from = first - AROUND;
  const to = next + AROUND;
  // Declarations from `from` on are read, and those before `to`; all before, or after, where there are too few.
  const begin = from <= 0 ? 0 : (items[from - 1]?.span.end ?? 0);
  const last = next < 0 || to > items.length ? items.length : to;
  const stop = last === items.length ? old.length : (items[last - 1]?.span.end ?? old.length);
  if (from > 0 && !beginsLine(old, items[from])) return null;
  if (last < items.length && !beginsLine(old, items[last])) return null;
  const within = ({ span }: { readonly span: Span }): boolean =>
    (begin === 0 || span.start > begin) && (stop === old.length || span.start < stop);
  if (!before.faults.every(within)) return null;
  const [was, is] = [old.slice(begin, stop), text.slice(begin, stop + by)];
  if (FAR.test(was) || FAR.test(is) || (begin > 0 && !LINE_ENDS.test(is))) return null;
  const read = parse(is);
  const moved = read.tree.items.map((item) => shifted(item, begin));
  const faults = begin === 0 ? read.faults : read.faults.map((fault) => shifted(fault, begin));
  const left = items.slice(0, Math.max(from, 0));
  const right = items.slice(last);
  if (last < items.length && !settled(moved, faults, items.slice(last - AROUND, last), by)) return null;
  if (faults.some(({ code }) => code === "too_deep")) return null;
  const known = items.slice(left.length, last);
  const middle = takenOver(moved, known, by);
  return {
    tree: {
      ...before.tree,
      span: { start: 0, end: text.length },
      items: [...left, ...middle, ...right.map((item) => movedItem(item, by))],
      comments: [
        ...comments.filter(({ span }) => span.start < begin),
        ...read.tree.comments.map((comment) => shifted(comment, begin)),
        ...comments.filter(({ span }) => span.start >= stop).map((comment): Comment => shifted(comment, by)),
      ],
    },
    faults,
  };
}

/** What of `old` is another in `text`: up to where they are the same, and from where on they are again. */
function difference(old: string, text: string): Span {
  const least = Math.min(old.length, text.length);
  let start = 0;
  while (start + PIECE <= least && old.slice(start, start + PIECE) === text.slice(start, start + PIECE)) start += PIECE;
  while (start < least && old.charCodeAt(start) === text.charCodeAt(start)) start += 1;
  let end = old.length;
  const by = text.length - old.length;
  const from = start + Math.max(0, -by) + PIECE;
  while (end >= from && old.slice(end - PIECE, end) === text.slice(end + by - PIECE, end + by)) end -= PIECE;
  while (end > start && end + by > start && old.charCodeAt(end - 1) === text.charCodeAt(end + by - 1)) end -= 1;
  return { start, end };
}

/** Whether it stands in column 1. */
function beginsLine(text: string, item: Item | undefined): boolean {
  const before = item === undefined ? undefined : text[item.span.start - 1];
  return before === "\n" || before === "\r";
}

/** Whether the parser, coming out of what was edited, has read the declarations after it as they were read before. */
function settled(read: readonly Item[], faults: readonly SyntaxFault[], known: readonly Item[], by: number): boolean {
  const ends = read.slice(-known.length);
  const begin = (known[0]?.span.start ?? 0) + by;
  return (
    ends.length === known.length &&
    known.every((item, i) => isMoved(ends[i], item, by)) &&
    !faults.some(({ span, related }) => [span, ...related.map((each) => each.span)].some(({ end }) => end >= begin))
  );
}

function isMoved(item: Item | undefined, was: Item, by: number): boolean {
  return item?.kind === was.kind && item.span.start === was.span.start + by && item.span.end === was.span.end + by;
}

/** Of the declarations that were read, those that came out as they were are the old ones. */
function takenOver(read: readonly Item[], known: readonly Item[], by: number): Item[] {
  const result = [...read];
  const same = (item: Item | undefined, was: Item | undefined, moved: number): Item | null => {
    if (item === undefined || was === undefined || !isMoved(item, was, moved)) return null;
    const known = moves.get(was);
    // As it was read once: to move it would be to make all of it anew.
    return isAlike(known?.from ?? was, item, (known?.by ?? 0) + moved) ? movedItem(was, moved) : null;
  };
  let at = 0;
  for (; at < read.length; at += 1) {
    const old = same(read[at], known[at], 0);
    if (old === null) break;
    result[at] = old;
  }
  for (let back = 1; back <= read.length - at && back <= known.length; back += 1) {
    const old = same(read.at(-back), known.at(-back), by);
    if (old === null) break;
    result[read.length - back] = old;
  }
  return result;
}

/** Whether `now` is `was` with every place in it later by `by`. */
function isAlike(was: unknown, now: unknown, by: number): boolean {
  if (typeof was !== "object" || was === null || typeof now !== "object" || now === null) return was === now;
  if (Array.isArray(was))
    return Array.isArray(now) && was.length === now.length && was.every((each, i) => isAlike(each, now[i], by));
  const keys = Object.keys(was);
  return (
    keys.length === Object.keys(now).length &&
    keys.every((key) => {
      const [one, other]: [unknown, unknown] = [Reflect.get(was, key), Reflect.get(now, key)];
      return typeof one === "number" && isPlace(key) ? one + by === other : isAlike(one, other, by);
    })
  );
}

const isPlace = (key: string): boolean => key === "start" || key === "end";

/** The declaration with every place in it later by `by`: what lies deep in it is moved when it is first looked at. */
function movedItem<I extends Item>(item: I, by: number): I {
  const known = moves.get(item);
  const from = (known?.from ?? item) as I;
  const total = (known?.by ?? 0) + by;
  if (total === 0) return from;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(from)) {
    if (typeof value !== "object" || value === null) result[key] = value;
    else if (key === "span" || key === "name") result[key] = shifted(value, total);
    else lazily(result, key, () => shifted(value, total));
  }
  const moved = result as unknown as I;
  moves.set(moved, { from, by: total });
  return moved;
}

function lazily(holder: object, key: string, make: () => unknown): void {
  Object.defineProperty(holder, key, {
    enumerable: true,
    configurable: true,
    get() {
      const value = make();
      Object.defineProperty(holder, key, { enumerable: true, configurable: true, writable: true, value });
      return value;
    },
  });
}

/** A copy, every place in it later by `by`. Depth is bounded by the parser's. */
export function shifted<T>(value: T, by: number): T {
  return by === 0 ? value : (moveAll(value, by) as T);
}

function moveAll(value: unknown, by: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => moveAll(each, by));
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const inner: unknown = Reflect.get(value, key);
    result[key] = typeof inner === "number" && isPlace(key) ? inner + by : moveAll(inner, by);
  }
  return result;
}
