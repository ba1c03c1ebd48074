/**
 * Bodies: what stands between braces, and how to go on when a brace is missing or one too many is there.
 *
 * Newlines and indentation mean nothing in the language. They are looked at only where the braces of a declaration
 * do not balance: then a line that is not indented further than the header of a body is taken to be outside it.
 */
import type { ParserMethod } from "chevrotain";
import * as t from "../tokens.ts";
import { type Token, type TokenType, tokenSet } from "../tokens.ts";
import type { Body, Property, Statement } from "../tree.ts";
import { MAX_DEPTH } from "./base.ts";
import { TypeParser } from "./types.ts";
import { NO_WORDS, type Words } from "./window.ts";

const STATEMENT = tokenSet(t.STATEMENTS);
/** Statements whose name may be missing before `=`; in all others a word before `=` is a property's name. */
const NAMED = tokenSet([t.Let, t.Fact, t.Step, t.Check]);
/** Statements whose value people write after a `=`: read as if it were not there. */
const WITHOUT_EQUALS = tokenSet([t.Rollback, t.Irreversible, t.Wait, t.Require, t.Return]);
/** What stands in headers, and in no body. */
const OF_HEADER = tokenSet([t.Where, t.Comma, t.RightParen]);
/** Statements whose keyword a brace may follow. */
const BEFORE_BRACE = tokenSet([t.Parallel, t.Branch, t.Rollback]);
const OPENER = tokenSet([t.LeftBrace, t.LeftParen, t.LeftBracket, t.TextStart]);
/** What shows that a word which begins a line is no name: a value or a name follows it. */
const AFTER_KEYWORD = tokenSet([
  t.Identifier,
  t.NumberToken,
  t.UnitToken,
  t.TextStart,
  t.True,
  t.False,
  t.None,
  t.Match,
  t.Bang,
]);
const STATEMENT_WORDS: ReadonlyMap<string, TokenType> = new Map(t.STATEMENTS.map((type) => [type.LABEL ?? "", type]));
const NAMED_WORDS: ReadonlyMap<string, TokenType> = new Map(
  [t.Let, t.Fact, t.Step, t.Check].map((type) => [type.LABEL ?? "", type]),
);
const PROPERTY_SIGN = tokenSet([t.Equals, t.EqualsEquals, t.Colon, t.LeftBrace]);

/** A body that is being read. */
interface OpenBody {
  readonly opener: Token;
  /** What it is the body of, as in "the body of the action". */
  readonly what: string;
  readonly words: Words;
  /** Width of the indentation of the line its statement begins on. */
  readonly indent: number;
  readonly members: Statement[];
  /** Whether its opening brace is there. */
  readonly braced: boolean;
  /** Something that begins no member was passed over in it. */
  odd: boolean;
}

export abstract class BodyParser extends TypeParser {
  protected abstract readonly statement: ParserMethod<[], Statement>;
  private bodyOf = "";
  private bodyWords = NO_WORDS;

  /** The body a header must have; null and a fault where there is none. */
  protected body(idx: number, what: string, words: Words = NO_WORDS): Body | null {
    this.skipHeaderRest(what);
    if (this.RECORDING_PHASE || this.at(t.LeftBrace)) return this.bodyHere(idx, what, words);
    this.expected(`\`{\` to open the ${what}`);
    // What follows on the line, or is indented further, belongs to it all the same.
    const inside = this.ahead.newline ? this.ahead.indent > this.indent : !this.trailsHeader();
    if (inside && this.startsMember()) return this.bodyHere(idx, what, words);
    this.hush();
    return null;
  }

  /** The body that ends a header, which may go without. */
  protected trailingBody(idx: number, what: string, words: Words = NO_WORDS): Body | null {
    this.skipHeaderRest(what);
    return this.optionalBody(idx, what, words);
  }

  /** Passes over what is odd between a header and the body on its line, so that the body is not lost with it. */
  private skipHeaderRest(what: string): void {
    if (this.RECORDING_PHASE || !this.trailsHeader()) return;
    this.unexpected(`before the ${what}`);
    while (this.trailsHeader()) this.skipGarbage();
    this.hush();
  }

