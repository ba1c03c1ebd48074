/** Expressions: operators by binding power in one loop, then what follows a value (`.f`, `[i]`, `(args)`). */
import type { ParserMethod } from "chevrotain";
import { afterBraces } from "../characters.ts";
import * as t from "../tokens.ts";
import { type Token, type TokenType, tokenSet } from "../tokens.ts";
import type { Argument, BinaryOperator, Expr, Name, UnaryOperator } from "../tree.ts";
import { MAX_CHAIN, MAX_DEPTH } from "./base.ts";
import { PrimaryParser } from "./primaries.ts";
import { PATTERN_POWER } from "./values.ts";

interface Infix {
  readonly kind: "binary" | "range" | "rate" | "conditional";
  readonly op: BinaryOperator;
  /** How tightly it binds; the right side takes only what binds tighter. */
  readonly power: number;
  /** `a < b < c` and `a..b..c` say nothing: these do not chain. */
  readonly chains: boolean;
  /** Written as in other languages. */
  readonly foreign?: true;
}

const CONDITIONAL_POWER = 1;
const RATE_POWER = 9;

const INFIX: (Infix | undefined)[] = [];
function infix(type: TokenType, op: BinaryOperator, power: number, chains = true): TokenType {
  INFIX[type.tokenTypeIdx ?? 0] = { kind: "binary", op, power, chains };
  return type;
}
const BINARY_TYPES: readonly TokenType[] = [
  infix(t.Coalesce, "??", 2),
  infix(t.OrOr, "||", 3),
  infix(t.AndAnd, "&&", 4),
  infix(t.EqualsEquals, "==", 5, false),
  infix(t.NotEquals, "!=", 5, false),
  infix(t.Less, "<", 5, false),
  infix(t.LessEquals, "<=", 5, false),
  infix(t.Greater, ">", 5, false),
  infix(t.GreaterEquals, ">=", 5, false),
  infix(t.In, "in", 5, false),
  infix(t.Plus, "+", 7),
  infix(t.Minus, "-", 7),
  infix(t.Star, "*", 8),
  infix(t.Slash, "/", 8),
  infix(t.Percent, "%", 8),
];
INFIX[t.Range.tokenTypeIdx ?? 0] = { kind: "range", op: "in", power: PATTERN_POWER, chains: false };
INFIX[t.Question.tokenTypeIdx ?? 0] = { kind: "conditional", op: "??", power: CONDITIONAL_POWER, chains: true };
const OF: Infix = { kind: "binary", op: "of", power: 8, chains: true };
const PER: Infix = { kind: "rate", op: "of", power: RATE_POWER, chains: true };
/** Operators that are words in other languages. */
const FOREIGN: ReadonlyMap<string, Infix> = new Map([
  ["and", { kind: "binary", op: "&&", power: 4, chains: true, foreign: true }],
  ["or", { kind: "binary", op: "||", power: 3, chains: true, foreign: true }],
]);
/** `not a == b` denies the comparison, where words are written so. */
const COMPARISON_POWER = 5;
const BEGINS_OPERAND = tokenSet([
  t.Identifier,
  t.NumberToken,
  t.UnitToken,
  t.TextStart,
  t.LeftParen,
  t.True,
  t.False,
  t.None,
  t.Bang,
  t.Match,
]);
/** Signs that other languages write with one `=` more. */
const TRIPLED: ReadonlySet<string> = new Set(["==", "!="]);
const INFIX_TYPES: readonly TokenType[] = [...BINARY_TYPES, t.Range, t.Identifier];

const PREFIX = tokenSet([t.Bang, t.Minus]);
const SUFFIX = tokenSet([t.Dot, t.QuestionDot, t.LeftBracket, t.LeftParen]);
const ARGS = Array.from({ length: 12 }, (_, power) => ({ ARGS: [power] as [number] }));

/** A value whose suffixes are being read. */
interface Chain {
  value: Expr;
  readonly start: number;
  height: number;
}

export abstract class ExpressionParser extends PrimaryParser {
  private chain: Chain = { value: { kind: "missing", span: { start: 0, end: 0 } }, start: 0, height: 0 };
  private readonly operands = [{ ALT: () => this.SUBRULE(this.prefixed) }, { ALT: () => this.SUBRULE(this.postfix) }];

