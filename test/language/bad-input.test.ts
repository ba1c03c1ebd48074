/** Bytes and characters that no editor should write, and that files have all the same. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hiddenCharacters } from "../../language/hidden.ts";
import { parse } from "../../language/parse.ts";
import { notUtf8 } from "../../language/utf8.ts";
import { check } from "../compiler/project.ts";
import { show } from "./show.ts";
import { sources } from "./sources.ts";

const codes = (text: string): string[] => check(text).diagnostics.map(({ code }) => code);

describe("bytes that are not UTF-8", () => {
  const bytes = (...parts: (string | number[])[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

  it.each([
    ["Latin-1", bytes("let a = 1\nlet b = ", [0xe9], "\n"), { offset: 18, line: 2 }],
    ["a byte that goes on from nothing", bytes("\n\nx", [0x80]), { offset: 3, line: 3 }],
    ["a character that is cut off at the end", bytes("é", [0xe2, 0x82]), { offset: 2, line: 1 }],
    ["half a pair, encoded", bytes("a", [0xed, 0xa0, 0x80]), { offset: 1, line: 1 }],
    ["an overlong slash", bytes([0xc0, 0xaf]), { offset: 0, line: 1 }],
    ["UTF-16 with its mark", bytes([0xff, 0xfe, 0x61, 0]), { offset: 0, line: 1 }],
  ])("%s", (_, text, place) => {
    expect(notUtf8(text)).toEqual(place);
  });

  it("are found wherever they stand, and nowhere else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (before, after) => {
        expect(notUtf8(bytes(before, after))).toBeNull();
        expect(notUtf8(bytes(before, [0xff], after))?.offset).toBe(bytes(before).length);
      }),
    );
  });
});

describe("characters that cannot be seen", () => {
  it.each(["\u202e", "\u2066", "\u0000", "\ud800", "\udc00"])(
    "%j is told in text and in comments, once a line",
    (hidden) => {
      expect(codes(`let _a = "x${hidden}y${hidden}"\n// ${hidden}\nlet _b = """\n  ${hidden}\n"""\n`)).toEqual([
        "hidden-character",
        "hidden-character",
        "hidden-character",
      ]);
    },
  );

  it.each(["\u202e", "\u0000", "\ud800"])("%j among code means nothing, which is told once", (hidden) => {
    expect(codes(`let _a = ${hidden} 1\n`)).toEqual(["bad-character"]);
  });

  it("are escapes only where they are characters", () => {
    expect(show('let a = "\\u{202E}\\u{1F600}"')).toBe('(let a "\u202e😀")');
    expect(parse('let a = "\\u{D800}"').faults).toMatchObject([{ code: "bad_string" }]);
    expect(hiddenCharacters('let a = "😀 é ‏עברית"')).toEqual([]);
  });
});

describe("marks and line ends", () => {
  it.each(Object.entries(sources))("%s reads the same with CRLF, with lone CR, after a byte order mark", (_, text) => {
    expect(show(`\ufeff${text}`)).toBe(show(text));
    expect(show(text.replaceAll("\n", "\r\n"))).toBe(show(text));
    expect(show(text.replaceAll("\n", "\r"))).toBe(show(text));
  });

  it("a byte order mark within the text is no character of the language", () => {
    expect(codes("let _a = 1\n\ufefflet _b = 2\n")).toEqual(["bad-character"]);
  });
});

describe("whatever does not end", () => {
  it.each([
    '"',
    '"""',
    '"${',
    '"""${',
    "/*",
    "(",
    "[",
    "{",
    "f(",
    "x ? ",
    "match x { ",
    "a => ",
    "'",
    "`",
    "\\",
    "1h30",
    "2026-11-",
    "#",
  ])("%j after a value leaves the declarations around it", (opener) => {
    const { tree, faults } = parse(`enum A { a }\nlet b = ${opener}\nenum C { c }\n`);
    expect(tree.items.map((item) => item.kind)).toEqual(["enum", "let", "enum"]);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(2);
  });
});

describe("brackets of all kinds, 5,000 deep", () => {
  it.each([
    ["mixed", "[({a:f(", ")})]"],
    ["never closed", "[({a:f(", ""],
    ["closed by others", "[({", "]}}"],
    ["only closed", "", ")]}"],
  ])("%s", (_, opener, closer) => {
    const { tree, faults } = parse(`let a = ${opener.repeat(1250)}1${closer.repeat(1250)}\nenum E { m }`);
    expect(tree.items.at(-1)?.kind).toBe("enum");
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(4);
  });
});
