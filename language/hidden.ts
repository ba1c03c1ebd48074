/** Characters that cannot be seen, and make a text read otherwise than it is. */
import { late } from "./late.ts";
import type { Span } from "./tree.ts";

/** NUL, the controls that reorder what is shown (as in "Trojan Source", CVE-2021-42574), and halves of characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
const hidden = late(() => /[\u0000\u202a-\u202e\u2066-\u2069\p{Surrogate}]/gu);

/** Most texts: what they hold is seen at once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all characters of one byte but NUL
const PLAIN = /^[\x01-\x7f]*$/;

/** The first such character of each line, with its name as in `U+202E`. */
export function hiddenCharacters(text: string): { readonly span: Span; readonly name: string }[] {
  const found: { span: Span; name: string }[] = [];
  if (PLAIN.test(text)) return found;
  const pattern = hidden();
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const name = `U+${(match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    found.push({ span: { start: match.index, end: match.index + match[0].length }, name });
    const lineEnd = text.indexOf("\n", match.index);
    if (lineEnd < 0) break;
    pattern.lastIndex = lineEnd;
  }
  return found;
}
