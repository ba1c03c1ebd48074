/**
 * The colours of `.ops` files for editors that know TextMate grammars, made from the language's own tables of words: reserved
 * words, words that are so by their place, types, days. A server's semantic tokens say what a grammar cannot: what a name is.
 */
import { DAYS } from "../../compiler/check/windows.ts";
import { SCALARS } from "../../compiler/types/type.ts";
import { DECLARATIONS, KEYWORDS, STATEMENT_WORDS, type TokenType } from "../../language/tokens.ts";

export interface Pattern {
  readonly name?: string;
  readonly contentName?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly captures?: Captures;
  readonly beginCaptures?: Captures;
  readonly endCaptures?: Captures;
  readonly include?: string;
  readonly patterns?: readonly Pattern[];
}
type Captures = Readonly<Record<string, { readonly name: string }>>;

export interface Grammar {
  readonly $comment: string;
  readonly name: string;
  readonly scopeName: string;
  readonly fileTypes: readonly string[];
  readonly patterns: readonly Pattern[];
  readonly repository: Readonly<Record<string, { readonly patterns: readonly Pattern[] }>>;
}

const NAME = "[A-Za-z_]\\w*";
/** A word that is not part of a longer one, and no field of a value. */
const START = "(?<![\\w.])";
const CONSTANTS = ["true", "false", "none"];
/** What may not stand before a word that is a clause: then it is a value of that name. */
const CLAUSE_VALUE = `(?=\\s+(?!(?:in|of|per|when|where|else|after|as|by|every|tolerate|key|at|allow)\\b)[\\w"(\\[])`;

const include = (...names: string[]): Pattern[] => names.map((name) => ({ include: `#${name}` }));
const words = (types: Iterable<string>): string => `(?:${[...types].join("|")})`;
const captures = (...names: (string | null)[]): Captures =>
  Object.fromEntries(
    names.flatMap((name, i) => (name === null ? [] : [[String(i + 1), { name: `${name}.ops` }] as const])),
  );
const declared = new Set(DECLARATIONS.map((type: TokenType) => type.LABEL ?? ""));

/** The grammar as it is written to `ops.tmLanguage.json`. */
export function opsGrammar(): Grammar {
  return {
    $comment: "Made by cli/build-editor.ts from the language's tables.",
    name: "ops",
    scopeName: "source.ops",
    fileTypes: ["ops"],
    patterns: include("comments", "window", "test", "declarations", "code"),
    repository: {
      comments: { patterns: COMMENTS },
      code: {
        patterns: include(
          "comments",
          "texts",
          "numbers",
          "statements",
          "labels",
          "properties",
          "members",
          "words",
          "calls",
          "names",
          "signs",
        ),
      },
      texts: { patterns: TEXTS },
      escapes: { patterns: ESCAPES },
      nested: { patterns: [{ begin: "\\{", end: "\\}", patterns: include("nested", "code") }] },
      "nested-on-line": { patterns: [{ begin: "\\{", end: "\\}|(?=$)", patterns: include("nested-on-line", "code") }] },
      numbers: { patterns: NUMBERS },
      declarations: { patterns: DECLARATION_RULES },
      window: { patterns: [WINDOW] },
      test: { patterns: [TEST] },
      "test-body": { patterns: [TEST_BODY] },
      parameters: { patterns: PARAMETERS },
      types: { patterns: TYPES },
      "record-type": { patterns: [RECORD_TYPE] },
      statements: { patterns: STATEMENT_RULES },
      labels: {
        patterns: [
          {
            match: `${START}(${NAME})(\\?)?(?=:)`,
            captures: captures("variable.parameter", "keyword.operator.optional"),
          },
        ],
      },
      properties: {
        patterns: [
          {
            match: `${START}(?!${words(KEYWORDS.keys())}\\b)(${NAME})(?=\\s*=(?![=>]))`,
            captures: captures("variable.other.property"),
          },
        ],
      },
      members: { patterns: MEMBERS },
      words: { patterns: WORDS },
      calls: {
        patterns: [
          {
            match: `${START}(?!${words(KEYWORDS.keys())}\\b)(${NAME})(?=\\()`,
            captures: captures("entity.name.function"),
          },
        ],
      },
      names: { patterns: NAMES },
      signs: { patterns: SIGNS },
    },
  };
}

