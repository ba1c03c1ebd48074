/** Where values may begin, and the labels before them. */
import type { ParserMethod } from "chevrotain";
import * as t from "../tokens.ts";
import { tokenSet } from "../tokens.ts";
import type { Expr, Name, Span, StringLiteral } from "../tree.ts";
import { MAX_DEPTH } from "./base.ts";
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
  protected abstract readonly postfix: ParserMethod<[], Expr>;
  protected abstract postfixHere(): Expr;
  protected abstract valueRule(idx: number, power: number): Expr;

  /** An expression, or where none can begin a `missing` one and the fault that `what` was expected. */
  protected value(idx: number, what: string, place: Place, power = 0): Expr {
    if (!this.RECORDING_PHASE && !this.canStart(place))
      return this.atForeignIf() ? this.foreignIf() : this.missing(what);
    if (place !== "head") return this.valueRule(idx, power);
    const outer = this.inHeader;
    this.inHeader = true;
    const value = this.valueRule(idx, power);
    this.inHeader = outer;
    return value;
  }

  /** At an `if` on the line where a value belongs. */
  private atForeignIf(): boolean {
    return this.at(t.If) && !this.ahead.newline;
  }

  /** `if c { a } else { b }` as a value, told, and read as `c ? a : b`. */
  private foreignIf(): Expr {
    const { startOffset: start } = this.advance();
    if (!this.enter()) {
      this.tooDeep(MAX_DEPTH, true);
      return { kind: "missing", span: this.here() };
    }
    const condition = this.canStart("head") ? this.value(1, "a condition", "head") : this.absent();
    const then = this.foreignBranch();
    let otherwise = this.absent();
    if (this.at(t.Else)) {
      this.advance();
      otherwise = this.atForeignIf() ? this.foreignIf() : this.foreignBranch();
    }
    this.leave();
    const span = this.spanFrom(start);
    const parts = [condition, then, otherwise].map((part) => this.conditionalText(part));
    this.tellIf(span, parts.includes("") ? "… ? … : …" : `${parts[0]} ? ${parts[1]} : ${parts[2]}`);
    this.height += 1;
    return { kind: "conditional", span, condition, then, else: otherwise };
  }

  /** A part of it as it is to be written; "" for one that is not there. */
  private conditionalText(part: Expr): string {
    if (part.kind === "missing") return "";
    const text = this.text.slice(part.span.start, part.span.end);
    if (part.kind !== "conditional" || !/^if\b/.test(text)) return text;
    const parts = [part.condition, part.then, part.else].map((each) => this.conditionalText(each));
    return parts.includes("") ? "" : `${parts[0]} ? ${parts[1]} : ${parts[2]}`;
  }

  /** Of an `else if` the whole is told. */
  private tellIf(span: Span, write: string): void {
    const inner = this.faults.findIndex((fault) => fault.code === "foreign_form" && fault.span.end === span.end);
    if (inner >= 0) this.faults.splice(inner, 1);
    this.otherForm(span, write);
  }

  /** `{ a }`, or `a`; nothing where it holds no value. */
  private foreignBranch(): Expr {
    const braced = this.at(t.LeftBrace);
    if (braced && !this.opensValue()) {
      const { startOffset } = this.ahead;
      this.skipGroup();
      this.passed.push({ start: startOffset, end: this.last.end });
      return this.absent();
    }
    if (braced) this.advance();
    const outer = this.inHeader;
    this.inHeader = false;
    const value = this.canStart("free") ? this.valueRule(1, 0) : this.absent();
    this.inHeader = outer;
    if (braced && this.at(t.RightBrace)) this.advance();
    return value;
  }

  /** At `{` with a value in it: no property, and no statement. */
  private opensValue(): boolean {
    return STARTS[this.peek().tokenTypeIdx] === true && this.peekThird().tokenTypeIdx !== t.Equals.tokenTypeIdx;
  }

  private absent(): Expr {
    return { kind: "missing", span: this.here() };
  }

  /** Whether a value begins here. Never at a statement's keyword, nor at the property on the next line. */
  protected canStart(place: Place): boolean {
    if (this.atMisnamed()) this.readAsName();
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

  /** At a keyword that an input was named by, where no statement can begin. */
  private atMisnamed(): boolean {
    return (
      this.misnamed.length > 0 && !this.ahead.newline && this.atKeyword() && this.misnamed.includes(this.ahead.image)
    );
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
    if (this.RECORDING_PHASE) return this.OPTION8(() => this.labelHere()) ?? null;
    return this.atLabel() ? this.labelHere() : null;
  }

  private labelHere(): Name {
    const name = this.anyName(8);
    if (this.RECORDING_PHASE || this.at(t.Colon)) this.CONSUME8(t.Colon);
    else {
      this.expected("`:`");
      this.advance();
    }
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
