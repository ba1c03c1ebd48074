/**
 * Removes secrets from what is shown or kept, in whatever common way they are written there, also where they are wrapped or come in
 * pieces. The last line of defence: types keep secrets where they belong, and this is for what others say of them.
 */
import type { Value } from "../../compiler/ir/expr.ts";
import { type Form, formsOf, SHORTEST_KNOWN } from "./forms.ts";
import { HexMatcher } from "./hex.ts";
import { Matcher, type Range } from "./matcher.ts";

export const MASK = "‹secret›";
const MASK_BYTES = Buffer.from(MASK);

/** Bytes as they come; what may be the beginning of a secret is held until it is known whether it is one. */
export interface RedactingStream {
  push(chunk: Uint8Array): Uint8Array;
  /** What was still held. */
  end(): Uint8Array;
}

export class Redactor {
  readonly #forms = new Map<string, Form>();
  readonly #hex = new Map<string, Uint8Array>();
  readonly #known = new Set<string>();
  #finder: Finder | null = null;

  /** From now on the value is removed. Too short a one is not, since it could not be told from words. */
  learn(value: string): void {
    if (this.#known.has(value)) return;
    this.#known.add(value);
    const { text, hex } = formsOf(value);
    for (const form of text) this.#forms.set(Buffer.from(form.bytes).toString("latin1"), form);
    for (const digits of hex) this.#hex.set(Buffer.from(digits).toString("latin1"), digits);
    this.#finder = null;
  }

  get #current(): Finder {
    this.#finder ??= finderOf(new Matcher([...this.#forms.values()]), new HexMatcher([...this.#hex.values()]));
    return this.#finder;
  }

