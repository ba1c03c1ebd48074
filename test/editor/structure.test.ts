import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldsOf, selectionsAt } from "../../compiler/editor/folding.ts";
import { findDeclared, type Outlined, outlineOf } from "../../compiler/editor/outline.ts";
import { analyse, parsed } from "./analysis.ts";

const SOURCE = `// What this is.
// More of it.

import { a } from "./a.ops"
import { b } from "./b.ops"

enum Env { dev, prod }
type T = { port: int }

action go(env: Env) {
  fact old = file.read(path: "x")
  if old.exists {
    step w = file.write(path: "x", content: "y") {
      rollback auto
    }
  } else {
    let z = 1
  }
  for h in ["a", "b"] batch 2 {
    check up = http.get(url: "https://x/y") { require it.status == 200 }
  }
  on failure {
    step tell = http.post(url: "https://x/y")
  }
}
test "it works" { run go() }
`;

const tree = (list: readonly Outlined[], indent = ""): string[] =>
  list.flatMap(({ as, name, detail, children }) => [
    `${indent}${as} ${name}${detail === "" ? "" : ` = ${detail}`}`,
    ...tree(children, `${indent}  `),
  ]);

test("what a file declares, as a tree", () => {
  expect(tree(outlineOf(parsed("a.ops", SOURCE)))).toEqual([
    "enum Env",
    "  member dev",
    "  member prod",
    "type T",
    "  field port",
    "action go",
    "  input env",
    "  fact old = file.read",
    "  condition if old.exists",
    "    step w = file.write",
    "    let z",
    '  loop for h in ["a", "b"]',
    "    check up = http.get",
    "  hook on failure",
    "    step tell = http.post",
    'test "it works"',
  ]);
});

test("what all files declare, by some of the letters", () => {
  const analysis = analyse({ "a.ops": SOURCE, "b.ops": "let goal = 1\nlet x = 2\n" });
  expect(findDeclared(analysis, "go", 10).map(({ module, outlined }) => `${module} ${outlined.name}`)).toEqual([
    "a.ops go",
    "b.ops goal",
  ]);
  expect(findDeclared(analysis, "", 2)).toHaveLength(2);
});

describe("folding", () => {
  test("imports, comments, blocks", () => {
    const file = parsed("a.ops", SOURCE);
    const folds = foldsOf(file).map(({ span, kind }) => {
      const line = (at: number): number => file.lines.position(at).line;
      return `${kind} ${line(span.start)}-${line(span.end)}`;
    });
    expect(folds).toEqual([
      "comment 1-2",
      "imports 4-5",
      "block 10-25",
      "block 12-16",
      "block 13-15",
      "block 16-18",
      "block 19-21",
      "block 22-24",
    ]);
  });
  test("a selection grows from the word to the file", () => {
    const at = SOURCE.indexOf("exists");
    expect(selectionsAt(parsed("a.ops", SOURCE), at).map(({ start, end }) => SOURCE.slice(start, end).length)).toEqual([
      "exists".length,
      "old.exists".length,
      ...selectionsAt(parsed("a.ops", SOURCE), at)
        .slice(2)
        .map(({ start, end }) => end - start),
    ]);
    expect(selectionsAt(parsed("a.ops", SOURCE), at).at(-1)).toEqual({ start: 0, end: SOURCE.length });
  });
});

test("any example cut anywhere: nothing outside the text, names within what they name", () => {
  const texts = readdirSync("examples", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(`examples/${name}`)
        .filter((file) => file.endsWith(".ops"))
        .map((file) => readFileSync(`examples/${name}/${file}`, "utf8")),
    );
  const holds = (text: string, list: readonly Outlined[]): void => {
    for (const { span, nameSpan, children } of list) {
      expect(span.end).toBeLessThanOrEqual(text.length);
      // Editors refuse a symbol whose name lies outside of it.
      expect(nameSpan.start).toBeGreaterThanOrEqual(span.start);
      expect(nameSpan.end).toBeLessThanOrEqual(span.end);
      holds(text, children);
    }
  };
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), (text, at) => {
      const cut = text.slice(0, at % (text.length + 1));
      const file = parsed("a.ops", cut);
      holds(cut, outlineOf(file));
      for (const { span } of foldsOf(file)) expect(span.end).toBeLessThanOrEqual(cut.length);
    }),
    { numRuns: 400 },
  );
});
