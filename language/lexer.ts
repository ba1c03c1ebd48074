/**
 * The scanner: text to tokens, one at a time, never failing.
 *
 * It is pulled by the parser and keeps nothing but comments and faults. A text with holes (`"a ${b} c"`) becomes
 * several tokens; the stack of texts that are open (`open-texts.ts`) is the scanner's only real state.
 */

import {
  BACKSLASH,
  BEGINS,
  BLANK,
  CLASS,
  COLON,
  CR,
  DIGIT,
  DOLLAR,
  excerpt,
  FOREIGN_PAIRS,
  HASH,
  LF,
  MARKS,
  OPEN_BRACE,
  QUOTE,
  WORD,
} from "./characters.ts";
import { late } from "./late.ts";
import { scanNumber } from "./literals.ts";
import { type OpenText, OpenTexts } from "./open-texts.ts";
import * as t from "./tokens.ts";
import { type Doc, indexOf, Token } from "./tokens.ts";
import type { Comment } from "./tree.ts";
import { wordAt } from "./words.ts";

const wordRest = late(() => /[\p{L}\p{N}\p{M}_]*/uy);
const SCHEME = /[a-z][a-z0-9+.-]*:$/;
const foreignLetter = late(() => /[\p{L}\p{N}]/uy);

const kind = {
  eof: indexOf(t.EndOfFile),
  name: indexOf(t.Identifier),
  number: indexOf(t.NumberToken),
  unit: indexOf(t.UnitToken),
  textStart: indexOf(t.TextStart),
  chunk: indexOf(t.TextChunk),
  holeStart: indexOf(t.HoleStart),
  holeEnd: indexOf(t.HoleEnd),
  textEnd: indexOf(t.TextEnd),
  leftBrace: indexOf(t.LeftBrace),
  rightBrace: indexOf(t.RightBrace),
};

export class Scanner extends OpenTexts {
  readonly comments: Comment[] = [];
  // Where the next token stands; `Token` reads these.
  newline = true;
  spaced = true;
  line = 0;
  indent = 0;
  private afterBad = false;
  private doc: { lines: string[]; start: number; end: number } | null = null;
  /** Whether a comment's end may still come: the rest of the text is searched in vain only once. */
  private commentsClose = true;

  constructor(text: string) {
    super(text);
    if (text.charCodeAt(0) === 0xfeff) {
      this.at = 1;
      this.line = 1;
    }
  }

  /** The next token; at the end of the text the end-of-file token, again and again. */
  next(): Token {
    const top = this.open.at(-1);
    if (top !== undefined && this.cut === 0 && !top.inHole) return this.inText(top);
    if (this.cut === 0) this.skipTrivia();
    if (this.cut > 0) return this.cutText();
    if (this.at >= this.text.length) return this.endOfFile();
    return this.inCode(top);
  }

  // ------------------------------------------------------------------------------------------------ code

  private inCode(top: OpenText | undefined): Token {
    const start = this.at;
    const code = this.text.charCodeAt(start);
    const what = CLASS[code];
    if (what === WORD) return this.word(start);
    if (what === DIGIT) return this.number(start);
    if (code === QUOTE) return this.openText(start);
    if (FOREIGN_PAIRS.has(code)) return this.openForeign(start, code);
    if (code > 0x7f) return this.word(start);
    if (top !== undefined && code === OPEN_BRACE) top.braces += 1;
    if (top !== undefined && code === 0x7d) {
      if (top.braces === 0) {
        top.inHole = false;
        return this.make(kind.holeEnd, start, start + 1, "}");
      }
      top.braces -= 1;
    }
    return this.mark(start, code);
  }

  private mark(start: number, code: number): Token {
    const next = this.text.charCodeAt(start + 1);
    const marks = MARKS[code] ?? [];
    for (let i = 0; i < marks.length; i += 1) {
      const mark = marks[i];
      if (mark !== undefined && (mark.second < 0 || mark.second === next))
        return this.make(mark.type, start, start + mark.image.length, mark.image);
    }
    throw new Error(`a character that begins no token came through at ${start}`);
  }

