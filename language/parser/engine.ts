/**
 * The inner loop of chevrotain's engine, made over for a parser that looks before it consumes.
 *
 * The grammar is chevrotain's: written in its words, recorded, validated and looked ahead in by it. What it does besides
 * at every rule and token is of use only to a parser that throws and recovers (stacks of rule names, `try` around each
 * call, a function made for each condition) and takes longer than reading. These methods take the place of its own, under
 * their names, and do the same without that: what fails in them is a mistake in the grammar, and is thrown as one.
 *
 * Rules that are entered at nearly every token (`expression`, `postfix`, `argument` and the like) have what they do in a method of
 * their own, `expressionHere` and so on. Chevrotain is given it as a rule and records it; reading, it is called as it is. Such a
 * method chooses by what it sees (`at`, `optionAt`), since the choices of a rule are there only while that rule is read.
 */
import { type DSLMethodOpts, EmbeddedActionsParser, type GrammarAction, type IOrAlt } from "chevrotain";
import * as t from "../tokens.ts";
import { indexOf, type Token, type TokenType } from "../tokens.ts";
import {
  AT_LEAST_ONE,
  type Lookahead,
  LookaheadRecorder,
  MANY,
  NONE,
  OPTION,
  OR,
  type Places,
  placesOf,
} from "./lookahead.ts";

/** A rule, as chevrotain makes it: what SUBRULE calls, and what was written. */
interface Rule {
  coreRule: RuleBody;
  readonly originalGrammarAction: RuleBody;
}

/** Rules take three arguments at most. */
type RuleBody = (this: Engine, a?: unknown, b?: unknown, c?: unknown) => unknown;

type Part<T> = GrammarAction<T> | DSLMethodOpts<T>;

function ruleNamed(parser: object, name: string): Rule {
  return Reflect.get(parser, name);
}

const NOWHERE: Places = [];
const EOF = indexOf(t.EndOfFile);

export abstract class Engine extends EmbeddedActionsParser {
  /** The next token. */
  protected abstract ahead: Token;
  /** What the choices begin with of the rule that is being read. */
  private places = NOWHERE;
  private readonly recorder: LookaheadRecorder;

  // Chevrotain's own, which it does not declare: a rule's number by its name.
  declare protected fullRuleNameToShort: Readonly<Record<string, number>>;
  declare protected selfAnalysisDone: boolean;

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

  protected abstract advance(): Token;

  /** To be called when all rules are there. With `prepared` the grammar is not gone through. */
  protected analyse(prepared: Lookahead | null): void {
    if (prepared === null) this.performSelfAnalysis();
    const { rules, sets } = prepared ?? this.recorder.found();
    for (const name of Object.keys(this.fullRuleNameToShort)) {
      const rule = ruleNamed(this, name);
      rule.coreRule = Engine.ruleBody(rule.originalGrammarAction, placesOf(rules[name] ?? {}, sets));
    }
    this.selfAnalysisDone = true;
    // V8 keeps an object of so many fields in a slow form, until another reads through it as its prototype.
    const reader: { readonly ahead: Token } = Object.create(this);
    this.ahead = reader.ahead;
  }

  /** For `prepared` of another parser. Empty if this one was made with it. */
  lookahead(): Lookahead {
    return this.recorder.found();
  }

  private static ruleBody(written: RuleBody, places: Places): RuleBody {
    return function (a, b, c) {
      const outer = this.places;
      this.places = places;
      const result = written.call(this, a, b, c);
      this.places = outer;
      return result;
    };
  }

  // Chevrotain's methods of these names, which all its others come down to. While it records, others stand before them.

  protected subruleInternal(rule: Rule, _idx: number, options?: { readonly ARGS?: readonly unknown[] }): unknown {
    const args = options?.ARGS;
    return args === undefined ? rule.coreRule.call(this) : rule.coreRule.call(this, args[0], args[1], args[2]);
  }

  protected consumeInternal(type: TokenType): Token {
    const { tokenTypeIdx } = this.ahead;
    if (tokenTypeIdx !== type.tokenTypeIdx && type.categoryMatchesMap?.[tokenTypeIdx] !== true)
      throw new Error(`the parser consumed ${type.name}, which it had not seen, at ${this.ahead.startOffset}`);
    return this.advance();
  }

  protected optionInternal<T>(part: Part<T>, idx: number): T | undefined {
    if (typeof part === "function") return this.begins(OPTION + idx) ? part.call(this) : undefined;
    // A condition may pass over what is odd: what stands here is looked at after it.
    return part.GATE?.call(this) !== false && this.begins(OPTION + idx) ? part.DEF.call(this) : undefined;
  }

  /** `OPTION` of a part that begins with `type` and nothing else: it needs no rule around it that is being read. */
  protected optionAt<T>(idx: number, type: TokenType, part: Part<T>): T | undefined {
    if (this.RECORDING_PHASE) return this.option(idx, part);
    if (this.ahead.tokenTypeIdx !== type.tokenTypeIdx) return undefined;
    if (typeof part === "function") return part.call(this);
    return part.GATE?.call(this) !== false ? part.DEF.call(this) : undefined;
  }

  protected manyInternal(idx: number, part: Part<unknown>): void {
    this.repeat(MANY + idx, part);
  }

  protected atLeastOneInternal(idx: number, part: Part<unknown>): void {
    this.repeat(AT_LEAST_ONE + idx, part);
  }

  private repeat(place: number, part: Part<unknown>): void {
    const plain = typeof part === "function";
    const action = plain ? part : part.DEF;
    const condition = plain ? undefined : part.GATE;
    for (;;) {
      if (condition?.call(this) === false || !this.begins(place)) return;
      const before = this.position();
      action.call(this);
      // One that consumes nothing would go on forever.
      if (this.position() <= before) return;
    }
  }

  protected orInternal<T>(alternatives: readonly IOrAlt<T>[], idx: number): T {
    const choice = this.places[OR + idx]?.[this.ahead.tokenTypeIdx] ?? NONE;
    const chosen = alternatives[choice];
    if (chosen === undefined) throw new Error(`the grammar has no alternative at ${this.ahead.startOffset}`);
    return chosen.ALT.call(this);
  }

  /** Whether the one alternative of an optional part begins with the next token. */
  private begins(place: number): boolean {
    return this.places[place]?.[this.ahead.tokenTypeIdx] === 0;
  }

  /** Where the next token stands; beyond all of them at the end. */
  private position(): number {
    const { tokenTypeIdx, startOffset } = this.ahead;
    return tokenTypeIdx === EOF ? Number.POSITIVE_INFINITY : startOffset;
  }
}
