/**
 * Finds many forms at once, in one pass (Wu and Manber): two bytes tell how far the next place is where a form could end, so most
 * of the text is never looked at.
 */
import type { Form } from "./forms.ts";

/** From `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const NONE = -1;

export class Matcher {
  readonly #forms: readonly Form[];
  /** Length of the part of each form that is looked for first. */
  readonly #least: number;
  readonly #shift: Uint8Array;
  /** By the last two bytes of that part: the first form, and from each form the next. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  /** Two bytes that some form begins with. */
  readonly #begins = new Uint8Array(65536);
  /** Bytes of the longest. */
  readonly longest: number;

  constructor(forms: readonly Form[]) {
    this.#forms = forms;
    this.longest = forms.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
    const least = Math.min(255, ...forms.map(({ bytes }) => bytes.length));
    this.#least = least;
    this.#shift = new Uint8Array(65536).fill(least - 1);
    this.#first = new Int32Array(65536).fill(NONE);
    this.#next = new Int32Array(forms.length).fill(NONE);
    for (const [index, { bytes }] of forms.entries()) {
      for (let end = 2; end <= least; end++) {
        const block = blockAt(bytes, end - 2);
        this.#shift[block] = Math.min(this.#shift[block] ?? 0, least - end);
      }
      const last = blockAt(bytes, least - 2);
      this.#next[index] = this.#first[last] ?? NONE;
      this.#first[last] = index;
      this.#begins[blockAt(bytes, 0)] = 1;
    }
  }

  /** All places, in order of their starts; they may overlap. `text` is without line breaks. */
  find(text: Uint8Array): Range[] {
    const found: Range[] = [];
    const least = this.#least;
    if (this.#forms.length === 0) return found;
    const shift = this.#shift;
    const end = text.length;
    for (let at = least; at <= end; ) {
      const block = ((text[at - 2] ?? 0) << 8) | (text[at - 1] ?? 0);
      const step = shift[block] ?? 0;
      if (step > 0) {
        at += step;
        continue;
      }
      for (let index = this.#first[block] ?? NONE; index !== NONE; index = this.#next[index] ?? NONE) {
        const form = this.#forms[index];
        if (form !== undefined && standsAt(form.bytes, text, at - least)) found.push(widened(form, text, at - least));
      }
      at += 1;
    }
    return found.sort((a, b) => a.start - b.start);
  }

  /**
   * Where the rest of `text` begins that may be the beginning of a form, or of what belongs to one that ends there; its length
   * where there is none.
   */
  pending(text: Uint8Array): number {
    const end = text.length;
    for (let at = Math.max(0, end - this.longest - 1); at < end; at++) {
      if (at + 1 < end && this.#begins[blockAt(text, at)] !== 1) continue;
      const left = end - at;
      const open = this.#forms.some(
        ({ bytes, after }) =>
          left < bytes.length + after &&
          (left < bytes.length ? beginsAt(bytes, text, at, left) : standsAt(bytes, text, at)),
      );
      if (open) return at;
    }
    return end;
  }
}

const blockAt = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const standsAt = (form: Uint8Array, text: Uint8Array, at: number): boolean =>
  at + form.length <= text.length && beginsAt(form, text, at, form.length);

function beginsAt(form: Uint8Array, text: Uint8Array, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (form[i] !== text[at + i]) return false;
  return true;
}

const BASE64 = new Uint8Array(256);
for (const char of Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")) BASE64[char] = 1;

function widened({ bytes, before, after }: Form, text: Uint8Array, at: number): Range {
  let [start, end] = [at, at + bytes.length];
  if (before > 0 && BASE64[text[start - 1] ?? 0] === 1) start -= 1;
  if (after > 0 && BASE64[text[end] ?? 0] === 1) end += 1;
  return { start, end };
}
