/** The hashes of RFC 6962 §2.1: SHA-256 of leaves and nodes, told apart by their first byte. In hex, 64 characters. */
import { hash } from "node:crypto";

/** Of the tree without a leaf. */
export const EMPTY = hash("sha256", "", "hex");

const HASH = /^[0-9a-f]{64}$/;
export const isHash = (text: string): boolean => HASH.test(text);

/** SHA-256(0x00 ‖ text as UTF-8). */
export function leafHash(text: string): string {
  return hash("sha256", `\0${text}`, "hex");
}

/** 0x01 and two hashes: what a node is the hash of. */
const NODE = 65;

/**
 * The nodes of one level of a subtree, one after the other, and each by itself; written over at every use, for a million of them are
 * made when a log is verified. Together they are decoded in half the time that one by one takes.
 */
let level = Buffer.alloc(0);
let nodes: Buffer[] = [];

function roomFor(count: number): void {
  if (nodes.length >= count) return;
  const all = Buffer.alloc(count * NODE);
  level = all;
  nodes = Array.from({ length: count }, (_, i) => all.subarray(i * NODE, (i + 1) * NODE));
}

/** SHA-256(0x01 ‖ left ‖ right). Throws `TypeError` for what is no hash. */
export const join = (left: string, right: string): string => fold([left, right]);

/** The root of a full subtree, from the hashes at its foot: a power of two of them, and not more than a tile. Throws `TypeError` for what is no hash. */
export function fold(hashes: readonly string[]): string {
  let row = hashes;
  while (row.length > 1) {
    const count = row.length / 2;
    let text = "";
    for (let i = 0; i < row.length; i += 2) {
      const [left = "", right = ""] = [row[i], row[i + 1]];
      if (left.length !== 64 || right.length !== 64) throw new TypeError("no hash to join");
      text += `01${left}${right}`;
    }
    roomFor(count);
    if (level.write(text, "hex") !== NODE * count) throw new TypeError("no hash to join");
    row = nodes.slice(0, count).map((node) => hash("sha256", node, "hex"));
  }
  return row[0] ?? EMPTY;
}

/** The hash of a tree from those of its full subtrees, the largest (and first) of them first. */
export function foldRight(full: readonly string[]): string {
  const last = full.at(-1);
  return last === undefined ? EMPTY : full.slice(0, -1).reduceRight((right, left) => join(left, right), last);
}
