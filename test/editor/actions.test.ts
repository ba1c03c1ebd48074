import { describe, expect, test } from "vitest";
import { checkProject } from "../../compiler/check/project.ts";
import { actionsAt, fixAll } from "../../compiler/editor/actions.ts";
import { organizeImports } from "../../compiler/editor/imports.ts";
import type { Action } from "../../compiler/editor/refactor/action.ts";
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
  test("and not within a text of several lines, which it would be a part of", () => {
    const { found, take } = at(
      'let hosts = { web: { zone: "a" } }\naction go(host: one of hosts) {\n  title = """\n    on\n    ${⟦host⟧}\n    """\n}\n',
    );
    const after = take(found.find(({ title }) => title.startsWith("say why")));
    expect(after).toContain('  // opsc-allow member-in-text: TODO why\n  title = """\n    on\n    ${host}\n    """\n');
    const files = [{ path: "a.ops", text: after.replace("TODO why", "all of it is shown") }];
    expect(checkProject({ files, manifests }).diagnostics).toEqual([]);
  });
  test("a value is not put where it would be read as something else", () => {
    const put = (condition: string): string[] =>
      at(`action go(b: string) {\n  let ⟦a⟧ = { x: "1" }\n  if ${condition} {\n    require b != "" else "no"\n  }\n}\n`)
        .found.filter(({ kind }) => kind === "inline")
        .map(({ title }) => title);
    expect(put("(a.x == b)")).toEqual(["put the value of a where it is used"]);
    expect(put("a.x == b")).toEqual([]);
    const block = at('action go() {\n  let ⟦a⟧ = """\n    x\n    """\n  title = "is ${a}"\n}\n');
    expect(block.found.map(({ kind }) => kind)).not.toContain("inline");
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
  test("a name for a value stands right above, also on a line with others, and only where lets are seen", () => {
    const { found, take } = at('action go(a: int) { if a > 0 { require a < ⟦(a + 1)⟧ else "no" } }\n');
    expect(take(found.find(({ kind }) => kind === "extract"))).toMatch(
      /\{\s*let value = \(a \+ 1\)\s*require a < value/,
    );
    expect(at("action go(a: int) {\n  risk = a > ⟦0⟧ ? high : low\n}\n").found.map(({ kind }) => kind)).not.toContain(
      "extract",
    );
  });
  test("a let that another file imports is left", () => {
    const others = { "b.ops": 'import { a } from "./a.ops"\nlet b = a\n' };
    expect(at("let ⟦a⟧ = 1\nlet c = a\n", others).found.map(({ kind }) => kind)).not.toContain("inline");
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
    const kinds = (text: string): string[] => at(text).found.map(({ kind }) => kind);
    expect(kinds('use file\n\naction go() {\n  step ⟦s⟧ = file.read(path: "a")\n}\n')).not.toContain("rewrite");
    expect(kinds(`${HEAD}action go() {\n  on failure {\n    step ⟦s⟧ = put(path: "a")\n  }\n}\n`)).not.toContain(
      "rewrite",
    );
  });
});

describe("a call becomes an operation", () => {
  const made = (text: string): string => {
    const { found, take } = at(text.replace("‸", "⟦⟧"));
    const action = found.find(({ kind, title }) => kind === "extract" && title.startsWith("make this call"));
    return action === undefined ? "" : take(action);
  };
  test("what it reads of the action is what it takes, under the last of its names", () => {
    expect(
      made(`use file

// Why.
/// What it is for.
action go(x: { a?: string, b: int }) {
  /// Kept.
  st‸ep s = file.write(path: x.a ?? "d", content: """
    hello \${x.b}
      more
    """) {
    rollback auto
  }
  require s.changed else "a"
}
`),
    ).toBe(`use file

operation file_write(a?: string, b: int) -> { changed: bool, sha256: string } {
  effect   = write
  resource = "file:\${a ?? "d"}"
  repeat   = idempotent
  call = file.write(path: a ?? "d", content: """
    hello \${b}
      more
    """)
  returns = call
}

// Why.
/// What it is for.
action go(x: { a?: string, b: int }) {
  /// Kept.
  step s = file_write(a: x.a, b: x.b) {
    rollback auto
  }
  require s.changed else "a"
}
`);
  });
  test("which instance is meant, and what has a name in the call itself", () => {
    expect(
      made(`use http as web per env: Env { base_url = "https://\${env}.example.com/" }

enum Env { dev, prod }

action go(env: Env, names: list<string>) {
  check up = ⟦web[env].get(url: "x/\${names.map(n => n.upper()).join(",")}")⟧ { require it.status == 200 }
}
`),
    ).toMatch(
      /operation web_get\(env: Env, names: list<string>\) [\s\S]* = web\[env\]\.get\([\s\S]* check up = web_get\(env: env, names: names\) \{/,
    );
  });
  test.each([
    [
      "a name that is taken",
      "action go(file_read: string) {\n  fact f = fi‸le.read(path: file_read)\n}\n",
      "operation file_read_2(file_read: string)",
    ],
    [
      "what may be there and is known to be",
      "action go(p: string?) {\n  if p != none {\n    fact f = fi‸le.read(path: p)\n  }\n}\n",
      "operation file_read(p: string)",
    ],
    [
      "one of a map",
      'let all = { a: { at: "x" } }\n\naction go(of: one of all) {\n  fact f = fi‸le.read(path: "${of.key}${of.at}")\n}\n',
      "operation file_read(key: string, at: string)",
    ],
    [
      "the way back",
      'action go(p: string) {\n  step s = file.write(path: p, content: "") { roll‸back file.delete(path: p) }\n}\n',
      "rollback file_delete(p: p)",
    ],
    [
      "what a hook does",
      "action go(p: string) {\n  on failure {\n    st‸ep s = file.delete(path: p)\n  }\n}\n",
      "step s = file_delete(p: p)",
    ],
  ])("%s", (_, text, wanted) => {
    expect(made(`use file\n\n${text}`)).toContain(wanted);
  });
  test.each([
    ["an operation of the team's own", `${HEAD}action go() {\n  st‸ep s = put(path: "a") { rollback auto }\n}\n`],
    [
      "a guardrail, which no step is of",
      'use file\n\nguardrail g {\n  applies to action\n  fact f = fi‸le.read(path: "a")\n  require f.exists\n}\n',
    ],
    ["what is in braces", 'use file\n\naction go() {\n  check c = file.read(path: "a") { require i‸t.exists }\n}\n'],
    ["part of a call", 'use file\n\naction go() {\n  fact f = file.read(path: ⟦"a"⟧)\n}\n'],
    ["a call that is not there yet", "use file\n\naction go() {\n  fact f = fi‸le.\n}\n"],
  ])("not %s", (_, text) => {
    expect(made(text)).toBe("");
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