  /** Whether the next token belongs to the line of the header and begins neither its body nor what follows it. */
  private trailsHeader(): boolean {
    if (this.ahead.newline || this.atEnd() || this.at(t.LeftBrace)) return false;
    if (this.at(t.RightBrace)) return this.peek().tokenTypeIdx === t.LeftBrace.tokenTypeIdx && !this.peek().newline;
    if (STATEMENT[this.ahead.tokenTypeIdx] === true) return this.atStrayKeyword();
    if (this.startsProperty() || this.atDeclaration()) return false;
    return this.statementWord(NO_WORDS) === undefined;
  }

  /** At a statement's keyword right before the body of a header, which is none of its own. */
  private atStrayKeyword(): boolean {
    const after = this.peek();
    return (
      !after.newline &&
      after.tokenTypeIdx === t.LeftBrace.tokenTypeIdx &&
      BEFORE_BRACE[this.ahead.tokenTypeIdx] !== true
    );
  }

  /** The body a header may have. */
  protected optionalBody(idx: number, what: string, words: Words = NO_WORDS): Body | null {
    if (!this.RECORDING_PHASE && !this.at(t.LeftBrace)) return null;
    const body = this.option(idx, {
      GATE: () => this.at(t.LeftBrace),
      DEF: () => this.bodyHere(idx, what, words),
    });
    return body ?? null;
  }

  private bodyHere(idx: number, what: string, words: Words): Body {
    this.bodyOf = what;
    this.bodyWords = words;
    return this.subrule(idx, this.bodyRule);
  }

  private readonly bodyRule: ParserMethod<[], Body> = this.RULE("bodyRule", (): Body => {
    const { indent, brackets } = this;
    if (!this.enter()) return this.tooDeepBody();
    const braced = this.at(t.LeftBrace);
    const start = braced ? this.ahead.startOffset : this.last.end;
    if (this.RECORDING_PHASE || this.at(t.LeftBrace)) this.CONSUME(t.LeftBrace);
    const members: Statement[] = [];
    const open: OpenBody = {
      opener: this.last,
      what: this.bodyOf,
      words: this.bodyWords,
      indent,
      members,
      braced,
      odd: false,
    };
    this.brackets = 0;
    this.oddWords = false;
    const outerLoose = this.looseHeader;
    this.looseHeader = !braced || this.openParams;
    this.openParams = false;
    this.MANY({
      GATE: () => this.moreMembers(open),
      DEF: () => {
        this.indent = this.ahead.indent;
        if (!this.at(t.Identifier) || this.startsProperty()) this.oddWords = false;
        members.push(this.SUBRULE(this.statement));
      },
    });
    const closed = this.RECORDING_PHASE || (this.at(t.RightBrace) && this.closesBody(open));
    this.looseHeader = outerLoose;
    if (closed) this.CONSUME(t.RightBrace);
    else if (!braced) this.hush();
    else this.unclosed(open.opener, t.RightBrace, `the ${open.what}`);
    this.indent = indent;
    this.brackets = brackets;
    this.leave();
    return { span: this.spanFrom(start), members, closed };
  });

  private tooDeepBody(): Body {
    const start = this.ahead.startOffset;
    this.tooDeep(MAX_DEPTH, true);
    return { span: this.spanFrom(start), members: [], closed: true };
  }

  /** The gate of a body: whether another member stands here. Passes over what can begin none, with one fault. */
  private moreMembers(body: OpenBody): boolean {
    let told = false;
    for (;;) {
      if (this.at(t.RightBrace)) {
        if (!body.braced && this.braceBalance() >= 0) return false;
        if (this.braceFit(body) !== "stray") return false;
        this.fault("unopened", this.spanOf(this.ahead), { closer: "`}`" });
        this.advance();
        continue;
      }
      if (this.atEnd() || this.atColumnOneDeclaration() || this.outdented(body)) return false;
      const meant = this.foreignKeyword();
      if (meant !== undefined) {
        this.unexpected(`in the ${body.what}`);
        this.readAs(meant);
        return true;
      }
      if (this.strayAfter(body)) continue;
      const word = this.statementWord(body.words);
      if (word !== undefined) {
        this.readAs(word);
        return true;
      }
      if (this.atReservedProperty()) {
        if (WITHOUT_EQUALS[this.ahead.tokenTypeIdx] === true) {
          this.fault("reserved_word", this.spanOf(this.ahead), { word: this.ahead.image, as: "property" });
          this.dropSecond();
          return true;
        }
        body.members.push(this.reservedProperty());
        continue;
      }
      if (this.startsMember() && !this.trails(body, told)) {
        const near = this.misspeltStatement();
        if (near !== undefined) this.misspelt(near, "statement");
        return true;
      }
      if (told || (this.looseHeader && OF_HEADER[this.ahead.tokenTypeIdx] === true)) this.hush();
      this.unexpected(body.members.length > 0 && !this.ahead.newline ? "after a statement" : `in the ${body.what}`);
      told = true;
      body.odd = true;
      this.passOver();
    }
  }

