/**
 * Documents with steps to follow are followed, in a folder of their own, and what they print is compared. Those of the
 * examples are followed in `test/e2e/examples.test.ts`, with the command as built.
 */

import { describe, expect, test } from "vitest";
import { documents, isOfExample } from "./blocks.ts";
import { follow, matches } from "./walk.ts";

const walked = documents().filter((d) => !isOfExample(d) && d.blocks.some((block) => block.words.has("run")));

describe("what a document prints", () => {
  test("is compared line by line, where … stands for anything left out", () => {
    expect(matches("plan sha256:…\n…\ndone", "plan sha256:12 \na\nb\ndone\n")).toBe(true);
    expect(matches("a\n…\nb", "a\nb")).toBe(true);
    expect(matches("a\nb", "a\nx\nb")).toBe(false);
    expect(matches("done", "done, not")).toBe(false);
    expect(matches("(a) …", "[a] x")).toBe(false);
  });
});

describe("steps to follow", () => {
  test("are in the tutorial", () => expect(walked.map((d) => d.file)).toContain("language/TUTORIAL.md"));

  test.each(walked)("$file", { timeout: 120_000 }, async (document) => {
    expect(await follow(document)).toEqual([]);
  });
});
