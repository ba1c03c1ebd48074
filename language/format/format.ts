/** The way in: text to the same text in its one layout. */
import { parse } from "../parse.ts";
import type { Module, SyntaxFault } from "../tree.ts";
import { Cursor } from "./cursor.ts";
import { moduleOf } from "./items.ts";
import { print } from "./print.ts";

/** Lays out a text that has no faults; `tree` is its tree. */
export function layOut(text: string, tree: Module): string {
  return print(moduleOf(new Cursor(text), tree));
}

/** The text in its one layout. A text with faults has none: its faults are given back instead, in order. */
export function format(text: string): { readonly text: string } | { readonly faults: readonly SyntaxFault[] } {
  const { tree, faults } = parse(text);
  return faults.length > 0 ? { faults } : { text: layOut(text, tree) };
}