  /** Where a closing brace is missing: a line indented no further than the body's header is outside the body. */
  private outdented(body: OpenBody): boolean {
    const { ahead } = this;
    if (!ahead.newline || ahead.indent > body.indent) return false;
    if (!body.braced) return true;
    if (this.braceBalance() <= 0) return false;
    return body.indent > 0 || (this.at(t.Let) && (body.odd || body.members.length > 0));
  }

  /** `after x` in the body of a step, where it comes too late. */
  private strayAfter({ what }: OpenBody): boolean {
    const after = this.peek();
    if (!this.atWord("after") || after.newline || after.tokenTypeIdx !== t.Identifier.tokenTypeIdx) return false;
    if (what !== "body of the step" && what !== "body of the check") return false;
    this.unexpected(`in the ${what}`);
    this.advance();
    this.skipRestOfLine();
    return true;
  }

  /** A word on the line of a finished statement that begins nothing: the rest of that statement, badly written. */
  private trails(body: OpenBody, told: boolean): boolean {
    if (!this.at(t.Identifier) || (this.ahead.newline && !told)) return false;
    if (body.members.length === 0 && !told) return false;
    const after = this.peek().tokenTypeIdx;
    return after !== t.Equals.tokenTypeIdx && (told ? !this.ahead.newline : PROPERTY_SIGN[after] !== true);
  }

  /** Whether the `}` here ends `body`: one that nothing opened, only where there is a brace too many. */
  private closesBody(body: OpenBody): boolean {
    return this.ownBrace(body) && (body.braced || this.braceBalance() < 0);
  }

  /** At `stp x = …`, `requre n > 1`: a word that begins a line, near to that of a statement, and what it would go on with. */
  private misspeltStatement(): TokenType | undefined {
    if (!this.at(t.Identifier) || !this.ahead.newline || this.oddWords) return undefined;
    const after = this.peek();
    if (after.newline || AFTER_KEYWORD[after.tokenTypeIdx] !== true) return undefined;
    const binds = this.peekThird().tokenTypeIdx === t.Equals.tokenTypeIdx;
    return this.nearKeyword(binds ? NAMED_WORDS : STATEMENT_WORDS);
  }

  /** Whether a statement or a property begins here. */
  private startsMember(): boolean {
    return this.at(t.Identifier) || STATEMENT[this.ahead.tokenTypeIdx] === true;
  }

  /** At a keyword that was written as the name of a property. */
  private atReservedProperty(): boolean {
    if (!this.atKeyword()) return false;
    const after = this.peek().tokenTypeIdx;
    if (after === t.Colon.tokenTypeIdx) return true;
    return after === t.Equals.tokenTypeIdx && NAMED[this.ahead.tokenTypeIdx] !== true;
  }

  private reservedProperty(): Property {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.fault("reserved_word", this.spanOf(this.ahead), { word: this.ahead.image, as: "property" });
    const name = this.nameOf(this.advance());
    this.advance();
    const value = this.value(1, `a value for \`${name.text}\``, "line");
    return { kind: "property", span: this.spanFrom(start), doc, name, value };
  }

  /** Passes over one token or group; what is odd within it is not told. */
  protected passOver(): void {
    const { startOffset: start } = this.ahead;
    this.skipGarbage();
    this.passed.push({ start, end: this.last.end });
  }

  /** Passes over one token, or a bracketed group with all in it. */
  protected skipGarbage(): void {
    if (OPENER[this.ahead.tokenTypeIdx] === true) this.skipGroup();
    else this.advance();
  }

  /** Passes over what is left of a line that went wrong, as far as nothing can begin there. */
  protected skipRestOfLine(): void {
    while (!this.atEnd() && !this.ahead.newline && !this.at(t.RightBrace)) {
      if (STATEMENT[this.ahead.tokenTypeIdx] === true || this.startsProperty()) return;
      this.skipGarbage();
    }
    this.hush();
  }
}
