/** RFC 6962 §2.1 as it is written down, recursion and all: what the tree and its proofs are held against. */
import { createHash } from "node:crypto";
import type { ReadSubtrees } from "../../runtime/merkle/proof.ts";

const digest = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

export const leafOf = (bytes: Uint8Array): string => digest(Buffer.from([0]), bytes).toString("hex");

/** So many different leaves. */
export const leavesOf = (size: number): string[] =>
  Array.from({ length: size }, (_, i) => leafOf(Buffer.from(`leaf ${i}`)));

/** The largest power of two smaller than n. */
function k(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

/** MTH(D[n]). */
export function naiveRoot(leaves: readonly string[]): string {
  const [only] = leaves;
  if (only === undefined) return digest().toString("hex");
  if (leaves.length === 1) return only;
  const [left, right] = [leaves.slice(0, k(leaves.length)), leaves.slice(k(leaves.length))].map(naiveRoot);
  return digest(Buffer.from([1]), Buffer.from(left ?? "", "hex"), Buffer.from(right ?? "", "hex")).toString("hex");
}

/** PATH(m, D[n]). */
export function naivePath(m: number, leaves: readonly string[]): string[] {
  if (leaves.length <= 1) return [];
  const [left, right] = [leaves.slice(0, k(leaves.length)), leaves.slice(k(leaves.length))];
  return m < left.length
    ? [...naivePath(m, left), naiveRoot(right)]
    : [...naivePath(m - left.length, right), naiveRoot(left)];
}

/** SUBPROOF(m, D[n], b); PROOF(m, D[n]) is SUBPROOF(m, D[n], true). */
export function naiveProof(m: number, leaves: readonly string[], b = true): string[] {
  if (m === leaves.length) return b ? [] : [naiveRoot(leaves)];
  const [left, right] = [leaves.slice(0, k(leaves.length)), leaves.slice(k(leaves.length))];
  return m <= left.length
    ? [...naiveProof(m, left, b), naiveRoot(right)]
    : [...naiveProof(m - left.length, right, false), naiveRoot(left)];
}

/** The hashes of subtrees, each made anew. */
export const readNaive =
  (leaves: readonly string[]): ReadSubtrees =>
  async (wanted) =>
    wanted.map(({ level, index }) => {
      const part = leaves.slice(index * 2 ** level, (index + 1) * 2 ** level);
      if (part.length !== 2 ** level) throw new RangeError(`there is no full subtree ${index} of level ${level}`);
      return naiveRoot(part);
    });
