/** What a YAML parser finds wrong, at the place and in the words of who wrote the file. */
import type { Span } from "../../language/tree.ts";
import { type DataFault, MAX_DATA_DEPTH } from "./node.ts";

/** What the parser says, and where. */
export interface ParserError {
  readonly message: string;
  readonly pos: readonly [number, number];
  /** Where the last text in quotes begins; null where there is none. */
  readonly lastQuote: () => number | null;
}

export function inOurWords(error: ParserError, text: string): DataFault {
  const start = Math.min(error.pos[0], text.length);
  const span = { start, end: Math.min(Math.max(start + 1, error.pos[1]), text.length) };
  return { related: null, span, ...wordsOf(error, span, text) };
}

type Words = Pick<DataFault, "message" | "help"> & { readonly span?: Span };

function wordsOf({ message, lastQuote }: ParserError, span: Span, text: string): Words {
  // The parser recurses, and tells of the end of its stack as of any other mistake.
  if (message.includes("call stack"))
    return { message: `it is nested deeper than ${MAX_DATA_DEPTH} levels`, help: null };
  if (/^Implicit (map )?keys need/.test(message)) return missingColon(firstLine(text, span.start, span.end), text);
  const quote = /^Missing closing (["'])quote/.exec(message)?.[1];
  if (quote !== undefined) return missingQuote(lastQuote(), quote, text);
  const opener = /^Flow (map|sequence) in block collection/.exec(message)?.[1];
  if (opener !== undefined) {
    const [what, open, close] = opener === "map" ? ["record", "{", "}"] : ["list", "[", "]"];
    return {
      message: `a ${what} that begins with ${open} before this is not closed`,
      help: `add the missing ${close}`,
    };
  }
  const reserved = /cannot start with .*character (.)$/.exec(message)?.[1];
  if (reserved !== undefined)
    return { message: `a value cannot begin with ${reserved}`, help: "put the value into quotes" };
  if (message.startsWith("Nested mappings are not allowed"))
    return {
      message: "another key begins within this value",
      help: "put a value that holds a colon into quotes, or let the key begin where those beside it do",
    };
  const help = /tab/i.test(message) ? "indent with spaces" : null;
  return { message: message.charAt(0).toLowerCase() + message.slice(1), help };
}

function missingColon(span: Span, text: string): Words {
  const written = text.slice(span.start, span.end).trimEnd();
  const [, key, value] = /^([\w-]+)[ \t]+(.+)$/.exec(written) ?? [];
  const help = key === undefined || written.length > 60 ? "write key: value" : `write ${key}: ${value}`;
  return {
    message: "a colon is missing after the key",
    help,
    span: { start: span.start, end: span.start + written.length },
  };
}

/** Told where the text opens: it ends with the file, wherever the quote belongs. */
function missingQuote(open: number | null, quote: string, text: string): Words {
  const help = `add the missing ${quote}`;
  const message = `the text that begins with ${quote} is never closed`;
  return open === null ? { message, help } : { message, help, span: firstLine(text, open, text.length) };
}

export function firstLine(text: string, start: number, end: number): Span {
  const from = Math.max(0, start);
  const line = text.slice(from, end).search(/[\r\n]/);
  return { start: from, end: line < 0 ? end : from + line };
}
