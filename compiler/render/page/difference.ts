/** Lines of a unified difference with the words marked in which a line and the one that replaces it differ. */
import { edits } from "../../text-diff.ts";

/** Text, of which `changed` is not in the other line. */
export interface Piece {
  readonly text: string;
  readonly changed: boolean;
}

/** Longer lines are left as they are: to compare them word by word takes long and marks little. */
const LONGEST = 600;
/** Lines that share less than this part of themselves are two lines, not one that was changed. */
const LEAST_SHARED = 0.3;
/** Characters of one difference that are compared, word by word. */
const MOST_COMPARED = 30_000;

/** For each line its pieces, without its sign; one piece where there is nothing to compare it with. */
export function wordwise(lines: readonly string[]): (readonly Piece[])[] {
  const found = lines.map((line): readonly Piece[] => [{ text: line.slice(1), changed: false }]);
  let left = MOST_COMPARED;
  for (let i = 0; i < lines.length; ) {
    const out = run(lines, i, "-");
    const into = run(lines, i + out, "+");
    // Lines put in for as many taken out stand for one another in their order.
    if (out === into)
      for (let k = 0; k < out; k++) {
        const [before, after] = [lines[i + k]?.slice(1) ?? "", lines[i + out + k]?.slice(1) ?? ""];
        left -= before.length + after.length;
        const pair = left < 0 ? null : compared(before, after);
        if (pair === null) continue;
        found[i + k] = pair[0];
        found[i + out + k] = pair[1];
      }
    i += Math.max(1, out + into);
  }
  return found;
}

/** How many lines from `at` on begin with `sign`; the heads of files do not count. */
function run(lines: readonly string[], at: number, sign: "-" | "+"): number {
  let n = 0;
  while (lines[at + n]?.startsWith(sign) === true && !isHead(lines, at + n)) n++;
  return n;
}

/** `--- a` and `+++ b`, which stand together and before anything else of a file. */
export function isHead(lines: readonly string[], at: number): boolean {
  const pair = (i: number): boolean =>
    lines[i]?.startsWith("--- ") === true &&
    lines[i + 1]?.startsWith("+++ ") === true &&
    (lines[i + 2] === undefined || lines[i + 2]?.startsWith("@@") === true);
  return pair(at) || pair(at - 1);
}

function compared(before: string, after: string): readonly [readonly Piece[], readonly Piece[]] | null {
  if (before.length > LONGEST || after.length > LONGEST) return null;
  const [old, now] = [wordsOf(before), wordsOf(after)];
  const least = LEAST_SHARED * Math.max(before.trim().length, after.trim().length);
  // To count what both have, in whatever order, takes little, and most lines that have nothing in common are seen so.
  if (inBoth(old, now) < least) return null;
  const list = edits(old, now);
  const shared = list.reduce((sum, { op, line }) => sum + (op === "keep" ? line.trim().length : 0), 0);
  if (shared < least) return null;
  const side = (op: "out" | "in"): Piece[] => {
    const pieces: Piece[] = [];
    for (const edit of list) {
      if (edit.op !== "keep" && edit.op !== op) continue;
      const changed = edit.op === op;
      const last = pieces.at(-1);
      if (last !== undefined && last.changed === changed)
        pieces[pieces.length - 1] = { text: last.text + edit.line, changed };
      else pieces.push({ text: edit.line, changed });
    }
    return pieces;
  };
  return [side("out"), side("in")];
}

/** Characters of words that both have, each as often as it is in both. */
function inBoth(before: readonly string[], after: readonly string[]): number {
  const times = new Map<string, number>();
  for (const word of before) times.set(word, (times.get(word) ?? 0) + 1);
  return after.reduce((sum, word) => {
    const left = times.get(word) ?? 0;
    times.set(word, left - 1);
    return left > 0 ? sum + word.trim().length : sum;
  }, 0);
}

/** Words, spaces, and every other character by itself. */
const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}\p{M}_]+|\s+|[\s\S]/gu) ?? [];
