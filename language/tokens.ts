/**
 * The vocabulary: every token type of the language and the token objects the scanner hands to the parser.
 *
 * The types have no patterns: `lexer.ts` scans by hand, because texts nest (`"${ "}" }"`), a broken one has to end
 * at its line, and tokens are made one at a time so that none are kept.
 */
import { createToken, EOF, type IToken, Lexer, type TokenType } from "chevrotain";
import type { NumberLiteral, UnitLiteral } from "./tree.ts";

export type { TokenType };

const all: TokenType[] = [];

/** `label` is how the token is written, which is also what a fault shows. */
function token(name: string, label: string, category?: TokenType): TokenType {
  const type = createToken({ name, label, pattern: Lexer.NA });
  // Told to `createToken`, each would be looked up among all of its category; the parser takes them in together.
  if (category !== undefined) type.CATEGORIES = [category];
  all.push(type);
  return type;
}

export const EndOfFile: TokenType = EOF;

// Words, numbers, texts.
/** A name where keywords are names too: after `.` and before `:`. Only the grammar knows it; no token is of this type. */
export const AnyName = token("AnyName", "any name");
export const Identifier = token("Identifier", "name", AnyName);
export const NumberToken = token("NumberToken", "number");
export const UnitToken = token("UnitToken", "number with a unit");
export const TextStart = token("TextStart", '"');
export const TextChunk = token("TextChunk", "text");
export const HoleStart = token("HoleStart", "${");
export const HoleEnd = token("HoleEnd", "}");
export const TextEnd = token("TextEnd", '"');

// Brackets.
export const LeftBrace = token("LeftBrace", "{");
export const RightBrace = token("RightBrace", "}");
export const LeftParen = token("LeftParen", "(");
export const RightParen = token("RightParen", ")");
export const LeftBracket = token("LeftBracket", "[");
export const RightBracket = token("RightBracket", "]");

// Punctuation and operators.
export const Comma = token("Comma", ",");
export const Colon = token("Colon", ":");
export const Equals = token("Equals", "=");
export const FatArrow = token("FatArrow", "=>");
export const ThinArrow = token("ThinArrow", "->");
export const Dot = token("Dot", ".");
export const QuestionDot = token("QuestionDot", "?.");
export const Question = token("Question", "?");
export const Bar = token("Bar", "|");
export const Coalesce = token("Coalesce", "??");
export const OrOr = token("OrOr", "||");
export const AndAnd = token("AndAnd", "&&");
export const EqualsEquals = token("EqualsEquals", "==");
export const NotEquals = token("NotEquals", "!=");
export const Less = token("Less", "<");
export const LessEquals = token("LessEquals", "<=");
export const Greater = token("Greater", ">");
export const GreaterEquals = token("GreaterEquals", ">=");
export const Range = token("Range", "..");
export const Plus = token("Plus", "+");
export const Minus = token("Minus", "-");
export const Star = token("Star", "*");
export const Slash = token("Slash", "/");
export const Percent = token("Percent", "%");
export const Bang = token("Bang", "!");

const keywordTypes = new Map<string, TokenType>();
function keyword(word: string): TokenType {
  const type = token(`Keyword_${word}`, word, AnyName);
  keywordTypes.set(word, type);
  return type;
}

// Words that begin a declaration.
export const Import = keyword("import");
export const Use = keyword("use");
export const Enum = keyword("enum");
export const Type = keyword("type");
export const Approver = keyword("approver");
export const Operation = keyword("operation");
export const Guardrail = keyword("guardrail");
export const Action = keyword("action");
export const Let = keyword("let");

// Words that begin a statement.
export const Fact = keyword("fact");
export const Step = keyword("step");
export const Check = keyword("check");
export const Require = keyword("require");
export const Approve = keyword("approve");
export const Escalate = keyword("escalate");
export const Wait = keyword("wait");
export const If = keyword("if");
export const For = keyword("for");
export const Parallel = keyword("parallel");
export const Branch = keyword("branch");
export const On = keyword("on");
export const Return = keyword("return");
export const Rollback = keyword("rollback");
export const Irreversible = keyword("irreversible");
export const Applies = keyword("applies");
export const Override = keyword("override");

// Words that stand between values.
export const Else = keyword("else");
export const When = keyword("when");
export const Where = keyword("where");
export const In = keyword("in");
export const Match = keyword("match");
export const True = keyword("true");
export const False = keyword("false");
export const None = keyword("none");

/**
 * Words that begin a declaration or a statement only by where they stand and what follows: elsewhere they are names, as
 * in `enum Env { dev, test }`, `run.requester` and `secret<string>`. The scanner makes names of them; the parser tells.
 */
