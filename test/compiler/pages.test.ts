/** Every code has a page, and the page tells the truth: `bad` reports the code and nothing else, `good` nothing at all. */
import { describe, expect, test } from "vitest";
import { pages } from "../../compiler/diagnostics/pages/index.ts";
import { CODES } from "../../compiler/diagnostics/registry.ts";
import { check } from "./project.ts";

const told = (sources: Parameters<typeof check>[0]): string[] =>
  check(sources).diagnostics.map((d) => `${d.code}: ${d.message}`);

test("there is a page for every code, and a code for every page", () => {
  expect(Object.keys(pages).sort()).toEqual([...CODES]);
});

describe.each(CODES.map((code) => [code, pages[code]] as const))("%s", (code, page) => {
  test("the bad example reports it, and only it", () => {
    const found = new Set(check(page.bad).diagnostics.map((d) => d.code));
    expect([...found], told(page.bad).join("\n")).toEqual([code]);
  });

  test("the good example reports nothing", () => {
    expect(told(page.good)).toEqual([]);
  });

  test("the words are there, in sentences", () => {
    expect(page.title.length).toBeGreaterThan(5);
    const sentences = page.why.split(/[.?](?:\s|$)/).filter((s) => s.trim() !== "");
    expect(sentences.length).toBeGreaterThanOrEqual(1);
    expect(sentences.length).toBeLessThanOrEqual(5);
    expect(page.fix).toMatch(/\.$/);
  });
});
