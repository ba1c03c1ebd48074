/**
 * Lines of coloured text. A line is a list of runs; wrapping and measuring see the text, colours are put on last, so
 * that no colour can change a layout. Text in runs is made safe here: nothing reaches a terminal another way.
 */
import { escapeControls } from "./safe.ts";
import { displayWidth, takeColumns } from "./width.ts";

export type Ink = "plain" | "bold" | "dim" | "red" | "bold-red" | "green" | "yellow" | "blue" | "cyan" | "magenta";

/** A piece of text in one colour. */
export interface Run {
  readonly text: string;
  readonly ink: Ink;
}
export type Line = readonly Run[];

export const run = (text: string, ink: Ink = "plain"): Run => ({ text: escapeControls(text), ink });

const CODES: Readonly<Record<Ink, string>> = {
  plain: "",
  bold: "1",
  dim: "2",
  red: "31",
  "bold-red": "1;31",
  green: "32",
  yellow: "33",
  blue: "34",
  cyan: "36",
  magenta: "35",
};

/** What begins a line and would be a command to a CI runner that reads it, whatever spaces stand before it. */
const COMMAND = /^(\s*)([:#])(?=:|#\[)/;

/** With the first colon of `::error` written out, so that no text of a plan or a source becomes a command. */
function harmless(line: Line): Line {
  if (!COMMAND.test(line.map(({ text }) => text).join(""))) return line;
  const first = line.findIndex(({ text }) => text.trim() !== "");
  return line.map((r, i) =>
    i === first ? { text: r.text.replace(/[:#]/, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`), ink: r.ink } : r,
  );
}

/** The line as text, trailing spaces taken off; with escape sequences if `color`. */
export function paint(written: Line, color: boolean): string {
  const line = harmless(written);
  const plain = line.map(({ text }) => text).join("");
  if (!color) return plain.trimEnd();
  let left = plain.trimEnd().length;
  let painted = "";
  for (const { text, ink } of withoutSeams(line)) {
    const kept = text.slice(0, left);
    left -= kept.length;
    painted += kept === "" || ink === "plain" ? kept : `\u001b[${CODES[ink]}m${kept}\u001b[0m`;
  }
  return painted;
}

/** Runs of one ink that follow each other as one: wrapping takes lines apart word by word. */
function withoutSeams(line: Line): Line {
  const joined: Run[] = [];
  for (const each of line) {
    const last = joined.at(-1);
    if (last?.ink === each.ink) joined[joined.length - 1] = { text: last.text + each.text, ink: last.ink };
    else joined.push(each);
  }
  return joined;
}

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + displayWidth(text), 0);

/**
 * `line` broken at spaces into lines of at most `width` columns; those after the first begin with `indent` spaces.
 * A word longer than a line is broken where the line ends.
 */
export function wrap(line: Line, width: number, indent: number): Line[] {
  const limit = Math.max(width, indent + 12);
  const lines: Run[][] = [];
  let current: Run[] = [];
  let used = 0;
  const start = (): void => {
    lines.push(current);
    current = [run(" ".repeat(indent))];
    used = indent;
  };
  for (const word of words(line)) {
    let rest = word;
    const solid = rest
      .map(({ text }) => text)
      .join("")
      .trimEnd();
    if (used > indent && used + displayWidth(solid) > limit) start();
    while (
      used +
        displayWidth(
          rest
            .map(({ text }) => text)
            .join("")
            .trimEnd(),
        ) >
      limit
    ) {
      const [head, tail] = splitAt(rest, limit - used);
      current.push(...head);
      start();
      rest = tail;
    }
    current.push(...rest);
    used += lineWidth(rest);
  }
  lines.push(current);
  return lines;
}

/** Words with the spaces that follow them; a word may run through several inks. */
function words(line: Line): Run[][] {
  const found: Run[][] = [];
  let word: Run[] = [];
  let ended = false;
  for (const { text, ink } of line) {
    for (const piece of text.match(/ +|[^ ]+/g) ?? []) {
      const space = piece.startsWith(" ");
      if (ended && !space) {
        found.push(word);
        word = [];
      }
      word.push({ text: piece, ink });
      ended = space;
    }
  }
  if (word.length > 0) found.push(word);
  return found;
}

function splitAt(word: readonly Run[], columns: number): [Run[], Run[]] {
  const head: Run[] = [];
  const tail: Run[] = [];
  let left = columns;
  for (const { text, ink } of word) {
    const taken = tail.length > 0 ? "" : takeColumns(text, left);
    // At least something must be taken, else a wide character in a narrow place would never end.
    const kept = taken === "" && head.length === 0 && tail.length === 0 ? ([...text][0] ?? "") : taken;
    if (kept !== "") head.push({ text: kept, ink });
    if (kept.length < text.length) tail.push({ text: text.slice(kept.length), ink });
    left -= displayWidth(kept);
  }
  return [head, tail];
}
