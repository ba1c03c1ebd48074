/**
 * The tokens of a text and what stands between them, one after the other. A layout is made by walking the tree and
 * taking the tokens of each node in their order, so that no token and no comment can be lost or change places.
 */
import { Scanner } from "../lexer.ts";
import * as t from "../tokens.ts";
import { indexOf, type Token } from "../tokens.ts";
import type { Span } from "../tree.ts";
import { blankLine, concat, type Doc, newLine, space, verbatim } from "./doc.ts";

const COMMA = indexOf(t.Comma);
const EOF = indexOf(t.EndOfFile);
const BARE = /[ \t]*(?![ \t\r\n]|\/[/*])/y;
const LF = 0x0a;
const CR = 0x0d;

/** A comment, or a line of documentation. */
export interface Piece {
  readonly kind: "line" | "block" | "doc";
  readonly text: string;
  /** Line ends before it, since the token or comment before it. */
  readonly lines: number;
}

/** What stands between two tokens. */
export interface Gap {
  readonly pieces: readonly Piece[];
  /** Line ends between the last comment, or where there is none the token before, and the next token. */
  readonly lines: number;
}

const NOTHING: Gap = { pieces: [], lines: 0 };

/** Reads white space and comments; nothing else stands between two tokens of a text without faults. */
function gapOf(text: string, start: number, end: number): Gap {
  const pieces: Piece[] = [];
  let lines = 0;
  for (let at = start; at < end; ) {
    const code = text.charCodeAt(at);
    if (code === LF || (code === CR && text.charCodeAt(at + 1) !== LF)) lines += 1;
    if (code !== 0x2f) {
      at += 1;
      continue;
    }
    const piece = text.charCodeAt(at + 1) === 0x2a ? blockAt(text, at, lines) : lineAt(text, at, end, lines);
    pieces.push(piece);
    at += piece.length;
    lines = 0;
  }
  return pieces.length === 0 && lines === 0 ? NOTHING : { pieces, lines };
}

function blockAt(text: string, at: number, lines: number): Piece & { readonly length: number } {
  const written = text.slice(at, text.indexOf("*/", at + 2) + 2);
  return { kind: "block", text: withLineFeeds(written), lines, length: written.length };
}

function lineAt(text: string, at: number, most: number, lines: number): Piece & { readonly length: number } {
  let end = at;
  while (end < most && text.charCodeAt(end) !== LF && text.charCodeAt(end) !== CR) end += 1;
  const written = text.slice(at, end);
  const doc = written.startsWith("///") && written.charCodeAt(3) !== 0x2f;
  return { kind: doc ? "doc" : "line", text: doc ? written : written.trimEnd(), lines, length: written.length };
}

/** Lines end with a line feed, also within texts and comments: what texts stand for has never anything else. */
export function withLineFeeds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

export class Cursor {
  readonly text: string;
  /** How many bodies are open. */
  depth = 0;
  private readonly scanner: Scanner;
  private ahead: Token;
  private gap: Gap;

  constructor(text: string) {
    this.text = text;
    this.scanner = new Scanner(text);
    this.ahead = this.scanner.next();
    this.gap = gapOf(text, text.charCodeAt(0) === 0xfeff ? 1 : 0, this.ahead.startOffset);
  }

  /** The next token as written. */
  get word(): string {
    return this.text.slice(this.ahead.startOffset, this.ahead.end);
  }

  /** Where the next token begins. */
  get offset(): number {
    return this.ahead.startOffset;
  }

  get atComma(): boolean {
    return this.ahead.tokenTypeIdx === COMMA;
  }

  get atEnd(): boolean {
    return this.ahead.tokenTypeIdx === EOF;
  }

  /** Whether the next token is on a line of its own, apart from the token before it. */
  get onNewLine(): boolean {
    return this.gap.lines > 0 || this.gap.pieces.some((piece) => piece.lines > 0 || piece.text.includes("\n"));
  }

  /** Whether an empty line stands before the next token or the comments that lead it. */
  get afterBlank(): boolean {
    const { pieces, lines } = this.gap;
    return (pieces.length > 0 ? (pieces[0]?.lines ?? 0) : lines) > 1;
  }

  /** Whether documentation stands before the next token. */
  get documented(): boolean {
    return this.gap.pieces.some((piece) => piece.kind === "doc");
  }

  /** Whether comments or documentation stand before the next token. */
  get commented(): boolean {
    return this.gap.pieces.length > 0;
  }

  /** Whether what stands within the bracket that is next begins on its line, without a comment. */
  get openerIsBare(): boolean {
    BARE.lastIndex = this.ahead.end;
    return BARE.test(this.text);
  }

  // ---------------------------------------------------------------------------------------------- taking

  /** The next token with the comments before it. */
  take(): Doc {
    return this.takeTo(this.ahead.end);
  }

  /** The next token, which the tree says is `word`. */
  expect(word: string): Doc {
    if (this.word !== word) throw new Error(`the layout expects \`${word}\` at ${this.ahead.startOffset}`);
    return this.take();
  }

  /** All up to the end of `span`, as it is written: a literal. */
  takeSpan(span: Span): Doc {
    return this.takeTo(span.end);
  }

  private takeTo(end: number): Doc {
    const behind = this.trail();
    const before = [behind, behind === "" ? "" : space, this.lead()];
    const text = this.text.slice(this.ahead.startOffset, end);
    const own = text.includes("\n") || text.includes("\r") ? verbatim(withLineFeeds(text), false) : text;
    this.advance(end);
    return before.some((doc) => doc !== "") ? concat([...before, own]) : own;
  }

  private advance(end: number): void {
    do this.ahead = this.scanner.next();
    while (this.ahead.startOffset < end);
    this.gap = gapOf(this.text, end, this.ahead.startOffset);
  }

  /** Passes over a comma. What stands around it then stands before the next token. */
  skipComma(): void {
    const before = this.gap;
    this.advance(this.ahead.end);
    if (before === NOTHING) return;
    const { pieces, lines } = this.gap;
    const [first, ...others] = pieces;
    if (first === undefined) this.gap = { pieces: before.pieces, lines: before.lines + lines };
    else {
      const moved = { ...first, lines: before.lines + first.lines };
      this.gap = { pieces: [...before.pieces, moved, ...others], lines };
    }
  }

  // ---------------------------------------------------------------------------------------------- comments

  /**
   * The comments that stand behind the token taken last, on its line: those that end the line, or where `closing`
   * all. Documentation never does: it is for what follows.
   */
  trail(closing = false): Doc {
    const { pieces, lines } = this.gap;
    if (pieces.length === 0) return "";
    let count = 0;
    while (count < pieces.length && pieces[count]?.lines === 0 && pieces[count]?.kind !== "doc") count += 1;
    const after = count < pieces.length ? (pieces[count]?.lines ?? 0) : lines;
    const ends = pieces[count - 1]?.kind === "line" || after > 0 || this.atEnd;
    if (count === 0 || (!ends && !closing) || this.atStart) return "";
    return this.pass(count);
  }

  /** The block comments directly behind the token taken last, before a comma. */
  trailBlocks(): Doc {
    const { pieces } = this.gap;
    let count = 0;
    while (pieces[count]?.lines === 0 && pieces[count]?.kind === "block") count += 1;
    return count === 0 ? "" : this.pass(count);
  }

  private pass(count: number): Doc {
    const { pieces, lines } = this.gap;
    const parts = pieces
      .slice(0, count)
      .map(
        (piece): Doc =>
          piece.kind === "line"
            ? { kind: "line_comment", text: piece.text }
            : concat([space, verbatim(piece.text, true)]),
      );
    this.gap = { pieces: pieces.slice(count), lines };
    this.started = true;
    return concat(parts);
  }

  private started = false;

  /** Before the first token there is nothing that a comment could stand behind. */
  private get atStart(): boolean {
    return !this.started;
  }

  /** Whether an empty line stands among the comments that lead the next token, or behind them. */
  get leadHasBlank(): boolean {
    const { pieces, lines } = this.gap;
    return pieces.length > 0 && (lines > 1 || pieces.some((piece, index) => index > 0 && piece.lines > 1));
  }

  /** The comments before the next token, each on a line of its own unless the token is on its line. */
  lead(): Doc {
    this.started = true;
    const { pieces, lines } = this.gap;
    if (pieces.length === 0) return "";
    this.gap = { pieces: [], lines };
    const parts: Doc[] = [];
    for (const [index, piece] of pieces.entries()) {
      const own = piece.lines > 0 || piece.kind === "doc" || index === 0;
      const after = pieces[index + 1]?.lines ?? lines;
      if (piece.kind === "block" && piece.lines === 0 && after === 0) {
        parts.push(space, verbatim(piece.text, true), space);
        continue;
      }
      if (own && index > 0 && piece.lines > 1) parts.push(blankLine);
      else if (own && (piece.lines > 0 || piece.kind === "doc")) parts.push(newLine);
      if (piece.kind === "block" && after === 0) parts.push(verbatim(piece.text, true), space);
      else parts.push(verbatim(piece.text, true), after > 1 ? blankLine : newLine);
    }
    return concat(parts);
  }

  /** The comments before a closing bracket or the end, each on a line of its own. `first`: nothing stands before them. */
  dangling(first: boolean): Doc {
    const { pieces } = this.gap;
    if (pieces.length === 0) return "";
    this.started = true;
    this.gap = { pieces: [], lines: this.gap.lines };
    const parts: Doc[] = [];
    for (const [index, piece] of pieces.entries()) {
      const blank = piece.lines > 1 && !(first && index === 0);
      parts.push(
        blank ? blankLine : index > 0 && piece.lines === 0 && piece.kind !== "doc" ? space : newLine,
        verbatim(piece.text, true),
      );
    }
    return concat(parts);
  }
}
