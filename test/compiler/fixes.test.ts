/** Fixes that diagnostics offer: applied as they are, they mend what they are offered for. */
import { describe, expect, test } from "vitest";
import type { Fix } from "../../compiler/diagnostics/diagnostic.ts";
import { check } from "./project.ts";

function apply(text: string, fix: Fix): string {
  return [...fix.edits]
    .sort((a, b) => b.span.start - a.span.start)
    .reduce((done, edit) => done.slice(0, edit.span.start) + edit.text + done.slice(edit.span.end), text);
}

const step = (rest: string): string => `use file
action act(path: string) {
  step before = file.read(path: path)
  step note = file.write(path: path, content: "x")${rest}
  step last = file.read(path: path)
}
`;

describe("write-without-rollback", () => {
  test.each([
    ["without a body", ""],
    ["with when and after", ` when before.exists after before`],
    ["with an empty body", " {}"],
    ["with a body on one line", " { timeout = 5s }"],
    ["with a body of several lines", " {\n    timeout = 5s\n    retry { attempts = 2 }\n  }"],
    ["with a comment after it", " // careful"],
    ["with a comment in its body", " { // careful\n    timeout = 5s\n  }"],
    ["at the end of an open body", " { timeout = 5s"],
  ])("%s", (name, rest) => {
    const text = step(rest);
    const found = check(text).diagnostics.filter((d) => d.code === "write-without-rollback");
    expect(found.map((d) => d.fixes.length)).toEqual([1]);
    const [fix] = found[0]?.fixes ?? [];
    if (fix === undefined) throw new Error("there is a fix");
    const codes = check(apply(text, fix)).diagnostics.map((d) => d.code);
    expect(codes).toEqual(name.includes("open body") ? ["unclosed"] : []);
  });

  test("none is offered where the provider cannot undo", () => {
    const { diagnostics } = check(`use http\naction act(url: string) { step put = http.put(url: url) }\n`);
    expect(diagnostics).toMatchObject([{ code: "write-without-rollback", fixes: [] }]);
  });
});
