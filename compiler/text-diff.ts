/** Unified diffs of text, line by line, after Myers (1986): the fewest lines taken out and put in. */

export interface Edit {
  readonly op: "keep" | "out" | "in";
  /** With its line end, if it has one. */
  readonly line: string;
}

/** Beyond this many lines taken out and put in, finding the fewest takes too long: all of one is replaced by the other. */
const MOST_EDITS = 2_000;
const CONTEXT = 3;

/** Lines with their line ends; the last one may have none. */
export function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** What turns `before` into `after`. */
export function edits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const keep = (line: string): Edit => ({ op: "keep", line });
  return [
    ...before.slice(0, start).map(keep),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(keep),
  ];
}

/**
 * `x` and `y` count lines used up of `before` and `after`, `k = x - y` numbers the diagonals. `furthest[k + max + 1]` is how
 * far along `x` a path with `d` edits reaches on diagonal `k`; `trail` keeps of it, for each `d`, what can be reached by then.
 */
function middle(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const max = Math.min(before.length + after.length, MOST_EDITS);
  const furthest = new Int32Array(2 * max + 3);
  const trail: Int32Array[] = [];
  const at = (k: number): number => furthest[k + max + 1] ?? 0;
  for (let d = 0; d <= max; d += 1) {
    trail.push(furthest.slice(max - d, max + d + 3));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
      let x = down ? at(k + 1) : at(k - 1) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x += 1;
      furthest[k + max + 1] = x;
      if (x >= before.length && x - k >= after.length) return walkBack(before, after, trail);
    }
  }
  return [...before.map((line): Edit => ({ op: "out", line })), ...after.map((line): Edit => ({ op: "in", line }))];
}

function walkBack(before: readonly string[], after: readonly string[], trail: readonly Int32Array[]): readonly Edit[] {
  const reversed: Edit[] = [];
  let x = before.length;
  let y = after.length;
  for (let d = trail.length - 1; d >= 0; d -= 1) {
    const row = trail[d] ?? new Int32Array();
    const at = (diagonal: number): number => row[diagonal + d + 1] ?? 0;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const fromX = d === 0 ? 0 : down ? at(k + 1) : at(k - 1);
    const fromY = d === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      reversed.push({ op: "keep", line: before[x] ?? "" });
    }
    if (d === 0) break;
    reversed.push(down ? { op: "in", line: after[fromY] ?? "" } : { op: "out", line: before[fromX] ?? "" });
    x = fromX;
    y = fromY;
  }
  return reversed.reverse();
}

/** Lines put in and taken out. */
export function count(list: readonly Edit[]): { readonly added: number; readonly removed: number } {
  return {
    added: list.filter((edit) => edit.op === "in").length,
    removed: list.filter((edit) => edit.op === "out").length,
  };
}

const MARK = { keep: " ", out: "-", in: "+" } as const;

function shown(edit: Edit): string {
  return edit.line.endsWith("\n")
    ? `${MARK[edit.op]}${edit.line}`
    : `${MARK[edit.op]}${edit.line}\n\\ No newline at end of file\n`;
}

/** Ranges of `list` around changes, with context; those that touch are one. */
function hunks(list: readonly Edit[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const [index, edit] of list.entries()) {
    if (edit.op === "keep") continue;
    const last = ranges.at(-1);
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(list.length, index + CONTEXT + 1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else ranges.push([from, to]);
  }
  return ranges;
}

/** As `diff -u` writes it. `before` and `after` null stand for a file that is not there. null where nothing differs. */
export function unifiedDiff(name: string, before: string | null, after: string | null): string | null {
  if (before === after) return null;
  const list = edits(linesOf(before ?? ""), linesOf(after ?? ""));
  const head = `--- ${before === null ? "/dev/null" : `a/${name}`}\n+++ ${after === null ? "/dev/null" : `b/${name}`}\n`;
  let [oldLine, newLine, index] = [1, 1, 0];
  const body = hunks(list).map(([from, to]) => {
    for (; index < from; index += 1) {
      oldLine += 1;
      newLine += 1;
    }
    const part = list.slice(from, to);
    const { added, removed } = count(part);
    const [oldCount, newCount] = [part.length - added, part.length - removed];
    const text = `@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@\n${part.map(shown).join("")}`;
    oldLine += oldCount;
    newLine += newCount;
    index = to;
    return text;
  });
  return head + body.join("");
}

/** An empty range is counted from the line before it. */
function range(line: number, length: number): string {
  if (length === 0) return `${line - 1},0`;
  return length === 1 ? String(line) : `${line},${length}`;
}
