import fc from "fast-check";
import { describe, it } from "vitest";
import { KEYWORDS, TOKEN_TYPES } from "../../language/tokens.ts";
import { sources } from "./sources.ts";
import { parseSoundly } from "./taking-apart.ts";
import { tokensOf } from "./tokens.ts";

const texts = Object.values(sources);
const pieces = [
  ...KEYWORDS.keys(),
  ...TOKEN_TYPES.flatMap((type) => (/[a-z]/.test(type.LABEL ?? "") ? [] : [type.LABEL ?? ""])),
  ..."a b by of to any all key at most allow empty auto nothing with as from per one".split(" "),
  ...[
    "\n",
    "\n  ",
    '"',
    '"""',
    "${",
    "}",
    "1",
    "5m",
    "2026-11-21",
    "09:00",
    "// c\n",
    "/// d\n",
    "/*",
    "*/",
    "@",
    "\\",
  ],
];

const soup = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom("", " ", " ", "\n")), { maxLength: 60 })
  .map((parts) => parts.flat().join(""));

/** A source with some of its tokens taken out, doubled, swapped for others, or cut off. */
const damaged = fc
  .record({
    text: fc.constantFrom(...texts),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        kind: fc.constantFrom("drop", "double", "replace", "insert", "cut"),
        piece: fc.constantFrom(...pieces),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ text, edits }) => edits.reduce(edit, text));

function edit(text: string, { at, kind, piece }: { at: number; kind: string; piece: string }): string {
  const tokens = tokensOf(text);
  const token = tokens[Math.floor(at * (tokens.length - 1))];
  if (token === undefined) return text;
  const [before, own, after] = [text.slice(0, token.start), text.slice(token.start, token.end), text.slice(token.end)];
  if (kind === "drop") return before + after;
  if (kind === "double") return before + own + own + after;
  if (kind === "replace") return before + piece + after;
  return kind === "insert" ? `${before}${piece} ${own}${after}` : before;
}

function holdsFor(arbitrary: fc.Arbitrary<string>, numRuns: number): void {
  fc.assert(
    fc.property(arbitrary, (text) => {
      parseSoundly(text);
    }),
    { numRuns },
  );
}

describe("whatever the text, there is a tree whose spans nest, and it fits its schema", () => {
  it("for any string", () => holdsFor(fc.string({ unit: "binary", maxLength: 200 }), 500));
  it("for any run of tokens", () => holdsFor(soup, 1000));
  it("for any run of tokens in a body", () =>
    holdsFor(
      soup.map((text) => `action a() {\n  ${text}\n}\nuse b`),
      1000,
    ));
  it("for sources with a few mistakes", () => holdsFor(damaged, 400));
});
