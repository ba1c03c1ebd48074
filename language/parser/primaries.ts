/** The values expressions are made of: literals, texts, names, lists, records, `match`, and what is in parentheses. */
import type { ParserMethod } from "chevrotain";
import { type RawPart, scanNumber, textParts, unitFor, unitMeant } from "../literals.ts";
import * as t from "../tokens.ts";
import { type Token, tokenSet } from "../tokens.ts";
import type { Expr, MatchArm, Name, NumberLiteral, Span, StringLiteral, UnitLiteral } from "../tree.ts";
import { RecordParser } from "./records.ts";
import { PATTERN_POWER } from "./values.ts";

/** What follows a name that is no unit, though it is called like one. */
const BEFORE_UNIT = tokenSet([t.Dot, t.QuestionDot, t.LeftParen, t.LeftBracket, t.Colon, t.FatArrow, t.LeftBrace]);

/** Before a function that is an argument. */
const BEFORE_LAMBDA = tokenSet([t.LeftParen, t.Comma]);

/** A text that is being read, and how deep the values in it are. */
interface OpenText {
  readonly raw: RawPart[];
  height: number;
}

export abstract class PrimaryParser extends RecordParser {
  private openText: OpenText = { raw: [], height: 0 };

  // ---------------------------------------------------------------------------------------------- primaries

  private readonly primary: ParserMethod<[], Expr> = this.RULE("primary", () => {
    this.height = 1;
    return this.OR(this.primaries);
  });

  protected primaryHere(): Expr {
    if (this.RECORDING_PHASE) return this.SUBRULE(this.primary);
    this.height = 1;
    if (this.at(t.Identifier)) return this.nameOrLambda();
    if (this.at(t.NumberToken)) return this.quantity();
    return this.at(t.TextStart) ? this.SUBRULE(this.string) : this.SUBRULE(this.primary);
  }

  private readonly primaries: { ALT: () => Expr }[] = [
    { ALT: () => this.quantity() },
    {
      ALT: (): Expr => {
        this.CONSUME(t.UnitToken);
        return this.quantityOf(this.last.literal, this.spanOf(this.last));
      },
    },
    { ALT: () => this.SUBRULE(this.string) },
    { ALT: () => this.nameOrLambda() },
    { ALT: () => this.actionName() },
    { ALT: () => this.bool(true) },
    { ALT: () => this.bool(false) },
    {
      ALT: (): Expr => {
        this.CONSUME(t.None);
        return { kind: "none", span: this.spanOf(this.last) };
      },
    },
    { ALT: () => this.SUBRULE(this.paren) },
    { ALT: () => this.SUBRULE(this.list) },
    { ALT: () => this.SUBRULE(this.record) },
    { ALT: () => this.SUBRULE(this.match) },
  ];

  /** At the `m` of `5 m`. */
  private atLooseUnit(): boolean {
    const { ahead } = this;
    if (!this.at(t.Identifier) || ahead.newline || unitFor(ahead.image) === undefined || this.startsProperty())
      return false;
    return BEFORE_UNIT[this.peek().tokenTypeIdx] !== true;
  }

  /** A number; `5 m` is told, and read as `5m`. */
  private quantity(): NumberLiteral | UnitLiteral {
    const number = this.number();
    return !this.RECORDING_PHASE && this.atLooseUnit() ? this.looseUnit(number.span) : number;
  }

  private looseUnit({ start, end }: Span): NumberLiteral | UnitLiteral {
    const { image } = this.advance();
    const span = this.spanFrom(start);
    const write = unitMeant(`${this.text.slice(start, end)}${image}`);
    if (write === null) {
      this.fault("bad_number", span, { text: this.text.slice(start, span.end) });
      return { kind: "number", span, int: true, value: 0 };
    }
    this.otherForm(span, write);
    return this.quantityOf(scanNumber(write, 0).literal, span);
  }

  protected number(): NumberLiteral {
    this.CONSUME(t.NumberToken);
    const { literal } = this.last;
    const span = this.spanOf(this.last);
    if (literal?.kind === "number") return { kind: "number", span, int: literal.int, value: literal.value };
    return { kind: "number", span, int: true, value: 0 };
  }

