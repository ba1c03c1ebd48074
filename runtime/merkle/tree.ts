/** The tree of RFC 6962 §2.1, one leaf at a time. */
import { fold, foldRight } from "./hash.ts";
import { TILE, TILE_WIDTH } from "./tiles.ts";

/** Keeps only hashes that do not fill a tile yet: fewer than 256 of leaves, as many of 256 leaves, and so on. */
export class MerkleTree {
  /** By level: 0, 8, 16 … */
  readonly #open: string[][] = [];
  readonly #kept: ((level: number, hash: string) => void) | null;
  #size = 0;

  /** `kept` is told of each full subtree of 2^level leaves of which the hash is kept (`tiles.ts`), in their order. */
  constructor(kept: ((level: number, hash: string) => void) | null = null) {
    this.#kept = kept;
  }

  get size(): number {
    return this.#size;
  }

  /** `leaf` is the hash of a leaf in hex, the 0x00 prefix already in it. */
  add(leaf: string): void {
    this.#size += 1;
    let hash = leaf;
    for (let up = 0; ; up += 1) {
      let tile = this.#open[up];
      if (tile === undefined) {
        tile = [];
        this.#open[up] = tile;
      }
      tile.push(hash);
      if (tile.length < TILE_WIDTH) return;
      hash = fold(tile);
      tile.length = 0;
      this.#kept?.((up + 1) * TILE, hash);
    }
  }

  /** Hash of the tree of all leaves so far, hex. */
  root(): string {
    return foldRight(this.#open.toReversed().flatMap(fullSubtrees));
  }
}

/** The roots of the full subtrees that so many hashes are, the largest first: one for each 1 among the binary digits of their number. */
function fullSubtrees(hashes: readonly string[]): string[] {
  const roots: string[] = [];
  for (let [width, at] = [TILE_WIDTH / 2, 0]; width >= 1; width /= 2) {
    if ((hashes.length & width) === 0) continue;
    roots.push(fold(hashes.slice(at, at + width)));
    at += width;
  }
  return roots;
}
