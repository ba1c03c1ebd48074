/** Characters as the scanner sees them: code units with a meaning, punctuation, lines, and how to show what is odd. */
import * as t from "./tokens.ts";
import { indexOf } from "./tokens.ts";

export const LF = 0x0a;
export const CR = 0x0d;
export const QUOTE = 0x22;
export const COLON = 0x3a;
export const HASH = 0x23;
export const BACKSLASH = 0x5c;
export const DOLLAR = 0x24;
export const OPEN_BRACE = 0x7b;

/** Quotes of other languages and of word processors, with what ends the text they begin. */
export const FOREIGN_PAIRS: ReadonlyMap<number, RegExp> = new Map(
  Object.entries({
    "'": /'[^'\r\n]*'/y,
    "`": /`[^`\r\n]*`/y,
    "“": /[“”„][^“”"\r\n]*[“”"]/y,
    "‘": /[‘’‚][^‘’"\r\n]*[‘’]/y,
  }).flatMap(([quote, pair]) =>
    (pair.source.startsWith("[") ? [...pair.source.slice(1, 4)] : [quote]).map((each) => [each.charCodeAt(0), pair]),
  ),
);

interface Mark {
  readonly image: string;
  readonly type: number;
  /** The second character; -1 where there is none. None is longer than two. */
  readonly second: number;
}

/** Punctuation by its first character, the longest first. */
export const MARKS: readonly (readonly Mark[])[] = (() => {
  const byFirst: Mark[][] = Array.from({ length: 128 }, () => []);
  const skip = new Set([t.TextStart, t.TextEnd, t.HoleStart, t.HoleEnd]);
  for (const type of t.TOKEN_TYPES) {
    const image = type.LABEL ?? "";
    if (skip.has(type) || /[a-z]/.test(image)) continue;
    const second = image.length > 1 ? image.charCodeAt(1) : -1;
    byFirst[image.charCodeAt(0)]?.push({ image, type: indexOf(type), second });
  }
  for (const marks of byFirst) marks.sort((a, b) => b.image.length - a.image.length);
  return byFirst;
})();

/** What most characters are to the scanner, by their code, below 128. */
export const ODD = 0;
export const WORD = 1;
export const DIGIT = 2;
/** It begins a token whatever follows it. */
export const BEGINS = 3;
export const BLANK = 4;

export const CLASS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  if (isWordStart(code)) return WORD;
  if (isDigit(code)) return DIGIT;
  if (code === 0x20 || code === 0x09) return BLANK;
  // A slash may begin a comment.
  const alone = code !== 0x2f && MARKS[code]?.some(({ second }) => second < 0) === true;
  return alone || code === QUOTE ? BEGINS : ODD;
});

export function isWordStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Offset of the end of the line that `from` is on. */
export function endOfLine(text: string, from: number): number {
  let end = from;
  while (end < text.length && text.charCodeAt(end) !== LF && text.charCodeAt(end) !== CR) end += 1;
  return end;
}

/** Braces that are further apart than this are not those of one block. */
const FAR = 10_000;

/** A few characters after the `}` that closes the `{` at `start`, as far as can be told without reading what is between. */
export function afterBraces(text: string, start: number): string {
  const bracesAndTexts = /"(?:[^"\\\r\n]|\\.)*"|[{}]/g;
  bracesAndTexts.lastIndex = start;
  let open = 0;
  for (let match = bracesAndTexts.exec(text); match !== null; match = bracesAndTexts.exec(text)) {
    if (match.index - start > FAR) return "";
    if (match[0] === "{") open += 1;
    else if (match[0] === "}") open -= 1;
    if (open === 0) return text.slice(bracesAndTexts.lastIndex, bracesAndTexts.lastIndex + 200);
  }
  return "";
}

/** How many blanks a line begins with. */
export function widthOfIndent(text: string, line: number): number {
  let end = line;
  while (text.charCodeAt(end) === 0x20 || text.charCodeAt(end) === 0x09) end += 1;
  return end - line;
}

/** What to show of a piece of the text: short, and with invisible characters spelled out (`U+0000`). */
export function excerpt(text: string, start: number, end: number): string {
  const shown = [...text.slice(start, Math.min(end, start + 40))].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    const visible = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character) && !(code >= 0xd800 && code <= 0xdfff);
    return visible ? character : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  });
  return shown.join("") + (end - start > 40 ? "…" : "");
}
