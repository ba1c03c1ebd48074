import { describe, expect, test } from "vitest";
import { signatureAt } from "../../compiler/editor/signature.ts";
import { atCursor } from "./analysis.ts";

const HEAD = `use file
operation put(path: string, text: string, mode?: string) {
  effect = write
  resource = path
  call = file.write(path: path, content: text)
}
`;

/** The label, with the parameter that is written in brackets. */
function shown(text: string): string {
  const { analysis, path, offset } = atCursor({ "a.ops": HEAD + text });
  const found = signatureAt(analysis, path, offset);
  if (found === null) return "";
  const active = found.active === null ? null : (found.params[found.active]?.label ?? null);
  return active === null ? found.label : found.label.replace(active, `[${active}]`);
}

describe("what a call takes", () => {
  test.each([
    ["action go() {\n  step x = put(‸)\n}\n", "put([path: string], text: string, mode?: string)"],
    ["action go() {\n  step x = put(‸\n", "put([path: string], text: string, mode?: string)"],
    ['action go() {\n  step x = put(path: "a‸", \n}\n', "put([path: string], text: string, mode?: string)"],
    ["action go() {\n  step x = put(text: ‸\n}\n", "put(path: string, [text: string], mode?: string)"],
    ['action go() {\n  step x = put(path: "a", ‸\n}\n', "put(path: string, [text: string], mode?: string)"],
    ['let x = "a".replace("b", ‸)\n', "replace(text: string, [by: string]) -> string"],
    ["let x = [1].filter(‸)\n", "filter([where: int => bool]) -> list<int>"],
    ["let x = 1‸\n", ""],
    ["action go(‸) {\n}\n", ""],
  ])("%j", (text, label) => {
    expect(shown(text)).toBe(label);
  });
  test("the team's own and an action's, with what is said of each", () => {
    const text = `use file

/// Puts it there.
operation put(
  /// Where.
  path: string,
) {
  call = file.write(path: path, content: "")
}

/// Runs others.
action go() {
  step a = put(‸)
  step b = other(n: 1)
}

/// Another.
action other(
  /// How many.
  n: int,
) {
}
`;
    const first = atCursor({ "a.ops": text });
    const own = signatureAt(first.analysis, first.path, first.offset);
    expect([own?.doc, own?.params[0]?.doc]).toEqual(["Puts it there.", "Where."]);
    const second = atCursor({ "a.ops": text.replace("put(‸)", "put()").replace("n: 1)", "n: 1‸)") });
    const run = signatureAt(second.analysis, second.path, second.offset);
    expect([run?.doc, run?.params[0]?.doc]).toEqual(["Another.", "How many."]);
  });
  test("a provider's, with what it says of each", () => {
    const { analysis, path, offset } = atCursor({ "a.ops": `${HEAD}action go() {\n  fact x = file.read(‸)\n}\n` });
    const found = signatureAt(analysis, path, offset);
    expect(found?.doc).toMatch(/./);
    expect(found?.params[0]?.doc).toMatch(/./);
  });
});
