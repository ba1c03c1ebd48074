/**
 * What every part of the grammar stands on: consuming tokens, faults, spans and depth.
 *
 * The parser is chevrotain's, but it never throws on bad input: a token is only consumed once it has been seen, and
 * what is not there is reported and left out. Where a rule would meet garbage, a `GATE` skips it first. While
 * chevrotain records the grammar (once, at construction) there are no tokens; `RECORDING_PHASE` guards the few places
 * where that matters.
 */
import { excerpt } from "../characters.ts";
import * as t from "../tokens.ts";
import { indexOf, type Token, type TokenType, tokenSet } from "../tokens.ts";
import type { Comment, MissingExpr, MissingType, Name, Span, SyntaxCode, SyntaxFault } from "../tree.ts";
import { withoutEchoes } from "./echoes.ts";
import { NO_TOKEN, TokenWindow } from "./window.ts";

/** Bodies, brackets, texts and branches may nest this deep. */
export const MAX_DEPTH = 64;
/** Links of a chain (`a + b + …`, `a.b.c…`) may make an expression this deep. */
export const MAX_CHAIN = 256;

const EOF = indexOf(t.EndOfFile);
const TEXT_START = indexOf(t.TextStart);
const TEXT_END = indexOf(t.TextEnd);
const OPENER = tokenSet([t.LeftBrace, t.LeftParen, t.LeftBracket]);
const CLOSER = tokenSet([t.RightBrace, t.RightParen, t.RightBracket]);
const CLOSER_OF: ReadonlyMap<number, number> = new Map([
  [indexOf(t.LeftBrace), indexOf(t.RightBrace)],
  [indexOf(t.LeftParen), indexOf(t.RightParen)],
  [indexOf(t.LeftBracket), indexOf(t.RightBracket)],
]);
/** What may follow a keyword that is written where a name belongs. */
const AFTER_NAME = tokenSet([t.Equals, t.Colon, t.LeftBrace, t.LeftParen, t.Question, t.Comma, t.RightBrace, t.In]);

/** This many tokens after a fault the parser is taken to be on its feet again. */
const SETTLED = 3;
/** Of a line that is odd all over, this many faults are told. */
const MOST_A_LINE = 3;

export type Related = { readonly span: Span; readonly note: string };

export abstract class ParserBase extends TokenWindow {
  protected faults: SyntaxFault[] = [];
  /** What was passed over as a whole, with one fault for it. */
  protected passed: Span[] = [];
  /** The token before which the last fault was found: its offset, its line, and how many were consumed before it. */
  private faultAt = -1;
  private faultLine = -1;
  private faultCount = 0;
  private lineFaults = 0;
  protected depth = 0;
  /** Depth of the expression that was parsed last. */
  protected height = 0;
  private deepReported = false;
  /** Brackets around the place, within the body: a value may then begin on a new line. */
  protected brackets = 0;
  /** In a pattern of `match`, where `=>` belongs to the arm and makes no lambda. */
  protected inPattern = false;
  /** In a value before a body (`when a == b {`), where `{` opens that body and no record. */
  protected inHeader = false;
  /** Width of the indentation of the line that the statement or declaration being read begins on. */
  protected indent = 0;
  /** The member before was a line of words that are no statement: of several such lines one is told. */
  protected oddWords = false;
  /** The parameters before the body that comes next are not closed. */
  protected openParams = false;
  /** Words of the language that inputs or parameters of this declaration are named by: that is told where they are declared. */
  protected misnamed: string[] = [];
  /** In a body that begins where its header should have ended: what looks like a header's is told with the header. */
  protected looseHeader = false;

  protected begin(text: string): void {
    this.open(text);
    this.faults = [];
    this.passed = [];
    this.faultAt = -1;
    this.faultLine = -1;
    this.depth = 0;
    this.height = 0;
    this.brackets = 0;
    this.inPattern = false;
    this.inHeader = false;
    this.indent = 0;
    this.oddWords = false;
    this.openParams = false;
    this.looseHeader = false;
    this.misnamed = [];
    this.deepReported = false;
    this.lineFaults = 0;
  }

