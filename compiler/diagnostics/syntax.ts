/** Faults of the text itself. The parser gives the code and the arguments, with `_` for `-` in codes. */
import { error } from "./define.ts";

export const syntaxDiagnostics = {
  expected: error(
    (a: { what: string; after: string }) => `${a.what} is expected${a.after === "" ? "" : ` after ${a.after}`}`,
    {
      label: (a) => `${a.what} goes here`,
    },
  ),
  unexpected: error((a: { found: string; where: string }) => `${a.found} cannot stand ${a.where}`),
  unclosed: error((a: { opener: string; closer: string }) => `this ${a.opener} is never closed`, {
    help: (a) => `add the missing ${a.closer}`,
  }),
  unopened: error((a: { closer: string }) => `this ${a.closer} closes nothing`, {
    help: () => "take it away, or add what it should close",
  }),
  "bad-number": error((a: { text: string }) => `${a.text} is not a number`, {
    help: () => "a number may end in a unit: ms, s, m (minutes), h, d, B, KB, MB, GB, KiB, MiB, GiB or %",
  }),
  "bad-date": error((a: { text: string }) => `${a.text} is not a date or time that exists`, {
    help: () => "dates are written 2026-11-21, times 2026-11-21T09:00:00Z, times of day 09:00",
  }),
  "bad-string": error((a: { why: string }) => `this text ${a.why}`, {
    help: () => 'text ends on the line it begins on; for several lines use """',
  }),
  "bad-character": error((a: { text: string }) => `${a.text} means nothing here`),
  "reserved-word": error((a: { word: string }) => `${a.word} is a word of the language and cannot be a name`, {
    help: (a) => `choose another name, such as ${a.word}_1`,
  }),
  "unclosed-comment": error(() => "this comment is never closed", { help: () => "end it with */" }),
  "too-deep": error((a: { limit: string }) => `this is nested more than ${a.limit} deep`, {
    help: () => "take parts of it out into a let",
  }),
};
