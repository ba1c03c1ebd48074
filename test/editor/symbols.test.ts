import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkProject } from "../../compiler/check/project.ts";
import type { Declared } from "../../compiler/editor/declared.ts";
import { type Occurrence, occurrencesOf } from "../../compiler/editor/references.ts";
import { rename } from "../../compiler/editor/rename.ts";
import { namedAt } from "../../compiler/editor/symbol.ts";
import { manifests } from "../compiler/project.ts";
import { analyse, atCursor } from "./analysis.ts";

type Files = Readonly<Record<string, string>>;

/** The files with every place that names what the cursor is at in brackets; null where that is nothing of the files. */
function marked(files: Files): Files | null {
  const { analysis, path, offset } = atCursor(files);
  const named = namedAt(analysis, path, offset);
  if (named?.meaning.is !== "declared") return null;
  const found = occurrencesOf(analysis, named.meaning.declared);
  return Object.fromEntries(
    [...analysis.files.values()].map((file) => [file.path, replaced(file.path, file.text, found, (old) => `⟦${old}⟧`)]),
  );
}

function replaced(path: string, text: string, places: readonly Occurrence[], by: (old: string) => string): string {
  let out = text;
  for (const { span } of places.filter(({ module }) => module === path).sort((a, b) => b.span.start - a.span.start))
    out = out.slice(0, span.start) + by(text.slice(span.start, span.end)) + out.slice(span.end);
  return out;
}

/** Whatever bracketed place the cursor is at, all the others are found. */
function expectAll(files: Files): void {
  const plain = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replace(/[⟦⟧]/g, "")]));
  for (const [path, text] of Object.entries(files)) {
    for (const match of text.matchAll(/⟦/g)) {
      const before = text.slice(0, match.index).replace(/[⟦⟧]/g, "");
      const at = { ...plain, [path]: `${before}‸${(plain[path] ?? "").slice(before.length)}` };
      expect(marked(at), `from ${path}, after ${JSON.stringify(before.slice(-30))}`).toEqual(files);
    }
  }
}

const HEAD = `use file

operation put(path: string, text: string) {
  effect = write
  resource = "file:\${path}"
  call = file.write(path: path, content: text)
}
`;

describe("a name stands for its declaration, wherever it is read", () => {
  test("inputs, lets, facts, steps, and names in text", () => {
    expectAll({
      "a.ops": `${HEAD}
action go(⟦dir⟧: string) {
  let path = "\${⟦dir⟧}/x"
  fact old = file.read(path: path)
  step s = put(path: ⟦dir⟧, text: "a") { rollback nothing because "" }
  require ⟦dir⟧ != "" else "no \${⟦dir⟧}"
}
`,
    });
    expectAll({
      "a.ops": `${HEAD}
action go(dir: string) {
  fact ⟦old⟧ = file.read(path: dir)
  step ⟦s⟧ = put(path: dir, text: ⟦old⟧.content ?? "") { rollback put(path: dir, text: ⟦old⟧.content ?? "") }
}
`.replaceAll("⟦s⟧", "s"),
    });
  });
  test("operations and their parameters, by label, over files", () => {
    expectAll({
      "a.ops": `use file

operation ⟦put⟧(path: string) {
  effect = write
  resource = path
  call = file.write(path: path, content: "")
}
`,
      "b.ops": `import { ⟦put⟧ } from "./a.ops"

action go {
  step s = ⟦put⟧(path: "x") { rollback ⟦put⟧(path: "y") }
}
`,
    });
    expectAll({
      "a.ops": `use file

operation put(⟦path⟧: string) {
  effect = write
  resource = ⟦path⟧
  call = file.write(path: ⟦path⟧, content: "")
}
`,
      "b.ops": `import { put } from "./a.ops"

action go {
  step s = put(⟦path⟧: "x") { rollback put(⟦path⟧: "y") }
}
`,
    });
  });
  test("enums and their members, bare and with the enum's name", () => {
    expectAll({
      "a.ops": "enum Env { dev, ⟦prod⟧ }\n",
      "b.ops": `import { Env } from "./a.ops"

let main: Env = ⟦prod⟧
let other = Env.⟦prod⟧

action go(env: Env = ⟦prod⟧) {
  require env == ⟦prod⟧ else "no"
}
`,
    });
  });
  test("fields of records", () => {
    expectAll({
      "a.ops": `type Service = { ⟦port⟧: int, name: string }
let web: Service = { ⟦port⟧: 1, name: "a" }
let port = web.⟦port⟧

action go(s: Service) {
  require s.⟦port⟧ > 0 else "no"
}
`,
    });
  });
  test("an import's own name stands for itself", () => {
    expectAll({
      "a.ops": "let ⟦x⟧ = 1\n",
      "b.ops": 'import { ⟦x⟧ as y } from "./a.ops"\n\nlet z = y\n',
    });
    expectAll({ "a.ops": "let x = 1\n", "b.ops": 'import { x as ⟦y⟧ } from "./a.ops"\n\nlet z = ⟦y⟧\n' });
  });
  test("in a file that is broken in the middle of typing", () => {
    expectAll({
      "a.ops": `${HEAD}
action go(⟦dir⟧: string) {
  step s = put(path: ⟦dir⟧, text: 
  require ⟦dir⟧ != 
}

action other(dir: string) { require dir. }
`,
    });
  });
});

