/** The window of tokens that the parser looks through: the last, the next, and two beyond; and what begins at the next. */
import type { IToken } from "chevrotain";
import { Scanner } from "../lexer.ts";
import { nearest } from "../nearest.ts";
import * as t from "../tokens.ts";
import { indexOf, Token, type TokenType, tokenSet } from "../tokens.ts";
import type { Comment } from "../tree.ts";
import { beginsDeclaration, braceBalance } from "./balance.ts";
import { Engine } from "./engine.ts";

const EOF = indexOf(t.EndOfFile);
const NAME = indexOf(t.Identifier);
const KEYWORD = tokenSet([...t.KEYWORDS.values()]);

/** Unreserved words that begin a statement in a body whatever follows them, unless a sign makes them a name. */
export type Words = ReadonlySet<string>;
export const NO_WORDS: Words = new Set();
/** What shows, on the same line, that such a word begins a statement in any other body. */
const AFTER_STATEMENT_WORD = tokenSet([
  t.Identifier,
  t.NumberToken,
  t.UnitToken,
  t.TextStart,
  t.Bang,
  t.True,
  t.False,
  t.None,
]);
/** What follows a word that is a name. */
const AFTER_PLAIN_NAME = tokenSet([t.Equals, t.Colon, t.Dot, t.QuestionDot]);

const NO_PLACE = { newline: false, spaced: false, line: 0, indent: 0 };
export const NO_TOKEN = new Token(EOF, 0, 0, "", NO_PLACE, false);

export abstract class TokenWindow extends Engine {
  protected text = "";
  protected comments: Comment[] = [];
  /** The token consumed last, the next, and those looked at beyond it. */
  protected last: Token = NO_TOKEN;
  protected override ahead: Token = NO_TOKEN;
  private second: Token | null = null;
  private third: Token | null = null;
  protected scanner = new Scanner("");
  private balance = braceBalance("");
  /** How many tokens were consumed. */
  protected consumed = 0;

  /** Puts the window at the start of a text. */
  protected open(text: string): void {
    this.text = text;
    this.scanner = new Scanner(text);
    this.balance = braceBalance(text);
    this.comments = [];
    this.last = NO_TOKEN;
    this.ahead = this.scanner.next();
    this.second = null;
    this.third = null;
  }

  // What is left of chevrotain's engine reads tokens through these two; the window takes the place of its token vector.

  protected override LA(howMuch: number): IToken {
    if (howMuch === 1) return this.ahead;
    return howMuch < 1 ? this.last : howMuch === 2 ? this.peek() : this.peekThird();
  }

  protected override LA_FAST(howMuch: number): IToken {
    return howMuch === 1 ? this.ahead : this.LA(howMuch);
  }

  protected peek(): Token {
    this.second ??= this.ahead.tokenTypeIdx === EOF ? this.ahead : this.scanner.next();
    return this.second;
  }

  protected peekThird(): Token {
    const second = this.peek();
    this.third ??= second.tokenTypeIdx === EOF ? second : this.scanner.next();
    return this.third;
  }

  protected override advance(): Token {
    const token = this.ahead;
    if (token.doc !== null) {
      // Documentation of something that takes none is kept as a comment.
      const { start, end } = token.doc;
      this.comments.push({ span: { start, end }, text: this.text.slice(start, end) });
      token.doc = null;
    }
    if (token.tokenTypeIdx === EOF) return token;
    this.last = token;
    this.consumed += 1;
    this.ahead = this.second ?? this.scanner.next();
    this.second = this.third;
    this.third = null;
    return token;
  }

  /** Leaves out the token after the next. */
  protected dropSecond(): void {
    this.peek();
    this.second = this.third;
    this.third = null;
  }

  /** Reads the next token, a name, as the keyword that is meant by it. */
  protected readAs(type: TokenType): void {
    const { startOffset, end, newline, spaced, line, indent, afterBad, doc } = this.ahead;
    const place = { newline, spaced, line, indent };
    this.ahead = new Token(indexOf(type), startOffset, end, type.LABEL ?? "", place, afterBad);
    this.ahead.doc = doc;
  }

  /** Reads the next token, a keyword, as the name that was meant by it. */
  protected readAsName(): void {
    const { startOffset, end, image, newline, spaced, line, indent, afterBad, doc } = this.ahead;
    this.ahead = new Token(NAME, startOffset, end, image, { newline, spaced, line, indent }, afterBad);
    this.ahead.doc = doc;
  }

  /** At `var x`, `foreach x`: the keyword that is meant by a word of another language, which a name follows. */
  protected foreignKeyword(): TokenType | undefined {
    if (this.ahead.tokenTypeIdx !== NAME) return undefined;
    const meant = t.FOREIGN_KEYWORDS.get(this.ahead.image);
    if (meant === undefined) return undefined;
    const after = this.peek();
    return after.tokenTypeIdx === NAME && !after.newline ? meant : undefined;
  }

  /** The keyword among `words` that the next word is a misspelling or a beginning of, if it begins a line. */
  protected nearKeyword(words: ReadonlyMap<string, TokenType>): TokenType | undefined {
    const { image } = this.ahead;
    if (this.ahead.tokenTypeIdx !== NAME || image.length < 3) return undefined;
    const longer = [...words.keys()].filter((word) => word.startsWith(image));
    const near = longer.length === 1 ? longer[0] : nearest(image, words.keys());
    return near === undefined ? undefined : words.get(near);
  }

  protected at(type: TokenType): boolean {
    return this.ahead.tokenTypeIdx === type.tokenTypeIdx;
  }

  protected atEnd(): boolean {
    return this.ahead.tokenTypeIdx === EOF;
  }

  /** At the word `word`, which is not reserved; not where it is the name of a property. */
  protected atWord(word: string): boolean {
    return this.ahead.tokenTypeIdx === NAME && this.ahead.image === word && !this.startsProperty();
  }

  /** At `name =`: whatever the word, a property begins here. */
  protected startsProperty(): boolean {
    return this.ahead.tokenTypeIdx === NAME && this.peek().tokenTypeIdx === t.Equals.tokenTypeIdx;
  }

  /** The statement that an unreserved word begins here, where `own` are those of the body around. */
  protected statementWord(own: Words): TokenType | undefined {
    if (!this.at(t.Identifier)) return undefined;
    const type = t.STATEMENT_WORDS.get(this.ahead.image);
    if (type === undefined) return undefined;
    const after = this.peek();
    const begins = own.has(this.ahead.image)
      ? after.newline || AFTER_PLAIN_NAME[after.tokenTypeIdx] !== true
      : !after.newline && AFTER_STATEMENT_WORD[after.tokenTypeIdx] === true;
    return begins ? type : undefined;
  }

  protected atKeyword(): boolean {
    return KEYWORD[this.ahead.tokenTypeIdx] === true;
  }

  protected atDeclaration(): boolean {
    return beginsDeclaration(this.ahead, this.peek());
  }

  /** At a declaration in column 1, where no body goes on; a `let` may also be a member without indentation. */
  protected atColumnOneDeclaration(): boolean {
    const { ahead } = this;
    return ahead.newline && ahead.indent === 0 && !this.at(t.Let) && this.atDeclaration();
  }

  protected braceBalance(): number {
    return this.balance(this.ahead.startOffset);
  }
}
