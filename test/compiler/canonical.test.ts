import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, canonicalPieces } from "../../compiler/canonical.ts";
import { digestOf } from "../../compiler/digest.ts";

/** By the letter of the RFC, without thought of time or memory. */
function plainly(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(plainly).join(",")}]`;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${plainly(field)}`).join(",")}}`;
}

const text = fc.string({ unit: "binary", maxLength: 8 });
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value")),
    // Also with more fields than are sorted by hand, and with some that are left out.
    fc.dictionary(text, fc.oneof(tie("value"), fc.constant(undefined)), { maxKeys: 40, size: "max" }),
  ),
})).value;

test("one text, as the RFC has it, and the digest of its bytes", () => {
  fc.assert(
    fc.property(json, (value) => {
      const wanted = plainly(value ?? null);
      expect(canonicalJson(value ?? null)).toBe(wanted);
      expect(digestOf(value ?? null)).toBe(`sha256:${createHash("sha256").update(wanted).digest("hex")}`);
    }),
    { numRuns: 300 },
  );
});

test("a large value comes in pieces, and none is large", () => {
  const value = Array.from({ length: 20_000 }, (_, i) => ({ name: `n${i}`, at: [i, "🚀", null] }));
  const pieces: string[] = [];
  canonicalPieces(value, (piece) => pieces.push(piece));
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(100_000);
  expect(pieces.join("")).toBe(plainly(value));
});

test.each([[Number.NaN], [[Number.POSITIVE_INFINITY]], [{ a: () => 1 }], [[undefined]]])(
  "%j cannot be said",
  (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  },
);