  text(text: string): string {
    if (this.#forms.size === 0 || text.length < SHORTEST_KNOWN / 3) return text;
    const bytes = Buffer.from(text);
    const clean = this.bytes(bytes);
    return clean === bytes ? text : new TextDecoder("utf-8", { ignoreBOM: true }).decode(clean);
  }

  /** The very same array where there is no secret in it. */
  bytes(bytes: Uint8Array): Uint8Array {
    if (this.#forms.size === 0) return bytes;
    const { bare, gaps } = bareOf(bytes, false);
    const ranges = merged(this.#current.find(bare));
    if (ranges.length === 0) return bytes;
    return Buffer.concat(piecesOf(bytes, gaps, ranges));
  }

  /** With every text in it, names of fields among them, without secrets; the very same where there is none. */
  value<V extends Value>(value: V): V {
    return (this.#forms.size === 0 ? value : this.#within(value)) as V;
  }

  #within(value: Value): Value {
    if (typeof value === "string") return this.text(value);
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) {
      const items = value.map((each: Value) => this.#within(each));
      return items.every((each, index) => each === value[index]) ? value : items;
    }
    const before = Object.entries(value);
    const after = before.map(([name, field]) => [this.text(name), this.#within(field)] as const);
    const same = after.every(([name, field], index) => name === before[index]?.[0] && field === before[index]?.[1]);
    return same ? value : Object.fromEntries(after);
  }

  stream(): RedactingStream {
    // What stands in `held` may have its first bytes removed already: the mask for them is written.
    let held: Uint8Array = new Uint8Array();
    let removed = 0;
    let broken = false;
    const take = (chunk: Uint8Array, last: boolean): Uint8Array => {
      if (this.#forms.size === 0 && held.length === 0) return chunk;
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const { bare, gaps, brokenAt } = bareOf(bytes, broken);
      const finder = this.#current;
      const lead = removed > 0 ? [{ start: 0, end: removed }] : [];
      const ranges = merged([...lead, ...finder.find(bare)]);
      const cut = last ? bare.length : finder.pending(bare);
      const sent = ranges
        .filter(({ start }) => start < cut)
        .map(({ start, end }) => ({ start, end: Math.min(end, cut) }));
      const open = ranges.find(({ start, end }) => end > cut && (start < cut || (start === 0 && removed > 0)));
      const from = cut === bare.length ? bytes.length : placeOf(gaps, cut);
      const out = piecesOf(bytes.subarray(0, from), gaps, sent, removed > 0);
      // What is between this part of a secret and the next goes with it.
      if (open !== undefined) out.pop();
      held = Uint8Array.from(bytes.subarray(from));
      removed = open === undefined ? 0 : open.end - cut;
      broken = from === bytes.length ? brokenAt : false;
      return Buffer.concat(out);
    };
    return { push: (chunk) => take(chunk, false), end: () => take(new Uint8Array(), true) };
  }
}

/** Where secrets stand in bytes without line breaks, in order of their starts; and where what may be the beginning of one begins. */
interface Finder {
  find(bare: Uint8Array): Range[];
  pending(bare: Uint8Array): number;
}

function finderOf(text: Matcher, hex: HexMatcher): Finder {
  return {
    find(bare) {
      const [found, groups] = [text.find(bare), hex.find(bare)];
      return groups.length === 0 ? found : [...found, ...groups].sort((a, b) => a.start - b.start);
    },
    pending: (bare) => Math.min(text.pending(bare), hex.pending(bare)),
  };
}

/** Bytes that were left out: `length` of them stand before the one that is at `at` without them. */
interface Gap {
  readonly at: number;
  readonly length: number;
}

interface Bare {
  readonly bare: Uint8Array;
  readonly gaps: readonly Gap[];
  /** Whether the next byte follows a line break and spaces. */
  readonly brokenAt: boolean;
}

const [LF, CR, SPACE, TAB] = [10, 13, 32, 9];

/** Bytes without line breaks and the spaces and tabs that follow one, and where something was left out; `broken` tells that a line break came right before. */
function bareOf(bytes: Uint8Array, broken: boolean): Bare {
  let [lf, cr] = [-1, -1];
  // Each is looked for again only once it is passed: a text without the one is not searched for it at every line.
  const nextBreak = (from: number): number => {
    if (lf < from) lf = placeIn(bytes, LF, from);
    if (cr < from) cr = placeIn(bytes, CR, from);
    return Math.min(lf, cr);
  };
  let next = broken ? 0 : nextBreak(0);
  if (next === bytes.length) return { bare: bytes, gaps: [], brokenAt: broken && bytes.length === 0 };
  const bare = new Uint8Array(bytes.length);
  const gaps: Gap[] = [];
  let [read, size] = [0, 0];
  let ends = false;
  while (next < bytes.length) {
    bare.set(bytes.subarray(read, next), size);
    size += next - read;
    read = next;
    while (read < bytes.length && isGap(bytes[read] ?? 0)) read += 1;
    gaps.push({ at: size, length: read - next });
    ends = read === bytes.length;
    next = nextBreak(read);
  }
  bare.set(bytes.subarray(read), size);
  size += bytes.length - read;
  return { bare: bare.subarray(0, size), gaps, brokenAt: ends };
}

const isGap = (byte: number): boolean => byte === LF || byte === SPACE || byte === CR || byte === TAB;

/** The end where there is none. */
function placeIn(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at === -1 ? bytes.length : at;
}

/** Where the byte at `at` of the bare ones stands among all. */
function placeOf(gaps: readonly Gap[], at: number): number {
  let before = 0;
  for (const gap of gaps) {
    if (gap.at > at) break;
    before += gap.length;
  }
  return at + before;
}

/** In order of their starts, joined where they overlap. */
function merged(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const range of ranges) {
    const last = all.at(-1);
    if (last !== undefined && range.start < last.end)
      all[all.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else all.push(range);
  }
  return all;
}

/** `bytes` with a mask for each range of the bare ones; `begun` says that the mask of one at 0 is written already. */
function piecesOf(bytes: Uint8Array, gaps: readonly Gap[], ranges: readonly Range[], begun = false): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let [gap, before, read] = [0, 0, 0];
  const place = (at: number): number => {
    for (let each = gaps[gap]; each !== undefined && each.at <= at; each = gaps[++gap]) before += each.length;
    return at + before;
  };
  for (const { start, end } of ranges) {
    pieces.push(bytes.subarray(read, place(start)));
    if (!(begun && start === 0)) pieces.push(MASK_BYTES);
    read = end === 0 ? 0 : place(end - 1) + 1;
  }
  pieces.push(bytes.subarray(read));
  return pieces;
}
