/** The way in: text to the same text in its one layout. */
import { parse } from "../parse.ts";
import type { Module, SyntaxFault } from "../tree.ts";
import { Cursor } from "./cursor.ts";
import { moduleOf } from "./items.ts";
import { print } from "./print.ts";

/** Lays out a text that has no faults; `tree` is its tree. */
export function layOut(text: string, tree: Module): string {
  const once = print(moduleOf(new Cursor(text), tree));
  // A comment before something on its line may break it where its own width would not: what is broken stands apart.
  if (once === text || !once.includes("/*")) return once;
  const again = parse(once);
  return again.faults.length > 0 ? once : print(moduleOf(new Cursor(once), again.tree));
}

/**
 * The text in its one layout. A text with faults has none: its faults are given back instead, in order.
 *
 * Words such as `run` and `allow` begin a statement or are names by where they stand. Should one come to stand at the
 * start of a line and so be read otherwise, the text is left as it is: a layout never changes what a text means.
 */
export function format(text: string): { readonly text: string } | { readonly faults: readonly SyntaxFault[] } {
  const { tree, faults } = parse(text);
  if (faults.length > 0) return { faults };
  const result = layOut(text, tree);
  if (result === text) return { text };
  const after = parse(result);
  return { text: after.faults.length === 0 && sameTree(tree, after.tree) ? result : text };
}

/** Whether two trees are equal but for the places of their nodes and their comments. */
function sameTree(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  const ofB = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a).every(
    ([key, value]) => key === "span" || key === "opSpan" || key === "comments" || sameTree(value, ofB.get(key)),
  );
}
