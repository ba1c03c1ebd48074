/** The corpus is what it was: else figures of one day say nothing about those of another. `UPDATE_GOLDEN=1` writes it anew. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkProject } from "../../compiler/check/project.ts";
import { builtInManifests } from "../../runtime/providers/index.ts";
import { corpusOf, LANGUAGES, type SourceFile } from "./corpus.ts";

const folder = path.join(import.meta.dirname, "corpus");
const whole = (files: readonly SourceFile[]): string => files.map((f) => `==== ${f.path}\n${f.text}\n`).join("");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function expectGolden(name: string, text: string): void {
  const file = path.join(folder, name);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, text);
  expect(readFileSync(file, "utf8") === text, `${name} is not what the generator makes`).toBe(true);
}

describe("the corpus", () => {
  test.each(LANGUAGES)("of 1,000 lines of %s is the frozen one", (language) => {
    expectGolden(`${language}.txt`, whole(corpusOf(language, 1000)));
  });

  test("of more lines has the digests it had", () => {
    const digests = LANGUAGES.flatMap((language) =>
      [10_000, 100_000].map((lines) => `${sha256(whole(corpusOf(language, lines)))}  ${language} ${lines}\n`),
    );
    expectGolden("digests.txt", digests.join(""));
  });

  test("has as many lines and files in each language", () => {
    const [first, ...rest] = LANGUAGES.map((language) =>
      corpusOf(language, 1000).map(({ text }) => text.split("\n").length),
    );
    for (const other of rest) expect(other).toEqual(first);
  });

  test("of ours is checked without a finding, and with one where it is broken", () => {
    const files = corpusOf("ops", 1000);
    const manifests = new Map(Object.entries(builtInManifests()));
    expect(checkProject({ files, manifests }).diagnostics).toEqual([]);
    const broken = files.map((f) => ({ ...f, text: f.text.replace("replicas: total", "replicas: label") }));
    expect(checkProject({ files: broken, manifests }).diagnostics).toHaveLength(files.length);
  });
});
