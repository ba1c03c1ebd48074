import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MerkleTree } from "../../runtime/audit/merkle.ts";

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

function digest(...parts: Uint8Array[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

const leafOf = (hex: string): string => digest(Buffer.from([0]), Buffer.from(hex, "hex")).toString("hex");

/** RFC 6962 §2.1 as it is written down: split at the largest power of two smaller than the size. */
function recursive(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return digest();
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return digest(Buffer.from([1]), recursive(leaves.slice(0, split)), recursive(leaves.slice(split)));
}

test("the root is that of RFC 6962, after each leaf", () => {
  const tree = new MerkleTree();
  const roots = [tree.root()];
  for (const leaf of LEAVES) {
    tree.add(leafOf(leaf));
    roots.push(tree.root());
  }
  expect(roots).toEqual(ROOTS);
  expect(tree.size).toBe(8);
});

test("the root is the one the recursive definition gives, whatever the size", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 70 }), (leaves) => {
      const tree = new MerkleTree();
      for (const leaf of leaves) tree.add(Buffer.from(leaf).toString("hex"));
      expect(tree.root()).toBe(recursive(leaves.map((leaf) => Buffer.from(leaf))).toString("hex"));
    }),
  );
});
