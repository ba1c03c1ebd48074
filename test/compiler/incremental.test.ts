/** A project checked again after each edit: always as if checked afresh, and no more of it than the edit reaches. */
import process from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Parsed } from "../../compiler/check/context.ts";
import { checkProject, ProjectChecker } from "../../compiler/check/project.ts";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import { lineIndex } from "../../language/lines.ts";
import { parse } from "../../language/parse.ts";
import { reparse } from "../../language/reparse.ts";
import { random } from "../random.ts";
import { manifests } from "./project.ts";

const start: Readonly<Record<string, string>> = {
  "org.ops": `approver sre { members = ["ana@example.com", "ben@example.com", "cleo@example.com"] }
enum Env { staging, production }
type Replicas = int where it in 1..50 else "too many"
let fleet = { a: { host: "h1" }, b: { host: "h2" } }
let limit = 3
`,
  "lib/tools.ops": `import { limit } from "../org.ops"
use file
operation note(text: string) { call = file.write(path: "notes/\${limit}", content: text) }
`,
  "policy.ops": `import { Env } from "./org.ops"
guardrail careful { applies to action with { env: Env } when env == production  require plan.writes.count <= 2 else "too many" }
`,
  "main.ops": `import { Env, sre, Replicas, fleet } from "./org.ops"
import { note } from "./lib/tools.ops"
action act(env: Env, count: Replicas, host: one of fleet) {
  title = "\${count} on \${host.host}"
  approve by sre { quorum = 2 }
  step say = note(text: "hello") { rollback auto }
}
`,
  "other.ops": `use file
action look() {
  step read = file.read(path: "x")
  return read.content
}
`,
  "runbook.ops": `import { look } from "./other.ops"
action twice() {
  step one = look()
  return one
}
`,
  "keep.ops": `use file
action keep(path: string) {
  step write = file.write(path: "kept/\${path}", content: "") { rollback auto }
}
`,
  "fleet.ops": `import { keep } from "./keep.ops"
action both() {
  parallel {
    step one = keep(path: "x")
    step two = keep(path: "y")
  }
}
action in_order() {
  step one = keep(path: "x")
}
`,
};

interface Edit {
  readonly what: string;
  readonly file: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** Files checked anew when this is the only edit to `start`. */
  readonly reaches: readonly string[];
}

const edit = (what: string, file: string, from: string | RegExp, to: string, reaches: readonly string[]): Edit => ({
  what,
  file,
  from,
  to,
  reaches,
});

const edits: readonly Edit[] = [
  edit("the body of an action", "main.ops", "hello", "good day", ["main.ops"]),
  edit("the body of an action that another runs", "other.ops", 'path: "x"', 'path: "y"', ["other.ops"]),
  edit("what an action touches that runs beside itself", "keep.ops", "kept/${path}", "${path.length}", [
    "keep.ops",
    "fleet.ops",
  ]),
  edit("what an action that another runs can undo", "keep.ops", "rollback auto", 'irreversible "it is kept"', [
    "keep.ops",
    "fleet.ops",
  ]),
  edit(
    "a point of no return in an action that another runs",
    "other.ops",
    "{\n",
    `{
  step gone = file.delete(path: "z") { irreversible "it is gone" }
`,
    ["other.ops", "runbook.ops"],
  ),
  edit("a mistake in an action that runs beside itself", "keep.ops", "content:", "contents:", [
    "keep.ops",
    "fleet.ops",
  ]),
  edit("an input of an action that another runs", "other.ops", "look()", "look(path: string)", [
    "other.ops",
    "runbook.ops",
  ]),
  edit("a circle of actions", "other.ops", "{\n", "{\n  step again = look()\n", ["other.ops", "runbook.ops"]),
  edit("a comment in a file others import", "org.ops", /$/, "// note\n", ["org.ops"]),
  edit("a comment above what others import", "org.ops", /^/, "// note\n", ["org.ops", "main.ops"]),
  edit("a broken statement", "other.ops", "return", "rtn", ["other.ops", "runbook.ops"]),
  edit("a member of an approver others name", "org.ops", ', "ben@example.com", "cleo@example.com"', "", [
    "org.ops",
    "main.ops",
  ]),
  edit("a member of an enum", "org.ops", "{ staging,", "{ test, staging,", ["org.ops", "main.ops", "policy.ops"]),
  edit("the condition of a type", "org.ops", "1..50", "1..40", ["org.ops", "main.ops"]),
  edit("the entries of a map", "org.ops", '"h2"', '"h3"', ["org.ops", "main.ops"]),
  edit("a value that reaches on through an operation", "org.ops", "limit = 3", "limit = 4", [
    "org.ops",
    "lib/tools.ops",
    "main.ops",
  ]),
  edit("a name that goes", "org.ops", "let limit", "let most", ["org.ops", "lib/tools.ops", "main.ops"]),
  edit("an import that circles", "org.ops", /^/, 'import { note } from "./lib/tools.ops"\n', [
    "lib/tools.ops",
    "org.ops",
    "main.ops",
  ]),
  edit("a setting", "other.ops", "use file", 'use file { root = "data" }', ["other.ops"]),
  edit("an unknown name that another file has", "other.ops", "read.content", "sre", ["other.ops", "runbook.ops"]),
];