  private word(start: number): Token {
    const text = this.text;
    let end = start;
    let code = text.charCodeAt(end);
    let hash = 0;
    while (CLASS[code] === WORD || CLASS[code] === DIGIT) {
      hash = (hash * 31 + code) & 0xffffff;
      end += 1;
      code = text.charCodeAt(end);
    }
    if (code > 0x7f) {
      const rest = wordRest();
      rest.lastIndex = end;
      const more = rest.exec(text)?.[0] ?? "";
      if (more !== "") {
        this.fault("bad_character", start, end + more.length, { text: excerpt(text, start, end + more.length) });
        end += more.length;
        return this.make(kind.name, start, end, text.slice(start, end));
      }
    }
    const { image, type } = wordAt(text, start, end, hash);
    return this.make(type, start, end, image);
  }

  private number(start: number): Token {
    const { end, literal, fault } = scanNumber(this.text, start);
    if (fault !== null) this.fault(fault, start, end, { text: excerpt(this.text, start, end) });
    const token = this.make(literal.kind === "number" ? kind.number : kind.unit, start, end, "");
    token.literal = literal;
    return token;
  }

  private endOfFile(): Token {
    return this.make(kind.eof, this.text.length, this.text.length, "");
  }

  private make(type: number, start: number, end: number, image: string): Token {
    if (this.newline) this.indent = start - this.line;
    const token = new Token(type, start, end, image, this, this.afterBad);
    if (this.doc !== null) {
      token.doc = { text: this.doc.lines.join("\n"), start: this.doc.start, end: this.doc.end };
      this.doc = null;
    }
    this.at = end;
    this.newline = false;
    this.spaced = false;
    this.afterBad = false;
    return token;
  }

  // ------------------------------------------------------------------------------------------------ texts

  private openText(start: number): Token {
    const block = this.text.startsWith('"""', start);
    const end = start + (block ? 3 : 1);
    this.begin(start, end, block);
    const token = this.make(kind.textStart, start, end, block ? '"""' : '"');
    token.mark = block;
    return token;
  }

  /** Text in other quotes is told, and read as text: what is in it is no code. */
  private openForeign(start: number, code: number): Token {
    const quotes = this.foreignPair(start, code) ?? "''";
    this.fault("bad_character", start, start + 1, { text: quotes.charAt(0) });
    this.beginForeign(start, quotes);
    return this.make(kind.textStart, start, start + 1, quotes.charAt(0));
  }

