/** Types, parameters and refinements. */
import type { ParserMethod } from "chevrotain";
import * as t from "../tokens.ts";
import { tokenSet } from "../tokens.ts";
import type { Expr, LiteralType, Name, Param, Refinement, TypeNode } from "../tree.ts";
import { MAX_CHAIN, MAX_DEPTH } from "./base.ts";
import type { OpenList } from "./brackets.ts";
import { ExpressionParser } from "./expressions.ts";

/** What follows no list of parameters, but stands in one. */
const AMONG_PARAMS = tokenSet([t.Else, t.Where, t.Comma, t.RightParen, t.Equals, t.TextStart]);
const STARTS_TYPE = tokenSet([t.Identifier, t.Approver, t.LeftBrace, t.TextStart, t.NumberToken, t.True, t.False]);

export abstract class TypeParser extends ExpressionParser {
  /** A type, or where none can begin a `missing_type` and a fault. */
  protected type(idx: number): TypeNode {
    if (!this.RECORDING_PHASE && !this.startsType() && !this.atForeignList()) return this.missingType();
    if (!this.enter()) {
      const span = this.here();
      this.tooDeep(MAX_DEPTH, true);
      return { kind: "missing_type", span };
    }
    const type = this.at(t.LeftBracket)
      ? this.foreignList()
      : this.RECORDING_PHASE
        ? this.subrule(idx, this.union)
        : this.unionHere();
    this.leave();
    return type;
  }

  private atForeignList(): boolean {
    return this.at(t.LeftBracket) && !this.ahead.newline;
  }

  /** `[string]`, told, and read as `list<string>`. */
  private foreignList(): TypeNode {
    const { startOffset: start } = this.advance();
    const of = this.type(1);
    if (this.at(t.RightBracket)) this.advance();
    return this.listOf(of, start);
  }

  private listOf(of: TypeNode, start: number): TypeNode {
    const span = this.spanFrom(start);
    if (of.kind !== "missing_type")
      this.otherForm(span, `list<${this.text.slice(of.span.start, of.span.end)}>`, { sure: true });
    // The name is written nowhere: nothing of the text is its.
    return { kind: "named_type", span, name: { text: "list", span: { start, end: start } }, args: [of] };
  }

  private startsType(): boolean {
    if (STARTS_TYPE[this.ahead.tokenTypeIdx] !== true) return false;
    if (this.ahead.newline && this.brackets === 0) return false;
    if (!this.ahead.newline) return true;
    // A name on the next line may be the next field, or the next declaration.
    const after = this.peek().tokenTypeIdx;
    return after !== t.Colon.tokenTypeIdx && after !== t.Question.tokenTypeIdx && !this.atDeclaration();
  }

  /** `"a" | "b"` */
  private readonly union: ParserMethod<[], TypeNode> = this.RULE("union", () => this.unionHere());

  private unionHere(): TypeNode {
    const { startOffset: start } = this.ahead;
    const first = this.RECORDING_PHASE ? this.SUBRULE(this.optionalType) : this.optionalTypeHere();
    return this.RECORDING_PHASE || this.at(t.Bar) ? this.SUBRULE(this.alternatives, { ARGS: [first, start] }) : first;
  }

  private readonly alternatives = this.RULE("alternatives", (first: TypeNode, start: number): TypeNode => {
    const of = [first];
    this.MANY(() => {
      this.CONSUME(t.Bar);
      of.push(this.startsType() || this.RECORDING_PHASE ? this.SUBRULE2(this.optionalType) : this.missingType());
    });
    return of.length > 1 ? { kind: "union_type", span: this.spanFrom(start), of } : first;
  });

  /** `T?` */
  private readonly optionalType = this.RULE("optionalType", () => this.optionalTypeHere());

  private optionalTypeHere(): TypeNode {
    const { startOffset: start } = this.ahead;
    const named = !this.RECORDING_PHASE && this.at(t.Identifier);
    const type = named ? this.namedType() : this.SUBRULE(this.simpleType);
    const marked = this.RECORDING_PHASE || this.at(t.Question) || this.at(t.LeftBracket);
    return marked ? this.SUBRULE(this.typeMarks, { ARGS: [type, start] }) : type;
  }