const COMMENTS: readonly Pattern[] = [
  { match: "///(?!/).*$", name: "comment.line.documentation.ops" },
  // `https://` outside of text is no comment: its quotes are missing.
  { match: "(?<![a-z]:)//.*$", name: "comment.line.double-slash.ops" },
  { begin: "/\\*", end: "\\*/", name: "comment.block.ops" },
];

const ESCAPES: readonly Pattern[] = [
  { match: '\\\\(?:u\\{[0-9a-fA-F]{1,6}\\}|[nrt"\\\\$])', name: "constant.character.escape.ops" },
  { match: "\\\\.", name: "invalid.illegal.escape.ops" },
];

const hole = (end: string, nested: string): Pattern => ({
  begin: "\\$\\{",
  end,
  beginCaptures: { 0: { name: "punctuation.section.embedded.begin.ops" } },
  endCaptures: { 0: { name: "punctuation.section.embedded.end.ops" } },
  name: "meta.embedded.ops",
  contentName: "source.ops",
  patterns: include(nested, "code"),
});

const TEXTS: readonly Pattern[] = [
  {
    begin: '"""',
    end: '"""',
    name: "string.quoted.triple.ops",
    patterns: [...include("escapes"), hole("\\}", "nested")],
  },
  {
    // It ends with its line, also where its quote is missing.
    begin: '"',
    end: '"|(?=$)',
    name: "string.quoted.double.ops",
    patterns: [...include("escapes"), hole("\\}|(?=$)", "nested-on-line")],
  },
];

const DIGITS = "\\d[\\d_]*(?:\\.\\d[\\d_]*)?";
const number = (match: string, kind: string): Pattern => ({
  match: `(?<!\\w)${match}(?!\\w)`,
  name: `constant.numeric.${kind}.ops`,
});
const NUMBERS: readonly Pattern[] = [
  number("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2})?", "time"),
  number("\\d{4}-\\d{2}-\\d{2}", "date"),
  number("\\d{2}:\\d{2}", "time-of-day"),
  number(`${DIGITS}%`, "percent"),
  number(`(?:${DIGITS}(?:ms|[dhms]))+`, "duration"),
  number(`${DIGITS}(?:[KMGTP]i?)?B`, "size"),
  number("\\d[\\d_]*\\.\\d[\\d_]*", "decimal"),
  number("\\d[\\d_]*", "integer"),
  { match: "(?<!\\w)\\d\\w*", name: "invalid.illegal.number.ops" },
];

const KEYWORD = "keyword.declaration";
const CONTROL = "keyword.control";
const WORD = "keyword.other";
const ASSIGN = "keyword.operator.assignment";

const DECLARATION_RULES: readonly Pattern[] = [
  {
    begin: `${START}(action|operation)\\s+(${NAME})\\s*(\\()`,
    end: "\\)",
    beginCaptures: captures(KEYWORD, "entity.name.function"),
    patterns: include("parameters"),
  },
  {
    begin: "(->)\\s*(?=\\{)",
    end: "(?<=\\})",
    beginCaptures: captures("keyword.operator.arrow"),
    patterns: include("record-type"),
  },
  { begin: "(->)", end: "(?=\\{)|$", beginCaptures: captures("keyword.operator.arrow"), patterns: include("types") },
  {
    begin: `${START}(type)\\s+(${NAME})\\s*(=)`,
    end: "(?=\\bwhere\\b)|$",
    beginCaptures: captures(KEYWORD, "entity.name.type", ASSIGN),
    patterns: include("types"),
  },
  { match: `${START}(enum|type)\\s+(${NAME})`, captures: captures(KEYWORD, "entity.name.type") },
  {
    match: `${START}(approver|guardrail|secret)\\s+(${NAME})(?=\\s*(?:\\{|from\\b|$))`,
    captures: captures(KEYWORD, "entity.name.class"),
  },
  { match: `^\\s*(window|secret)\\s+(${NAME})\\s*$`, captures: captures(KEYWORD, "entity.name.class") },
  { match: `${START}(action|operation)\\s+(${NAME})`, captures: captures(KEYWORD, "entity.name.function") },
  {
    match: `${START}(use)\\s+(${NAME})(?:\\s+(as)\\s+(${NAME}))?`,
    captures: captures(KEYWORD, "entity.name.namespace", WORD, "entity.name.namespace"),
  },
];

