/** JSON with places: strict RFC 8259, bounded in depth, every key of an object once. */
import type { Span } from "../../language/tree.ts";
import { type DataEntry, type DataFault, type DataNode, type DataRead, MAX_DATA_DEPTH } from "./node.ts";

/** Reads `text`; the first syntax error ends it (`node` null), keys given twice do not. Never throws. */
export function parseJson(text: string): DataRead {
  const reader = new Reader(text);
  try {
    return { node: reader.document(), faults: reader.faults };
  } catch (error) {
    if (error instanceof Broken) return { node: null, faults: [...reader.faults, error.fault] };
    throw error;
  }
}

/** Ends reading from any depth; never leaves this file. */
class Broken extends Error {
  readonly fault: DataFault;
  constructor(fault: DataFault) {
    super(fault.message);
    this.fault = fault;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*|[+-]?[\d.][\w.+-]*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

const HALF = "this text has half of a character in it: a \\u escape from d800 to dfff without its other half";

class Reader {
  readonly #text: string;
  readonly faults: DataFault[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith("\uFEFF")) this.#at = 1;
  }

  document(): DataNode {
    this.#space();
    if (this.#at === this.#text.length) throw this.#broken(this.#here(0), "it is empty");
    const node = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected("the end, after one value");
    return node;
  }

  #value(depth: number): DataNode {
    if (depth > MAX_DATA_DEPTH) throw this.#broken(this.#here(1), `it is nested deeper than ${MAX_DATA_DEPTH} levels`);
    const start = this.#at;
    switch (this.#text[start]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"': {
        const value = this.#string();
        return { kind: "scalar", span: { start, end: this.#at }, value };
      }
      default:
        return this.#number() ?? this.#word();
    }
  }

  #object(depth: number): DataNode {
    const start = this.#at++;
    const entries: DataEntry[] = [];
    const seen = new Map<string, Span>();
    this.#space();
    while (!this.#take("}")) {
      if (entries.length > 0) this.#comma("}", start);
      const keyStart = this.#at;
      if (this.#text[keyStart] !== '"')
        throw this.#unexpected('a key in double quotes, or "}"', this.#hint("}", start));
      const key = this.#string();
      const keySpan = { start: keyStart, end: this.#at };
      this.#space();
      if (!this.#take(":")) throw this.#unexpected("a colon after the key");
      this.#space();
      const value = this.#value(depth + 1);
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, keySpan);
        entries.push({ key, keySpan, value });
      } else this.faults.push(twice(key, keySpan, first));
      this.#space();
    }
    return { kind: "record", span: { start, end: this.#at }, entries };
  }

  #array(depth: number): DataNode {
    const start = this.#at++;
    const items: DataNode[] = [];
    this.#space();
    while (!this.#take("]")) {
      if (items.length > 0) this.#comma("]", start);
      items.push(this.#value(depth + 1));
      this.#space();
    }
    return { kind: "list", span: { start, end: this.#at }, items };
  }

  #comma(closer: string, opener: number): void {
    const comma = { start: this.#at, end: this.#at + 1 };
    if (!this.#take(",")) throw this.#unexpected(`a comma or "${closer}"`, this.#hint(closer, opener));
    this.#space();
    if (this.#text[this.#at] === closer)
      throw this.#broken(comma, `a comma stands before the "${closer}"`, "take it away; JSON has no trailing commas");
  }

  /** Where an opener was never closed, at the end of the text. */
  #hint(closer: string, opener: number): DataFault["related"] {
    if (this.#at < this.#text.length) return null;
    return { span: { start: opener, end: opener + 1 }, note: `it is never closed with "${closer}"` };
  }

  #string(): string {
    const start = this.#at++;
    let value = "";
    for (;;) {
      const from = this.#at;
      while (isPlain(this.#text.charCodeAt(this.#at))) this.#at++;
      value += this.#text.slice(from, this.#at);
      const char = this.#text[this.#at];
      if (char === '"') {
        this.#at++;
        if (!value.isWellFormed()) throw this.#broken({ start, end: this.#at }, HALF, "write both halves of the pair");
        return value;
      }
      if (char === "\\") value += this.#escape();
      else if (char === undefined || char === "\n" || char === "\r")
        throw this.#broken({ start, end: this.#at }, "this text has no closing quote on its line");
      else throw this.#broken(this.#here(1), "a control character stands in a text", "write it as \\u and four digits");
    }
  }

  #escape(): string {
    const start = this.#at++;
    const char = this.#text[this.#at++];
    const plain = char === undefined ? undefined : ESCAPES.get(char);
    if (plain !== undefined) return plain;
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (char === "u" && /^[0-9a-fA-F]{4}$/.test(digits)) {
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    throw this.#broken({ start, end: this.#at }, "this is no escape of JSON", 'write "\\\\" for a backslash');
  }

  #number(): DataNode | null {
    const start = this.#at;
    NUMBER.lastIndex = start;
    const written = NUMBER.exec(this.#text)?.[0];
    if (written === undefined || /[\w.+]/.test(this.#text.charAt(start + written.length))) return null;
    this.#at = start + written.length;
    const span = { start, end: this.#at };
    const value = Number(written);
    const exact = Number.isFinite(value) && (!/^-?\d+$/.test(written) || Number.isSafeInteger(value));
    if (!exact)
      throw this.#broken(span, `the number ${brief(written)} is too large to be kept exactly`, "write it as text");
    return { kind: "scalar", span, value: value === 0 ? 0 : value };
  }

  #word(): DataNode {
    const start = this.#at;
    WORD.lastIndex = start;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) throw this.#unexpected("a value");
    const span = { start, end: start + word.length };
    const value = word === "true" ? true : word === "false" ? false : word === "null" ? null : undefined;
    if (value === undefined)
      throw this.#broken(
        span,
        `${brief(word)} is no value of JSON`,
        /^[\d.+-]/.test(word) ? "numbers are written 12, -0.5 or 1e3" : `write "${brief(word)}" if it is text`,
      );
    this.#at = span.end;
    return { kind: "scalar", span, value };
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #here(length: number): Span {
    return { start: this.#at, end: Math.min(this.#text.length, this.#at + length) };
  }

  #unexpected(wanted: string, related: DataFault["related"] = null): Broken {
    const rest = this.#text.slice(this.#at, this.#at + 2);
    const char = [...rest][0];
    const found = char === undefined ? "the end of the file" : JSON.stringify(char);
    const help =
      rest === "//" || rest === "/*" || char === "#"
        ? "take it away; JSON has no comments"
        : char === "'"
          ? 'JSON takes double quotes only: "…"'
          : null;
    return this.#broken(this.#here(char?.length ?? 0), `${wanted} is expected, not ${found}`, help, related);
  }

  #broken(span: Span, message: string, help: string | null = null, related: DataFault["related"] = null): Broken {
    return new Broken({ span, message, help, related });
  }
}

/** A code unit that stands for itself in a text: no quote, no backslash, no control character; not the end (NaN) either. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code !== 0x22 && code !== 0x5c;
}

export function twice(key: string, span: Span, first: Span): DataFault {
  return {
    span,
    message: `the key ${JSON.stringify(brief(key))} is given twice`,
    help: "keep one of them",
    related: { span: first, note: "here first" },
  };
}

function brief(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
