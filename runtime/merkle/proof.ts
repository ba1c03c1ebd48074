/**
 * Proofs of RFC 6962 §2.1: that a leaf is in a tree, and that a tree is the beginning of a later one. Made from the hashes of
 * full subtrees, of which a proof needs about two for each binary digit of the size; checked as RFC 9162 §2.1.3.2 and §2.1.4.2 say.
 */
import { EMPTY, foldRight, isHash, join } from "./hash.ts";

/** A full subtree: of 2^level leaves, from leaf index·2^level on. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** The hashes of full subtrees, in the order asked for. */
export type ReadSubtrees = (wanted: readonly Subtree[]) => Promise<readonly string[]>;

/** Leaves `from` up to, not including, `to`: never empty, and a subtree of the tree they are of. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Root of the tree of the first `size` leaves. */
export async function rootOf(size: number, read: ReadSubtrees): Promise<string> {
  if (size === 0) return EMPTY;
  return (await hashes([{ from: 0, to: size }], read))[0] ?? EMPTY;
}

/** Proof that leaf `index` is in the tree of `size` leaves: hashes from the leaf's sibling up. Throws `RangeError` if it is not. */
export async function proveInclusion(index: number, size: number, read: ReadSubtrees): Promise<readonly string[]> {
  if (!isSize(size) || !isSize(index) || index >= size) throw new RangeError(`there is no leaf ${index} among ${size}`);
  const siblings: Range[] = [];
  let range: Range = { from: 0, to: size };
  while (range.to - range.from > 1) {
    const middle = range.from + split(range.to - range.from);
    const [left, right] = [
      { from: range.from, to: middle },
      { from: middle, to: range.to },
    ];
    siblings.push(index < middle ? right : left);
    range = index < middle ? left : right;
  }
  return hashes(siblings.reverse(), read);
}

/** Proof that the tree of `first` leaves is the beginning of that of `second`. Throws `RangeError` unless 0 < first ≤ second. */
export async function proveConsistency(first: number, second: number, read: ReadSubtrees): Promise<readonly string[]> {
  if (!isSize(first) || !isSize(second) || first === 0 || first > second)
    throw new RangeError(`a tree of ${first} leaves cannot be proved to begin one of ${second}`);
  const parts: Range[] = [];
  let range: Range = { from: 0, to: second };
  // Whether `range` begins as the first tree does; then its hash at the end is known to whoever checks.
  let whole = true;
  while (first < range.to) {
    const middle = range.from + split(range.to - range.from);
    const [left, right] = [
      { from: range.from, to: middle },
      { from: middle, to: range.to },
    ];
    if (first <= middle) {
      parts.push(right);
      range = left;
    } else {
      parts.push(left);
      range = right;
      whole = false;
    }
  }
  if (!whole) parts.push(range);
  return hashes(parts.reverse(), read);
}

/** Whether `proof` shows that `leaf` is leaf `index` of the tree of `size` leaves with this root. */
export function isIncluded(proof: readonly string[], leaf: string, index: number, size: number, root: string): boolean {
  if (!isSize(size) || !isSize(index) || index >= size || !isHash(leaf) || !proof.every(isHash)) return false;
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const part of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = join(part, hash);
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = join(hash, part);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && hash === root;
}

interface Head {
  readonly size: number;
  readonly root: string;
}

/**
 * Whether `proof` shows that the tree with the head `first` is the beginning of that with the head `second`. Every tree begins
 * with the empty one, which no proof shows: that is for the caller to see.
 */
export function isConsistent(proof: readonly string[], first: Head, second: Head): boolean {
  if (!isSize(first.size) || !isSize(second.size) || first.size > second.size) return false;
  if (first.size === 0) return false;
  if (first.size === second.size) return proof.length === 0 && first.root === second.root;
  if (![first.root, second.root, ...proof].every(isHash)) return false;
  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof;
  const [start, ...rest] = path;
  if (start === undefined || proof.length === 0) return false;
  let [fn, sn, fr, sr] = [first.size - 1, second.size - 1, start, start];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  for (const part of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [join(part, fr), join(part, sr)];
      while (fn % 2 === 0 && fn > 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = join(sr, part);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && fr === first.root && sr === second.root;
}

/** The hash of each range, all their subtrees read at once. */
async function hashes(ranges: readonly Range[], read: ReadSubtrees): Promise<string[]> {
  const parts = ranges.map(subtrees);
  const found = [...(await read(parts.flat()))];
  return parts.map((part) => foldRight(found.splice(0, part.length)));
}

/** The full subtrees a range is made of, the largest first: it begins where one of its own size rounded up may begin. */
function subtrees({ from, to }: Range): Subtree[] {
  const found: Subtree[] = [];
  for (let at = from; at < to; ) {
    let [level, width] = [0, 1];
    while (width * 2 <= to - at) [level, width] = [level + 1, width * 2];
    found.push({ level, index: at / width });
    at += width;
  }
  return found;
}

/** The largest power of two that is smaller than `size`; of 2 or more. */
function split(size: number): number {
  let width = 1;
  while (width * 2 < size) width *= 2;
  return width;
}

const half = (n: number): number => Math.floor(n / 2);
const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

function isPowerOfTwo(n: number): boolean {
  let rest = n;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
