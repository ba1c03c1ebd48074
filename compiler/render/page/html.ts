/**
 * HTML by construction: whatever is put into a template is text, and is escaped, unless it was made by a template itself.
 * Attributes stand in double quotes in the templates.
 */
import { escapeControls } from "../safe.ts";

/** Markup that is safe to stand in a page. Made by `html` and `markup` alone. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

/** `null` is nothing; lists are put one after the other. */
export type Part = Html | string | number | null | readonly Part[];

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? "";
  parts.forEach((part, i) => {
    text += write(part) + (strings[i + 1] ?? "");
  });
  return new Html(text);
}

/** Markup that is known to be safe, such as a picture made elsewhere or the page's own style. */
export const markup = (text: string): Html => new Html(text);

export const NOTHING = new Html("");

function write(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return part.map(write).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** `text` as nothing but text, in content or in a quoted attribute; controls, bidirectional and invisible characters written out. */
export function escapeHtml(text: string): string {
  const safe = escapeControls(text);
  return /[&<>"']/.test(safe) ? safe.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "") : safe;
}

/** `value` as JSON that can stand in a `script` element: nothing in it ends the element or begins a comment. */
export function jsonInHtml(value: unknown): Html {
  return new Html(
    JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}
