import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { complete } from "../../compiler/editor/completion.ts";
import type { Completion } from "../../compiler/editor/completion-item.ts";
import { filesAsked, folderAsked } from "../../compiler/editor/completion-paths.ts";
import { BLOCKS, type BlockSpec } from "../../compiler/schema/blocks.ts";
import { DECLARATION_PHRASES, plainPhrase, STATEMENT_PHRASES } from "../../compiler/schema/phrases.ts";
import { parse } from "../../language/parse.ts";
import type { Statement } from "../../language/tree.ts";
import { check } from "../compiler/project.ts";
import { analyse, atCursor } from "./analysis.ts";

const HEAD = `use file
enum Env { dev, prod }
type Service = { port: int, name?: string }
approver web { members = ["ana@example.com"] }
let services: map<Service> = { api: { port: 80 } }
operation put(path: string, text: string, mode?: string) {
  effect = write
  resource = path
  call = file.write(path: path, content: text)
}
`;

function items(text: string, others: Readonly<Record<string, string>> = {}): readonly Completion[] {
  const { analysis, path, offset } = atCursor({ ...others, "a.ops": HEAD + text });
  return [...complete(analysis, path, offset).items].sort((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1));
}
const labels = (text: string, others: Readonly<Record<string, string>> = {}): string[] =>
  items(text, others).map(({ label }) => label);

