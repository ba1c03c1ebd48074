/** Every example in the documentation is tried. The words after a fence are explained in README.md. */
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Block, blocksOf, documents, place } from "./blocks.ts";
import { commandNames, commandsIn, misuse } from "./command-line.ts";
import { check } from "./sources.ts";

const all = documents();
const of = (language: string): [string, Block][] =>
  all.flatMap((d) => d.blocks.filter((b) => b.language === language).map((b): [string, Block] => [place(b), b]));

const WORDS: Readonly<Record<string, readonly string[]>> = {
  ops: ["file", "prelude", "fragment", "error"],
  sh: ["run", "background"],
  text: ["output", "file"],
};

describe("blocks", () => {
  test("the reference and the tutorial are among the documents", () => {
    const files = all.map((d) => d.file);
    expect(files).toContain("language/REFERENCE.md");
    expect(files).toContain("language/TUTORIAL.md");
    expect(of("ops").length).toBeGreaterThan(30);
    expect(of("sh").length).toBeGreaterThan(5);
  });

  test("only the agreed words stand after a fence", () => {
    const wrong = all.flatMap((d) =>
      d.blocks.flatMap((block) => {
        const known = WORDS[block.language] ?? ["file"];
        return [...block.words.keys()]
          .filter((word) => !known.includes(word))
          .map((word) => `${place(block)}: ${word}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("a fence within a longer fence is text", () => {
    const [block] = blocksOf("x.md", "````md\n```ops file=a.ops\n```\n````\n");
    expect(block).toMatchObject({ line: 1, language: "md", text: "```ops file=a.ops\n```\n" });
  });

  test("a block that is never closed is told", () => {
    expect(() => blocksOf("x.md", "a\n```sh\nopsc check\n")).toThrow("x.md:2");
  });
});

describe(".ops", () => {
  test.each(of("ops"))("%s", (_, block) => {
    const document = all.find((d) => d.file === block.file);
    if (document === undefined) throw new Error(`${block.file} is not among the documents`);
    const found = check(document, block);
    const wanted = block.words.get("error");
    if (wanted === undefined) expect(found.map((f) => f.shown)).toEqual([]);
    else
      expect([...new Set(found.map((f) => f.code))], found.map((f) => f.shown).join("\n")).toEqual(wanted.split(","));
  });
});

describe("JSON", () => {
  test.each(of("json"))("%s", (_, block) => {
    expect(() => JSON.parse(block.text)).not.toThrow();
  });
});

describe("YAML", () => {
  test.each(of("yaml"))("%s", (_, block) => {
    expect(parseAllDocuments(block.text).flatMap((each) => each.errors)).toEqual([]);
  });
});

describe("commands", () => {
  test("the command line describes itself in a form this test reads", () => {
    expect(commandNames()).toEqual(expect.arrayContaining(["check", "plan", "apply", "approve", "audit"]));
    expect(misuse(["opsc", "chek"])).toBe("opsc has no command chek");
    expect(misuse(["opsc", "plan", "x", "--inptus", "f"])).toBe("opsc plan has no option --inptus");
    expect(misuse(["opsc", "plan", "x", "--format", "pdf"])).toMatch(/^opsc plan --format is none of text, json/);
    expect(misuse(["opsc", "plan"])).toMatch(/another number of arguments/);
    expect(misuse(["opsc", "plan", "x", "-i", "a=b", "--reason", "a b"])).toBe(null);
  });

  test("commands are found in shell text", () => {
    const shell = '$ opsc plan a \\\n  -i b="c d" | grep x # opsc no\nls; opsc check > out 2> err\n';
    expect(commandsIn(shell)).toEqual([
      ["opsc", "plan", "a", "-i", "b=c d"],
      ["opsc", "check"],
    ]);
  });

  test.each(of("sh").filter(([, block]) => commandsIn(block.text).length > 0))("%s", (_, block) => {
    const wrong = commandsIn(block.text).flatMap((words) => {
      const why = misuse(words);
      return why === null ? [] : [`${words.join(" ")}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });
});