  /** Inside the quotes: a run of characters, a hole, or the end. */
  private inText(top: OpenText): Token {
    const { text } = this;
    const start = this.at;
    let at = start;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === top.quote && (!top.block || text.startsWith('""', at + 1))) break;
      if (code === DOLLAR && text.charCodeAt(at + 1) === OPEN_BRACE) break;
      if (code === BACKSLASH) at = this.escape(at, top);
      if ((code === LF || code === CR) && this.endsAt(at)) break;
    }
    if (at > start) return this.make(kind.chunk, start, at, "");
    const code = text.charCodeAt(at);
    if (code === top.quote) {
      this.close();
      return this.make(kind.textEnd, at, at + (top.block ? 3 : 1), top.block ? '"""' : '"');
    }
    if (code === DOLLAR) {
      top.inHole = true;
      top.braces = 0;
      return this.make(kind.holeStart, at, at + 2, "${");
    }
    this.cutTexts();
    return this.cutText();
  }

  private cutText(): Token {
    this.cut -= 1;
    this.close();
    const token = this.make(kind.textEnd, this.at, this.at, "");
    token.mark = true;
    return token;
  }

  // ------------------------------------------------------------------------------------------------ trivia

  /** White space, comments, and characters that begin nothing. Stops at the start of a token. */
  private skipTrivia(): void {
    const { text } = this;
    while (this.at < text.length || this.open.length > 0) {
      const start = this.at;
      if (start >= text.length) return this.cutTexts();
      const code = text.charCodeAt(start);
      const what = CLASS[code];
      if (what === WORD || what === DIGIT || what === BEGINS) return;
      if (what === BLANK) {
        this.at += 1;
      } else if (code === LF || code === CR) {
        if (this.open.length > 0 && this.endsAt(start)) return this.cutTexts();
        this.at += code === CR && text.charCodeAt(start + 1) === LF ? 2 : 1;
        this.newLine();
      } else if (code === 0x2f && text.charCodeAt(start + 1) === 0x2f) {
        this.lineComment(start);
      } else if (code === 0x2f && text.charCodeAt(start + 1) === 0x2a) {
        this.blockComment(start);
      } else if (this.beginsToken(start, code)) {
        return;
      } else if (code === HASH && this.open.length === 0) {
        this.hashComment(start);
      } else {
        this.badCharacters(start);
      }
      this.spaced = true;
    }
  }

  private newLine(): void {
    this.newline = true;
    this.line = this.at;
  }

  private beginsToken(at: number, code: number): boolean {
    const what = CLASS[code];
    if (what === WORD || what === DIGIT || what === BEGINS) return true;
    if (this.foreignPair(at, code) !== null) return true;
    if (code > 0x7f) {
      const letter = foreignLetter();
      letter.lastIndex = at;
      return letter.test(this.text);
    }
    return (MARKS[code] ?? []).some((mark) => this.text.startsWith(mark.image, at));
  }

  /** One fault for a run of characters that begin nothing. */
  private badCharacters(start: number): void {
    const { text } = this;
    let end = start;
    while (end < text.length) {
      const code = text.charCodeAt(end);
      if (code === 0x20 || code === 0x09 || code === LF || code === CR || this.beginsToken(end, code)) break;
      end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    }
    this.fault("bad_character", start, end, { text: excerpt(text, start, end) });
    this.at = end;
    this.afterBad = true;
  }

  /** What stands after `#` is meant as a comment, and is none of the language's. */
  private hashComment(start: number): void {
    this.fault("bad_character", start, start + 1, { text: "#" });
    let end = start;
    while (end < this.text.length && this.text.charCodeAt(end) !== LF && this.text.charCodeAt(end) !== CR) end += 1;
    this.at = end;
  }

  /** The `//` of `https://…` outside of text is no comment: its quotes are missing, and so nothing on its line is as meant. */
  private inAddress(start: number): boolean {
    if (this.text.charCodeAt(start - 1) !== COLON) return false;
    const scheme = SCHEME.exec(this.text.slice(Math.max(start - 20, 0), start))?.[0];
    if (scheme === undefined || !/[\p{L}\p{N}[$]/u.test(this.text.charAt(start + 2))) return false;
    this.badString(start - scheme.length, this.at, "is not in quotes, or a quote before it is missing");
    this.cuts.push({ start: this.lineStart(start, 0), end: this.at });
    return true;
  }

  private lineComment(start: number): void {
    const { text } = this;
    let end = start;
    while (end < text.length && text.charCodeAt(end) !== LF && text.charCodeAt(end) !== CR) end += 1;
    this.at = end;
    if (this.inAddress(start)) return;
    if (!text.startsWith("///", start) || text.charCodeAt(start + 3) === 0x2f) {
      this.comments.push({ span: { start, end }, text: text.slice(start, end) });
      return;
    }
    const line = text.slice(start + (text.charCodeAt(start + 3) === 0x20 ? 4 : 3), end);
    if (this.doc === null) this.doc = { lines: [line], start, end };
    else {
      this.doc.lines.push(line);
      this.doc.end = end;
    }
  }

  /** A block comment; one that never ends is taken to end with its line, so that what follows is still read. */
  private blockComment(start: number): void {
    const { text } = this;
    const close = this.commentsClose ? text.indexOf("*/", start + 2) : -1;
    this.commentsClose = close >= 0;
    let end = close + 2;
    if (close < 0) {
      end = start;
      while (end < text.length && text.charCodeAt(end) !== LF && text.charCodeAt(end) !== CR) end += 1;
      this.fault("unclosed_comment", start, end, {});
    }
    this.comments.push({ span: { start, end }, text: text.slice(start, end) });
    this.at = end;
    const lastLine = this.lineStart(end, start);
    if (lastLine > start) {
      this.newline = true;
      this.line = lastLine;
    }
  }
}

export type { Doc };