const withoutFixes = (found: readonly Diagnostic[]) => found.map(({ fixes: _, ...rest }) => rest);

const filesOf = (sources: Readonly<Record<string, string>>) =>
  Object.entries(sources).map(([path, text]) => ({ path, text }));

describe("what an edit reaches", () => {
  test("nothing changed, nothing checked", () => {
    const checker = new ProjectChecker();
    const first = checker.check({ files: filesOf(start), manifests });
    expect(first.diagnostics).toEqual([]);
    expect(checker.rechecked).toHaveLength(Object.keys(start).length);
    expect(checker.check({ files: filesOf(start), manifests })).toEqual(first);
    expect(checker.rechecked).toEqual([]);
  });

  for (const { what, file, from, to, reaches } of edits) {
    test(what, () => {
      const checker = new ProjectChecker();
      checker.check({ files: filesOf(start), manifests });
      const edited = { ...start, [file]: (start[file] ?? "").replace(from, to) };
      expect(edited[file]).not.toBe(start[file]);
      const files = filesOf(edited);
      expect(checker.check({ files, manifests })).toEqual(checkProject({ files, manifests }));
      expect(new Set(checker.rechecked)).toEqual(new Set(reaches));
    });
  }

  test("other manifests are another world", () => {
    const checker = new ProjectChecker();
    checker.check({ files: filesOf(start), manifests });
    const none = new Map();
    const files = filesOf(start);
    expect(checker.check({ files, manifests: none })).toEqual(checkProject({ files, manifests: none }));
    expect(checker.rechecked).toHaveLength(Object.keys(start).length);
  });

  test("a data file reaches those that read it, and those that use what they read", () => {
    const checker = new ProjectChecker();
    const files = filesOf({
      ...start,
      "data.ops": 'let ports = json("./ports.json") as map<int>\n',
      "user.ops":
        'import { ports } from "./data.ops"\naction use_port(port: one of ports) { title = "${port.value}" }\n',
    });
    const input = (text: string) => ({ files, manifests, data: new Map([["ports.json", { text }]]) });
    checker.check(input('{ "web": 80 }'));
    checker.check(input('{ "web": 80 }'));
    expect(checker.rechecked).toEqual([]);
    for (const text of ['{ "web": 81 }', '{ "web": "x" }', '{ "web": 80 }']) {
      expect(checker.check(input(text))).toEqual(checkProject(input(text)));
      expect(checker.rechecked).toEqual(["data.ops", "user.ops"]);
    }
    expect(checker.check({ files, manifests })).toEqual(checkProject({ files, manifests }));
    expect(checker.rechecked).toEqual(["data.ops", "user.ops"]);
  });

  test("what an import of a package means is read anew", () => {
    const checker = new ProjectChecker();
    const files = filesOf({
      "main.ops": 'import { limit } from "p"\nlet _x = limit\n',
      "node_modules/p/a.ops": "let limit = 1\n",
      "node_modules/p/b.ops": "let limit = 2\n",
    });
    for (const file of ["a.ops", "b.ops", null]) {
      const packages = new Map(file === null ? [] : [["main.ops\np", { path: `node_modules/p/${file}` }]]);
      const input = { files, manifests, packages };
      expect(checker.check(input)).toEqual(checkProject(input));
      expect(checker.rechecked).toContain("main.ops");
    }
  });

  test("what is kept of a file is dropped with it", () => {
    const checker = new ProjectChecker();
    checker.check({ files: filesOf(start), manifests });
    const { "org.ops": _, ...rest } = start;
    const files = filesOf(rest);
    expect(checker.check({ files, manifests })).toEqual(checkProject({ files, manifests }));
    expect(checker.rechecked).not.toContain("other.ops");
  });
});