describe("what may stand here", () => {
  test("declarations at the top of a file", () => {
    expect(labels("‸")).toEqual(expect.arrayContaining(["action", "guardrail", "use", "test", "window"]));
    expect(labels("act‸")).toContain("action");
  });
  test("statements and properties not yet given, in an action", () => {
    const found = labels("action go {\n  risk = high\n  ‸\n}\n");
    expect(found).toEqual(expect.arrayContaining(["step", "approve", "title", "timeout", "rollback"].slice(0, 4)));
    expect(found).not.toContain("risk");
    expect(found).not.toContain("rollback");
    expect(found).not.toContain("retry");
  });
  test("the properties a block cannot do without come first", () => {
    expect(labels("window w {\n  ‸\n}")[0]).toBe("timezone");
    expect(labels('action go {\n  step x = put(path: "a", text: "b") { retry { ‸ } rollback auto }\n}\n')[0]).toBe(
      "attempts",
    );
  });
  test("how a step is undone", () => {
    expect(labels('action go {\n  step x = put(path: "a", text: "b") {\n    ‸\n  }\n}\n')).toEqual(
      expect.arrayContaining(["rollback", "rollback auto", "irreversible", "retry", "timeout", "lease"]),
    );
    expect(labels('action go {\n  step x = put(path: "a", text: "b") { rollback ‸ }\n}\n')).toEqual(
      expect.arrayContaining(["auto", "nothing", "put", "file"]),
    );
  });
  test("what a step calls, with what the call cannot do without", () => {
    const found = items("action other(n: int) {\n}\naction go {\n  step x = ‸\n}\n");
    expect(found.find(({ label }) => label === "put")?.insert).toBe("put(path: $1, text: $2)");
    expect(found.find(({ label }) => label === "other")?.insert).toBe("other(n: $1)");
    expect(found.find(({ label }) => label === "file")?.insert).toBe("file.");
    expect(found.map(({ label }) => label)).not.toContain("services");
  });
  test("a check and a fact call only what reads", () => {
    expect(labels("action go {\n  fact x = ‸\n}\n")).not.toContain("put");
    expect(labels("action go {\n  check x = ‸\n}\n")).toContain("file");
  });
  test("operations of a provider", () => {
    const found = items("action go {\n  step x = file.‸\n}\n");
    expect(found.find(({ label }) => label === "write")?.insert).toBe("write(path: $1, content: $2)");
    expect(items("action go {\n  step x = file.wr‸(path: 1)\n}\n").find(({ label }) => label === "write")?.insert).toBe(
      "write",
    );
  });
  test("arguments by their labels, needed ones first", () => {
    expect(labels("action go {\n  step x = put(‸)\n}\n")).toEqual(["path", "text", "mode"]);
    expect(labels('action go {\n  step x = put(path: "a", ‸\n}\n')).toEqual(["text", "mode"]);
    expect(labels('action go {\n  step x = file.write(path: "a", ‸)\n}\n')[0]).toBe("content");
  });
  test("values that fit first, members of the enum that is asked for before all", () => {
    expect(labels("action go(env: Env = ‸) {\n}\n").slice(0, 2)).toEqual(["dev", "prod"]);
    expect(labels("action go(env: Env) {\n  require env == ‸\n}\n").slice(0, 2)).toEqual(["dev", "prod"]);
    expect(labels("action go(s: one of services = ‸) {\n}\n")[0]).toBe("api");
    expect(labels("action go {\n  risk = ‸\n}\n").slice(0, 4)).toEqual(["critical", "high", "low", "medium"]);
    expect(labels("action go(dir: string, n: int) {\n  step x = put(path: ‸\n}\n")[0]).toBe("dir");
  });
  test("names only after they are declared, and not in their own statement", () => {
    const found = labels("action go {\n  let a = 1\n  let b = ‸\n  let c = 2\n}\n");
    expect(found).toContain("a");
    expect(found).not.toContain("b");
    expect(found).not.toContain("c");
  });
  test("fields and methods after a dot", () => {
    expect(labels("action go(s: Service) {\n  require s.‸\n}\n").slice(0, 2)).toEqual(["name", "port"]);
    expect(labels('let x = "a".‸')).toEqual(expect.arrayContaining(["length", "upper"]));
    expect(labels("let x = [1, 2].map(n => n.‸)")).toContain("abs");
    expect(labels("let x = Env.‸")).toEqual(["dev", "prod"]);
  });
  test("fields of a record that is asked for", () => {
    expect(labels("let s: Service = { ‸ }")).toEqual(["port", "name"]);
    expect(labels("let s: Service = { port: 1, ‸ }")).toEqual(["name"]);
  });
  test("cases that a match has not", () => {
    expect(labels("action go(env: Env) {\n  let x = match env { dev => 1, ‸ }\n}\n")).toEqual(["prod", "_"]);
  });
  test("files that may be imported, also in a line that is not over", () => {
    const others = { "lib/b.ops": "let b = 1\n", "c.test.ops": "", "node_modules/acme/index.ops": "let n = 1\n" };
    for (const text of [
      'import { b } from "‸"\n',
      'import { b } from "./l‸ib/b.ops"\n',
      'import { b } from "../‸',
      'import { b } from "./‸\nlet x = 1\n',
    ]) {
      const { analysis, path, offset } = atCursor({ ...others, "a.ops": text });
      const found = complete(analysis, path, offset);
      expect(
        found.items.map(({ label }) => label),
        text,
      ).toEqual(["./lib/b.ops", "acme"]);
      expect(text.slice(0, found.span.start), text).toBe('import { b } from "');
    }
    expect(labels('let x = "./‸"')).toEqual([]);
  });
  test("a path is replaced whole, where the text ends", () => {
    const replaced = (text: string): string => {
      const { analysis, path, offset } = atCursor({ "lib.ops": "let b = 1\n", "a.ops": text });
      const { span } = complete(analysis, path, offset);
      return text.replace("‸", "").slice(span.start, span.end);
    };
    expect(replaced('import { b } from "./l‸ib.ops"\n')).toBe("./lib.ops");
    expect(replaced('import { b } from "./lib.‸ops"\n')).toBe("./lib.ops");
    expect(replaced('import { b } from "‸./lib.ops"\n')).toBe("./lib.ops");
    expect(replaced('import { b } from "./l‸\nlet x = 1\n')).toBe("./l");
    expect(replaced('let x = yaml("./a‸)\nlet y = 1\n')).toBe("./a");
  });
  describe("files that a text names", () => {
    const LISTED = [
      ...["a.yaml", "b.yml", "c.json", "d.csv", "e.ics", "f.ops", ".h.yaml", 'q".yaml', "r\n.yaml", "s${x}.yaml"].map(
        (name) => ({ name, folder: false }),
      ),
      ...["conf", "node_modules", ".git"].map((name) => ({ name, folder: true })),
    ];
    const asked = (text: string): readonly [string, ...string[]] | null => {
      const { analysis, path, offset } = atCursor({ "a.ops": text });
      const { slot } = complete(analysis, path, offset);
      if (slot?.slot !== "path") return null;
      return [folderAsked(slot), ...filesAsked(slot, LISTED).map(({ insert }) => insert)];
    };
    test("by what is read of them", () => {
      expect(asked('let x = yaml("‸")')).toEqual(["./", "./a.yaml", "./b.yml", "./conf/"]);
      expect(asked('let x = json("./‸")')).toEqual(["./", "./c.json", "./conf/"]);
      expect(asked('let x = csv("../in/d‸ata")')).toEqual(["../in/", "../in/d.csv", "../in/conf/"]);
      expect(asked('let x = yaml("./.‸")')).toEqual(["./", "./.h.yaml", "./a.yaml", "./b.yml", "./.git/", "./conf/"]);
      expect(asked('let x = yaml("conf‸")')).toEqual(["./", "./a.yaml", "./b.yml", "./conf/"]);
      expect(asked('window w {\n  timezone = "UTC"\n  calendar = "./‸"\n}\n')).toEqual(["./", "./e.ics", "./conf/"]);
      expect(asked('secret s from file("/run/‸")')?.slice(0, 3)).toEqual(["/run/", "/run/a.yaml", "/run/b.yml"]);
      expect(asked('secret s from file(path: "‸")')?.[0]).toBe("");
    });
    test("and nowhere else", () => {
      for (const text of [
        'let x = "./‸"',
        'let x = yaml("./${1}‸")',
        'let x = other("./‸")',
        'let x = csv("./a", "./‸")',
        'secret s from env("‸")',
        'secret s from exec(argv: ["‸"])',
        'approver a {\n  calendars = "./‸"\n}\n',
        'action a {\n  step s = put(path: "./‸")\n}\n',
      ])
        expect(asked(text), text).toBeNull();
    });
  });
  test("names of the file that is imported, providers not among them", () => {
    expect(labels('import { ‸ } from "./b.ops"', { "b.ops": "use file\nlet b = 1\nenum E { x }\n" })).toEqual([
      "E",
      "b",
    ]);
    expect(labels('import { b, ‸ } from "./b.ops"', { "b.ops": "let b = 1\nenum E { x }\n" })).toEqual(["E"]);
  });
  test("types", () => {
    expect(labels("action go(x: ‸) {\n}\n")).toEqual(
      expect.arrayContaining(["Env", "Service", "int", "list", "one of"]),
    );
    expect(labels("let x: ‸ = 1")).toContain("Service");
  });
  test("approvers", () => {
    expect(labels("action go {\n  approve by ‸\n}\n")).toEqual(["web", "all of", "any of"]);
    expect(labels("action go {\n  approve by any of [‸]\n}\n")).toEqual(["web"]);
  });
  test("steps to come after", () => {
    const text =
      'action go {\n  step one = put(path: "a", text: "b") { rollback auto }\n  step two = put(path: "c", text: "d") after ‸\n}\n';
    expect(labels(text)).toEqual(["one"]);
  });
  test("providers, and names of the file that is imported from", () => {
    expect(labels("use ‸")).toEqual(expect.arrayContaining(["exec", "file", "http"]));
    expect(labels('import { Kind, ‸ } from "./b.ops"\n', { "b.ops": "enum Kind { a }\nlet x = 1\n" })).toEqual(["x"]);
  });
  test("words that go on with a statement", () => {
    expect(labels('action go {\n  step x = put(path: "a", text: "b") ‸\n}\n')).toEqual(["after", "when"]);
    expect(labels("action go {\n  require true ‸\n}\n")).toEqual(["else"]);
    expect(labels("action go {\n  on ‸ {\n  }\n}\n")).toContain("failure");
  });
  test("in the holes of a text", () => {
    expect(labels('action go(dir: string) {\n  let x = "${d‸}/y"\n}\n')).toContain("dir");
  });
  test("nothing where a name of one's own is written, in comments, in texts", () => {
    expect(labels("action ‸ {\n}\n")).toEqual([]);
    expect(labels("action go(‸) {\n}\n")).toEqual([]);
    expect(labels("// ‸")).toEqual([]);
    expect(labels('let x = "a‸"')).toEqual([]);
  });
});

