/**
 * Strings from plans, runs and sources are not to be trusted by the terminal that shows them: an escape sequence can
 * repaint what was said, a bidirectional mark can reorder it, an invisible character can hide in a name.
 */
import { late } from "../../language/late.ts";

/** Controls, formatting and invisible characters, spaces that only look like one, separators, private use, lone surrogates. */
const unsafe = late(
  () =>
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f]/u,
);
/** Most text; the patterns of properties are large, and are not made for it. */
const PLAIN = /^[\x20-\x7e]*$/;
/** What joins emoji, between emoji, is part of a picture and hides nothing. */
const emojiBefore = late(() => /(?:\p{Emoji}|\p{Emoji_Modifier}|\ufe0f)$/u);
const emojiAfter = late(() => /^\p{Extended_Pictographic}/u);

/**
 * `text` on one line with every control, bidirectional and invisible character written out: `\n`, `\t`, `\u{1b}`.
 * Text without such characters comes back unchanged.
 */
export function escapeControls(text: string): string {
  if (PLAIN.test(text) || !unsafe().test(text)) return text;
  return text.replace(new RegExp(unsafe(), "gu"), (character: string, offset: number) => {
    if (character === "\ufe0f" && emojiBefore().test(text.slice(0, offset))) return character;
    if (
      character === "\u200d" &&
      emojiBefore().test(text.slice(Math.max(0, offset - 2), offset)) &&
      emojiAfter().test(text.slice(offset + 1))
    ) {
      return character;
    }
    return escapeOne(character);
  });
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