/** Between the parentheses of an action or an operation. */
const PARAMETERS: readonly Pattern[] = [
  ...include("comments"),
  {
    begin: `(${NAME})(\\?)?\\s*(:)`,
    end: "(?=[,)=]|\\bwhere\\b)|$",
    beginCaptures: captures("variable.parameter", "keyword.operator.optional"),
    patterns: include("types"),
  },
  { begin: "\\(", end: "\\)", patterns: include("code") },
  ...include("code"),
];

const TYPES: readonly Pattern[] = [
  ...include("comments", "texts", "numbers", "record-type"),
  { match: `\\b(one)\\s+(of)\\s+(${NAME})`, captures: captures(WORD, WORD, "variable.other") },
  { match: `\\b${words([...SCALARS, "list", "map", "range", "secret"])}\\b`, name: "support.type.ops" },
  { match: `\\b${words(CONSTANTS)}\\b`, name: "constant.language.ops" },
  // A field may have a condition too.
  {
    begin: "\\bwhere\\b",
    end: "(?=[,}])|$",
    beginCaptures: { 0: { name: "keyword.control.ops" } },
    patterns: include("code"),
  },
  { match: `\\b${NAME}`, name: "entity.name.type.ops" },
  { match: "[?|<>]", name: "keyword.operator.type.ops" },
];

const RECORD_TYPE: Pattern = {
  begin: "\\{",
  end: "\\}",
  patterns: [
    ...include("comments"),
    { match: `(${NAME})(\\?)?(?=\\s*:)`, captures: captures("variable.other.property", "keyword.operator.optional") },
    ...include("types"),
  ],
};

const WINDOW: Pattern = {
  begin: `${START}(window)\\s+(${NAME})\\s*(?=\\{)`,
  end: "\\}",
  beginCaptures: captures(KEYWORD, "entity.name.class"),
  patterns: [
    { match: `${START}(allow|deny)\\b(?!\\s*[.:=])`, captures: captures(CONTROL) },
    { match: `${START}(because)\\b`, captures: captures(WORD) },
    { match: `\\b${words(DAYS)}\\b`, name: "constant.language.day.ops" },
    ...include("code"),
  ],
};

const TEST: Pattern = {
  begin: `^\\s*(test)\\s+(?=")`,
  end: "(?<=\\})",
  beginCaptures: captures(KEYWORD),
  patterns: include("comments", "test-body", "texts"),
};

/** A call by its provider: `file.read(`. */
const PROVIDED = `(?:(${NAME})(\\.)(${NAME})(?=\\s*(?:\\(|returns\\b|fails\\b|called\\b|not\\b)))`;
const OPERATION = ["entity.name.namespace", "punctuation.accessor", "support.function"] as const;

const inTest = [...STATEMENT_WORDS.keys()].filter((word) => word !== "allow" && word !== "deny");
const TEST_BODY: Pattern = {
  begin: "\\{",
  end: "\\}",
  patterns: [
    {
      match: `${START}(given|expect)\\s+${PROVIDED}`,
      captures: captures(CONTROL, ...OPERATION),
    },
    { match: `${START}${words(inTest)}\\b(?=\\s+(?!(?:in|of|per)\\b)[\\w"!(])`, name: "keyword.control.test.ops" },
    { match: `${START}(?:not\\s+)?called(?:\\s+with)?\\b`, name: "keyword.other.ops" },
    { match: `${START}(?:returns|fails)\\b(?!\\s*[.:=])`, name: "keyword.other.ops" },
    ...include("test-body", "code"),
  ],
};

