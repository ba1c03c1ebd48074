/**
 * Texts of a plan in Markdown (GitHub flavour), escaped so that they can neither mark up the comment, nor mention people, nor
 * refer to anything.
 */
import { escapeControls } from "./safe.ts";

/** `text` as nothing but text, on one line, in a paragraph, list or table cell. */
export function escapeMarkdown(text: string): string {
  return (
    parted(escapeControls(text).replace(/[\\`*_[\]#|~$]/g, "\\$&"))
      // What only means something where a line begins.
      .replace(/^[-+=]/, "\\$&")
      .replace(/^(\d+)(?=[.)])/, "$1\\")
  );
}

/** The same in the `summary` of a fold: there Markdown is not read, and a back slash would be seen. */
export const escapeSummary = (text: string): string => parted(escapeControls(text));

/** As text in HTML, of which GitHub makes no mention, reference or link: an empty comment parts what it would take for one. */
function parted(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/@(?=\w)/g, "@<!-- -->")
    .replace(/#(?=\d)/g, "#<!-- -->")
    .replace(/(https?|ftp|mailto|xmpp):/gi, "$1<!-- -->:")
    .replace(/\b(www|GH)(?=\.|-)/gi, "$1<!-- -->");
}

/** `text` as code on one line; in code GitHub makes no mentions or links. Fit for table cells. */
export function codeSpan(text: string): string {
  const safe = escapeControls(text);
  if (/^[^`|\\]*[^`|\\\s][^`|\\]*$/.test(safe)) return `\`${safe}\``;
  // Back ticks cannot hold a back tick everywhere, nor a table cell a bar after a back slash.
  const coded = safe.replace(/[^\p{L}\p{N}\p{M} ,/=…-]/gu, (character) => `&#${character.codePointAt(0) ?? 63};`);
  return `<code>${coded}</code>`;
}

/** `text` as a block of code that nothing in it can end. */
export function fenced(language: string, text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, ticks) => Math.max(most, ticks.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}
