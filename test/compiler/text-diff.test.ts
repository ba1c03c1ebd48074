import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { count, edits, linesOf, unifiedDiff } from "../../compiler/text-diff.ts";
import { processorTime } from "../tools/processor-time.ts";

/** Applies a unified diff, trusting only what stands in it. */
function patch(before: string, diff: string): string {
  const old = linesOf(before);
  const result: string[] = [];
  let next = 0;
  const lines = linesOf(diff).slice(2);
  for (const [index, line] of lines.entries()) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+/.exec(line);
    const text = lines[index + 1]?.startsWith("\\") ? line.slice(1, -1) : line.slice(1);
    if (header !== null) {
      const start = Number(header[1]) - (header[2] === "0" ? 0 : 1);
      result.push(...old.slice(next, start));
      next = start;
    } else if (line.startsWith("+")) result.push(text);
    else if (line.startsWith("-") || line.startsWith(" ")) {
      expect(old[next]).toBe(text);
      if (line.startsWith(" ")) result.push(text);
      next += 1;
    }
  }
  return [...result, ...old.slice(next)].join("");
}

/** Length of the longest common subsequence, by the textbook. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const each of a) {
    const below = [0];
    for (const [j, other] of b.entries())
      below.push(each === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, below[j] ?? 0));
    row = below;
  }
  return row.at(-1) ?? 0;
}

const text = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "c", "", "+x", "-y"), { maxLength: 25 }), fc.boolean())
  .map(([lines, end]) => lines.join("\n") + (end ? "\n" : ""));

describe("unifiedDiff", () => {
  test("reads as `diff -u` writes it", () => {
    const before = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n";
    const after = before.replace("two", "zwei").replace("ten\n", "ten");
    expect(unifiedDiff("list", before, after)).toBe(
      [
        "--- a/list",
        "+++ b/list",
        "@@ -1,5 +1,5 @@",
        " one",
        "-two",
        "+zwei",
        " three",
        " four",
        " five",
        "@@ -7,4 +7,4 @@",
        " seven",
        " eight",
        " nine",
        "-ten",
        "+ten",
        "\\ No newline at end of file",
        "",
      ].join("\n"),
    );
  });

  test("nothing differs: no diff", () => {
    expect(unifiedDiff("x", "a\n", "a\n")).toBeNull();
  });

  test("applied to the one it gives the other", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff("x", before, after);
        expect(diff === null).toBe(before === after);
        expect(diff === null ? before : patch(before, diff)).toBe(after);
      }),
    );
  });

  test("takes out and puts in as few lines as possible", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [a, b] = [linesOf(before), linesOf(after)];
        const { added, removed } = count(edits(a, b));
        expect(added + removed).toBe(a.length + b.length - 2 * common(a, b));
      }),
    );
  });

  test("stays quick where everything differs", () => {
    const lines = (mark: string): string => Array.from({ length: 20_000 }, (_, i) => `${mark}${i}\n`).join("");
    const [before, after] = [lines("a"), lines("b")];
    const spent = processorTime();
    const diff = unifiedDiff("x", before, after) ?? "";
    expect(spent()).toBeLessThan(5_000);
    expect(patch(before, diff)).toBe(after);
  });
});
