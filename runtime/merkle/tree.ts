/** The tree of RFC 6962 §2.1, one leaf at a time. */
import { EMPTY, join } from "./hash.ts";

/** Keeps only the hashes of the full subtrees so far: as many as the size has binary digits. */
export class MerkleTree {
  /** Hashes of full subtrees, the largest first: one for each 1 among the binary digits of the size. */
  readonly #full: string[] = [];
  readonly #subtree: ((level: number, index: number, hash: string) => void) | null;
  #size = 0;

  /** `subtree` is told of each full subtree of two leaves or more: of 2^level leaves, from leaf index·2^level on. */
  constructor(subtree: ((level: number, index: number, hash: string) => void) | null = null) {
    this.#subtree = subtree;
  }

  get size(): number {
    return this.#size;
  }

  /** `leaf` is the hash of a leaf in hex, the 0x00 prefix already in it. */
  add(leaf: string): void {
    let node = leaf;
    let level = 0;
    // As in binary addition: each trailing 1 of the old size is a subtree as large as the one carried.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#full.pop();
      if (left === undefined) throw new TypeError("the subtrees do not match the size");
      node = join(left, node);
      level += 1;
      this.#subtree?.(level, (rest - 1) / 2, node);
    }
    this.#full.push(node);
    this.#size += 1;
  }

  /** Hash of the tree of all leaves so far, hex. */
  root(): string {
    return foldRight(this.#full);
  }
}

/** The hash of a tree from those of its full subtrees, the largest (and first) of them first. */
export function foldRight(full: readonly string[]): string {
  const last = full.at(-1);
  return last === undefined ? EMPTY : full.slice(0, -1).reduceRight((right, left) => join(left, right), last);
}
