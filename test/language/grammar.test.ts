import { describe, expect, it, test } from "vitest";
import { OpsParser } from "../../language/parser/declarations.ts";
import type { Lookahead } from "../../language/parser/lookahead.ts";
import { sources } from "./sources.ts";

it("the grammar passes chevrotain's own checks, which are left out at run time", () => {
  expect(() => new OpsParser(false)).not.toThrow();
});

describe("a parser made with the lookahead of another, as the build does", () => {
  const whole = new OpsParser(true);
  const lookahead: Lookahead = JSON.parse(JSON.stringify(whole.lookahead()));
  const prepared = new OpsParser(true, lookahead);

  it("knows the beginnings of every rule that has a choice", () => {
    expect(Object.keys(lookahead.rules).length).toBeGreaterThan(20);
    expect(lookahead.sets.length).toBeGreaterThan(20);
  });

  it("is needed: a parser without it takes no branch", () => {
    expect(() => new OpsParser(true, { sets: [], rules: {} }).parse("use file")).toThrow();
  });

  test.each(Object.entries(sources))("parses %s, and every beginning of it, alike", (_, text) => {
    expect(prepared.parse(text)).toEqual(whole.parse(text));
    for (let end = 0; end < text.length; end += 7) {
      const cut = text.slice(0, end);
      expect(prepared.parse(cut)).toEqual(whole.parse(cut));
    }
  });

  test.each(Object.entries(sources))("parses %s with a token lost or swapped alike", (_, text) => {
    for (const [i, { index, 0: word }] of [...text.matchAll(/\w+|[^\s\w]/g)].entries()) {
      if (i % 5 !== 0) continue;
      for (const other of ["", "}", "when", "=>"]) {
        const odd = text.slice(0, index) + other + text.slice(index + word.length);
        expect(prepared.parse(odd)).toEqual(whole.parse(odd));
      }
    }
  });
});
