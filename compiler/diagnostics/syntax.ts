/** Faults of the text itself. The parser gives the code and the arguments, with `_` for `-` in codes. */
import { paddedDate, unitMeant } from "../../language/literals.ts";
import { error, warning } from "./define.ts";

/** What words of other languages are here. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["and", "&&"],
  ["or", "||"],
  ["not", "!"],
  ["null", "none"],
  ["nil", "none"],
  ["None", "none"],
  ["undefined", "none"],
  ["NULL", "none"],
  ["TRUE", "true"],
  ["FALSE", "false"],
  ["True", "true"],
  ["False", "false"],
  ["elif", "else if"],
  ["elsif", "else if"],
  ["var", "let"],
  ["const", "let"],
  ["foreach", "for"],
]);

/** "write && for and"; "" for a word that other languages do not have either. */
export function foreignHelp(word: string): string {
  const here = FOREIGN.get(word);
  return here === undefined ? "" : `write ${here}, not ${word}`;
}

/** What to write instead of a word of another language; undefined where that has no such word either. */
/** Digits as a number is written: only their count is wrong. */
const tooLarge = (text: string): boolean =>
  /^\d{1,3}(_?\d{3})*$|^\d+$/.test(text) && Number(text.replaceAll("_", "")) > Number.MAX_SAFE_INTEGER;

export const hereFor = (word: string): string | undefined => FOREIGN.get(word);

/** Statements that are not properties, as they are written. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ["rollback", "rollback auto"],
  ["irreversible", 'irreversible "why"'],
  ["wait", "wait 10s"],
  ["require", 'require … else "…"'],
  ["return", "return …"],
  ["approve", "approve by …"],
  ["escalate", "escalate to … after …"],
  ["override", "override by …"],
  ["applies", "applies to action"],
]);

function badCharacterHelp(text: string): string {
  switch (text.charAt(0)) {
    case "#":
      return "comments begin with //";
    case "'":
    case "`":
    case "“":
    case "”":
    case "‘":
    case "’":
      return 'text stands in double quotes: "…"';
    case ";":
      return "take it away: a statement needs no end";
    case "&":
      return "and is written &&";
    default:
      return "";
  }
}

function unexpectedHelp(found: string, where: string): string {
  const word = found.replaceAll("`", "");
  if (where === CONDITION) return "== compares";
  if (where === AFTER_CONDITION) return "the message follows else";
  if (where === BEFORE_IN) return "write !(… in …)";
  if (where === FIELD_NAME) return `a key with - in it stands in quotes: "${word}"`;
  if ((word === "when" || word === "after") && (where === AFTER_STATEMENT || IN_STEP.test(where)))
    return `${word} stands before the { of the statement it belongs to`;
  return foreignHelp(word);
}

/** A bracket and things: the message speaks of more than one. */
const SEVERAL = /^`[{(]` and the [a-z]+s\b/;

/** Of an escape that is none, as the scanner says it. */
export const NO_ESCAPE = /not an escape|at the end of a line/;

// Places as the parser names them.
export const CONDITION = "in a condition";
export const AFTER_CONDITION = "after the condition";
export const FIELD_NAME = "as the name of a field";
export const AFTER_STATEMENT = "after a statement";
const IN_STEP = /^in the body of the (?:step|check)$/;
export const BEFORE_IN = "before `in`";

export const syntaxDiagnostics = {
  expected: error(
    (a: { what: string; after: string }) =>
      `${a.what} ${SEVERAL.test(a.what) ? "are" : "is"} expected${a.after === "" ? "" : ` after ${a.after}`}`,
    {
      label: (a) => `${a.what} goes here`,
    },
  ),
  unexpected: error((a: { found: string; where: string }) => `${a.found} cannot stand ${a.where}`, {
    help: (a) => unexpectedHelp(a.found, a.where),
  }),
  "foreign-form": error(
    (a: { found: string; write: string; sure: string; note: string }) => `\`${a.found}\` is written \`${a.write}\``,
    { help: (a) => a.note || `write ${a.write}` },
  ),
  "unknown-keyword": error(
    (a: { word: string; near: string; begins: string }) => `no ${a.begins} begins with \`${a.word}\``,
    { help: (a) => `did you mean ${a.near}?` },
  ),
  unclosed: error((a: { opener: string; closer: string }) => `this ${a.opener} is never closed`, {
    help: (a) => `add the missing ${a.closer}`,
  }),
  unopened: error((a: { closer: string }) => `this ${a.closer} closes nothing`, {
    help: () => "take it away, or add what it should close",
  }),
  "bad-number": error(
    (a: { text: string }) => (tooLarge(a.text) ? `${a.text} is too large` : `${a.text} is not a number`),
    {
      help: (a) => {
        const meant = unitMeant(a.text);
        // A small b stands for bits elsewhere: it may be suggested, and is not said to be meant.
        if (meant !== null && !/b$/i.test(a.text)) return `write ${meant}`;
        return tooLarge(a.text)
          ? `numbers go up to ${Number.MAX_SAFE_INTEGER}; longer ones, such as ids, are written as text`
          : "a number may end in a unit: ms, s, m (minutes), h, d, B, KB, MB, GB, KiB, MiB, GiB or %";
      },
    },
  ),
  "bad-date": error((a: { text: string }) => `${a.text} is not a date or time that exists`, {
    help: (a) => {
      const padded = paddedDate(a.text);
      if (padded !== null) return `write ${padded}`;
      if (/^\d+:/.test(a.text)) return "times of day go from 00:00 to 24:00, such as 09:30";
      return "dates are written 2026-11-21, times 2026-11-21T09:00:00Z, times of day 09:00";
    },
  }),
  "bad-string": error((a: { why: string }) => `this text ${a.why}`, {
    help: (a) =>
      NO_ESCAPE.test(a.why)
        ? 'escapes are \\n, \\r, \\t, \\", \\\\, \\$ and \\u{…}'
        : 'text ends on the line it begins on; for several lines use """',
  }),
  "bad-character": error((a: { text: string }) => `${a.text} means nothing here`, {
    help: (a) => badCharacterHelp(a.text),
  }),
  "hidden-character": warning((a: { name: string }) => `${a.name}, which cannot be seen, stands in this text`, {
    why: "what a reviewer is shown is not what runs",
    help: (a) => `take it away, or write \\u{${a.name.slice(2)}} in its place`,
  }),
  "reserved-word": error(
    (a: { word: string; as: string }) => `${a.word} is a word of the language and cannot be a ${a.as}`,
    {
      help: (a) => {
        const form = FORMS.get(a.word);
        if (a.as === "value") return "write undo";
        if (a.as === "property" && a.word === "when") return "write when …, without =, before the { of the step";
        return a.as === "property" && form !== undefined
          ? `write ${form}, without =`
          : `choose another name, such as ${a.word}_1`;
      },
    },
  ),
  "unclosed-comment": error(() => "this comment is never closed", { help: () => "end it with */" }),
  "too-deep": error((a: { limit: string }) => `this is nested more than ${a.limit} deep`, {
    help: () => "take parts of it out into a let",
  }),
};
