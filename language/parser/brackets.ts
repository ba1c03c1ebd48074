/** Lists in brackets, whatever their elements: commas, closers, and how far a list without its closer goes. */
import type { IToken } from "chevrotain";
import * as t from "../tokens.ts";
import { type Token, type TokenType, tokenSet } from "../tokens.ts";
import { ParserBase } from "./base.ts";
import { NO_WORDS } from "./window.ts";

const STATEMENT = tokenSet(t.STATEMENTS);
const CLOSER = tokenSet([t.RightBrace, t.RightParen, t.RightBracket, t.HoleEnd, t.TextEnd]);
const BETWEEN_ELEMENTS = tokenSet([t.Comma, t.RightBrace, t.RightParen, t.RightBracket]);
const AFTER_LABEL = tokenSet([t.Colon]);
const AFTER_FIELD = tokenSet([t.Colon, t.Question]);
const HEADER_END = tokenSet([t.LeftBrace, t.ThinArrow, t.When]);

const OPENS: ReadonlyMap<TokenType, string> = new Map([
  [t.RightBrace, "{"],
  [t.RightParen, "("],
  [t.RightBracket, "["],
  [t.Greater, "<"],
]);

/** Elements that are values; that are or may be `name: value`; that are names and types. */
export type ListKind = "values" | "labelled" | "fields";

/** A list in brackets that is being read. */
export interface OpenList {
  readonly opener: Token;
  readonly closer: TokenType;
  /** What an element is called in a fault: "an argument". */
  readonly element: string;
  /** Whether an element can begin at the next token. */
  readonly starts: () => boolean;
  readonly kind: ListKind;
  /** Width of the indentation of the line the bracket was opened on. */
  readonly indent: number;
  /** Where the list ends for lack of its closer, if its elements say so. */
  readonly ends: (() => boolean) | null;
  /** Whether its closer, which stands next, can be its own: null where it always is. */
  readonly closes: (() => boolean) | null;
  any: boolean;
  comma: boolean;
  /** The kind of token that was told to be none of the list's: of several such, one is. */
  odd: number;
  readonly outer: { readonly inPattern: boolean; readonly inHeader: boolean };
}

export abstract class BracketParser extends ParserBase {
  /** Right after the opener was consumed. */
  protected openList(
    closer: TokenType,
    element: string,
    starts: () => boolean,
    kind: ListKind,
    ends: (() => boolean) | null = null,
    closes: (() => boolean) | null = null,
  ): OpenList {
    const opener = this.last;
    this.brackets += 1;
    const { indent } = opener;
    const outer = { inPattern: this.inPattern, inHeader: this.inHeader };
    this.inPattern = false;
    this.inHeader = false;
    return { opener, closer, element, starts, kind, indent, ends, closes, any: false, comma: false, odd: -1, outer };
  }

  /**
   * The gate of a list: whether another element stands here. Passes over garbage and needless commas, and asks for
   * a comma that is missing. False at the closer, and wherever the list cannot go on without it.
   */
  protected moreElements(list: OpenList): boolean {
    for (;;) {
      if (this.at(list.closer) && list.closes?.() === false) {
        this.fault("unopened", this.spanOf(this.ahead), { closer: `\`${list.closer.LABEL ?? ""}\`` });
        this.advance();
        this.hush();
        continue;
      }
      if (this.at(list.closer) || this.endsList(list)) return false;
      if (this.at(t.Comma)) {
        this.expected(list.element);
        this.advance();
        list.comma = true;
        continue;
      }
      if (list.starts()) {
        if (list.any && !list.comma) {
          if (this.endsHeader(list)) return false;
          this.expected("a comma");
        }
        list.any = true;
        list.comma = false;
        return true;
      }
      if (this.endsHeader(list)) return false;
      if (list.odd === this.ahead.tokenTypeIdx) this.hush();
      list.odd = this.ahead.tokenTypeIdx;
      this.unexpected(`where ${list.element} was expected`);
      do this.skipGroup();
      while (!this.at(t.Comma) && !this.at(list.closer) && !this.endsList(list) && !this.ahead.newline);
      this.hush();
    }
  }

