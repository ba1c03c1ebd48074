/** The Merkle tree hash of RFC 6962 §2.1, one leaf at a time. */
import { createHash, hash } from "node:crypto";

/** Keeps only the hashes of the full subtrees so far: as many as the size has binary digits. */
export class MerkleTree {
  /** Hashes (bytes) of full subtrees, the largest first: one for each 1 among the binary digits of the size. */
  readonly #full: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `leaf` is the hash of a leaf in hex, the 0x00 prefix already in it. */
  add(leaf: string): void {
    let node = Buffer.from(leaf, "hex");
    // As in binary addition: each trailing 1 of the old size is a subtree as large as the one carried.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#full.pop();
      if (left === undefined) throw new TypeError("the subtrees do not match the size");
      node = join(left, node);
    }
    this.#full.push(node);
    this.#size += 1;
  }

  /** Hash of the tree of all leaves so far, hex. */
  root(): string {
    const last = this.#full.at(-1);
    if (last === undefined) return hash("sha256", "", "hex");
    return this.#full
      .slice(0, -1)
      .reduceRight((right, left) => join(left, right), last)
      .toString("hex");
  }
}

function join(left: Buffer, right: Buffer): Buffer<ArrayBuffer> {
  return createHash("sha256").update("\u0001").update(left).update(right).digest();
}