  private quantityOf(literal: Token["literal"], span: Span): UnitLiteral | NumberLiteral {
    if (literal === null || literal.kind === "number") return { kind: "number", span, int: true, value: 0 };
    const { text } = literal;
    switch (literal.unit) {
      case "date":
      case "time":
        return { kind: "unit", unit: literal.unit, span, value: literal.value, text };
      case "duration":
      case "size":
      case "percent":
      case "time_of_day":
        return { kind: "unit", unit: literal.unit, span, value: literal.value, text };
    }
  }

  private bool(value: boolean): Expr {
    if (value) this.CONSUME(t.True);
    else this.CONSUME(t.False);
    return { kind: "bool", span: this.spanOf(this.last), value };
  }

  private actionName(): Expr {
    this.CONSUME(t.Action);
    return { kind: "name", span: this.spanOf(this.last), text: "action" };
  }

  private nameOrLambda(): Expr {
    const inBrackets = !this.RECORDING_PHASE && BEFORE_LAMBDA[this.last.tokenTypeIdx] === true;
    this.CONSUME(t.Identifier);
    const span = this.spanOf(this.last);
    const text = this.last.image;
    if (inBrackets && this.at(t.ThinArrow) && !this.inPattern) return this.thinLambda({ text, span });
    const body = this.optionAt(0, t.FatArrow, this.lambdaPart);
    if (body === undefined || this.RECORDING_PHASE) return { kind: "name", span, text };
    return { kind: "lambda", span: this.spanFrom(span.start), params: [{ text, span }], body };
  }

  /** `x -> x.name` */
  private thinLambda(name: Name): Expr {
    this.otherForm(this.spanOf(this.advance()), "=>", { sure: true });
    const body = this.value(9, "what the function gives", "operand");
    this.height += 1;
    return { kind: "lambda", span: this.spanFrom(name.span.start), params: [name], body };
  }

  private readonly lambdaPart = { GATE: () => !this.inPattern, DEF: () => this.lambdaBody() };

  private lambdaBody(): Expr {
    this.CONSUME(t.FatArrow);
    const body = this.value(9, "what the function gives", "operand");
    this.height += 1;
    return body;
  }

  // ---------------------------------------------------------------------------------------------- texts