  /** Everything found on the way, in the order of the text. Lets go of the text. */
  protected finish(): { faults: SyntaxFault[]; comments: Comment[] } {
    const byPlace = (a: { span: Span }, b: { span: Span }) => a.span.start - b.span.start || a.span.end - b.span.end;
    this.advance();
    const faults = withoutEchoes(this.scanner, this.faults, this.passed).sort(byPlace);
    const comments = [...this.scanner.comments, ...this.comments].sort(byPlace);
    this.begin("");
    return { faults, comments };
  }

  // ------------------------------------------------------------------------------------------------ consuming

  /** Consumes a token of `type` where one stands; otherwise says that `what` was expected. `idx` as in `CONSUME`. */
  protected expect(idx: number, type: TokenType, what: string): boolean {
    if (this.RECORDING_PHASE || this.at(type)) {
      this.consume(idx, type);
      return true;
    }
    this.expected(what);
    return false;
  }

  /** Consumes the next token, known to be one of `types`; for the recorded grammar an alternation of them. */
  protected oneOf(idx: number, types: readonly TokenType[]): Token {
    if (this.RECORDING_PHASE) {
      this.or(
        idx,
        types.map((type) => ({ ALT: () => this.CONSUME(type) })),
      );
      return NO_TOKEN;
    }
    return this.advance();
  }

  /**
   * A name; null and a fault where none stands on the line, or within brackets on any. A keyword in its place is
   * taken, with a fault, if it looks meant.
   */
  protected name(idx: number, what: string): Name | null {
    const sameLine = !this.ahead.newline || this.brackets > 0;
    if (this.RECORDING_PHASE || (this.at(t.Identifier) && sameLine)) {
      this.consume(idx, t.Identifier);
      return this.nameOf(this.last);
    }
    if (this.atKeyword() && sameLine && AFTER_NAME[this.peek().tokenTypeIdx] === true) {
      this.fault("reserved_word", this.spanOf(this.ahead), { word: this.ahead.image, as: "name" });
      return this.nameOf(this.advance());
    }
    this.expected(what);
    return null;
  }

  /** A name in a list of names. The recorded grammar has any name there, or a keyword would seem to end the list. */
  protected listedName(idx: number, what: string): Name | null {
    if (this.RECORDING_PHASE) return this.anyName(idx);
    return this.name(idx, what);
  }

  /** A name where keywords are names too: after `.` and before `:`. The caller has seen that one stands here. */
  protected anyName(idx: number): Name {
    this.consume(idx, t.AnyName);
    return this.nameOf(this.last);
  }

  protected nameOf(token: Token): Name {
    return { text: token.image, span: this.spanOf(token) };
  }

  protected takeDoc(): string | null {
    const { doc } = this.ahead;
    if (doc === null) return null;
    this.ahead.doc = null;
    return doc.text;
  }

  // ------------------------------------------------------------------------------------------------ spans

  protected spanOf(token: Token): Span {
    return { start: token.startOffset, end: token.end };
  }

  /** From `start` to the end of what was consumed. */
  protected spanFrom(start: number): Span {
    return { start, end: Math.max(start, this.last.end) };
  }

  /** The empty span after what was consumed: where something is missing. */
  protected here(): Span {
    return { start: this.last.end, end: this.last.end };
  }

  // ------------------------------------------------------------------------------------------------ faults

  /**
   * Reports a fault, unless one was found at this very token or a token or two before it on its line, or the scanner
   * has already said what is wrong here: one mistake, one fault.
   */
  protected fault(
    code: SyntaxCode,
    span: Span,
    args: Readonly<Record<string, string>>,
    related: readonly Related[] = [],
  ): void {
    if (this.RECORDING_PHASE || this.faultAt === this.ahead.startOffset) return;
    const soon = this.faultLine === this.ahead.line && this.consumed - this.faultCount < SETTLED;
    const first = this.faultLine !== this.ahead.line;
    this.hush();
    this.lineFaults = first ? 1 : this.lineFaults + 1;
    if (soon || this.ahead.afterBad || this.lineFaults > MOST_A_LINE) return;
    this.faults.push({ code, span, args, related });
  }

