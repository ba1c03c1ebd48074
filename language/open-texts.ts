/**
 * The texts that are open where the scanner stands, each within a hole of the one before, and where each ends at the latest. A text
 * that does not end on its line ends there all the same, with one fault, so that the next line is read as what it is.
 */

import { blockCloses, declarationAt } from "./blocks.ts";
import { CR, endOfLine, FOREIGN_PAIRS, LF, QUOTE, widthOfIndent } from "./characters.ts";
import { escapeLength } from "./literals.ts";
import type { Span, SyntaxCode, SyntaxFault } from "./tree.ts";

/** A text that is open: in its own characters, or in one of its holes. */
export interface OpenText {
  readonly block: boolean;
  readonly start: number;
  /** It ends with its line at the latest: text in single quotes, and block text without closing quotes. */
  readonly oneLine: boolean;
  /** Where it ends at the latest, for block text without closing quotes. */
  readonly limit: number;
  /** The character that ends it: another than `"` only where text was begun with a quote of other languages, which is told. */
  readonly quote: number;
  inHole: boolean;
  /** Braces open in the hole. */
  braces: number;
}

/** The scanner without its tokens: the text, how far it is read, and what is open there. */
export class OpenTexts {
  readonly faults: SyntaxFault[] = [];
  /** Parts of the text that a cut off text makes unreliable: what is odd in them follows from that. */
  readonly cuts: Span[] = [];
  protected readonly text: string;
  protected at = 0;
  protected readonly open: OpenText[] = [];
  /** Texts cut off by the line's end, whose closing tokens are still to be handed out. */
  protected cut = 0;
  private readonly closes: (from: number) => boolean;
  /** Least limit of the open texts. */
  private limit = Number.POSITIVE_INFINITY;
  /** How many of the open texts end with their line. */
  private oneLiners = 0;

  constructor(text: string) {
    this.text = text;
    this.closes = blockCloses(text);
  }

  /** Begins the text whose quotes stand from `start` to `end`. */
  protected begin(start: number, end: number, block: boolean): void {
    const limit = block && !this.closes(end) ? this.outdentAfter(start, end) : Number.POSITIVE_INFINITY;
    this.push({ block, start, oneLine: !block, limit, quote: QUOTE, inHole: false, braces: 0 });
  }

  /** Begins one in quotes of another language, all of which are given. */
  protected beginForeign(start: number, quotes: string): void {
    const quote = quotes.charCodeAt(quotes.length - 1);
    const limit = Number.POSITIVE_INFINITY;
    this.push({ block: false, start, oneLine: true, limit, quote, inHole: false, braces: 0 });
  }

  private push(text: OpenText): void {
    if (text.oneLine) this.oneLiners += 1;
    this.limit = Math.min(this.limit, text.limit);
    this.open.push(text);
  }

  /** The quote of another language at `at` and all up to the one that ends it on its line; null without such an end. */
  protected foreignPair(at: number, code: number): string | null {
    const pair = this.open.length === 0 ? FOREIGN_PAIRS.get(code) : undefined;
    if (pair === undefined) return null;
    pair.lastIndex = at;
    return pair.exec(this.text)?.[0] ?? null;
  }

  protected close(): void {
    const closed = this.open.pop();
    if (closed?.oneLine === true) this.oneLiners -= 1;
    if (closed !== undefined && closed.limit < Number.POSITIVE_INFINITY) {
      this.limit = this.open.reduce((least, { limit }) => Math.min(least, limit), Number.POSITIVE_INFINITY);
    }
  }

  /** The end of the last line that is indented further than the one with `start`, after which block text cannot go on. */
  private outdentAfter(start: number, from: number): number {
    const { text } = this;
    const indent = widthOfIndent(text, this.lineStart(start, 0));
    let end = endOfLine(text, from);
    for (let next = end; next < text.length; next = endOfLine(text, next)) {
      next += text.startsWith("\r\n", next) ? 2 : 1;
      const width = widthOfIndent(text, next);
      const blank = endOfLine(text, next) === next + width;
      if (!blank && width <= indent) break;
      if (!blank) end = endOfLine(text, next);
    }
    return end;
  }

  /** Offset of the last character of the escape at `at`, with a fault where it is none. */
  protected escape(at: number, top: OpenText): number {
    const length = escapeLength(this.text, at);
    if (length > 0) return at + length - 1;
    const next = String.fromCodePoint(this.text.codePointAt(at + 1) ?? 0x20);
    if (next !== "\n" && next !== "\r" && at + 1 < this.text.length) {
      this.badString(
        at,
        at + 1 + next.length,
        `has \`\\${next}\`, which is not an escape; a backslash is written \`\\\\\``,
      );
    } else if (top.block) {
      this.badString(
        at,
        at + 1,
        "has a backslash at the end of a line, where it stands for nothing; it is written `\\\\`",
      );
    }
    return at;
  }

  /** Whether the line end at `at` ends a text: one that ends with its line, or any where a declaration follows. */
  protected endsAt(at: number): boolean {
    if (this.oneLiners > 0 || at >= this.limit) return true;
    const next = this.text.startsWith("\r\n", at) ? at + 2 : at + 1;
    return declarationAt(this.text, next);
  }

  /** Cuts off the outermost text that may not go on here, and all within it. */
  protected cutTexts(): void {
    const ends = (text: OpenText): boolean => text.oneLine || this.at >= text.limit;
    const outermost = this.at < this.text.length ? Math.max(this.open.findIndex(ends), 0) : 0;
    const first = this.open[outermost];
    if (first === undefined) return;
    if (first.block) this.badString(first.start, first.start + 3, 'has no closing `"""`');
    else this.badString(first.start, this.at, "does not end on its line");
    this.cuts.push({ start: this.lineStart(first.start, 0), end: this.at });
    this.cut = this.open.length - outermost;
  }

  /** Start of the line that `at` is on, or `least` where that comes later. */
  protected lineStart(at: number, least: number): number {
    let start = at;
    while (start > least && this.text.charCodeAt(start - 1) !== LF && this.text.charCodeAt(start - 1) !== CR)
      start -= 1;
    return start;
  }

  protected badString(start: number, end: number, why: string): void {
    this.fault("bad_string", start, end, { why });
  }

  protected fault(code: SyntaxCode, start: number, end: number, args: Readonly<Record<string, string>>): void {
    this.faults.push({ code, span: { start, end }, args, related: [] });
  }
}
