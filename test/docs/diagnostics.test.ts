/** `language/DIAGNOSTICS.md` is made from the pages of `opsc explain`; `UPDATE_GOLDEN=1` writes it anew. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { CONFIGURATION } from "../../compiler/diagnostics/diagnostic.ts";
import { diagnosticsMarkdown } from "../../compiler/diagnostics/pages/markdown.ts";
import { CODES } from "../../compiler/diagnostics/registry.ts";
import { ROOT } from "./blocks.ts";

const FILE = path.join(ROOT, "language/DIAGNOSTICS.md");

test("the reference of diagnostics is as made", () => {
  const made = diagnosticsMarkdown();
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(FILE, made);
  expect(readFileSync(FILE, "utf8")).toBe(made);
});

test("every code has one heading in it, and every link leads to one", () => {
  const made = diagnosticsMarkdown();
  const headings = [...made.matchAll(/^### `([a-z-]+)`$/gm)].map(([, code]) => code);
  expect(headings.sort()).toEqual([...CODES, CONFIGURATION].sort());
  for (const [, target] of made.matchAll(/\]\(#([a-z-]+)\)/g)) expect([...CODES, CONFIGURATION]).toContain(target);
});