  /** A whole expression, or what binds at least as tightly as `power`. The caller has seen that a value starts here. */
  private readonly expression: ParserMethod<[power?: number], Expr> = this.RULE("expression", (power: number = 0) =>
    this.expressionHere(power),
  );

  private expressionHere(power: number): Expr {
    const { startOffset: start } = this.ahead;
    if (!this.enter()) return this.tooDeepExpression();
    const first = this.atForeignNot() ? this.foreignNot() : this.operand();
    const alone = !this.RECORDING_PHASE && this.infixHere() === undefined;
    const whole = alone ? first : this.SUBRULE(this.infixes, { ARGS: [first, start, power] });
    this.leave();
    return whole;
  }

  private operand(): Expr {
    if (this.RECORDING_PHASE) return this.OR(this.operands);
    return PREFIX[this.ahead.tokenTypeIdx] === true ? this.SUBRULE(this.prefixed) : this.postfixHere();
  }

  /** Operators that bind at least as tightly as `power`, with their right sides. */
  private readonly infixes: ParserMethod<[first: Expr, start: number, power?: number], Expr> = this.RULE(
    "infixes",
    (first: Expr, start: number, power: number = 0) => {
      let left = first;
      let height = this.height;
      let previous: Infix | null = null;
      let next: Infix | undefined;
      this.MANY({
        GATE: () => {
          next = this.infixHere();
          return next !== undefined && next.power >= power;
        },
        DEF: () => {
          const op = next ?? OF;
          if (previous !== null && !op.chains && previous.power === op.power) {
            this.unexpected(op.kind === "range" ? "after a range" : "after a comparison; put parentheses or `&&`");
          }
          previous = op;
          const joined = this.OR2([
            {
              ALT: () =>
                this.RECORDING_PHASE
                  ? this.SUBRULE(this.infixTail, { ARGS: [left, start, op] })
                  : this.infixTailHere(left, start, op),
            },
            { ALT: () => this.SUBRULE(this.conditionalTail, { ARGS: [left, start] }) },
          ]);
          height = Math.max(height, this.height) + 1;
          if (height > MAX_CHAIN) this.tooDeep(MAX_CHAIN, false);
          else left = joined;
          height = Math.min(height, MAX_CHAIN);
        },
      });
      this.height = height;
      return left;
    },
  );

  /** An operator and its right side. */
  private readonly infixTail = this.RULE("infixTail", (left: Expr, start: number, op: Infix = OF) =>
    this.infixTailHere(left, start, op),
  );

  private infixTailHere(left: Expr, start: number, op: Infix): Expr {
    if (op.foreign) this.foreignWord();
    const sign = this.oneOf(1, INFIX_TYPES);
    if (!this.RECORDING_PHASE && this.at(t.Equals) && TRIPLED.has(sign.image)) this.thirdSign(sign);
    const right = this.value(1, "a value", "operand", op.power + 1);
    if (op.kind === "range") return { kind: "range", span: this.spanFrom(start), from: left, to: right };
    const opSpan = this.spanOf(sign);
    if (!this.RECORDING_PHASE && op.kind !== "rate")
      return { kind: "binary", span: this.spanFrom(start), op: op.op, opSpan, left, right };
    const by = this.optionAt(0, t.Identifier, this.ratePart);
    return { kind: "rate", span: this.spanFrom(start), count: left, per: right, by: by ?? null };
  }

  private readonly ratePart = {
    GATE: () => !this.ahead.newline && this.atWord("by"),
    DEF: () => this.rateKey(),
  };

  /** `===` */
  private thirdSign(sign: Token): void {
    if (this.ahead.spaced) return;
    this.advance();
    this.otherForm(this.spanFrom(sign.startOffset), sign.image, { sure: true });
  }

  /** The `by service.key` of `3 per 1h by service.key`. */
  private rateKey(): Expr {
    const height = this.height;
    this.CONSUME2(t.Identifier);
    const key = this.value(2, "what the rate is counted by", "line", RATE_POWER + 1);
    this.height = Math.max(height, this.height);
    return key;
  }