  /** The `?` after a type; a `[]` there is told. */
  private readonly typeMarks = this.RULE("typeMarks", (marked: TypeNode, start: number): TypeNode => {
    let type = marked;
    let links = 0;
    this.MANY({
      GATE: () => !this.ahead.newline,
      DEF: () => {
        this.CONSUME(t.Question);
        links += 1;
        if (links > MAX_CHAIN) this.tooDeep(MAX_CHAIN, false);
        else type = { kind: "optional_type", span: this.spanFrom(start), of: type };
      },
    });
    while (!this.RECORDING_PHASE && this.atEmptyBrackets()) {
      this.advance();
      this.advance();
      type = this.listOf(type, start);
    }
    return type;
  });

  /** At the `[]` of `string[]`. */
  private atEmptyBrackets(): boolean {
    return this.at(t.LeftBracket) && !this.ahead.newline && this.peek().tokenTypeIdx === t.RightBracket.tokenTypeIdx;
  }

  private readonly simpleType = this.RULE("simpleType", (): TypeNode => this.OR(this.simpleTypes));

  private readonly simpleTypes: { ALT: () => TypeNode }[] = [
    { ALT: () => this.namedType() },
    {
      ALT: () => {
        this.CONSUME(t.Approver);
        return { kind: "named_type", span: this.spanOf(this.last), name: this.nameOf(this.last), args: [] };
      },
    },
    { ALT: () => this.recordType() },
    { ALT: () => this.literalType(() => this.SUBRULE(this.string)) },
    { ALT: () => this.literalType(() => this.number()) },
    { ALT: () => this.literalType(() => this.boolLiteral(true)) },
    { ALT: () => this.literalType(() => this.boolLiteral(false)) },
  ];

  private boolLiteral(value: boolean): LiteralType["value"] {
    if (value) this.CONSUME(t.True);
    else this.CONSUME(t.False);
    return { kind: "bool", span: this.spanOf(this.last), value };
  }

  private literalType(read: () => LiteralType["value"]): TypeNode {
    const value = read();
    return { kind: "literal_type", span: value.span, value };
  }