describe("names of other files", () => {
  const others = {
    "lib/b.ops":
      "enum Kind { a }\nlet limit = 1\nuse file\noperation look(path: string) -> { exists: bool } {\n  effect = read\n  call = file.read(path: path)\n}\n",
  };
  test("come with the import they need", () => {
    const [found] = items("let x = lim‸", others).filter(({ label }) => label === "limit");
    expect(found?.edits).toEqual([{ span: { start: 0, end: 0 }, text: 'import { limit } from "./lib/b.ops"\n' }]);
    expect(found?.detail).toContain("(from ./lib/b.ops)");
  });
  test("are added to the braces of an import from there", () => {
    const { analysis, path, offset } = atCursor({
      ...others,
      "a.ops": 'import { Kind } from "./lib/b.ops"\n\naction go(k: Kind) {\n  fact x = ‸\n}\n',
    });
    const found = complete(analysis, path, offset).items.find(({ label }) => label === "look");
    expect(found?.edits).toEqual([{ span: { start: 13, end: 13 }, text: ", look" }]);
    expect(found?.insert).toBe("look(path: $1)");
  });
});

describe("providers that a file does not use", () => {
  const at = (text: string) => {
    const { analysis, path, offset } = atCursor({ "a.ops": text });
    return complete(analysis, path, offset).items;
  };
  test("are proposed with the line that uses them", () => {
    const http = at("use file // the site\n\naction go {\n  step x = ‸\n}\n").find(({ label }) => label === "http");
    expect(http).toMatchObject({ insert: "http.", edits: [{ span: { start: 20, end: 20 }, text: "\nuse http" }] });
    expect(at("use file\n\naction go {\n  step x = ‸\n}\n").filter(({ label }) => label === "file")).toHaveLength(1);
  });
  test("offer their operations by name", () => {
    const [first, ...more] = at("action go {\n  step x = exec.‸\n}\n");
    expect(first).toMatchObject({ label: "run", edits: [{ span: { start: 0, end: 0 }, text: "use exec\n\n" }] });
    expect(more).toEqual([]);
    expect(at("action go {\n  step x = nothing.‸\n}\n")).toEqual([]);
  });
});