  protected override readonly string: ParserMethod<[], StringLiteral> = this.RULE("string", (): StringLiteral => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.TextStart);
    const block = this.last.mark;
    const outer = this.openText;
    const open: OpenText = { raw: [], height: 0 };
    this.openText = open;
    this.MANY(this.textPart);
    this.openText = outer;
    // The scanner ends every text, if need be with an empty token; it may have been passed over as garbage.
    if (this.RECORDING_PHASE || this.at(t.TextEnd)) this.CONSUME(t.TextEnd);
    this.height = open.height + 1;
    const parts = this.RECORDING_PHASE ? [] : textParts(this.text, open.raw, block);
    return { kind: "string", span: this.spanFrom(start), block, parts };
  });

  private readonly textPart = (): void => this.OR(this.textParts);

  private readonly textParts: { ALT: () => void }[] = [
    {
      ALT: () => {
        this.CONSUME(t.TextChunk);
        this.openText.raw.push({ kind: "text", span: this.spanOf(this.last) });
      },
    },
    {
      ALT: () => {
        const open = this.openText;
        open.raw.push(this.SUBRULE(this.hole));
        open.height = Math.max(open.height, this.height);
      },
    },
  ];

  private readonly hole = this.RULE("hole", (): RawPart => {
    const { startOffset: start } = this.ahead;
    const { inPattern, inHeader } = this;
    this.CONSUME(t.HoleStart);
    this.inPattern = false;
    this.inHeader = false;
    this.brackets += 1;
    const expr = this.value(1, "a value in `${…}`", "free");
    while (!this.RECORDING_PHASE && !this.at(t.HoleEnd) && !this.at(t.TextEnd) && !this.atEnd()) {
      this.unexpected("in `${…}`");
      this.advance();
      this.hush();
    }
    this.OPTION(() => this.CONSUME(t.HoleEnd));
    this.brackets -= 1;
    this.inPattern = inPattern;
    this.inHeader = inHeader;
    return { kind: "hole", expr, span: this.spanFrom(start) };
  });

  // ---------------------------------------------------------------------------------------------- brackets

  private readonly list = this.RULE("list", (): Expr => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.LeftBracket);
    const items: Expr[] = [];
    const list = this.openList(t.RightBracket, "a value", () => this.canStart("free"), "values");
    let height = 0;
    this.MANY({
      GATE: () => this.moreElements(list),
      DEF: () => {
        items.push(this.valueRule(0, 0));
        height = Math.max(height, this.height);
        this.separator(list);
      },
    });
    this.closeList(1, list);
    this.height = height + 1;
    return { kind: "list", span: this.spanFrom(start), items };
  });

  /** `(a)`, or the parameters of a lambda. */
  private readonly paren = this.RULE("paren", (): Expr => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.LeftParen);
    const items: Expr[] = [];
    const list = this.openList(t.RightParen, "a value", () => this.canStart("free"), "values");
    let height = 0;
    this.MANY({
      GATE: () => this.moreElements(list),
      DEF: () => {
        items.push(this.valueRule(0, 0));
        height = Math.max(height, this.height);
        this.separator(list);
      },
    });
    const empty = { kind: "missing", span: this.here() } as const;
    this.closeList(1, list);
    const end = this.last.end;
    const body = this.optionAt(0, t.FatArrow, this.lambdaPart);
    if (this.RECORDING_PHASE) return empty;
    this.height = Math.max(height, this.height) + 1;
    if (body !== undefined) {
      return { kind: "lambda", span: this.spanFrom(start), params: this.lambdaParams(items), body };
    }
    const [inner = empty, second] = items;
    if (inner === empty) this.fault("expected", empty.span, { what: "a value", after: "`(`" });
    if (second !== undefined) {
      this.fault("unexpected", second.span, { found: "another value", where: "in parentheses; a list is `[a, b]`" });
    }
    return { kind: "paren", span: { start, end }, inner };
  });

  private lambdaParams(items: readonly Expr[]): Name[] {
    const params: Name[] = [];
    for (const item of items) {
      if (item.kind === "name") params.push({ text: item.text, span: item.span });
      else this.fault("unexpected", item.span, { found: "a value", where: "among the names before `=>`" });
    }
    return params;
  }

  // ---------------------------------------------------------------------------------------------- match

  private readonly match = this.RULE("match", (): Expr => {
    const { startOffset: start } = this.ahead;
    const arms: MatchArm[] = [];
    this.CONSUME(t.Match);
    const on = this.value(1, "a value to match", "head");
    let height = this.height;
    if (this.expect(1, t.LeftBrace, "`{` and the arms of the match") || this.elementsFollow(() => this.startsArm())) {
      const list = this.openList(t.RightBrace, "an arm", () => this.canStart("free"), "values");
      this.MANY({
        GATE: () => this.moreElements(list),
        DEF: () => {
          arms.push(this.SUBRULE(this.arm));
          height = Math.max(height, this.height);
          this.separator(list);
        },
      });
      this.closeList(1, list);
    }
    this.height = height + 1;
    return { kind: "match", span: this.spanFrom(start), on, arms };
  });

  /** At a word and `=>` or `|`: an arm of a match that lost its brace. */
  private startsArm(): boolean {
    const after = this.peek().tokenTypeIdx;
    return this.canStart("line") && (after === t.FatArrow.tokenTypeIdx || after === t.Bar.tokenTypeIdx);
  }

  private readonly arm = this.RULE("arm", (): MatchArm => {
    const { startOffset: start } = this.ahead;
    const patterns: Expr[] = [];
    this.inPattern = true;
    patterns.push(this.valueRule(1, PATTERN_POWER));
    let height = this.height;
    this.MANY(() => {
      this.CONSUME(t.Bar);
      patterns.push(this.value(2, "a pattern", "operand", PATTERN_POWER));
      height = Math.max(height, this.height);
    });
    this.inPattern = false;
    const [first] = patterns;
    const arrow = this.expect(1, t.FatArrow, "`=>` and a value");
    const value = arrow || this.canStart("line") ? this.value(3, "a value", "operand") : this.missing("a value");
    this.height = Math.max(height, this.height);
    const any = patterns.length === 1 && first?.kind === "name" && first.text === "_";
    return { span: this.spanFrom(start), patterns: any ? null : patterns, value };
  });
}