/** An edit of the list, a file that goes or comes back, or a bit of text anywhere. */
const step = fc.oneof(
  fc.constantFrom(...edits).map((e) => ({ kind: "edit", e }) as const),
  fc.constantFrom(...edits).map((e) => ({ kind: "undo", e }) as const),
  fc.constantFrom(...Object.keys(start)).map((file) => ({ kind: "toggle", file }) as const),
  fc
    .record({
      file: fc.constantFrom(...Object.keys(start)),
      at: fc.nat(300),
      cut: fc.nat(3),
      text: fc.constantFrom(
        "",
        " ",
        "\n",
        "}",
        "{",
        '"',
        "x",
        "sre",
        "Env",
        'import { sre } from "./org.ops"\n',
        "action act() {}\n",
      ),
    })
    .map((splice) => ({ kind: "splice", ...splice }) as const),
);

test("after any edits a project is what it is checked afresh, and so it is where checks were ended in the middle", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.array(fc.nat(8), { minLength: 12 }), (steps, ends) => {
      const checker = new ProjectChecker();
      const texts = new Map(Object.entries(start));
      const set = (file: string, change: (text: string) => string): void => {
        const text = texts.get(file);
        if (text !== undefined) texts.set(file, change(text));
      };
      checker.check({ files: filesOf(start), manifests });
      for (const [i, each] of steps.entries()) {
        switch (each.kind) {
          case "edit":
            set(each.e.file, (text) => text.replace(each.e.from, each.e.to));
            break;
          case "undo":
            texts.set(each.e.file, start[each.e.file] ?? "");
            break;
          case "toggle":
            if (!texts.delete(each.file)) texts.set(each.file, start[each.file] ?? "");
            break;
          case "splice":
            set(each.file, (text) => text.slice(0, each.at) + each.text + text.slice(each.at + each.cut));
            break;
        }
        const files = [...texts].map(([path, text]) => ({ path, text }));
        const begun = checker.diagnosing({ files, manifests });
        const found = Array.from({ length: ends[i] ?? 0 }, () => begun.next());
        // The next edit comes before anything else is known.
        if (i % 3 === 2 && i < steps.length - 1) continue;
        const afresh = checkProject({ files, manifests });
        const early = [...texts.keys()].slice(0, ends[i]);
        const fileOf = (path: string): Parsed | null => {
          const text = texts.get(path);
          return text === undefined ? null : { path, text, ...parse(text), lines: lineIndex(text) };
        };
        for (const [path, list] of checker.early({ manifests }, early, fileOf))
          expect(withoutFixes(afresh.diagnostics.filter(({ module }) => module === path))).toEqual(
            expect.arrayContaining(withoutFixes(list)),
          );
        expect(checker.check({ files, manifests })).toEqual(afresh);
        if (found.length > 0 && found.every(({ done }) => done !== true))
          expect(begun.next()).toEqual({ done: true, value: null });
      }
    }),
    { numRuns: 60 },
  );
});

test("what is told early says of no allow that it is of no use: what it silences may be found later", () => {
  const text = "// opsc-allow unused-name: it is for later\nlet spare = 1\n";
  const file = { path: "a.ops", text, ...parse(text), lines: lineIndex(text) };
  const early = new ProjectChecker().early({ manifests }, ["a.ops"], () => file);
  expect(early.get("a.ops")).toEqual([]);
  const { diagnostics, silenced } = checkProject({ files: [file], manifests });
  expect(diagnostics).toEqual([]);
  expect(silenced).toHaveLength(1);
});

