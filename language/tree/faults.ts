/** What the scanner and the parser find wrong. */
import type { Span } from "./names.ts";

/**
 * A fault found while reading the text. `code` and `args` select the message in the diagnostics registry of the
 * compiler; the language layer only says what it saw and where.
 */
export interface SyntaxFault {
  readonly code: SyntaxCode;
  readonly span: Span;
  /** Values for the message's placeholders. */
  readonly args: Readonly<Record<string, string>>;
  /** Further places worth showing, such as the brace that was never closed. */
  readonly related: readonly { readonly span: Span; readonly note: string }[];
}

/** Every fault the lexer and parser can report. Each has a page in `compiler/diagnostics`. */
export const SYNTAX_CODES = [
  "expected", // something was expected here: args.what, args.after
  "unexpected", // this cannot stand here: args.found, args.where
  "foreign_form", // written as elsewhere: args.found, args.write, args.sure ("yes": it can only mean that), args.note
  "unknown_keyword", // a word near to one that begins a declaration or statement: args.word, args.near, args.begins
  "unclosed", // an opener without its closer: args.opener, args.closer
  "unopened", // a closer without its opener: args.closer
  "bad_number", // digits run into letters, or a malformed number: args.text
  "bad_date", // a malformed date or time: args.text
  "bad_string", // a string that does not end on its line, or a bad escape: args.why
  "bad_character", // a character the language does not use: args.text
  "reserved_word", // a keyword where a name was expected: args.word
  "unclosed_comment", // a block comment that never ends
  "too_deep", // nested deeper than the parser allows: args.limit
] as const;
export type SyntaxCode = (typeof SYNTAX_CODES)[number];
