/**
 * Strings from plans, runs and sources are not to be trusted by the terminal that shows them: an escape sequence can
 * repaint what was said, a bidirectional mark can reorder it, an invisible character can hide in a name.
 */
import { late } from "../../language/late.ts";

/** As many marks on one character as any script needs; more of them are drawn over the lines around. */
const MOST_MARKS = 6;
/**
 * Controls, formatting and invisible characters, spaces that only look like one, separators, private use, lone surrogates;
 * and marks by the pile.
 */
const unsafe = late(
  () =>
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f]|(?:(?!\p{Default_Ignorable_Code_Point})\p{M}){7,}/u,
);
/** Most text; the patterns of properties are large, and are not made for it. */
const PLAIN = /^[\x20-\x7e]*$/;
/** What joins emoji, between emoji, or chooses how one looks, is part of a picture and hides nothing. Digits are no pictures. */
const emojiBefore = late(() => /[\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u);
const emojiAfter = late(() => /^\p{Extended_Pictographic}/u);
const KEYCAP = "\u20e3";

/**
 * `text` on one line with every control, bidirectional and invisible character written out: `\n`, `\t`, `\u{1b}`.
 * Text without such characters comes back unchanged.
 */
export function escapeControls(text: string): string {
  if (PLAIN.test(text) || !unsafe().test(text)) return text;
  return text.replace(new RegExp(unsafe(), "gu"), (found: string, offset: number) => {
    const [character = "", ...more] = found;
    if (more.length > 0) return writtenOut([character, ...more]);
    const before = text.slice(Math.max(0, offset - 3), offset);
    if (character === "\ufe0f") {
      const isKey = /[0-9#*]$/.test(before) && text[offset + 1] === KEYCAP;
      return isKey || emojiBefore().test(before) ? character : escapeOne(character);
    }
    const joins = character === "\u200d" && emojiAfter().test(text.slice(offset + 1, offset + 3));
    return joins && emojiBefore().test(before.replace(/\ufe0f$/, "")) ? character : escapeOne(character);
  });
}

/** Of a pile of marks: those that are too many. */
function writtenOut(marks: readonly string[]): string {
  return marks.map((mark, i) => (i < MOST_MARKS ? mark : escapeOne(mark))).join("");
}

function escapeOne(character: string): string {
  switch (character) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
    default:
      return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  }
}

/** The lines of `text`, each without control characters. A last line end makes no empty line. */
export function safeLines(text: string): string[] {
  const lines = text.split(/\r\n|\n/);
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines.map((line) => escapeControls(line.replaceAll("\t", "    ")));
}