/** Files of several actions each, where an edit within one leaves the others as they are. */
const long: Readonly<Record<string, string>> = {
  "org.ops": start["org.ops"] ?? "",
  "run.ops": `import { Env, sre, Replicas, fleet } from "./org.ops"
use file
use http
secret token { env = "TOKEN" }
let where = "out"
operation note(text: string) { call = file.write(path: "notes/\${where}", content: text) }
/// The first.
action first(env: Env, count: Replicas) {
  title = "\${count} in \${env}"
  approve by sre when env == production { quorum = 2 }
  fact old = file.read(path: "a")
  let more = count + 1
  step say = note(text: "hello \${old.content ?? ""} \${more}") { rollback auto }
}

action second(host: one of fleet) {
  step first_of = first(env: staging, count: 3)
  step put = file.write(path: "x/\${host.host}", content: "") { rollback auto }
}

// opsc-allow unused-name: it is for others
action third(name: string, other: string) {
  parallel {
    step one = file.write(path: "y", content: name) { rollback auto }
    step two = file.write(path: "z", content: "") { rollback auto }
  }
  check up = http.get(url: "http://x/\${name}") { require it.status == 200 else "no" within = 1m }
}

guardrail careful { applies to action with { env: Env } when env == production  require plan.writes.count <= 2 else "too many" }
action fourth() { step s = third(name: "a", other: "b") }
`,
  "user.ops": `import { first, third } from "./run.ops"
action uses() {
  step a = first(env: production, count: 2)
  step b = third(name: "a", other: "b")
}
`,
};

const PIECES = [
  ..."x y host name more old count env staging production sre where token first fourth file http note fleet it".split(
    " ",
  ),
  ...[
    "(",
    ")",
    "{",
    "}",
    '"',
    ",",
    ":",
    "=",
    ".",
    " ",
    "\n",
    "// c",
    "1",
    "in",
    "when",
    "step q = note(text: where)\n",
  ],
  "  let unused_one = 1\n",
  '  require 1 == 2 else "no"\n',
  "// opsc-allow unused-name: it is so\n",
  "action sixth() {}\n",
];

test("what is told after any edits within files is what is told afresh", () => {
  const next = random(Math.floor(Math.random() * 2 ** 31));
  const below = (most: number): number => Math.floor(next() * most);
  const rounds = Number(process.env.OPSC_EDITS ?? 400);
  const checker = new ProjectChecker();
  let patches = 0;
  const parsed = new Map(Object.entries(long).map(([path, text]) => [path, read(path, text, null)]));
  checker.diagnose({ files: [...parsed.values()], manifests });
  for (let i = 0; i < rounds; i++) {
    const path = ["run.ops", "run.ops", "run.ops", "user.ops", "org.ops"][below(5)] ?? "";
    const before = parsed.get(path);
    if (before === undefined) throw new Error("no such file");
    const { text } = before;
    const at = below(text.length + 1);
    const word = /\w+/g;
    word.lastIndex = at;
    const found = word.exec(text);
    const piece = PIECES[below(PIECES.length)] ?? "";
    const ways: (() => string)[] = [
      () => text.slice(0, at) + piece + text.slice(at),
      () => text.slice(0, at) + text.slice(at + 1),
      () => (found === null ? text : text.slice(0, found.index) + piece + text.slice(found.index + found[0].length)),
      () => (found === null ? text : text.slice(0, found.index + 1) + text.slice(found.index + found[0].length)),
      () => text.slice(0, text.lastIndexOf("\n", at) + 1) + piece + text.slice(text.lastIndexOf("\n", at) + 1),
      () => long[path] ?? "",
      () => long[path] ?? "",
      () => long[path] ?? "",
    ];
    const now = ways[below(ways.length)]?.() ?? "";
    parsed.set(path, read(path, now, before));
    const files = [...parsed.values()];
    const told = checker.diagnose({ files, manifests });
    if (checker.patched.includes(path)) patches++;
    const afresh = checkProject({ files: files.map(({ path, text }) => ({ path, text })), manifests });
    expect({ texts: { path, text, now }, told }).toEqual({ texts: { path, text, now }, told: afresh.diagnostics });
    // A check that gives the program too is not led astray.
    if (i % 20 === 0) expect(checker.check({ files, manifests })).toEqual(afresh);
  }
  // How many edits stay within one action is chance; without any, nothing would have been shown.
  expect(patches).toBeGreaterThan(rounds / 100);
}, 3_600_000);

function read(path: string, text: string, before: Parsed | null): Parsed {
  const tree = before === null ? parse(text) : reparse(before, text);
  return { path, text, ...tree, lines: lineIndex(text) };
}
