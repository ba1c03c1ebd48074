/** Which parts of a file have braces too many or too few: what recovery asks before it believes an indentation. */
import { Scanner } from "../lexer.ts";
import * as t from "../tokens.ts";
import { indexOf, type Token, tokenSet } from "../tokens.ts";

const DECLARATION = tokenSet(t.DECLARATIONS);
const NOT_A_DECLARATION = tokenSet([
  t.Dot,
  t.QuestionDot,
  t.Question,
  t.Colon,
  t.Comma,
  t.RightParen,
  t.RightBracket,
  t.RightBrace,
  t.Bar,
  t.Greater,
]);
const EOF = indexOf(t.EndOfFile);
const LEFT = indexOf(t.LeftBrace);
const RIGHT = indexOf(t.RightBrace);
const LET = indexOf(t.Let);
const NAME = indexOf(t.Identifier);

/** What shows, on the same line, that a word which is not reserved begins a declaration. */
const AFTER_WORD = tokenSet([t.Identifier, t.TextStart]);

/** Whether a declaration begins at `token`: `action.risk`, `type: x`, the type `approver`, `window = x` begin none. */
export function beginsDeclaration(token: Token, after: Token): boolean {
  if (token.tokenTypeIdx === NAME) {
    return AFTER_WORD[after.tokenTypeIdx] === true && !after.newline && t.DECLARATION_WORDS.has(token.image);
  }
  return DECLARATION[token.tokenTypeIdx] === true && couldDeclare(after);
}

/** Whether what follows a declaration's word lets it be one. */
export function couldDeclare(after: Token): boolean {
  return after.newline || NOT_A_DECLARATION[after.tokenTypeIdx] !== true;
}

/**
 * For a text, a function from an offset to how many more braces are opened than closed in the declaration around
 * it: 0 where they balance. Reads the whole text once, when first asked: text without faults is never read twice.
 */
export function braceBalance(text: string): (offset: number) => number {
  let parts: readonly { readonly end: number; readonly balance: number }[] | null = null;
  return (offset) => {
    parts ??= readParts(text);
    let low = 0;
    let high = parts.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((parts[middle]?.end ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return parts[low]?.balance ?? 0;
  };
}

/** A part ends where a declaration begins in column 1; at a `let` only if no brace is open, as it may be in a body. */
function readParts(text: string): { end: number; balance: number }[] {
  const scanner = new Scanner(text);
  const parts: { end: number; balance: number }[] = [];
  let balance = 0;
  let token = scanner.next();
  while (token.tokenTypeIdx !== EOF) {
    const after = scanner.next();
    if (token.newline && token.indent === 0 && beginsDeclaration(token, after)) {
      if (token.tokenTypeIdx !== LET || balance <= 0) {
        parts.push({ end: token.startOffset, balance });
        balance = 0;
      }
    }
    if (token.tokenTypeIdx === LEFT) balance += 1;
    if (token.tokenTypeIdx === RIGHT) balance -= 1;
    token = after;
  }
  parts.push({ end: Number.POSITIVE_INFINITY, balance });
  return parts;
}