  /** `int`, `list<string>`, `one of services` */
  private namedType(): TypeNode {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Identifier);
    const name = this.nameOf(this.last);
    const of = this.optionAt(1, t.Identifier, this.oneOfPart);
    if (of !== undefined && !this.RECORDING_PHASE) return { kind: "one_of_type", span: this.spanFrom(start), of };
    const args = this.optionAt(2, t.Less, this.argumentPart) ?? [];
    const span = this.spanFrom(start);
    const [inner, second] = this.RECORDING_PHASE ? [] : args;
    if (name.text === "optional" && inner !== undefined && second === undefined) {
      this.otherForm(span, `${this.text.slice(inner.span.start, inner.span.end)}?`, { sure: true });
      return { kind: "optional_type", span, of: inner };
    }
    return { kind: "named_type", span, name, args };
  }

  /** After `one`: `of services`. */
  private readonly oneOfPart = {
    GATE: () => this.last.image === "one" && this.atWord("of") && !this.ahead.newline,
    DEF: () => {
      this.CONSUME2(t.Identifier);
      // A default may follow: `one of services = first`.
      const named = this.at(t.Identifier) && (!this.ahead.newline || this.brackets > 0);
      return this.RECORDING_PHASE || named || this.canStartCall("line")
        ? this.SUBRULE(this.postfix)
        : this.missing("a value");
    },
  };

  private readonly argumentPart = { GATE: () => !this.ahead.newline, DEF: () => this.SUBRULE(this.typeArguments) };

  private readonly typeArguments = this.RULE("typeArguments", (): TypeNode[] => {
    this.CONSUME(t.Less);
    const args: TypeNode[] = [];
    const list = this.openList(
      t.Greater,
      "a type",
      () => this.startsType(),
      "fields",
      () => this.endsTypes(),
    );
    this.MANY2({
      GATE: () => this.moreElements(list),
      DEF: () => {
        args.push(this.type(2));
        this.separator(list);
      },
    });
    if (!this.RECORDING_PHASE && args.length === 0) args.push(this.missingType());
    this.closeList(1, list);
    return args;
  });

  /** Where `<` was left open: anything but a type or a comma, or the next field or parameter. */
  private endsTypes(): boolean {
    if (this.at(t.Comma)) return false;
    if (!this.startsType()) return true;
    const after = this.peek().tokenTypeIdx;
    return after === t.Colon.tokenTypeIdx || after === t.Equals.tokenTypeIdx;
  }

  /** `{ name: string, port?: int }` */
  private recordType(): TypeNode {
    const { startOffset: start } = this.ahead;
    const fields = this.SUBRULE(this.recordFields);
    return { kind: "record_type", span: this.spanFrom(start), fields };
  }

  /** The fields between the braces of a record type, and after the `with` of a guardrail. */
  protected readonly recordFields = this.RULE("recordFields", (): Param[] => {
    if (this.RECORDING_PHASE || this.at(t.LeftBrace)) this.CONSUME(t.LeftBrace);
    const list = this.openList(t.RightBrace, "a field", () => this.startsParam(), "fields");
    const fields: Param[] = [];
    this.MANY({
      GATE: () => this.moreElements(list),
      DEF: () => this.param(list, fields),
    });
    this.closeList(1, list);
    return fields;
  });

  // ---------------------------------------------------------------------------------------------- parameters

  /** `(name: type, …)` after the name of an action or operation; none, and a fault, where there is no `(`. */
  protected params(idx: number, what: string): Param[] {
    if (this.RECORDING_PHASE || this.at(t.LeftParen)) return this.subrule(idx, this.paramList);
    this.expected(`\`(\` and the parameters of the ${what}`);
    if (this.at(t.Colon)) {
      // The name of the first parameter ran into that of the action.
      this.advance();
      this.type(idx);
      if (this.at(t.Comma)) this.advance();
      return this.subrule(idx, this.paramList);
    }
    return this.startsParam() && this.peek().tokenTypeIdx === t.Colon.tokenTypeIdx
      ? this.subrule(idx, this.paramList)
      : [];
  }

  private readonly paramList = this.RULE("paramList", (): Param[] => {
    const params: Param[] = [];
    if (this.RECORDING_PHASE || this.at(t.LeftParen)) this.CONSUME(t.LeftParen);
    const closes = (): boolean => this.peek().newline || AMONG_PARAMS[this.peek().tokenTypeIdx] !== true;
    const list = this.openList(t.RightParen, "a parameter", () => this.startsParam(), "fields", null, closes);
    this.MANY({
      GATE: () => this.moreElements(list),
      DEF: () => {
        if (!this.RECORDING_PHASE && this.atKeyword()) this.misnamed.push(this.ahead.image);
        this.param(list, params);
      },
    });
    this.closeList(1, list);
    return params;
  });

  private param(list: OpenList, into: Param[]): void {
    into.push(this.RECORDING_PHASE ? this.SUBRULE(this.oneParam) : this.oneParamHere());
    this.separator(list);
  }

  protected startsParam(): boolean {
    if (this.at(t.Identifier)) return true;
    if (!this.atKeyword()) return false;
    // On a line of its own a word with only `?` after it is more likely a statement that is being written.
    const after = this.peek();
    if (after.tokenTypeIdx === t.Colon.tokenTypeIdx) return true;
    return after.tokenTypeIdx === t.Question.tokenTypeIdx && (!this.ahead.newline || this.text[after.end] === ":");
  }

  private readonly oneParam = this.RULE("oneParam", () => this.oneParamHere());

  private oneParamHere(): Param {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    const name: Name = this.anyName(1);
    const optional = this.optionAt(0, t.Question, this.questionMark) === true;
    this.expect(1, t.Colon, "`:` and a type");
    const type = this.type(1);
    const defaultValue = this.optionAt(2, t.Equals, () => {
      this.CONSUME(t.Equals);
      return this.value(1, `the default of \`${name.text}\``, "element");
    });
    const where = this.optionAt(3, t.Where, this.refined);
    return {
      span: this.spanFrom(start),
      doc,
      name,
      optional,
      type,
      default: defaultValue ?? null,
      where: where ?? null,
    };
  }

  private readonly questionMark = (): true => {
    this.CONSUME(t.Question);
    return true;
  };

  private readonly refined = (): Refinement => this.SUBRULE(this.refinement);

  /** `where cond else "message"` */
  protected readonly refinement = this.RULE("refinement", (): Refinement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Where);
    const condition = this.value(1, "a condition", "element");
    const message = this.elseMessage(2);
    return { span: this.spanFrom(start), condition, message };
  });

  /** `else "message"`, where it stands. */
  protected elseMessage(idx: number): Expr | null {
    const message = this.option(idx, () => {
      this.CONSUME(t.Else);
      return this.value(idx, "a message", "line");
    });
    return message ?? null;
  }
}
