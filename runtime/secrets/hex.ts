/**
 * Secrets in hexadecimal digits that stand in groups, as programs print bytes: `63 61 6e`, `63:61:6e`, `6361 6e61`, `0x63, 0x61`,
 * `\x63\x61`, in either case, also over the ends of lines.
 */
import { Matcher, type Range } from "./matcher.ts";

/** What a byte is to a run of digits: none of it, between two digits, or a digit (its lower case). */
const NONE = 0;
const BETWEEN = 1;
const KIND = new Uint8Array(256);
for (const char of Buffer.from(" \t:,-xX\\")) KIND[char] = BETWEEN;
for (const char of Buffer.from("0123456789abcdef")) KIND[char] = char;
for (const char of Buffer.from("ABCDEF")) KIND[char] = char + 32;
/** 1 for each byte that is of a run, 0 for all others. */
const OF_RUN = KIND.map((kind) => (kind === NONE ? 0 : 1));
const ZERO = 48;
const isX = (byte: number | undefined): boolean => byte === 120 || byte === 88;

/** From `start` up to, not including, `end`. */
interface Digits {
  readonly digits: Uint8Array;
  /** Where each stands. */
  readonly at: Int32Array;
}

export class HexMatcher {
  readonly #matcher: Matcher;
  /** Digits of the shortest. */
  readonly #fewest: number;

  /** `forms` are in lower case. */
  constructor(forms: readonly Uint8Array[]) {
    this.#matcher = new Matcher(forms.map((bytes) => ({ bytes, before: 0, after: 0 })));
    this.#fewest = Math.min(...forms.map(({ length }) => length));
  }

  /** All places, in order of their starts. `text` is without line breaks. */
  find(text: Uint8Array): Range[] {
    if (this.#matcher.longest === 0) return [];
    const found: Range[] = [];
    const ofRun = OF_RUN;
    const step = Math.floor(this.#fewest / 2);
    const half = Math.floor(step / 2);
    const last = text.length - step;
    // Every so many-th byte is looked at: of a run that is long enough, two of those that follow one another, and what is between.
    for (let at = step - 1; at < last; at += step) {
      if (((ofRun[text[at] ?? 0] ?? 0) & (ofRun[text[at + step] ?? 0] ?? 0) & (ofRun[text[at + half] ?? 0] ?? 0)) === 0)
        continue;
      let end = at + 1;
      while (end < text.length && ofRun[text[end] ?? 0] === 1) end += 1;
      if (end <= at + step) continue;
      let start = at;
      while (start > 0 && ofRun[text[start - 1] ?? 0] === 1) start -= 1;
      if (end - start >= this.#fewest) for (const range of this.#within(text, start, end)) found.push(range);
      // To the next place that is looked at, beyond this run.
      at += Math.floor((end - at) / step) * step;
    }
    return found;
  }

  /** As that of `Matcher`. */
  pending(text: Uint8Array): number {
    if (this.#matcher.longest === 0) return text.length;
    let start = text.length;
    for (let digits = 0; start > 0 && digits <= this.#matcher.longest; start -= 1) {
      const byte = text[start - 1] ?? 0;
      if (KIND[byte] === NONE) break;
      if (KIND[byte] !== BETWEEN && !(byte === ZERO && isX(text[start]))) digits += 1;
    }
    const { digits, at } = digitsOf(text, start, text.length);
    const place = (of: Uint8Array): number => at[this.#matcher.pending(of)] ?? text.length;
    // Whether a nought at the end is a digit, or begins `0x`, is not known yet.
    const unsure = text[text.length - 1] === ZERO && digits.length > 0;
    return unsure ? Math.min(place(digits), place(digits.subarray(0, -1))) : place(digits);
  }

  #within(text: Uint8Array, start: number, end: number): Range[] {
    const { digits, at } = digitsOf(text, start, end);
    return this.#matcher
      .find(digits)
      .map((range) => ({ start: at[range.start] ?? end, end: (at[range.end - 1] ?? end) + 1 }));
  }
}

function digitsOf(text: Uint8Array, start: number, end: number): Digits {
  const digits = new Uint8Array(end - start);
  const at = new Int32Array(end - start);
  let size = 0;
  for (let i = start; i < end; i++) {
    const byte = text[i] ?? 0;
    const kind = KIND[byte] ?? NONE;
    if (kind <= BETWEEN || (byte === ZERO && isX(text[i + 1]))) continue;
    digits[size] = kind;
    at[size] = i;
    size += 1;
  }
  return { digits: digits.subarray(0, size), at: at.subarray(0, size) };
}