describe("phrases are of the language", () => {
  const filled = (insert: string): string => plainPhrase(insert);
  test.each(Object.values(DECLARATION_PHRASES).flat())("$label", ({ label, insert }) => {
    const { faults, tree } = parse(`${filled(insert)}\n`);
    expect(label.startsWith("import") ? [] : faults).toEqual([]);
    expect(tree.items).toHaveLength(1);
  });
  const inBlocks = Object.values<BlockSpec>(BLOCKS).flatMap(({ statements }) => statements);
  test.each(["enum", "type", "approver", "window", "secret", "operation", "guardrail", "action"] as const)(
    "a declaration of %s is right as it is put there",
    (kind) => {
      for (const { insert } of DECLARATION_PHRASES[kind])
        expect(
          check(`use exec\n\n${plainPhrase(insert)}\n`)
            .diagnostics.filter(({ severity }) => severity === "error")
            .map(({ message }) => message),
        ).toEqual([]);
    },
  );
  test("every statement of every block has one", () => {
    for (const kind of inBlocks)
      if (kind !== "property") expect(STATEMENT_PHRASES[kind].length, kind).toBeGreaterThan(0);
  });
  const WRAPS: Partial<Record<Statement["kind"], string>> = {
    applies: "guardrail g { # }",
    override: "guardrail g { # }",
    window_rule: "window w { # }",
    given: 'test "t" { # }',
    run: 'test "t" { # }',
    expect: 'test "t" { # }',
    approved: 'test "t" { run x() { # } }',
  };
  test.each(Object.entries(STATEMENT_PHRASES).flatMap(([kind, list]) => list.map((each) => ({ kind, ...each }))))(
    "$kind: $label",
    ({ kind, insert }) => {
      // Where the cursor ends there is something to be written yet.
      const whole = insert.endsWith("$0") ? `${insert.slice(0, -2)}call()` : insert.replace("= $0", "= call()");
      const wrap = WRAPS[kind as Statement["kind"]] ?? "action a() { # }";
      expect(parse(wrap.replace("#", () => filled(whole))).faults).toEqual([]);
    },
  );
});

test("any example cut anywhere: no exception, nothing outside the text", () => {
  const texts = readdirSync("examples")
    .filter((folder) => folder !== "README.md")
    .flatMap((folder) =>
      readdirSync(`examples/${folder}`)
        .filter((name) => name.endsWith(".ops"))
        .map((name) => readFileSync(`examples/${folder}/${name}`, "utf8")),
    );
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), fc.boolean(), (text, at, cut) => {
      const offset = at % (text.length + 1);
      const now = cut ? text.slice(0, offset) : text;
      const {
        span,
        slot,
        items: found,
      } = complete(analyse({ "a.ops": now, "b.ops": "let zz = 1\n" }), "a.ops", offset);
      expect(span.start).toBeLessThanOrEqual(offset);
      // Of a path what stands behind the cursor is replaced too.
      if (slot?.slot !== "path") expect(span.end).toBe(offset);
      expect(now.slice(Math.min(offset, span.end), Math.max(offset, span.end))).not.toMatch(/["\n]/);
      expect(span.end).toBeGreaterThanOrEqual(offset);
      expect(span.end).toBeLessThanOrEqual(now.length);
      for (const { edits } of found) for (const edit of edits) expect(edit.span.end).toBeLessThanOrEqual(now.length);
    }),
    { numRuns: 300 },
  );
});