  private readonly conditionalTail = this.RULE("conditionalTail", (condition: Expr, start: number): Expr => {
    if (!this.RECORDING_PHASE && !this.ahead.spaced) this.expected("a space before `?`");
    this.CONSUME(t.Question);
    const whenTrue = this.value(1, "a value", "branch");
    let height = this.height;
    const colon = this.expect(1, t.Colon, "`:` and the other value");
    const whenFalse = colon ? this.value(2, "a value", "operand", CONDITIONAL_POWER) : this.missing("a value");
    height = Math.max(height, this.height);
    this.height = height;
    return { kind: "conditional", span: this.spanFrom(start), condition, then: whenTrue, else: whenFalse };
  });

  private infixHere(): Infix | undefined {
    const { ahead } = this;
    if (ahead.tokenTypeIdx !== t.Identifier.tokenTypeIdx) return INFIX[ahead.tokenTypeIdx];
    if (ahead.newline) return undefined;
    if (this.atWord("of")) return OF;
    if (this.atWord("per")) return PER;
    const foreign = FOREIGN.get(ahead.image);
    if (foreign !== undefined) return this.operandFollows() ? foreign : undefined;
    if (!this.atWord("not") || this.peek().tokenTypeIdx !== t.In.tokenTypeIdx) return undefined;
    this.foreignWord("before `in`");
    this.advance();
    return INFIX[t.In.tokenTypeIdx ?? 0];
  }

  /** Whether a value follows the next token on its line. */
  private operandFollows(): boolean {
    const after = this.peek();
    return !after.newline && after.spaced && BEGINS_OPERAND[after.tokenTypeIdx] === true;
  }

  private atForeignNot(): boolean {
    return this.at(t.Identifier) && this.ahead.image === "not" && this.operandFollows();
  }

  /** `not a`, told, and read as `!a`. */
  private foreignNot(): Expr {
    const { startOffset: start } = this.ahead;
    this.foreignWord();
    this.advance();
    const operand = this.value(1, "a value", "operand", COMPARISON_POWER);
    this.height += 1;
    return { kind: "unary", span: this.spanFrom(start), op: "!", operand };
  }

  private tooDeepExpression(): Expr {
    const span = this.here();
    this.tooDeep(MAX_DEPTH, true);
    this.height = 1;
    return { kind: "missing", span };
  }

  /** `!a`, `-a` */
  private readonly prefixed = this.RULE("prefixed", (): Expr => {
    const signs: Token[] = [];
    this.AT_LEAST_ONE({
      GATE: () => PREFIX[this.ahead.tokenTypeIdx] === true,
      DEF: () => signs.push(this.oneOf(1, [t.Bang, t.Minus])),
    });
    if (signs.length > MAX_CHAIN) this.tooDeep(MAX_CHAIN, false);
    let operand: Expr = this.canStartCall("operand") ? this.SUBRULE(this.postfix) : this.missing("a value");
    for (const sign of signs.reverse()) {
      if (this.height >= MAX_CHAIN) {
        this.tooDeep(MAX_CHAIN, false);
        break;
      }
      this.height += 1;
      const op: UnaryOperator = sign.tokenTypeIdx === t.Bang.tokenTypeIdx ? "!" : "-";
      operand = { kind: "unary", span: this.spanFrom(sign.startOffset), op, operand };
    }
    return operand;
  });

  // ---------------------------------------------------------------------------------------------- suffixes

  /** A value with its fields, indexes and calls: what a step calls. */
  protected override readonly postfix: ParserMethod<[], Expr> = this.RULE("postfix", () => this.postfixHere());

  protected override postfixHere(): Expr {
    const { startOffset: start } = this.ahead;
    const value = this.primaryHere();
    if (!this.RECORDING_PHASE && !this.suffixHere()) return value;
    const outer = this.chain;
    const chain = { value, start, height: this.height };
    this.chain = chain;
    this.SUBRULE(this.suffixLoop);
    this.chain = outer;
    this.height = chain.height;
    return chain.value;
  }

