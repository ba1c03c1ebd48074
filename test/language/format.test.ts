import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { applyEdits, formatEdits, formatRange } from "../../language/format/edits.ts";
import { format, layOut } from "../../language/format/format.ts";
import { parse } from "../../language/parse.ts";
import { processorTime } from "../tools/processor-time.ts";
import { layOutSoundly } from "./format-taking-apart.ts";

const golden = path.resolve(import.meta.dirname, "../golden/format");

function laidOut(text: string): string {
  const result = format(text);
  if (!("text" in result)) throw new Error(`${JSON.stringify(text)} has faults: ${result.faults[0]?.code}`);
  return result.text;
}

describe("a tour of the language", () => {
  it("has one layout", () => {
    const result = layOutSoundly(readFileSync(path.join(golden, "tour.ops"), "utf8"));
    const file = path.join(golden, "tour.laid-out.ops");
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, result ?? "");
    expect(result).toBe(readFileSync(file, "utf8"));
  });
});

describe("layout", () => {
  it.each([
    ["an empty file", "", ""],
    ["white space alone", " \n\n\t\n", ""],
    ["comments alone", "\n\n// a\n\n\n/* b */ // c", "// a\n\n/* b */ // c\n"],
    ["a byte order mark and line ends of other systems", "\uFEFFuse a\r\nuse b\ruse c", "use a\nuse b\nuse c\n"],
    ["an optional of an optional", "type T = int? ?", "type T = int? ?\n"],
    ["signs that would run together", "let a = - -b - -1 .. 2", "let a = --b - -1 .. 2\n"],
    ["two comments behind one thing", "let a = [b // c\n, // d\n]", "let a = [\n  b, // c\n  // d\n]\n"],
    ["a comment after a comma is of what follows", "let a = [b, /* c */ d]", "let a = [b, /* c */ d]\n"],
    [
      "an if whose branches are open if one is",
      "action a() { if b { wait 1s } else if c { wait 1s\n} else { wait 1s } }",
      "action a() {\n  if b {\n    wait 1s\n  } else if c {\n    wait 1s\n  } else {\n    wait 1s\n  }\n}\n",
    ],
    [
      "an if that fits on its line, with an empty branch",
      "action a() {\nif b {wait 1s} else {}\n}",
      "action a() {\n  if b { wait 1s } else {}\n}\n",
    ],
    [
      "properties on one line in a body of several",
      "action a() {\nstep b = c() { timeout = 1s  retry { attempts = 2 }\n} }",
      "action a() {\n  step b = c() {\n    timeout = 1s\n    retry { attempts = 2 }\n  }\n}\n",
    ],
    [
      "an open import among others",
      'import {\na } from "./a.ops"\nimport { b } from "./b.ops"\nuse c',
      'import {\n  a,\n} from "./a.ops"\nimport { b } from "./b.ops"\n\nuse c\n',
    ],
    [
      "fields of a type, one a line",
      "type T = {\nname: string, port?: int // p\n}\ntype U = { a: int, bc: int }",
      "type T = {\n  name:  string,\n  port?: int, // p\n}\n\ntype U = { a: int, bc: int }\n",
    ],
    ["documentation before a comma", "enum A { b /// c\n, d }", "enum A {\n  b\n  /// c\n  ,\n  d,\n}\n"],
  ])("%s", (_, before, after) => {
    expect(laidOut(before)).toBe(after);
    layOutSoundly(before);
  });

  it("keeps the trailing space of documentation, which is a line end in Markdown, and takes that of comments", () => {
    expect(laidOut("/// a  \nuse b // c  \n")).toBe("/// a  \nuse b // c\n");
  });

  it("leaves a text as it is whose layout would read otherwise", () => {
    // At the start of a line `allow of` would begin a rule of a window.
    const text = "let a = [\nb, allow of c, d]\n";
    const { tree, faults } = parse(text);
    expect(faults).toEqual([]);
    expect(parse(layOut(text, tree)).faults).not.toEqual([]);
    expect(laidOut(text)).toBe(text);
    expect(formatEdits(text)).toEqual({ edits: [] });
  });

  it("has none for a text with faults, and gives them in order", () => {
    const result = format("let a = \n\nlet b = 1\n\nlet c =\n");
    expect("faults" in result && result.faults.map((fault) => fault.span.start)).toEqual([7, 28]);
    expect(formatEdits("let a =")).toHaveProperty("faults");
    expect(formatRange("let a =", { start: 0, end: 1 })).toHaveProperty("faults");
  });
});

describe("edits", () => {
  const text = "let a=1\n\n\naction b( ) {\n    wait   5s\n  x=[1,2,]\n}\n";

  it("touch nothing that stays", () => {
    const result = formatEdits(text);
    if (!("edits" in result)) throw new Error("faults");
    expect(result.edits.map(({ span, text: put }) => [text.slice(span.start, span.end), put])).toEqual([
      ["", " "],
      ["", " "],
      ["\n", ""],
      [" ", ""],
      ["  ", ""],
      ["  ", ""],
      ["", " "],
      ["", " "],
      ["", " "],
      [",", ""],
    ]);
    expect(formatEdits(laidOut(text))).toEqual({ edits: [] });
  });

  it("of a range are those on its lines", () => {
    const at = text.indexOf("wait") + 1;
    const result = formatRange(text, { start: at, end: at });
    expect("edits" in result && applyEdits(text, result.edits)).toBe(
      "let a=1\n\n\naction b( ) {\n  wait 5s\n  x=[1,2,]\n}\n",
    );
    expect(formatRange(text, { start: 0, end: text.length })).toEqual(formatEdits(text));
  });
});

describe("size", () => {
  /** Generous, so that a slow machine passes; what is quadratic would take hours. */
  const BOUND = 30_000;
  const inTime = (text: string): string | null => {
    const spent = processorTime();
    const result = format(text);
    expect(spent()).toBeLessThan(BOUND);
    return "text" in result ? result.text : null;
  };

  it.each([
    ["a line of 10 MB", `let a = [${"12345, ".repeat(1_450_000)}]`],
    ["a text of 10 MB", `let a = "${"x".repeat(10_000_000)}"`],
    ["block text of 10 MB", `let a = """\n${`${"x".repeat(99)}\n`.repeat(100_000)}"""`],
    ["comments of 10 MB", `use a\n${`// ${"x".repeat(97)}\n`.repeat(100_000)}`],
    ["60,000 lines", "action a() {\n  step s = f(a: 1)  { rollback auto }\n}\n".repeat(20_000)],
    ["a body of 50,000 members", `action a() {\n${"  x=f(a: [1, { b: 2 }])\n".repeat(50_000)}}`],
    ["blank lines", `use a\n${"\n".repeat(1_000_000)}use b`],
    ["a union of 150,000", `type T = ${Array(150_000).fill('"b"').join("|")}`],
    ["nesting", `let a = ${"[".repeat(60)}${"12345, ".repeat(10_000)}${"]".repeat(60)}`],
    ["chains", `let a = ${Array(200).fill("b.c(d).e(f)").join(" + ")}`],
  ])("%s", { timeout: 2 * BOUND }, (_, text) => {
    const result = inTime(text);
    expect(result).not.toBeNull();
    if (text.length < 2_000_000) expect(inTime(result ?? "")).toBe(result);
  });

  it.each(["[", "(", "{ a: ", "f(", '"${', "/*", '"""', "if a { "])("5,000 times %j is left alone", (opener) => {
    expect(inTime(`action a() {\n x = ${opener.repeat(5000)}`)).toBeNull();
  });
});