  /** Reports the next token as a word that means the same in another language: certain, and nothing follows from it. */
  protected foreignWord(where = "here"): void {
    const args = { found: this.describe(this.ahead), where };
    this.faults.push({ code: "unexpected", span: this.spanOf(this.ahead), args, related: [] });
  }

  /**
   * Reports what is written as in another language, and can be read all the same: certain, and nothing follows from it.
   * `write` takes the place of `span`; `sure` where it can mean nothing else.
   */
  protected otherForm(span: Span, write: string, how: { readonly sure?: boolean; readonly note?: string } = {}): void {
    if (this.RECORDING_PHASE) return;
    const found = this.text.slice(span.start, span.end);
    const args = { found, write, sure: how.sure === true ? "yes" : "", note: how.note ?? "" };
    this.faults.push({ code: "foreign_form", span, args, related: [] });
    this.hush();
  }

  /** Reports the next token as misspelt, and reads it as the keyword it is near to. */
  protected misspelt(type: TokenType, begins: "declaration" | "statement"): void {
    const args = { word: this.ahead.image, near: type.LABEL ?? "", begins };
    this.faults.push({ code: "unknown_keyword", span: this.spanOf(this.ahead), args, related: [] });
    this.readAs(type);
  }

  /** Marks the place as told about, so that what follows from it is not. */
  protected hush(): void {
    this.faultAt = this.ahead.startOffset;
    this.faultLine = this.ahead.line;
    this.faultCount = this.consumed;
  }

  protected expected(what: string): void {
    this.fault("expected", this.here(), { what, after: this.describe(this.last) });
  }

  protected missing(what: string): MissingExpr {
    this.expected(what);
    this.height = 1;
    return { kind: "missing", span: this.here() };
  }

  protected missingType(): MissingType {
    this.expected("a type");
    return { kind: "missing_type", span: this.here() };
  }

  /** A token as people see it: in backquotes, or what it is. */
  protected describe(token: Token): string {
    if (token.tokenTypeIdx === EOF) return token === NO_TOKEN ? "the start of the file" : "the end of the file";
    if (token.tokenTypeIdx === TEXT_END) return "the text";
    return token.image === "" ? this.quoted(token) : `\`${token.image}\``;
  }

  private quoted(token: Token): string {
    return `\`${excerpt(this.text, token.startOffset, token.end)}\``;
  }

  // ------------------------------------------------------------------------------------------------ depth

  /** Whether one more level may be entered; if so the caller ends it with `leave`. */
  protected enter(): boolean {
    if (this.RECORDING_PHASE) return true;
    if (this.depth >= MAX_DEPTH) return false;
    this.depth += 1;
    return true;
  }

  protected leave(): void {
    if (!this.RECORDING_PHASE) this.depth -= 1;
  }

  /** Reports once a file that it is nested too deep, and passes over what could not be entered. */
  protected tooDeep(limit: number, skip: boolean): void {
    if (!this.deepReported) this.fault("too_deep", this.spanOf(this.ahead), { limit: String(limit) });
    this.deepReported = true;
    if (skip) this.skipGroup();
    this.hush();
  }

  /**
   * Consumes a bracketed group or a text with all in it, or one token. Never runs into the next declaration, nor out
   * of the text that it began in, nor past a closer that belongs to brackets around it.
   */
  protected skipGroup(): void {
    const open: number[] = [];
    let texts = 0;
    do {
      const type = this.ahead.tokenTypeIdx;
      if (type === TEXT_START) texts += 1;
      else if (type === TEXT_END) texts -= 1;
      else if (texts === 0 && OPENER[type] === true) open.push(CLOSER_OF.get(type) ?? EOF);
      else if (texts === 0 && CLOSER[type] === true && open.length > 0 && open.pop() !== type) return;
      this.advance();
      if (texts === 0 && (this.at(t.TextEnd) || this.at(t.HoleEnd))) return;
    } while (texts > 0 || (open.length > 0 && !this.atEnd() && !this.atLineOfDeclaration()));
  }

  /** At a declaration in column 1. */
  private atLineOfDeclaration(): boolean {
    return this.ahead.newline && this.ahead.indent === 0 && this.atDeclaration();
  }
}
