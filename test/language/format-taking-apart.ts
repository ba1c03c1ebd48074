/** What must hold of a text and its layout. */
import { expect } from "vitest";
import { applyEdits, formatEdits } from "../../language/format/edits.ts";
import { format, layOut } from "../../language/format/format.ts";
import { Scanner } from "../../language/lexer.ts";
import { parse } from "../../language/parse.ts";
import { EndOfFile } from "../../language/tokens.ts";
import type { Module } from "../../language/tree.ts";

/** The tree without its spans and comments. Spans of parts of a text are lengths at best, so they go too. */
export function shapeOf(tree: Module): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) => (/^(?:span|opSpan|comments)$/.test(key) ? undefined : value)),
  );
}

/** Line ends are line feeds. Documentation that nothing takes is one comment, with the space between its lines. */
function words(text: string): string {
  const written = text.replace(/\r\n?/g, "\n").trimEnd();
  return written.startsWith("///") ? written.replace(/\s+/g, " ") : written;
}

/** Comments in order, each with the token it stands before; commas are no tokens here, as they come and go. */
export function commentsOf(text: string, tree: Module): { text: string; before: string }[] {
  const starts: { at: number; word: string }[] = [];
  const scanner = new Scanner(text);
  for (let token = scanner.next(); token.tokenType !== EndOfFile; token = scanner.next()) {
    const word = text.slice(token.startOffset, token.end);
    if (word !== ",") starts.push({ at: token.startOffset, word });
  }
  let next = 0;
  return tree.comments.map((comment) => {
    while (next < starts.length && (starts[next]?.at ?? 0) < comment.span.start) next += 1;
    return { text: words(comment.text), before: words(starts[next]?.word ?? "the end") };
  });
}

/** Lays out a text without faults and checks every promise of the layout; null for a text with faults. */
export function layOutSoundly(text: string): string | null {
  const before = parse(text);
  if (before.faults.length > 0) {
    expect(format(text)).toEqual({ faults: before.faults });
    return null;
  }
  const result = layOut(text, before.tree);
  const after = parse(result);
  expect(after.faults, result).toEqual([]);
  expect(shapeOf(after.tree), result).toEqual(shapeOf(before.tree));
  expect(commentsOf(result, after.tree), result).toEqual(commentsOf(text, before.tree));
  expect(layOut(result, after.tree)).toBe(result);
  expect(result).not.toMatch(/\r|^\uFEFF|^\n|\n\n$/);
  if (result !== "") expect(result.endsWith("\n")).toBe(true);
  expect(format(text)).toEqual({ text: result });
  const edits = formatEdits(text);
  expect("edits" in edits && applyEdits(text, edits.edits)).toBe(result);
  return result;
}