  private readonly suffixLoop = this.RULE("suffixLoop", () => this.MANY(this.suffix));

  /** `.f` may stand on a line of its own; `[` and `(` go on only what stands before them on their line. */
  private suffixHere(): boolean {
    const { ahead } = this;
    if (SUFFIX[ahead.tokenTypeIdx] !== true) return false;
    return !ahead.newline || this.at(t.Dot) || this.at(t.QuestionDot);
  }

  private readonly suffix = {
    GATE: () => this.suffixHere(),
    DEF: () => {
      const { chain } = this;
      this.height = 1;
      const longer = this.OR(this.suffixes);
      const height = Math.max(chain.height, this.height) + 1;
      if (height > MAX_CHAIN) this.tooDeep(MAX_CHAIN, false);
      else chain.value = longer;
      chain.height = Math.min(height, MAX_CHAIN);
    },
  };

  private readonly suffixes: { ALT: () => Expr }[] = [
    { ALT: () => this.field(this.chain) },
    { ALT: () => this.index(this.chain) },
    { ALT: () => this.callOf(this.chain) },
  ];

  private callOf({ value: callee, start }: Chain): Expr {
    const args = this.SUBRULE(this.args);
    return { kind: "call", span: this.spanFrom(start), callee, args };
  }

  private field({ value: of, start }: Chain): Expr {
    const dot = this.oneOf(2, [t.Dot, t.QuestionDot]);
    let name: Name | null = null;
    if (this.RECORDING_PHASE || (!this.ahead.newline && (this.at(t.Identifier) || this.atKeyword()))) {
      name = this.anyName(3);
    } else this.expected("the name of a field");
    const optional = dot.tokenTypeIdx === t.QuestionDot.tokenTypeIdx;
    return { kind: "field", span: this.spanFrom(start), of, name, optional };
  }

  private index({ value: of, start }: Chain): Expr {
    this.CONSUME(t.LeftBracket);
    const list = this.openList(t.RightBracket, "an index", () => this.canStart("free"), "values");
    const at = this.value(1, "an index", "free");
    const height = this.height;
    if (this.at(t.Comma)) {
      this.unexpected("in an index, which is one value");
      this.advance();
      while (this.moreElements(list)) {
        this.valueRule(1, 0);
        if (this.at(t.Comma)) this.advance();
        list.comma = true;
      }
    }
    this.closeList(1, list);
    this.height = height;
    return { kind: "index", span: this.spanFrom(start), of, at };
  }

  private readonly args = this.RULE("args", (): Argument[] => {
    this.CONSUME(t.LeftParen);
    const args: Argument[] = [];
    const starts = (): boolean => this.startsLabelled();
    const list = this.openList(t.RightParen, "an argument", starts, "labelled", this.bodyAhead);
    let height = 0;
    this.MANY({
      GATE: () => this.moreElements(list),
      DEF: () => {
        args.push(this.RECORDING_PHASE ? this.SUBRULE(this.argument) : this.argumentHere());
        height = Math.max(height, this.height);
        this.separator(list);
      },
    });
    this.closeList(1, list);
    this.height = height;
    return args;
  });

  /** At `{`, a line end, and `name =`: the body of a step whose call lacks its `)`, unless a `)` or a comma follows its `}`. */
  private readonly bodyAhead = (): boolean => {
    if (!this.at(t.LeftBrace) || !this.peek().newline || this.peekThird().tokenTypeIdx !== t.Equals.tokenTypeIdx)
      return false;
    const rest = afterBraces(this.text, this.ahead.startOffset);
    return !/^\s*[),]/.test(rest);
  };

  private readonly argument = this.RULE("argument", () => this.argumentHere());

  private argumentHere(): Argument {
    const { startOffset: start } = this.ahead;
    const label = this.label();
    const value = this.value(1, label === null ? "an argument" : `a value for \`${label.text}\``, "element");
    return { span: this.spanFrom(start), label, value };
  }

  protected override valueRule(idx: number, power: number): Expr {
    return this.RECORDING_PHASE
      ? this.subrule(idx, this.expression, ARGS[power] ?? ARGS[0])
      : this.expressionHere(power);
  }
}
