/** Where the tokens of a text stand. */
import { Scanner } from "../../language/lexer.ts";
import { EndOfFile } from "../../language/tokens.ts";
import type { Span } from "../../language/tree.ts";

/** Texts with holes are several tokens. */
export function tokensOf(text: string): Span[] {
  const scanner = new Scanner(text);
  const spans: Span[] = [];
  for (let token = scanner.next(); token.tokenType !== EndOfFile; token = scanner.next()) {
    if (token.end > token.startOffset) spans.push({ start: token.startOffset, end: token.end });
  }
  return spans;
}
