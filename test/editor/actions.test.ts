import { describe, expect, test } from "vitest";
import { checkProject } from "../../compiler/check/project.ts";
import { type Action, actionsAt, fixAll, organizeImports } from "../../compiler/editor/actions.ts";
import type { Edit } from "../../compiler/editor/rename.ts";
import { manifests } from "../compiler/project.ts";
import { analyse } from "./analysis.ts";

const HEAD = `use file

operation put(path: string) {
  effect = write
  resource = path
  call = file.write(path: path, content: "")
}

`;

function applied(text: string, edits: readonly Edit[]): string {
  let out = text;
  for (const { span, text: put } of [...edits].sort((a, b) => b.span.start - a.span.start))
    out = out.slice(0, span.start) + put + out.slice(span.end);
  return out;
}

/** The text with what is between `⟦` and `⟧` selected. */
function at(marked: string, others: Record<string, string> = {}) {
  const text = marked.replace(/[⟦⟧]/g, "");
  const start = marked.indexOf("⟦");
  const end = marked.indexOf("⟧") - 1;
  const files = { ...others, "a.ops": text };
  const { diagnostics } = checkProject({
    files: Object.entries(files).map(([path, source]) => ({ path, text: source })),
    manifests,
  });
  const analysis = analyse(files);
  const found = actionsAt(analysis, "a.ops", { start, end }, diagnostics);
  const file = analysis.file("a.ops");
  if (file === null) throw new Error("no file");
  return { text, found, file, diagnostics, take: (action: Action | undefined) => applied(text, action?.edits ?? []) };
}

describe("what can be done", () => {
  test("a fix of what is wrong there, the sure one preferred", () => {
    const { found, take } = at('action go() {\n  let count = 1\n  require ⟦coun⟧ == 1 else "no"\n}\n');
    const [first] = found.filter(({ kind }) => kind === "quickfix");
    expect(take(first)).toContain("require count == 1");
  });
  test("a warning that is fine gets its reason", () => {
    const { found, take } = at("action go() {\n  let ⟦a⟧ = 1\n}\n");
    expect(take(found.find(({ title }) => title.startsWith("say why")))).toContain(
      "  // opsc-allow unused-name: TODO why\n  let a = 1",
    );
  });
  test("a value gets a name", () => {
    const { found, take } = at(
      `${HEAD}action go(dir: string) {\n  step s = put(path: ⟦"\${dir}/x"⟧) { rollback auto }\n}\n`,
    );
    expect(take(found.find(({ kind }) => kind === "extract"))).toContain(
      '  let value = "${dir}/x"\n  step s = put(path: value) {',
    );
  });
  test("not what only makes sense where it stands", () => {
    const kinds = (text: string): string[] => at(text).found.map(({ kind }) => kind);
    expect(kinds("let x = [1].map(n => ⟦n + 1⟧)\n")).not.toContain("extract");
    expect(kinds("type T = int where ⟦it > 1⟧\n")).not.toContain("extract");
    expect(kinds('action go() {\n  let a = "x⟦yy⟧z"\n}\n')).not.toContain("extract");
  });
  test("a let is put where it is used", () => {
    const { found, take } = at('action go(n: int) {\n  let ⟦a⟧ = n + 1\n  require a * 2 > a else "no"\n}\n');
    expect(take(found.find(({ kind }) => kind === "inline"))).toBe(
      'action go(n: int) {\n  require (n + 1) * 2 > (n + 1) else "no"\n}\n',
    );
  });
  test("a step without a way back gets the frame of one", () => {
    const { found, take } = at(`${HEAD}action go() {\n  step ⟦s⟧ = put(path: "a")\n}\n`);
    expect(take(found.find(({ kind }) => kind === "rewrite"))).toContain('rollback put(path: "a")');
    expect(at(`${HEAD}action go() {\n  step ⟦s⟧ = put(path: "a") { rollback auto }\n}\n`).found).toEqual([]);
  });
});

describe("a whole file", () => {
  test("all that is sure is mended at once", () => {
    const { text, file, diagnostics } = at("let a = ⟦1⟧;\nlet b = 2;\n");
    expect(applied(text, fixAll(file, diagnostics))).toBe("let a = 1\nlet b = 2\n");
  });
  test("imports in order, those of one file together, none that nothing uses", () => {
    const { text, file, diagnostics } = at(
      'import { z } from "./z.ops"\nimport { b } from "./b.ops"\nimport { a, c } from "./b.ops"\n\nlet x = [⟦z⟧, b, c]\n',
      { "z.ops": "let z = 1\n", "b.ops": "let a = 1\nlet b = 1\nlet c = 1\n" },
    );
    const edit = organizeImports(file, diagnostics);
    expect(edit === null ? "" : applied(text, [edit])).toBe(
      'import { b, c } from "./b.ops"\nimport { z } from "./z.ops"\n\nlet x = [z, b, c]\n',
    );
  });
  test("what is in order is left, and so is what a comment parts", () => {
    const others = { "b.ops": "let b = 1\n" };
    const ordered = at('import { b } from "./b.ops"\n\nlet x = ⟦b⟧\n', others);
    expect(organizeImports(ordered.file, ordered.diagnostics)).toBeNull();
    const parted = at(
      'import { b } from "./b.ops"\n// why\nimport { b as c } from "./b.ops"\n\nlet x = [⟦b⟧, c]\n',
      others,
    );
    expect(organizeImports(parted.file, parted.diagnostics)).toBeNull();
  });
});
