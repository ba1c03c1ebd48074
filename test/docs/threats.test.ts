/** Every claim of docs/THREATS.md is tried by a file of tests, or says plainly that nothing stands against it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./blocks.ts";

const text = readFileSync(path.join(ROOT, "docs/THREATS.md"), "utf8");

/** The rows of its tables of what somebody tries, by their section. */
const rows = text.split(/^## /m).flatMap((section) => {
  const [heading = ""] = section.split("\n");
  const [, table = ""] = /^\| tries .*\n\|[- |]+\n((?:\|.*\n)+)/m.exec(section) ?? [];
  return table
    .split("\n")
    .filter((line) => line !== "")
    .map((line): [string, string] => [`${heading}: ${line.split("|")[1]?.trim() ?? ""}`, line]);
});

describe("what somebody tries", () => {
  test("is told of everybody", () => {
    const [, actors = ""] = /^## Who there is\n\n\| who .*\n\|[- |]+\n((?:\|.*\n)+)/m.exec(text) ?? [];
    expect(actors.trim().split("\n").length).toBeGreaterThanOrEqual(10);
    expect(new Set(rows.map(([name]) => name.split(":")[0])).size).toBeGreaterThanOrEqual(7);
  });

  test.each(rows)("%s", (_, row) => {
    const tried = [...row.matchAll(/\[test\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, file]) => file ?? "");
    if (tried.length === 0) expect(row).toMatch(/\*\*not (found|refused)\*\*/i);
    for (const file of tried) expect(readFileSync(path.join(ROOT, file), "utf8")).toMatch(/\b(test|describe)\b/);
  });
});
