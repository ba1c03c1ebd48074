/** What the documents and the examples show is laid out as `opsc fmt` does. `UPDATE_GOLDEN=1` lays it out. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { format } from "../../language/format/format.ts";
import { type Block, documentOf, documents, place, ROOT } from "./blocks.ts";

const HEAD = "action example() {\n";

/** The block laid out, a fragment as the body it is part of; null for one that shows a fault. */
function laidOut({ text, words }: Block): string | null {
  const fragment = words.has("fragment");
  const result = format(fragment ? `${HEAD}${text}}\n` : text);
  if (!("text" in result)) return null;
  if (!fragment) return result.text;
  return result.text.slice(HEAD.length, -"}\n".length).replace(/^ {2}/gm, "");
}

/** Writes the blocks of `file` as they are to be. The last comes first, so that the lines of the others stay. */
function rewrite(file: string): void {
  const { text, blocks } = documentOf(file);
  const lines = text.split("\n");
  for (const block of blocks.filter((each) => each.language === "ops").reverse()) {
    const wanted = laidOut(block);
    if (wanted === null || wanted === block.text) continue;
    const indent = /^ */.exec(lines[block.line - 1] ?? "")?.[0] ?? "";
    const now = wanted.trimEnd().split("\n");
    const old = block.text.trimEnd().split("\n").length;
    lines.splice(block.line, old, ...now.map((line) => (line === "" ? "" : indent + line)));
  }
  writeFileSync(path.join(ROOT, file), lines.join("\n"));
}

const examples = execFileSync("git", ["ls-files", "--", "examples/*.ops"], { cwd: ROOT, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "");

if (process.env.UPDATE_GOLDEN === "1") {
  for (const { file, blocks } of documents()) if (blocks.some((each) => each.language === "ops")) rewrite(file);
  for (const file of examples) {
    const result = format(readFileSync(path.join(ROOT, file), "utf8"));
    if ("text" in result) writeFileSync(path.join(ROOT, file), result.text);
  }
}

const blocks = documents().flatMap((document) => document.blocks.filter((each) => each.language === "ops"));

describe("layout", () => {
  test("only blocks that show a fault of syntax have none", () => {
    const without = blocks.filter((block) => laidOut(block) === null);
    expect(without.filter((block) => !block.words.has("error")).map(place)).toEqual([]);
    expect(blocks.length - without.length).toBeGreaterThan(30);
  });

  test.each(blocks.map((block): [string, Block] => [place(block), block]))("%s", (_, block) => {
    const wanted = laidOut(block);
    if (wanted !== null) expect(block.text).toBe(wanted);
  });

  test.each(examples)("%s", (file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    expect(format(text)).toEqual({ text });
  });
});
