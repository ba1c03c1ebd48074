import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEdits, formatRange } from "../../language/format/edits.ts";
import { parse } from "../../language/parse.ts";
import { isReserved } from "../../language/tokens.ts";
import { layOutSoundly, shapeOf } from "./format-taking-apart.ts";
import { sources } from "./sources.ts";
import { tokensOf } from "./tokens.ts";

const root = path.resolve(import.meta.dirname, "../..");

function opsFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ops") && !file.includes("node_modules"))
    .map((file) => path.join(folder, file))
    .sort();
}

function blocksOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  return [...text.matchAll(/^```ops[^\n]*\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
}

const files = [...opsFiles("examples"), ...opsFiles("test")].map((file) => readFileSync(path.join(root, file), "utf8"));
const blocks = ["language/REFERENCE.md", "language/TUTORIAL.md", "README.md"].flatMap(blocksOf);
const whole = [...Object.values(sources), ...files, ...blocks].filter((text) => layOutSoundly(text) !== null);
/** Small enough to be laid out by the thousand. */
const seeds = whole.filter((text) => text.length < 6000);

const space = fc.constantFrom("", " ", "   ", "\t", "\n", "\n\n\n", "\r\n", "\n    ");
const comment = fc.constantFrom(
  "",
  "",
  "",
  " // c\n",
  "\n// c\n",
  "\n\n// c  \n\n",
  " /* c */ ",
  "\n/* c */\n",
  "/* c */\n",
  "\n/* c */ ",
  " /* c\n   d */ ",
  "/// d \n",
  "\n/// d\n/// e\n",
  " // c\r\n // d\n",
);

/** A source with white space and comments put between some of its tokens, and commas before some closers. */
const respaced = fc
  .record({
    text: fc.constantFrom(...seeds),
    edits: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), space, comment, end: space }), {
      minLength: 1,
      maxLength: 12,
    }),
  })
  .map(({ text, edits }) => {
    const places = tokensOf(text);
    const inserted = edits.map((edit) => {
      const token = places[Math.floor(edit.at * (places.length - 1))];
      return { at: token?.start ?? 0, text: edit.space + edit.comment + edit.end };
    });
    return inserted
      .sort((a, b) => b.at - a.at)
      .reduce((all, { at, text: added }) => all.slice(0, at) + added + all.slice(at), text);
  });

/** A source whose lines are joined, cut, or indented otherwise: each line end stays, goes or doubles. */
const relined = fc
  .record({
    text: fc.constantFrom(...seeds),
    ends: fc.array(fc.constantFrom("\n", " ", "\n\n", "\r\n", ",\n"), { minLength: 1, maxLength: 40 }),
  })
  .map(({ text, ends }) => {
    let at = 0;
    return text.replace(/\n[ \t]*/g, () => {
      at += 1;
      return ends[at % ends.length] ?? "\n";
    });
  });

/** A source whose names are longer or shorter, so that other lines fit or do not. */
const renamed = fc
  .record({
    text: fc.constantFrom(...seeds),
    lengths: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
    every: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ text, lengths, every }) => {
    let at = 0;
    return text.replace(/(?<=[.(\s])([a-z])[a-z_]{3,}(?=[.:,)\s])/g, (word, first: string) => {
      at += 1;
      return isReserved(word) || at % every !== 0 ? word : first.repeat(lengths[at % lengths.length] ?? 1);
    });
  });

describe("every promise of the layout", () => {
  it("is kept for sources, fixtures, examples and the blocks of the documents", () => {
    expect(whole.length).toBeGreaterThan(50);
  });

  it.each([
    ["white space and comments between the tokens", respaced, 1500],
    ["lines that end elsewhere", relined, 500],
    ["names of other lengths", renamed, 500],
  ] as const)("is kept with %s", { timeout: 120_000 }, (_, arbitrary, numRuns) => {
    let laidOut = 0;
    fc.assert(
      fc.property(arbitrary, (text) => {
        if (layOutSoundly(text) !== null) laidOut += 1;
      }),
      { numRuns },
    );
    // Most insertions leave the text without faults; were it few, the property would say little.
    expect(laidOut).toBeGreaterThan(numRuns / 10);
  });

  it("is kept where only a range is laid out", { timeout: 120_000 }, () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(respaced, place, place, (text, a, b) => {
        const [start = 0, end = 0] = [a, b].map((at) => Math.floor(at * text.length)).sort((x, y) => x - y);
        const result = formatRange(text, { start, end });
        if (!("edits" in result)) return;
        const before = parse(text);
        const after = parse(applyEdits(text, result.edits));
        expect(after.faults).toEqual([]);
        expect(shapeOf(after.tree)).toEqual(shapeOf(before.tree));
        expect(after.tree.comments.length).toBe(before.tree.comments.length);
      }),
      { numRuns: 1000 },
    );
  });
});
