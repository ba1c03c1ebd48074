/** Where values may begin, and the labels before them. */
import type { ParserMethod } from "chevrotain";
import * as t from "../tokens.ts";
import { tokenSet } from "../tokens.ts";
import type { Expr, Name, StringLiteral } from "../tree.ts";
import { BracketParser } from "./brackets.ts";
import { NO_WORDS } from "./window.ts";

/**
 * Where a value stands. `line`: it must begin on this line, unless within brackets. `head`: so too, and `{` opens the
 * body that follows. `element`: a label on the next line is the next element's. `branch`, `operand`, `free`: anywhere.
 */
export type Place = "line" | "head" | "element" | "branch" | "operand" | "free";

const STARTS = tokenSet([
  t.Identifier,
  t.NumberToken,
  t.UnitToken,
  t.TextStart,
  t.LeftParen,
  t.LeftBracket,
  t.LeftBrace,
  t.Match,
  t.True,
  t.False,
  t.None,
  t.Bang,
  t.Minus,
]);

/** Binding power of a range; a pattern of `match` is read from here up. */
export const PATTERN_POWER = 6;

export abstract class ValueParser extends BracketParser {
  protected abstract readonly string: ParserMethod<[], StringLiteral>;
  protected abstract readonly expression: ParserMethod<[power?: number], Expr>;
  protected abstract readonly postfix: ParserMethod<[], Expr>;
  protected abstract valueRule(idx: number, power: number): Expr;

  /** An expression, or where none can begin a `missing` one and the fault that `what` was expected. */
  protected value(idx: number, what: string, place: Place, power = 0): Expr {
    if (!this.RECORDING_PHASE && !this.canStart(place)) return this.missing(what);
    if (place !== "head") return this.valueRule(idx, power);
    const outer = this.inHeader;
    this.inHeader = true;
    const value = this.valueRule(idx, power);
    this.inHeader = outer;
    return value;
  }

  /** Whether a value begins here. Never at a statement's keyword, nor at the property on the next line. */
  protected canStart(place: Place): boolean {
    const { ahead } = this;
    if (STARTS[ahead.tokenTypeIdx] !== true) return this.atActionValue();
    if ((place === "head" || this.inHeader) && this.at(t.LeftBrace)) return false;
    if (ahead.newline && this.brackets === 0 && (place === "line" || place === "head")) return false;
    if (!this.at(t.Identifier)) return true;
    if (ahead.newline && (this.atDeclaration() || this.statementWord(NO_WORDS) !== undefined)) return false;
    const after = this.peek().tokenTypeIdx;
    if (after === t.Equals.tokenTypeIdx) return false;
    return !(ahead.newline && place === "element" && after === t.Colon.tokenTypeIdx);
  }

  /** Whether a value without an operator before it begins here, which is all that can be called. */
  protected canStartCall(place: Place): boolean {
    return !this.at(t.Minus) && !this.at(t.Bang) && this.canStart(place);
  }

  /** `action` is a value where a field is taken of it: guardrails ask for `action.risk`. */
  private atActionValue(): boolean {
    if (!this.at(t.Action)) return false;
    const after = this.peek().tokenTypeIdx;
    return after === t.Dot.tokenTypeIdx || after === t.QuestionDot.tokenTypeIdx;
  }

  // ---------------------------------------------------------------------------------------------- labels

  /** `name:` before an argument or in a record; with `=` it is understood, and told. */
  protected label(): Name | null {
    let name: Name | null = null;
    this.OPTION8({
      GATE: () => this.atLabel(),
      DEF: () => {
        name = this.anyName(8);
        if (this.RECORDING_PHASE || this.at(t.Colon)) {
          this.CONSUME8(t.Colon);
          return;
        }
        this.expected("`:`");
        this.advance();
      },
    });
    return name;
  }

  private atLabel(): boolean {
    if (!this.at(t.Identifier) && !this.atKeyword()) return false;
    const after = this.peek().tokenTypeIdx;
    return after === t.Colon.tokenTypeIdx || after === t.Equals.tokenTypeIdx;
  }

  /** Whether a value, or the label of one, starts here. */
  protected startsLabelled(): boolean {
    return this.atLabel() || this.canStart("free");
  }
}
