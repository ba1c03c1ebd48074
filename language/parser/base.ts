/**
 * What every part of the grammar stands on: the token window, faults, spans and depth.
 *
 * The parser is chevrotain's, but it never throws on bad input: a token is only consumed once it has been seen, and
 * what is not there is reported and left out. Where a rule would meet garbage, a `GATE` skips it first. While
 * chevrotain records the grammar (once, at construction) there are no tokens; `RECORDING_PHASE` guards the few places
 * where that matters.
 */
import { EmbeddedActionsParser, type IToken } from "chevrotain";
import { excerpt, Scanner } from "../lexer.ts";
import * as t from "../tokens.ts";
import { indexOf, Token, type TokenType, tokenSet } from "../tokens.ts";
import type { Comment, MissingExpr, MissingType, Name, Span, SyntaxCode, SyntaxFault } from "../tree.ts";
import { beginsDeclaration, braceBalance } from "./balance.ts";
import { functionsOf, type Lookahead, LookaheadRecorder } from "./lookahead.ts";

/** Bodies, brackets, texts and branches may nest this deep. */
export const MAX_DEPTH = 64;
/** Links of a chain (`a + b + …`, `a.b.c…`) may make an expression this deep. */
export const MAX_CHAIN = 256;

const EOF = indexOf(t.EndOfFile);
const NAME = indexOf(t.Identifier);
const KEYWORD = tokenSet([...t.KEYWORDS.values()]);
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
const NO_TOKEN = new Token(EOF, 0, 0, "", NO_PLACE, false);

/** This many tokens after a fault the parser is taken to be on its feet again. */
const SETTLED = 3;
/** Of a line that is odd all over, this many faults are told. */
const MOST_A_LINE = 3;

/**
 * Of a text that was cut off, only that is told: what else is odd on its lines was meant to be in it. Nor are
 * characters told that are odd within what was passed over as a whole.
 */
function withoutEchoes(scanner: Scanner, parserFaults: readonly SyntaxFault[], passed: readonly Span[]): SyntaxFault[] {
  const skipped = merged(passed);
  const scanned = scanner.faults.filter(({ code, span }) => code !== "bad_character" || !within(skipped, span.start));
  const all = [...scanned, ...parserFaults];
  if (scanner.cuts.length === 0) return all;
  const cuts = merged(scanner.cuts);
  const told = new Set<Span>();
  return all
    .sort((a, b) => Number(b.code === "bad_string") - Number(a.code === "bad_string"))
    .filter(({ code, span }) => {
      const cut = cutAround(cuts, span.start);
      if (cut === null) return true;
      if (code !== "bad_string" || told.has(cut)) return false;
      told.add(cut);
      return true;
    });
}

function within(spans: readonly Span[], offset: number): boolean {
  const around = cutAround(spans, offset);
  return around !== null && around.start < offset && offset < around.end;
}

/** Spans sorted, those that overlap as one. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const previous = result.at(-1);
    if (previous === undefined || previous.end < span.start) result.push(span);
    else result[result.length - 1] = { start: previous.start, end: Math.max(previous.end, span.end) };
  }
  return result;
}

/** The last of the sorted `cuts` that begins at or before `offset`, if it reaches it. */
function cutAround(cuts: readonly Span[], offset: number): Span | null {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const cut = cuts[low - 1];
  return cut !== undefined && offset <= cut.end ? cut : null;
}

export type Related = { readonly span: Span; readonly note: string };

export abstract class ParserBase extends EmbeddedActionsParser {
  protected text = "";
  protected faults: SyntaxFault[] = [];
  /** What was passed over as a whole, with one fault for it. */
  protected passed: Span[] = [];
  protected comments: Comment[] = [];
  /** The token consumed last, the next, and those looked at beyond it. */
  protected last: Token = NO_TOKEN;
  protected ahead: Token = NO_TOKEN;
  private second: Token | null = null;
  private third: Token | null = null;
  private scanner = new Scanner("");
  private balance = braceBalance("");
  /** The token before which the last fault was found: its offset, its line, and how many were consumed before it. */
  private faultAt = -1;
  private faultLine = -1;
  private faultCount = 0;
  private lineFaults = 0;
  private consumed = 0;
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

  // Chevrotain's own, which it does not declare: a rule's number by its name, and its functions by that number.
  declare protected fullRuleNameToShort: Readonly<Record<string, number>>;
  declare protected lookAheadFuncsCache: (readonly unknown[])[];
  declare protected selfAnalysisDone: boolean;
  private readonly recorder: LookaheadRecorder;

  constructor(skipValidations: boolean) {
    const recorder = new LookaheadRecorder({ maxLookahead: 1 });
    super([...t.TOKEN_TYPES], {
      maxLookahead: 1,
      skipValidations,
      recoveryEnabled: false,
      lookaheadStrategy: recorder,
    });
    this.recorder = recorder;
  }

  /** To be called when all rules are there. With `prepared` the grammar is not gone through. */
  protected analyse(prepared: Lookahead | null): void {
    if (prepared === null) return this.performSelfAnalysis();
    for (const [rule, number] of Object.entries(this.fullRuleNameToShort))
      this.lookAheadFuncsCache[number] = functionsOf(prepared.rules[rule] ?? {}, prepared.sets);
    this.selfAnalysisDone = true;
    // V8 keeps an object of so many fields in a slow form, until another reads through it as its prototype.
    const reader: { readonly text: string } = Object.create(this);
    this.text = reader.text;
  }

  /** For `prepared` of another parser. Empty if this one was made with it. */
  lookahead(): Lookahead {
    return this.recorder.found();
  }

  protected begin(text: string): void {
    this.text = text;
    this.scanner = new Scanner(text);
    this.balance = braceBalance(text);
    this.faults = [];
    this.passed = [];
    this.comments = [];
    this.input = [];
    this.last = NO_TOKEN;
    this.ahead = this.scanner.next();
    this.second = null;
    this.third = null;
    this.faultAt = -1;
    this.faultLine = -1;
    this.depth = 0;
    this.height = 0;
    this.brackets = 0;
    this.inPattern = false;
    this.inHeader = false;
    this.indent = 0;
    this.oddWords = false;
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

  // ------------------------------------------------------------------------------------------------ tokens

  // Chevrotain reads tokens through these four; the window takes the place of its token vector.

  protected override LA(howMuch: number): IToken {
    if (howMuch === 1) return this.ahead;
    return howMuch < 1 ? this.last : howMuch === 2 ? this.peek() : this.peekThird();
  }

  protected override LA_FAST(howMuch: number): IToken {
    return howMuch === 1 ? this.ahead : this.LA(howMuch);
  }

  protected consumeToken(): void {
    this.advance();
  }

  protected getLexerPosition(): number {
    return this.ahead.tokenTypeIdx === EOF ? this.text.length + 1 : this.ahead.startOffset;
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

  protected advance(): Token {
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

  /** At `var x`, `foreach x`: the keyword that is meant by a word of another language, which a name follows. */
  protected foreignKeyword(): TokenType | undefined {
    if (this.ahead.tokenTypeIdx !== NAME) return undefined;
    const meant = t.FOREIGN_KEYWORDS.get(this.ahead.image);
    if (meant === undefined) return undefined;
    const after = this.peek();
    return after.tokenTypeIdx === NAME && !after.newline ? meant : undefined;
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
