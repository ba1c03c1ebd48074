/** Links between documents lead to a file that is there, and to a heading that it has. */
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Document, documentOf, documents, ROOT } from "./blocks.ts";

const LINK = /\]\(([^)\s]+)\)/g;
const OUTSIDE = /^[a-z]+:/;

/** The text without what stands in fences and in code, where a bracket means nothing. */
function prose({ text }: Document): string {
  return text.replace(/^ *(```+|~~~+)[\s\S]*?^ *\1\s*$/gm, "").replace(/`[^`\n]+`/g, (code) => code.slice(1, -1));
}

/** As GitHub makes anchors of headings: small letters, no punctuation, a number where one repeats. */
function anchors(document: Document): Set<string> {
  const found = new Set<string>();
  for (const [, title = ""] of prose(document).matchAll(/^#+ (.*)$/gm)) {
    const slug = title
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    let name = slug;
    for (let n = 1; found.has(name); n++) name = `${slug}-${n}`;
    found.add(name);
  }
  return found;
}

/** What is wrong with the links of a document. */
function broken(document: Document): string[] {
  return [...prose(document).matchAll(LINK)].flatMap(([, target = ""]) => {
    if (OUTSIDE.test(target)) return [];
    const [file = "", anchor] = target.split("#");
    const to = file === "" ? document.file : path.posix.join(path.posix.dirname(document.file), file);
    if (!existsSync(path.join(ROOT, to))) return [`${document.file}: ${target}: there is no ${to}`];
    if (anchor === undefined || anchors(documentOf(to)).has(anchor)) return [];
    return [`${document.file}: ${target}: ${to} has no such heading`];
  });
}

describe("links", () => {
  test.each(documents())("of $file", (document) => {
    expect(broken(document)).toEqual([]);
  });

  test("one that leads nowhere is seen", () => {
    const text = "# A `b`, c\n[a](#a-b-c) [b](#b) [c](none.md) [d](https://example.com/none.md)\n";
    const readme = { ...documentOf("README.md"), text };
    expect(anchors(readme)).toEqual(new Set(["a-b-c"]));
    expect(broken({ ...readme, file: "language/README.md" })).toEqual([
      "language/README.md: #a-b-c: language/README.md has no such heading",
      "language/README.md: #b: language/README.md has no such heading",
      "language/README.md: none.md: there is no language/none.md",
    ]);
  });
});
