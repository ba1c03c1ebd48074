/** Fixes that diagnostics offer: applied as they are, they mend what they are offered for. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic, Fix } from "../../compiler/diagnostics/diagnostic.ts";
import { pages, type Sources } from "../../compiler/diagnostics/pages/index.ts";
import { CODES } from "../../compiler/diagnostics/registry.ts";
import { applyFixes } from "../../compiler/fix/apply.ts";
import { repair } from "../../compiler/fix/repair.ts";
import { parse } from "../../language/parse.ts";
import { expectGolden } from "../render/golden.ts";
import { checkTexts, mended, textsOf } from "./mending.ts";
import { check } from "./project.ts";

const apply = (text: string, fix: Fix): string => {
  const [diagnostic] = check(text).diagnostics;
  if (diagnostic === undefined) throw new Error("there is a diagnostic");
  return mended(new Map([["main.ops", text]]), diagnostic, fix).get("main.ops") ?? "";
};

const faults = (texts: ReadonlyMap<string, string>): number =>
  [...texts.values()].reduce((sum, text) => sum + parse(text).faults.length, 0);

const offered = CODES.flatMap((code) => {
  const texts = textsOf(pages[code].bad);
  return checkTexts(texts).flatMap((diagnostic) => diagnostic.fixes.map((fix) => ({ code, texts, diagnostic, fix })));
});

describe("each fix of each bad example", () => {
  test.each(offered)("$code: $fix.title", ({ texts, diagnostic, fix }) => {
    const after = mended(texts, diagnostic, fix);
    expect([...after]).not.toEqual([...texts]);
    const left = checkTexts(after).filter((d) => d.code === diagnostic.code && d.message === diagnostic.message);
    expect(left.length, [...after.values()].join("\n")).toBeLessThan(
      checkTexts(texts).filter((d) => d.code === diagnostic.code && d.message === diagnostic.message).length,
    );
    expect(faults(after), [...after.values()].join("\n")).toBeLessThanOrEqual(faults(texts));
    if (fix.suggested !== true) {
      const errors = checkTexts(after).filter((d) => d.severity === "error");
      expect(errors.map((d) => d.message)).toEqual([]);
    }
  });

  test("what they are, and which codes have none", () => {
    const lines = CODES.map((code) => {
      const mine = offered.filter((each) => each.code === code);
      const show = ({ texts, diagnostic, fix }: (typeof offered)[number]): string => {
        const after = mended(texts, diagnostic, fix);
        const lines = [...after].flatMap(([path, text]) => {
          const before = new Set((texts.get(path) ?? "").split("\n"));
          return text.split("\n").filter((line) => !before.has(line) && line.trim() !== "");
        });
        return [
          `  ${fix.suggested === true ? "suggested" : "safe"}: ${fix.title}`,
          ...lines.map((l) => `    | ${l}`),
        ].join("\n");
      };
      return mine.length === 0 ? `${code}: none` : [code, ...mine.map(show)].join("\n");
    });
    expectGolden("fixes.txt", `${lines.join("\n")}\n`);
  });
});

test("an input that is named by a word of the language is called otherwise wherever it is read", () => {
  const text =
    'action note(for: string, n: int) -> { for: string } {\n  title = "${for} ${n}"\n  return { for: for }\n}\n';
  const [diagnostic, ...others] = check(text).diagnostics;
  expect(others).toEqual([]);
  expect(diagnostic?.fixes.map((fix) => apply(text, fix))).toEqual([
    'action note(for_1: string, n: int) -> { for: string } {\n  title = "${for_1} ${n}"\n  return { for: for_1 }\n}\n',
  ]);
});

test("the key of a member is written behind what it can be read of", () => {
  const fixed = (hole: string): (string | undefined)[] => {
    const text = `let hosts = { web: { zone: "a" } }\naction a(h: one of hosts, all: list<one of hosts>) {\n  title = "${hole}"\n}\n`;
    const told = check(text).diagnostics.filter(({ code }) => code === "member-in-text");
    expect(told).toHaveLength(1);
    return told.flatMap((each) =>
      each.fixes.map((fix) => {
        const after = mended(new Map([["main.ops", text]]), each, fix).get("main.ops") ?? "";
        return /title = "(.*)"/.exec(after)?.[1];
      }),
    );
  };
  expect(fixed("${h}")).toEqual(["${h.key}"]);
  expect(fixed("${(all.first() ?? h)}")).toEqual(["${(all.first() ?? h).key}"]);
  expect(fixed("${all.first() ?? h}")).toEqual([]);
});

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
    ["at the end of an open body", " {\n    timeout = 5s"],
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

describe("repair", () => {
  const repaired = (sources: Sources) => repair(textsOf(sources), checkTexts);

  test("goes on until nothing is left that is safe, over several files", () => {
    const { changed, applied, refused, diagnostics } = repaired({
      "main.ops": `# scaling\nimport { most, least } from "./org.ops"\nuse file\nlet maxWait = 5min\naction a(n: int where n <= most) {\n  require n > 0 and n < 9\n  check c = file.read("x") { require it.exists\n within = maxWait }\n}\n`,
      "org.ops": "let most = 5;\nlet least = 1\n",
    });
    expect(diagnostics.map((d) => `${d.code}: ${d.message}`)).toEqual([]);
    expect(refused).toEqual([]);
    expect(applied.length).toBeGreaterThanOrEqual(7);
    expect(changed.get("org.ops")).toBe("let most = 5\n");
    expect(changed.get("main.ops")).toBe(
      `// scaling\nimport { most } from "./org.ops"\nuse file\nlet max_wait = 5m\naction a(n: int where n <= most) {\n  require n > 0 && n < 9\n  check c = file.read(path: "x") { require it.exists\n within = max_wait }\n}\n`,
    );
  });

  test("takes no suggestion, and changes nothing where there is nothing to do", () => {
    expect(repaired(`action a(nam: string) { title = "\${name}" }\n`)).toMatchObject({
      changed: new Map(),
      applied: [],
    });
    expect(repaired(`let _a = 1\n`)).toMatchObject({ changed: new Map(), applied: [], diagnostics: [] });
  });

  test("takes no let away whose value may fail, for what was refused would not be refused any more", () => {
    const of = (value: string, type = "") =>
      repaired(
        `action a(text: string, list: list<string>, n: int) {\n  let x${type} = ${value}\n  require text != "" && list.length > n\n}\n`,
      ).applied.length;
    for (const value of [
      "text.to_int()",
      "text.to_json()",
      "list[0]",
      "10 / n",
      "n % 2",
      "list.map(t => t.to_decimal())",
      '"${list[n]}"',
    ])
      expect(of(value), value).toBe(0);
    expect(of("n", ": int where x > 1")).toBe(0);
    for (const value of ["n", "text.trim()", "list.map(t => t.length)", '"${n}"']) expect(of(value), value).toBe(1);
  });

  test("leaves out a fix that would make an error, takes the others, and tells", () => {
    const texts = new Map([["main.ops", "let a = 1\nlet b = 2\nlet _c = a\n"]]);
    const gone = (text: string, name: string, end: number): Diagnostic => ({
      code: "unused-name",
      severity: "warning",
      args: {},
      message: `the let ${name} is never used`,
      module: "main.ops",
      span: { start: text.indexOf(`let ${name}`), end: text.indexOf(`let ${name}`) + end },
      label: null,
      related: [],
      why: null,
      help: null,
      fixes: [
        {
          title: `take ${name} away`,
          edits: [
            {
              module: "main.ops",
              span: { start: text.indexOf(`let ${name}`), end: text.indexOf(`let ${name}`) + end },
              text: "",
            },
          ],
        },
      ],
    });
    // A checker that is wrong about `a`: what it offers would leave `_c` without its value.
    const wrong = (now: ReadonlyMap<string, string>): Diagnostic[] => {
      const text = now.get("main.ops") ?? "";
      return [
        ...["a", "b"].flatMap((name) => (text.includes(`let ${name}`) ? [gone(text, name, 10)] : [])),
        ...checkTexts(now).filter((d) => d.severity === "error"),
      ];
    };
    const { changed, applied, refused } = repair(texts, wrong);
    expect(changed.get("main.ops")).toBe("let a = 1\nlet _c = a\n");
    expect(applied.map(({ fix }) => fix.title)).toEqual(["take b away"]);
    expect(refused.map(({ mend, because }) => [mend.fix.title, because.code])).toEqual([
      ["take a away", "unknown-name"],
    ]);
  });

  test("ends where fixes undo each other", () => {
    const flip = (now: ReadonlyMap<string, string>): Diagnostic[] => {
      const text = now.get("m.ops") ?? "";
      const span = { start: 0, end: text.length };
      const fixes = [{ title: "flip", edits: [{ module: "m.ops", span, text: text === "a" ? "b" : "a" }] }];
      return [
        {
          code: "x",
          severity: "warning",
          args: {},
          message: "x",
          module: "m.ops",
          span,
          label: null,
          related: [],
          why: null,
          help: null,
          fixes,
        },
      ];
    };
    expect(repair(new Map([["m.ops", "a"]]), flip).applied.length).toBeLessThan(500);
  });

  const texts = CODES.flatMap((code) => (typeof pages[code].bad === "string" ? [pages[code].bad as string] : []));
  const pieces = texts.flatMap((text) => text.match(/\w+|[^\w\s]+|\s+/g) ?? []);
  test("whatever the text: no more errors than before, and the same again changes nothing", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 8 }), fc.constantFrom(...pieces)), { maxLength: 3 }),
        (text, changes) => {
          const source = changes.reduce((t, [at, take, put]) => {
            const place = at % (t.length + 1);
            return t.slice(0, place) + put + t.slice(place + take);
          }, text);
          const first = repaired(source);
          const count = (all: readonly Diagnostic[]) => all.filter((d) => d.severity === "error").length;
          expect(count(first.diagnostics)).toBeLessThanOrEqual(count(check(source).diagnostics));
          const after = first.changed.get("main.ops") ?? source;
          expect(repaired(after).changed.size, after).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("fixes together", () => {
  const made = (spans: readonly (readonly [number, number, string])[][]): Diagnostic[] =>
    spans.map((edits, i) => ({
      code: "x",
      severity: "warning",
      args: {},
      message: String(i),
      module: "m.ops",
      span: { start: 0, end: 0 },
      label: null,
      related: [],
      why: null,
      help: null,
      fixes: [
        { title: "", edits: edits.map(([start, end, text]) => ({ module: "m.ops", span: { start, end }, text })) },
      ],
    }));
  const applied = (text: string, spans: Parameters<typeof made>[0]) => {
    const { changed, applied } = applyFixes(new Map([["m.ops", text]]), made(spans));
    return [changed.get("m.ops") ?? text, applied.map(({ diagnostic }) => diagnostic.message).join(" ")];
  };

  test("the first of two that clash is made; one of several edits is made whole or not at all", () => {
    expect(applied("abcdef", [[[0, 2, "X"]], [[1, 3, "Y"]], [[2, 3, "Z"]]])).toEqual(["XZdef", "0 2"]);
    expect(applied("abcdef", [[[3, 3, "X"]], [[3, 3, "Y"]], [[2, 4, "Z"]]])).toEqual(["abcXdef", "0"]);
    expect(
      applied("abcdef", [
        [[4, 5, "X"]],
        [
          [0, 1, "Y"],
          [4, 6, "Y"],
        ],
        [[0, 1, "Z"]],
      ]),
    ).toEqual(["ZbcdXf", "0 2"]);
    expect(
      applied("abc", [
        [
          [0, 2, "X"],
          [1, 3, "Y"],
        ],
        [[2, 9, "Z"]],
        [[-1, 1, "Z"]],
        [[2, 1, "Z"]],
        [],
      ]),
    ).toEqual(["abc", ""]);
  });

  test("whatever they are: what is left of the text is what none of them changes", () => {
    const edit = fc
      .tuple(fc.nat(12), fc.nat(4), fc.constantFrom("", "X", "YY"))
      .map(([at, n, put]) => [at, at + n, put] as const);
    fc.assert(
      fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { maxLength: 6 }), (spans) => {
        const text = "abcdefghij";
        const [after = "", names = ""] = applied(text, spans);
        const edits = names.split(" ").flatMap((name) => (name === "" ? [] : (spans[Number(name)] ?? [])));
        const gone = new Set(edits.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)));
        expect(after.replace(/[XY]/g, "")).toBe([...text].filter((_, i) => !gone.has(i)).join(""));
        expect(after.replace(/[^XY]/g, "").length).toBe(edits.reduce((sum, [, , put]) => sum + put.length, 0));
        expect(gone.size).toBe(edits.reduce((sum, [start, end]) => sum + end - start, 0));
      }),
    );
  });
});

describe("after-in-rollback", () => {
  test.each([
    ["one step", "after first"],
    ["several, after a condition", 'when path != "" after first, first'],
  ])("%s", (_name, header) => {
    const text = `use file
action act(path: string) {
  step note = file.write(path: path, content: "x") {
    rollback {
      step first  = file.delete(path: path)
      step second = file.write(path: path, content: "old") ${header} { timeout = 5s }
    }
  }
}
`;
    const [found] = check(text).diagnostics;
    const [fix] = found?.fixes ?? [];
    if (found?.code !== "after-in-rollback" || fix === undefined) throw new Error("there is a fix");
    expect(check(apply(text, fix)).diagnostics).toEqual([]);
  });
});

test("a fact that writes is made a step where there are steps, and not in a guardrail", () => {
  const titles = (text: string): string[] =>
    check(text).diagnostics.flatMap(({ code, fixes }) =>
      code === "fact-writes" ? fixes.map(({ title }) => title) : [],
    );
  const fact = `fact load = exec.run(argv: ["cat", "/proc/loadavg"], public: true)`;
  expect(titles(`use exec\naction act() { ${fact} require load.code == 0 }`)).toEqual(["make it a step"]);
  expect(titles(`use exec\nguardrail calm { ${fact} require load.code == 0 }`)).toEqual([]);
});
