/** A share of `node test/faults/sources.ts 10000`; `OPSC_SOURCES=10000` for all. */
import process from "node:process";
import { expect, test } from "vitest";
import { trySources } from "./sources.ts";

const COUNT = Number(process.env.OPSC_SOURCES ?? 400);

test("generated and mutated sources are read and checked without an exception, each within a second", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { sources, faults } = trySources(COUNT, seed);
  expect(sources).toBe(COUNT);
  // The mutations do damage.
  expect(faults).toBeGreaterThan(COUNT / 10);
}, 600_000);
