/** Tables in the documentation say what the product does: they are made from the tables the product reads. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { documentOf, documents, ROOT } from "./blocks.ts";
import { BLOCKS_WITH_PROPERTIES, tablesIn, withTables } from "./tables.ts";

describe("tables", () => {
  test.each(documents().filter((d) => tablesIn(d.text).length > 0))("of $file are as made", ({ file, text }) => {
    const made = withTables(text);
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path.join(ROOT, file), made);
    else expect(text).toBe(made);
  });

  test("the reference has every table of the language, the providers' README that of operations", () => {
    const names = [
      "reserved words",
      "methods",
      "arithmetic",
      "guardrail scope",
      "plan step",
      "places",
      "built in",
      ...BLOCKS_WITH_PROPERTIES,
    ];
    expect(tablesIn(documentOf("language/REFERENCE.md").text).sort()).toEqual(names.sort());
    expect(tablesIn(documentOf("runtime/providers/README.md").text)).toEqual(["operations"]);
    expect(tablesIn(documentOf("README.md").text)).toEqual(["exit codes"]);
    expect(tablesIn(documentOf("docs/CONFIGURATION.md").text)).toEqual(["configuration", "trust", "environment"]);
  });

  test("a table that differs is seen", () => {
    const text = "<!-- table: plan step -->\nold\n<!-- /table -->";
    expect(withTables(text)).toMatch(/^\| `effect` +\| `string` /m);
    expect(() => withTables("<!-- table: nothing -->\n<!-- /table -->")).toThrow("there is no table nothing");
  });
});