  /** At what follows a list in a header; `when` follows no parameters. */
  private endsHeader(list: OpenList): boolean {
    if (this.at(t.When) && list.kind === "fields") return list.closer !== t.RightParen;
    return HEADER_END[this.ahead.tokenTypeIdx] === true;
  }

  /** Where an opener is missing: whether elements follow all the same. */
  protected elementsFollow(starts: () => boolean): boolean {
    return !this.ahead.newline && starts();
  }

  /** After an element: the comma, if there is one. */
  protected separator(list: OpenList): void {
    const comma = this.optionAt(9, t.Comma, this.comma);
    if (comma !== undefined) list.comma = true;
  }

  private readonly comma = (): IToken => this.CONSUME9(t.Comma);

  /** The end of the list: its closer, or a fault that shows where it was opened. */
  protected closeList(idx: number, list: OpenList): void {
    this.brackets -= 1;
    this.inPattern = list.outer.inPattern;
    this.inHeader = list.outer.inHeader;
    if (this.RECORDING_PHASE || (this.at(list.closer) && (list.closer !== t.RightBrace || this.ownBrace(list)))) {
      this.consume(idx, list.closer);
    } else {
      this.openParams = list.kind === "fields" && list.closer === t.RightParen;
      this.unclosed(list.opener, list.closer);
    }
  }

  protected unclosed(opener: Token, closer: TokenType, what?: string): void {
    const args = { opener: `\`${OPENS.get(closer) ?? ""}\``, closer: `\`${closer.LABEL ?? ""}\`` };
    const note = `${what ?? args.opener} opens here`;
    this.fault("unclosed", this.here(), args, [{ span: this.spanOf(opener), note }]);
  }

  protected unexpected(where: string): void {
    this.fault("unexpected", this.spanOf(this.ahead), { found: this.describe(this.ahead), where });
  }

  /** Where no list goes on: closers of others, the end, the statement or declaration that comes next. */
  private endsList(list: OpenList): boolean {
    const { ahead } = this;
    if (this.atEnd() || CLOSER[ahead.tokenTypeIdx] === true) return true;
    if (list.ends?.() === true) return true;
    if (list.starts() && (list.kind === "fields" ? AFTER_FIELD : AFTER_LABEL)[this.peek().tokenTypeIdx] === true)
      return false;
    if (STATEMENT[ahead.tokenTypeIdx] === true) {
      if (list.kind === "fields" && !ahead.newline) return false;
      return BETWEEN_ELEMENTS[this.peek().tokenTypeIdx] !== true;
    }
    if (list.kind !== "fields" && ahead.newline && this.statementWord(NO_WORDS) !== undefined) return true;
    if (this.at(t.Else)) return list.kind !== "fields";
    if (ahead.newline && this.atDeclaration()) return ahead.indent === 0 || !list.starts();
    if (!this.startsProperty()) return false;
    if (list.kind === "values" || (list.kind === "fields" && ahead.newline && list.any && !list.comma)) return true;
    return ahead.newline && ahead.indent <= list.indent;
  }

  /**
   * Whether the `}` here closes the braces opened by `opener`. It does, unless the braces of the declaration do not
   * balance and the indentation says that it belongs to another.
   */
  protected ownBrace(list: { readonly opener: Token; readonly indent: number }): boolean {
    return this.braceFit(list) === "own";
  }

  protected braceFit(list: { readonly opener: Token; readonly indent: number }): "own" | "outer" | "stray" {
    const { ahead } = this;
    const odd = ahead.newline ? ahead.indent !== list.indent : ahead.line !== list.opener.line;
    if (!odd) return "own";
    const balance = this.braceBalance();
    if (balance > 0 && ahead.newline && ahead.indent < list.indent) return "outer";
    if (balance < 0 && (!ahead.newline || ahead.indent > list.indent)) return "stray";
    return "own";
  }
}
