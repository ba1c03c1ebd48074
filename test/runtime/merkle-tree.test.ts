import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMPTY, fold, isHash, join, leafHash } from "../../runtime/merkle/hash.ts";
import { rootOf } from "../../runtime/merkle/proof.ts";
import { completedAt, keptFrom, type ReadKept, subtreesFrom, TILE } from "../../runtime/merkle/tiles.ts";
import { MerkleTree } from "../../runtime/merkle/tree.ts";
import { leafOf, leavesOf, naiveRoot, readNaive } from "./merkle-naive.ts";

/** The leaves and roots that the reference implementation of Certificate Transparency is tested with. */
const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

describe("the tree", () => {
  test("has the root of RFC 6962, after each leaf", () => {
    const tree = new MerkleTree();
    const roots = [tree.root()];
    for (const leaf of LEAVES) {
      tree.add(leafOf(Buffer.from(leaf, "hex")));
      roots.push(tree.root());
    }
    expect(roots).toEqual(ROOTS);
    expect(tree.size).toBe(8);
    expect(EMPTY).toBe(ROOTS[0]);
    expect(leafHash("")).toBe(ROOTS[1]);
  });

  test("has the root the recursive definition gives, whatever the size", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(140), fc.integer({ min: 250, max: 800 })), (size) => {
        const leaves = leavesOf(size);
        const tree = new MerkleTree();
        for (const leaf of leaves) tree.add(leaf);
        expect(tree.root()).toBe(naiveRoot(leaves));
      }),
    );
  });

  test("tells of each subtree whose hash is kept once, with its hash", () => {
    const leaves = leavesOf(800);
    const told: [number, string][] = [];
    const tree = new MerkleTree((level, hash) => told.push([level, hash]));
    for (const leaf of leaves) tree.add(leaf);
    expect(told).toEqual([0, 1, 2].map((at) => [TILE, naiveRoot(leaves.slice(at * 256, at * 256 + 256))]));
  });

  test("tells of those of 65,536 leaves, too, and has the root of them all", async () => {
    const kept = new Map<number, string[]>();
    const tree = new MerkleTree((level, hash) => kept.set(level, [...(kept.get(level) ?? []), hash]));
    const leaves = Array.from({ length: 2 * 65_536 + 300 }, (_, i) => leafHash(String(i)));
    for (const leaf of leaves) tree.add(leaf);
    expect([...kept].map(([level, hashes]) => [level, hashes.length])).toEqual([
      [8, 513],
      [16, 2],
    ]);
    kept.set(0, leaves);
    const read: ReadKept = (level, first, count) => (kept.get(level) ?? []).slice(first, first + count);
    // Proofs are made of what is kept of a lower level: from the leaves alone, from 256 at a time, and as they are.
    const root = await rootOf(tree.size, async (wanted) => subtreesFrom(wanted, read));
    expect(tree.root()).toBe(root);
    expect(kept.get(16)?.[1]).toBe(keptFrom({ level: 16, index: 1 }, read));
    expect(kept.get(16)?.[0]).toBe(naiveRoot(leaves.slice(0, 65_536)));
  });

  test("joins nothing that is no hash", () => {
    for (const bad of ["", "00", "g".repeat(64), "a".repeat(63), "a".repeat(66)]) {
      expect(isHash(bad)).toBe(false);
      expect(() => join(bad, EMPTY)).toThrow(TypeError);
      expect(() => join(EMPTY, bad)).toThrow(TypeError);
    }
    // Of the right length together.
    expect(() => join("a".repeat(62), "a".repeat(66))).toThrow(TypeError);
    expect(() => fold([EMPTY, EMPTY, EMPTY])).toThrow(TypeError);
    expect(isHash(EMPTY)).toBe(true);
    expect(isHash(EMPTY.toUpperCase())).toBe(false);
  });
});

describe("kept hashes", () => {
  /** What a store keeps of so many leaves, made as it makes it. */
  function kept(size: number): ReadKept {
    const levels = new Map<number, string[]>([[0, []]]);
    const read: ReadKept = (level, first, count) => (levels.get(level) ?? []).slice(first, first + count);
    for (const [at, leaf] of leavesOf(size).entries()) {
      levels.get(0)?.push(leaf);
      for (const subtree of completedAt(at + 1)) {
        const hashes = levels.get(subtree.level) ?? [];
        expect(hashes).toHaveLength(subtree.index);
        levels.set(subtree.level, [...hashes, keptFrom(subtree, read)]);
      }
    }
    return read;
  }

  test("are those of 256 leaves, 65,536 leaves …", () => {
    expect([1, 255, 256, 512, 65_280, 65_536, 131_072].map((size) => completedAt(size))).toEqual([
      [],
      [],
      [{ level: TILE, index: 0 }],
      [{ level: TILE, index: 1 }],
      [{ level: TILE, index: 254 }],
      [
        { level: 8, index: 255 },
        { level: 16, index: 0 },
      ],
      [
        { level: 8, index: 511 },
        { level: 16, index: 1 },
      ],
    ]);
    expect(completedAt(2 ** 40)).toHaveLength(5);
  });

  test("give every other, and the root", async () => {
    const leaves = leavesOf(700);
    const read = kept(700);
    for (const level of [0, 1, 5, 7, 8, 9]) {
      for (let index = 0; (index + 1) * 2 ** level <= 700; index += 1) {
        const from = index * 2 ** level;
        expect(subtreesFrom([{ level, index }], read)).toEqual([naiveRoot(leaves.slice(from, from + 2 ** level))]);
      }
    }
    for (const size of [0, 1, 255, 256, 257, 511, 512, 699, 700]) {
      expect(await rootOf(size, async (wanted) => subtreesFrom(wanted, read))).toBe(naiveRoot(leaves.slice(0, size)));
      expect(await rootOf(size, readNaive(leaves))).toBe(naiveRoot(leaves.slice(0, size)));
    }
    expect(() => subtreesFrom([{ level: 0, index: 700 }], read)).toThrow(RangeError);
    expect(() => subtreesFrom([{ level: 8, index: 2 }], read)).toThrow(RangeError);
  });

  test("are few for any proof", async () => {
    const read: string[] = [];
    const count: ReadKept = (level, first, much) => {
      read.push(...Array.from({ length: much }, (_, i) => `${level}/${first + i}`));
      return Array.from({ length: much }, () => EMPTY);
    };
    // Of a thousand million leaves: four levels of hashes, none of which is read more than once over.
    await rootOf(999_999_999, async (wanted) => subtreesFrom(wanted, count));
    expect(read.length).toBeLessThan(4 * 256);
  });
});