const declarationWords = new Map<string, TokenType>();
const statementWords = new Map<string, TokenType>();
function word(name: string, into: Map<string, TokenType>): TokenType {
  const type = token(`Word_${name}`, name);
  into.set(name, type);
  return type;
}

export const Window = word("window", declarationWords);
export const Secret = word("secret", declarationWords);
export const Test = word("test", declarationWords);

export const Allow = word("allow", statementWords);
export const Deny = word("deny", statementWords);
export const Given = word("given", statementWords);
export const Run = word("run", statementWords);
export const Approved = word("approved", statementWords);
export const Expect = word("expect", statementWords);

/** Words that other languages begin such statements with. */
export const FOREIGN_KEYWORDS: ReadonlyMap<string, TokenType> = new Map([
  ["var", Let],
  ["const", Let],
  ["foreach", For],
]);

const FOREIGN: ReadonlySet<string> = new Set([...FOREIGN_KEYWORDS.keys(), "elif", "elsif"]);

/** Whether `word` begins a statement in other languages. */
export function isForeign(word: string): boolean {
  return FOREIGN.has(word);
}

/** Every token type but the end of the file. */
export const TOKEN_TYPES: readonly TokenType[] = all;

/** Reserved word to its token type. */
export const KEYWORDS: ReadonlyMap<string, TokenType> = keywordTypes;

/** Unreserved words that begin a declaration, to their token types. */
export const DECLARATION_WORDS: ReadonlyMap<string, TokenType> = declarationWords;

/** Unreserved words that begin a statement, to their token types. */
export const STATEMENT_WORDS: ReadonlyMap<string, TokenType> = statementWords;

/** Reserved words that begin a declaration, at the top of a file. */
export const DECLARATIONS: readonly TokenType[] = [
  Import,
  Use,
  Enum,
  Type,
  Approver,
  Operation,
  Guardrail,
  Action,
  Let,
];

/** Reserved words that begin a statement, in a body. */
export const STATEMENTS: readonly TokenType[] = [
  Let,
  Fact,
  Step,
  Check,
  Require,
  Approve,
  Escalate,
  Wait,
  If,
  For,
  Parallel,
  Branch,
  On,
  Return,
  Rollback,
  Irreversible,
  Applies,
  Override,
];

/** What a number or unit token stands for; the parser adds the span. */
export type LiteralValue = Omit<NumberLiteral, "span"> | DistributiveOmit<UnitLiteral, "span">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** `///` lines before a token: what they say, and where they stand, in case nothing takes them. */
export interface Doc {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const typeByIndex: TokenType[] = [];
for (const type of [EOF, ...all]) if (type.tokenTypeIdx !== undefined) typeByIndex[type.tokenTypeIdx] = type;

/** The index chevrotain compares tokens by. */
export function indexOf(type: TokenType): number {
  return type.tokenTypeIdx ?? -1;
}

/** A set of token types, asked by a token's `tokenTypeIdx`. */
export function tokenSet(types: readonly TokenType[]): readonly boolean[] {
  const set: boolean[] = new Array(typeByIndex.length).fill(false);
  for (const type of types) set[indexOf(type)] = true;
  return set;
}

/** One token. A class for its fixed layout: these are made by the million. */
export class Token implements IToken {
  readonly tokenTypeIdx: number;
  readonly startOffset: number;
  /** Exclusive. */
  readonly end: number;
  /** The word as written, for a name or a keyword; how the type is written, for all else. */
  readonly image: string;
  /** First on its line. */
  readonly newline: boolean;
  /** White space or a comment stands before it. */
  readonly spaced: boolean;
  /** Offset at which its line begins. */
  readonly line: number;
  /** Width of the white space its line begins with, in UTF-16 units. */
  readonly indent: number;
  /** Characters that are not of the language were passed over just before it. */
  readonly afterBad: boolean;
  literal: LiteralValue | null = null;
  doc: Doc | null = null;
  /** For the end of a text: it was cut off. For its start: it is block text. */
  mark = false;

  constructor(
    type: number,
    start: number,
    end: number,
    image: string,
    place: { readonly newline: boolean; readonly spaced: boolean; readonly line: number; readonly indent: number },
    afterBad: boolean,
  ) {
    this.tokenTypeIdx = type;
    this.startOffset = start;
    this.end = end;
    this.image = image;
    this.newline = place.newline;
    this.spaced = place.spaced;
    this.line = place.line;
    this.indent = place.indent;
    this.afterBad = afterBad;
  }

  get tokenType(): TokenType {
    return typeByIndex[this.tokenTypeIdx] ?? EOF;
  }
}

/** Whether `word` is one of the language: it cannot name what is to be read as a value. */
export function isReserved(word: string): boolean {
  return keywordTypes.has(word);
}