const EXAMPLES = readdirSync("examples").filter((folder) => folder !== "README.md");

describe("renaming", () => {
  const renamed = (files: Files, to: string): Files | string => {
    const { analysis, path, offset } = atCursor(files);
    const found = rename(analysis, path, offset, to);
    if ("refused" in found) return found.refused;
    return Object.fromEntries(
      [...analysis.files.values()].map(({ path: file, text }) => [
        file,
        replaced(
          file,
          text,
          found.edits.map((edit) => ({ ...edit, role: "use" })),
          () => to,
        ),
      ]),
    );
  };
  test("over files, from any place", () => {
    expect(renamed({ "a.ops": "let x = 1\n", "b.ops": 'import { ‸x } from "./a.ops"\nlet z = x\n' }, "count")).toEqual({
      "a.ops": "let count = 1\n",
      "b.ops": 'import { count } from "./a.ops"\nlet z = count\n',
    });
  });
  test.each([
    ["let ‸x = 1\nlet y = x\n", "y", "a.ops has something called y already"],
    ["let ‸x = 1\n", "step", "step is a word of the language"],
    ["let ‸x = 1\n", "a-b", '"a-b" is no name: letters, digits and _, not a digit first'],
    ["let ‸x = 1\n", "Count", "only names of types begin with a capital letter"],
    ["type T = { ‸port: int, name: string }\n", "name", "a.ops has something called name already"],
    ["enum E { ‸a, b }\n", "b", "a.ops has something called b already"],
    ["enum ‸Env { a }\n", "env", "names of types begin with a capital letter"],
    ["use ‸file\n", "files", "the provider is called file: write use file as another_name"],
    ["let x = 1 ‸+ 2\n", "y", "there is no name here"],
    ['let x = "a".‸upper()\n', "lower", "upper is not declared in a file of this project"],
    ["action a(‸x: int) {\n  let y = x\n}\n", "y", "a.ops has something called y already"],
  ])("%j to %s: %s", (text, to, why) => {
    expect(renamed({ "a.ops": text }, to)).toBe(why);
  });
});

describe("renaming everything", () => {
  test.each(EXAMPLES)("%s: whatever is named otherwise at all its places means what it meant", (folder) => {
    const files = sources(`examples/${folder}`);
    const analysis = analyse(files);
    const before = codes(files);
    const declared = new Map<string, Declared>();
    for (const { path, text } of analysis.files.values())
      for (const match of text.matchAll(/[a-z_A-Z]\w*/g)) {
        const named = namedAt(analysis, path, match.index);
        if (named?.meaning.is === "declared" && named.span.start === match.index)
          declared.set(`${named.meaning.declared.module}:${named.meaning.declared.span.start}`, named.meaning.declared);
      }
    expect(declared.size).toBeGreaterThan(3);
    for (const each of declared.values()) {
      // A provider is named after its package unless it says otherwise, and guardrails name inputs of actions to come.
      if (each.as === "provider" || each.as === "input") continue;
      const places = occurrencesOf(analysis, each);
      const fresh = /^[A-Z]/.test(each.name) ? `${each.name}Zz` : `${each.name}_zz`;
      const renamed = Object.fromEntries(
        Object.entries(files).map(([path, text]) => [path, replaced(path, text, places, () => fresh)]),
      );
      expect(codes(renamed), `${each.as} ${each.name} of ${each.module}`).toEqual(before);
    }
  });
});

function sources(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith(".ops"))
      .map((name) => [name, readFileSync(`${folder}/${name}`, "utf8")]),
  );
}

function codes(files: Files): string[] {
  const { diagnostics } = checkProject({
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    manifests,
  });
  return diagnostics.map(({ module, code }) => `${module} ${code}`).sort();
}