const STATEMENT_RULES: readonly Pattern[] = [
  {
    begin: `${START}(let)\\s+(${NAME})\\s*(:)`,
    end: "(?==)|$",
    beginCaptures: captures(KEYWORD, "variable.other.constant"),
    patterns: include("types"),
  },
  { match: `${START}(let)\\s+(${NAME})\\b(?!\\s*:)`, captures: captures(KEYWORD, "variable.other.constant") },
  {
    match: `${START}(fact|step|check)\\s+(${NAME})\\s*(=)(?:\\s*${PROVIDED})?`,
    captures: captures(CONTROL, "variable.other.constant", ASSIGN, ...OPERATION),
  },
  {
    match: `${START}(call)\\s*(=)\\s*${PROVIDED}`,
    captures: captures("variable.other.property", ASSIGN, ...OPERATION),
  },
  { match: `${START}(rollback)\\s+(auto|nothing)\\b`, captures: captures(CONTROL, WORD) },
  { match: `${START}(rollback)\\s+${PROVIDED}`, captures: captures(CONTROL, ...OPERATION) },
  {
    match: `${START}(approve|override|approved)\\s+(by)(?:\\s+(any|all)\\s+(of))?\\b`,
    captures: captures(CONTROL, WORD, WORD, WORD),
  },
  { match: `${START}(escalate)\\s+(to)(?:\\s+(any|all)\\s+(of))?\\b`, captures: captures(CONTROL, WORD, WORD, WORD) },
  {
    match: `${START}(applies)\\s+(to)\\s+(action)(?:\\s+(with))?\\b`,
    captures: captures(CONTROL, WORD, CONTROL, WORD),
  },
  { match: `${START}(for)\\s+(${NAME})\\s+(in)\\b`, captures: captures(CONTROL, "variable.other.constant", CONTROL) },
  { match: `${START}(on)\\s+(${NAME})(?=\\s*\\{)`, captures: captures(CONTROL, WORD) },
  { match: `${START}(retry)(?=\\s*\\{)`, captures: captures(CONTROL) },
];

const MEMBERS: readonly Pattern[] = [
  { match: `(\\??\\.)\\s*(${NAME})(?=\\()`, captures: captures("punctuation.accessor", "entity.name.function.member") },
  {
    match: `(\\?\\.|(?<!\\.)\\.(?!\\.))\\s*(${NAME})`,
    captures: captures("punctuation.accessor", "variable.other.property"),
  },
];

const statements = [...KEYWORDS.keys()].filter((word) => !declared.has(word) && !CONSTANTS.includes(word));
const WORDS: readonly Pattern[] = [
  { match: `${START}${words(CONSTANTS)}\\b`, name: "constant.language.ops" },
  // `action.tags` in a guardrail is the action it is held against.
  { match: `${START}action(?=\\.)`, name: "variable.language.ops" },
  { match: `${START}${words(declared)}\\b`, name: "keyword.declaration.ops" },
  { match: `${START}${words(statements)}\\b`, name: "keyword.control.ops" },
  { match: `${START}(?:batch|every|tolerate|key|at\\s+most)\\b${CLAUSE_VALUE}`, name: "keyword.other.ops" },
  { match: `${START}(?:allow\\s+empty|any\\s+of|all\\s+of|one\\s+of)\\b`, name: "keyword.other.ops" },
  { match: `${START}(?:after|by|as|from|with)\\b(?=\\s+[\\w"(\\[{])`, name: "keyword.other.ops" },
  { match: "(?<=\\s)(?:of|per)(?=\\s)", name: "keyword.operator.word.ops" },
];

const NAMES: readonly Pattern[] = [
  { match: `${START}(?:run|plan)(?=\\.)|${START}it\\b`, name: "variable.language.ops" },
  { match: `${START}[A-Z]\\w*`, name: "entity.name.type.ops" },
  { match: `${START}${NAME}`, name: "variable.other.ops" },
];

const SIGNS: readonly Pattern[] = [
  { match: "=>|->", name: "keyword.operator.arrow.ops" },
  { match: "==|!=|<=|>=|<|>", name: "keyword.operator.comparison.ops" },
  { match: "&&|\\|\\||\\?\\?|!", name: "keyword.operator.logical.ops" },
  { match: "\\.\\.", name: "keyword.operator.range.ops" },
  { match: "[?:|]", name: "keyword.operator.ternary.ops" },
  { match: "[-+*/%]", name: "keyword.operator.arithmetic.ops" },
  { match: "=", name: "keyword.operator.assignment.ops" },
  { match: ",", name: "punctuation.separator.ops" },
];
