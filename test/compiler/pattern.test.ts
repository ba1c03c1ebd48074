/** Patterns against the regular expressions of the platform, and against texts made to take for ever. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPattern, parsePattern } from "../../compiler/ir/pattern.ts";
import { processorTime } from "../tools/processor-time.ts";

function matches(pattern: string, text: string): boolean | undefined {
  const parsed = parsePattern(pattern);
  if (!parsed.ok) throw new Error(parsed.why);
  return matchesPattern(parsed.machine, text);
}

const atom = fc.constantFrom(
  "a",
  "b",
  "é",
  "😀",
  ".",
  "\\d",
  "\\W",
  "\\s",
  "[a-c]",
  "[^ab]",
  "[\\d_]",
  "\\.",
  "[]a]".slice(1),
  "-",
);
const { pattern } = fc.letrec<{ pattern: string; group: string; piece: string }>((tie) => ({
  pattern: fc.array(tie("piece"), { maxLength: 4 }).map((parts) => parts.join("")),
  group: fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(${a}|${b})`),
  piece: fc
    .tuple(
      fc.oneof({ depthSize: "small" }, atom, tie("group")),
      fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "{0,}", "*?"),
    )
    .map(([a, b]) => a + b),
}));

test("says what the platform says of the whole text", () => {
  fc.assert(
    fc.property(
      // The platform may try for ever where repetitions stand in repetitions: that is why this is not its engine.
      pattern.filter((p) => parsePattern(p).ok && !p.includes("a]") && (p.match(/[*+?{]/g)?.length ?? 0) <= 4),
      fc
        .array(fc.constantFrom("a", "b", "c", "é", "😀", "1", ".", "-", " ", "\n"), { maxLength: 6 })
        .map((c) => c.join("")),
      (written, text) => {
        expect(matches(written, text)).toBe(new RegExp(`^(?:${written})$`, "u").test(text));
      },
    ),
    { numRuns: 2000 },
  );
});

test("anchors hold where they stand", () => {
  expect(matches("^a$", "a")).toBe(true);
  expect(matches("a^b", "ab")).toBe(false);
  expect(matches("(^|b)a($|c)", "a")).toBe(true);
  expect(matches("()*^$", "")).toBe(true);
});

test("what makes others try for ever is decided at once", () => {
  const text = `${"a".repeat(50_000)}!`;
  for (const written of ["(a+)+", "(a|a)*", "(a|aa)+", "(.*)*", "a{0,200}a{0,200}a*"]) {
    const spent = processorTime();
    expect(matches(written, text)).toBe(written === "(.*)*");
    expect(spent()).toBeLessThan(3000);
  }
});

test("what would take too long is refused", () => {
  expect(matches("(.*){600}", "a".repeat(1_000_000))).toBeUndefined();
});

describe("never throws, and says where", () => {
  test.each([
    ["(a", 0, "this ( is never closed"],
    ["a)", 1, "there is no ( before this"],
    ["[a", 0, "this [ is never closed"],
    ["[]", 0, "there is nothing between [ and ]"],
    ["a\\", 1, "there is nothing after \\"],
    ["a**", 2, "this repeats a repetition: put the inner one in ( )"],
    ["^*", 1, "there is nothing to repeat here"],
    ["{2}", 0, "write \\{ for a brace"],
    ["a{1001}", 1, "at most 1000 repetitions can be asked for"],
    ["((a{1000}){1000}){1000}", 0, "it grows too large: repeat less"],
    ["(?<n>a)", 1, "groups are written ( ) or (?: )"],
    ["\\p{L}", 0, "\\p is not supported"],
    ["[\\d-z]", 1, "this range begins with a class"],
    [`${"(".repeat(100)}a${")".repeat(100)}`, 51, "groups stand too deep in one another"],
  ])("%s", (written, at, why) => {
    expect(parsePattern(written)).toEqual({ ok: false, at, why });
  });

  test("for any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (written) => void parsePattern(written)));
  });
});
