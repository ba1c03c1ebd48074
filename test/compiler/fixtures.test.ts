/**
 * Every fixture gives exactly the diagnostics written in it. After a change that is meant,
 * `UPDATE_FIXTURES=1 vitest run test/compiler/fixtures.test.ts` writes them anew; the difference is to be read.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CODES } from "../../compiler/diagnostics/registry.ts";
import { fixtures, marked, sourcesOf } from "./fixtures.ts";
import { check } from "./project.ts";

const folder = path.resolve(import.meta.dirname, "../fixtures");
const all = fixtures(folder);

describe.each(all.map((fixture) => [fixture.name, fixture] as const))("%s", (name, fixture) => {
  test("has the diagnostics written in it, and no other", () => {
    const expected = marked(fixture);
    if (process.env.UPDATE_FIXTURES === "1") {
      const at = (file: string): string =>
        name.endsWith(".project") ? path.join(folder, name, file) : path.join(folder, name);
      for (const [file, text] of Object.entries(expected)) writeFileSync(at(file), text);
    } else expect(fixture.files).toEqual(expected);
  });
});

test("the fixtures meet most of the registry", () => {
  const met = new Set(all.flatMap((fixture) => check(sourcesOf(fixture)).diagnostics.map((d) => d.code)));
  // Faults of the text have tests of their own beside the parser.
  const textual = ["bad-", "un", "reserved", "too-"];
  const missing = CODES.filter((code) => !met.has(code) && !textual.some((t) => code.startsWith(t)));
  expect(missing).toEqual([]);
});
