import { expect, test } from "vitest";
import { tokensOf } from "../../compiler/editor/tokens.ts";
import { analyse } from "./analysis.ts";

test("names by what they stand for", () => {
  const text = `use file
enum Env { dev }
window office {
  timezone = "UTC"
  allow mon..fri
}
action go(env: Env = dev) {
  window = office
  fact old = file.read(path: "x")
  step w = file.write(path: "\${env}", content: (old.content ?? "").trim()) { rollback auto }
}
`;
  const analysis = analyse({ "a.ops": text });
  const file = analysis.file("a.ops");
  const found = file === null ? [] : tokensOf(analysis, file);
  expect(found.map(({ span, kind, marks }) => [text.slice(span.start, span.end), kind, ...marks].join(" "))).toEqual([
    "file namespace declaration",
    "Env enum declaration",
    "dev enumMember declaration",
    "window keyword",
    "office class declaration",
    "timezone property",
    "allow keyword",
    "go function declaration",
    "env parameter declaration",
    "Env enum",
    "dev enumMember",
    "window property",
    "office class",
    "old variable declaration",
    "file namespace",
    "read function",
    "path parameter",
    "w variable declaration",
    "file namespace",
    "write function modification",
    "path parameter",
    "env parameter",
    "content parameter",
    "old variable",
    "content property",
    "trim method",
  ]);
  for (const [i, { span }] of found.entries()) expect(span.start).toBeGreaterThanOrEqual(found[i - 1]?.span.end ?? 0);
});
