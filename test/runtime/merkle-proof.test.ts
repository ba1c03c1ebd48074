import * as fs from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { EMPTY } from "../../runtime/merkle/hash.ts";
import { isConsistent, isIncluded, proveConsistency, proveInclusion } from "../../runtime/merkle/proof.ts";
import { leavesOf, naivePath, naiveProof, naiveRoot, readNaive } from "./merkle-naive.ts";

const MOST = 80;
const LEAVES = leavesOf(MOST);
const ROOTS = Array.from({ length: MOST + 1 }, (_, size) => naiveRoot(LEAVES.slice(0, size)));
const root = (size: number): string => ROOTS[size] ?? "";
const leaf = (index: number): string => LEAVES[index] ?? "";
const read = readNaive(LEAVES);

/** The same with one bit of one of its hashes flipped. */
function flipped(hashes: readonly string[], which: number, bit: number): string[] {
  const at = which % hashes.length;
  const bytes = Buffer.from(hashes[at] ?? "", "hex");
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return hashes.with(at, bytes.toString("hex"));
}

/** A size, and a place in the tree of that size. */
const place = fc.integer({ min: 1, max: MOST }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
const bit = fc.nat(255);

describe("a proof of inclusion", () => {
  test("is that of the RFC, and shows it", async () => {
    await fc.assert(
      fc.asyncProperty(place, async ([size, index]) => {
        const proof = await proveInclusion(index, size, read);
        expect(proof).toEqual(naivePath(index, LEAVES.slice(0, size)));
        expect(isIncluded(proof, leaf(index), index, size, root(size))).toBe(true);
      }),
    );
  });

  test("shows nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(place, place, fc.nat(), bit, async ([size, index], [otherSize, otherIndex], which, at) => {
        const proof = await proveInclusion(index, size, read);
        const shows = (p: readonly string[], l: string, i: number, n: number, r: string): boolean =>
          isIncluded(p, l, i, n, r);
        if (otherIndex !== index) {
          expect(shows(proof, leaf(otherIndex), index, size, root(size))).toBe(false);
          expect(shows(proof, leaf(index), otherIndex, size, root(size))).toBe(false);
        }
        if (otherSize !== size) expect(shows(proof, leaf(index), index, size, root(otherSize))).toBe(false);
        if (proof.length > 0) {
          expect(shows(flipped(proof, which, at), leaf(index), index, size, root(size))).toBe(false);
          expect(shows(proof.slice(1), leaf(index), index, size, root(size))).toBe(false);
          expect(shows(proof.slice(0, -1), leaf(index), index, size, root(size))).toBe(false);
        }
        expect(shows([...proof, EMPTY], leaf(index), index, size, root(size))).toBe(false);
        expect(shows(["", ...proof], leaf(index), index, size, root(size))).toBe(false);
        expect(shows(proof, leaf(index).toUpperCase(), index, size, root(size))).toBe(false);
        for (const wrong of [-1, size, 0.5, Number.NaN])
          expect(shows(proof, leaf(index), wrong, size, root(size))).toBe(false);
      }),
    );
  });

  test("cannot be made of a leaf that is not there", async () => {
    for (const [index, size] of [
      [0, 0],
      [5, 5],
      [-1, 5],
      [0.5, 5],
      [0, Number.POSITIVE_INFINITY],
    ] as const)
      await expect(proveInclusion(index, size, read)).rejects.toThrow(RangeError);
  });
});

/** Two sizes, the first no larger. */
const sizes = fc
  .integer({ min: 1, max: MOST })
  .chain((size) => fc.tuple(fc.integer({ min: 1, max: size }), fc.constant(size)));

describe("a proof of consistency", () => {
  test("is that of the RFC, and shows it", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([first, second]) => {
        const proof = await proveConsistency(first, second, read);
        expect(proof).toEqual(naiveProof(first, LEAVES.slice(0, second)));
        const [one, two] = [first, second].map((size) => ({ size, root: root(size) }));
        if (one !== undefined && two !== undefined) expect(isConsistent(proof, one, two)).toBe(true);
      }),
    );
  });

  test("shows nothing else: no leaf before the first head can have been another", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), bit, async ([first, second], victim, which, at) => {
        const head = (size: number, of = root(size)): { size: number; root: string } => ({ size, root: of });
        const proof = await proveConsistency(first, second, read);
        const rewritten = LEAVES.with(victim % first, naiveRoot([leaf(victim % first), EMPTY]));
        const other = naiveRoot(rewritten.slice(0, second));
        const fromOther = await proveConsistency(first, second, readNaive(rewritten));
        expect(isConsistent(fromOther, head(first), head(second, other))).toBe(false);
        // The proof may not tell of the leaf at all; then it is the very same.
        expect(isConsistent(fromOther, head(first), head(second))).toBe(String(fromOther) === String(proof));
        expect(isConsistent(proof, head(first, other), head(second))).toBe(false);
        expect(isConsistent(proof, head(first), head(second, other))).toBe(false);
        expect(isConsistent([...proof, EMPTY], head(first), head(second))).toBe(false);
        expect(isConsistent([...proof, ""], head(first), head(second))).toBe(false);
        if (proof.length > 0) {
          expect(isConsistent(flipped(proof, which, at), head(first), head(second))).toBe(false);
          expect(isConsistent(proof.slice(1), head(first), head(second))).toBe(false);
          expect(isConsistent(proof.slice(0, -1), head(first), head(second))).toBe(false);
          expect(isConsistent(proof, head(second), head(first))).toBe(false);
        }
      }),
    );
  });

  test("cannot be made from nothing, or back", async () => {
    for (const [first, second] of [
      [0, 5],
      [6, 5],
      [-1, 5],
      [1.5, 5],
    ] as const)
      await expect(proveConsistency(first, second, read)).rejects.toThrow(RangeError);
    expect(isConsistent([], { size: 0, root: EMPTY }, { size: 5, root: root(5) })).toBe(false);
  });
});

describe("the proofs that github.com/transparency-dev/merkle is tested with", () => {
  const bytes = z.string().transform((text) => Buffer.from(text, "base64").toString("hex"));
  const proof = z
    .array(bytes)
    .nullable()
    .transform((hashes) => hashes ?? []);
  const said = { desc: z.string(), wantErr: z.boolean() };
  const vectors = z.object({
    inclusion: z.array(
      z.object({ leafIdx: z.number(), treeSize: z.number(), root: bytes, leafHash: bytes, proof, ...said }),
    ),
    consistency: z.array(
      z.object({ size1: z.number(), size2: z.number(), root1: bytes, root2: bytes, proof, ...said }),
    ),
  });
  const file = new URL("../vendor/merkle-proofs.json", import.meta.url);
  const { inclusion, consistency } = vectors.parse(JSON.parse(fs.readFileSync(file, "utf8")));

  test("of inclusion", () => {
    expect(inclusion.filter((v) => !v.wantErr).length).toBeGreaterThan(5);
    for (const v of inclusion)
      expect(
        isIncluded(v.proof, v.leafHash, v.leafIdx, v.treeSize, v.root),
        `${v.leafIdx}/${v.treeSize} ${v.desc}`,
      ).toBe(!v.wantErr);
  });

  test("of consistency", () => {
    expect(consistency.filter((v) => !v.wantErr).length).toBeGreaterThan(5);
    for (const v of consistency)
      expect(
        isConsistent(v.proof, { size: v.size1, root: v.root1 }, { size: v.size2, root: v.root2 }),
        `${v.size1}/${v.size2} ${v.desc}`,
      ).toBe(!v.wantErr);
  });
});
