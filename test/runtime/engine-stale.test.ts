import { describe, expect, test } from "vitest";
import { otherChangeText, staleText } from "../../runtime/engine/stale.ts";

describe("a fact that is not what the plan saw", () => {
  test.each([
    [3, 4, "f was 3 when the plan was made and is 4 now; make a new plan"],
    ["a", null, 'f was "a" when the plan was made and is none now; make a new plan'],
    ["a\n", "b\n", 'f was "a\\n" when the plan was made and is "b\\n" now; make a new plan'],
    [
      "a\nb\nc\n",
      "a\nx\nc\n",
      'f is another text than when the plan was made: line 2 was "b" and is "x" now; make a new plan',
    ],
    [
      "a\nb\n",
      "a\nb\nc\n",
      'f is another text than when the plan was made: line 3 was "" and is "c" now; make a new plan',
    ],
    [
      "a\nb",
      "a\nb\nc",
      'f is another text than when the plan was made: line 3 was none and is "c" now; make a new plan',
    ],
    [
      "a\nb\nc",
      "a\nb",
      'f is another text than when the plan was made: line 3 was "c" and is none now; make a new plan',
    ],
  ])("%j, now %j", (was, is, text) => expect(staleText("f", was, is)).toBe(text));
});

describe("a step that would change something else than the plan shows", () => {
  const public_ = (summary: string, diff: string | null) => ({ sensitive: false, summary, diff });
  const hunk = (lines: string, at = 1): string => `--- a/f\n+++ b/f\n@@ -${at},3 +${at},3 @@\n${lines}`;
  const told = (was: ReturnType<typeof public_>, is: ReturnType<typeof public_>): string =>
    otherChangeText("s", was, { ok: true, preview: is });
  const begin = "s would change something else than the plan shows: ";

  test.each([
    ["the first line", hunk("-a\n+b\n"), hunk("-x\n+b\n"), "`-a` when it was made, and now `-x`"],
    ["a line that is gone", hunk(" q\n-a\n+b\n"), hunk(" q\n-a\n"), "`+b` when it was made, and now nothing"],
    ["not where it stands", hunk("-a\n+b\n", 3), hunk("-x\n+b\n", 7), "`-a` when it was made, and now `-x`"],
    [
      "where it stands, if that is all",
      hunk("-a\n+b\n", 3),
      hunk("-a\n+b\n", 7),
      "`@@ -3,3 +3,3 @@` when it was made, and now `@@ -7,3 +7,3 @@`",
    ],
  ])("%s is told", (_, was, is, text) =>
    expect(told(public_("f", was), public_("g", is))).toBe(`${begin}${text}; make a new plan`),
  );

  test("summaries where there is no difference to show, on one line", () => {
    expect(told(public_("make f\n and g", null), public_("no change", null))).toBe(
      `${begin}\`make f and g\` when it was made, and now \`no change\`; make a new plan`,
    );
    expect(told(public_("change f", hunk("-a\n")), public_("no change", null))).toContain("and now `no change`");
    // What there was not when the plan was made is there now.
    const made = hunk("+b\n").replace("--- a/f", "--- /dev/null");
    expect(told(public_("create f", made), public_("change f", hunk("-a\n+b\n")))).toContain(
      "`create f` when it was made, and now `change f`",
    );
    expect(told(public_("s", null), public_("s", hunk("-a\n+b\n")))).toContain(
      ": nothing when it was made, and now `--- a/f`",
    );
  });

  test("of a line as long as a file, what is around the first character that differs", () => {
    const long = (word: string): string => hunk(`-${"🎈".repeat(5_000)}${word}${"z".repeat(5_000)}\n`);
    expect(told(public_("f", long("1")), public_("f", long("2")))).toBe(
      `${begin}\`…${"🎈".repeat(40)}1${"z".repeat(59)}…\` when it was made, and now \`…${"🎈".repeat(40)}2${"z".repeat(59)}…\`; make a new plan`,
    );
  });
});
