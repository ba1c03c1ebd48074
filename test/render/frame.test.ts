import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import {
  diagnosticsGithub,
  diagnosticsJson,
  renderDiagnostics,
  summaryLine,
} from "../../compiler/diagnostics/frame.ts";
import { diagnose } from "../../compiler/diagnostics/registry.ts";
import { displayWidth } from "../../compiler/render/width.ts";
import { processorTime } from "../tools/processor-time.ts";
import { expectGolden } from "./golden.ts";

const DEPLOY = `/// Scale
action scale(replicas: int) {
\tfact current = k8s.get(name: "日本語 👩‍👩‍👧 cafe\u0301", at: 1)
  step scale = k8s.scale(replicas: replcas, note: "\u202eevil")
  for x in xs {
    a
    b
    c
  }
`;
const LONG = `let x = ${"a + ".repeat(60)}oops + ${"日 + ".repeat(60)}end`;
const FILES: Readonly<Record<string, string>> = {
  "deploy.ops": DEPLOY,
  "org.ops": 'approver x {\r\n  title = "a"\r\n}\r\n',
  "long.ops": LONG,
  "empty.ops": "",
};
const sources = (module: string): string | undefined => FILES[module];

/** The place of `text` in its file, where it stands once. */
function at(text: string, module = "deploy.ops"): { start: number; end: number } {
  const start = (FILES[module] ?? "").indexOf(text);
  if (start === -1) throw new Error(`${text} is not in ${module}`);
  return { start, end: start + text.length };
}

const diagnostic = (over: Partial<Diagnostic>): Diagnostic => ({
  code: "unknown-name",
  severity: "error",
  args: { name: "replcas", near: "replicas" },
  message: "there is no `replcas` here",
  module: "deploy.ops",
  span: at("replcas"),
  label: null,
  related: [],
  why: null,
  help: null,
  fixes: [],
  ...over,
});

const TEACHING = diagnostic({
  label: "did you mean `replicas`?",
  related: [
    { module: "deploy.ops", span: at("replicas: int"), note: "declared here" },
    { module: "org.ops", span: at('title = "a"', "org.ops"), note: "and named here" },
  ],
  why: "Names are looked up in the block, then in the action, then among the declarations of the module and its imports.",
  help: "Write `replicas`:\n  step scale = k8s.scale(replicas: replicas)",
  fixes: [
    { title: "replace it by `replicas`", edits: [{ module: "deploy.ops", span: at("replcas"), text: "replicas" }] },
  ],
});

const FRAMES: readonly Diagnostic[] = [
  TEACHING,
  diagnostic({ severity: "warning", span: at('"日本語'), label: "wide characters" }),
  diagnostic({ severity: "warning", span: at("at: 1"), label: "after wide, joined and combining ones" }),
  diagnostic({ severity: "info", span: at("k8s.get"), label: "after a tab" }),
  diagnostic({ span: at('"\u202eevil"'), label: "characters that are written out" }),
  diagnostic({
    span: at("for x in xs {\n    a\n    b\n    c\n  }\n"),
    label: "this loop has no bound, and may be as long as the list is, which nobody knows when the plan is made",
    related: [{ module: "deploy.ops", span: at("xs"), note: "from here" }],
  }),
  diagnostic({ span: { start: DEPLOY.length, end: DEPLOY.length }, label: "expected `}` at the end of the file" }),
  diagnostic({ module: "empty.ops", span: { start: 0, end: 0 }, label: "an empty file" }),
  diagnostic({ module: "org.ops", span: { start: 0, end: 30 }, label: "lines that end with CRLF" }),
  diagnostic({ module: "long.ops", span: at("oops", "long.ops"), label: "in a long line" }),
  diagnostic({ module: "long.ops", span: at("end", "long.ops"), label: "at the end of one" }),
  diagnostic({ module: "gone.ops", span: { start: 3, end: 9 }, label: "a source that is not at hand" }),
];

describe("frames", () => {
  test.each([60, 120])("at %i columns", (width) => {
    expectGolden(`diagnostics.${width}.txt`, renderDiagnostics(FRAMES, sources, { color: false, width }));
  });
  test("one in full", () => {
    expect(
      renderDiagnostics([TEACHING], sources, { color: false, width: 80 }),
    ).toBe(`error[unknown-name]: there is no \`replcas\` here
 --> deploy.ops:4:36
   |
 2 | action scale(replicas: int) {
   |              ------------- declared here
 3 |     fact current = k8s.get(name: "日本語 👩‍👩‍👧 cafe\u0301", at: 1)
 4 |   step scale = k8s.scale(replicas: replcas, note: "\\u{202e}evil")
   |                                    ^^^^^^^ did you mean \`replicas\`?
   |
 --> org.ops:2:3
   |
 2 |   title = "a"
   |   ----------- and named here
   |
 why: Names are looked up in the block, then in the action, then among the
      declarations of the module and its imports.
help: Write \`replicas\`:
        step scale = k8s.scale(replicas: replicas)
 fix: replace it by \`replicas\`

1 error
`);
  });
  test("colours change nothing but colours", () => {
    const colored = renderDiagnostics(FRAMES, sources, { color: true, width: 80 });
    expect(colored).toContain("\u001b[1;31merror[unknown-name]\u001b[0m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this is about
    expect(colored.replace(/\u001b\[[\d;]*m/g, "")).toBe(
      renderDiagnostics(FRAMES, sources, { color: false, width: 80 }),
    );
  });
  test("none say nothing", () => expect(renderDiagnostics([], sources, { color: false, width: 80 })).toBe(""));

  test("of a line of ten megabytes only what lies around the place is measured, and of a name only its start is told", () => {
    const name = "x".repeat(10_000_000);
    const long = `let a = ${name} + wrong + ${name}`;
    const place = long.indexOf("wrong");
    const near = diagnostic({ module: "long.ops", span: { start: place, end: place + 5 } });
    const far = diagnose("unknown-name", "long.ops", { start: 8, end: place - 3 }, { name, near: "" });
    const spent = processorTime();
    const text = renderDiagnostics([near, far], () => long, { color: false, width: 80 });
    expect(spent()).toBeLessThan(1_000);
    for (const line of text.split("\n")) expect(line.length).toBeLessThan(100);
    expect(text).toMatch(/ 1 \| …x+ \+ wrong \+ x+…\n/);
    expect(text).toMatch(/ 1 \| …[a =]*x+…\n/);
    expect(far.message.length).toBeLessThan(600);
    expect(far.args.name).toBe(name);
  });

  test("any source and any places are framed, within the width and without controls", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", " ", "\t", "\n", "\r\n", "日", "👩‍👩‍👧", "\u0301", "\u001b", "\u202e", "::error::"),
      maxLength: 60,
    });
    const span = fc
      .tuple(fc.integer({ min: -2, max: 140 }), fc.nat(60))
      .map(([start, length]) => ({ start, end: start + length }));
    fc.assert(
      fc.property(text, span, span, text, (source, one, two, label) => {
        const shown = renderDiagnostics(
          [
            diagnostic({
              module: "m.ops",
              span: one,
              label,
              related: [{ module: "m.ops", span: two, note: label }],
              help: label,
            }),
          ],
          () => source,
          { color: false, width: 60 },
        );
        // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what this is about
        expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
        expect(shown).not.toMatch(/^\s*::/m);
        expect(shown).toContain("^");
        for (const line of shown.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(62);
      }),
    );
  });
});

describe("advice stands there once", () => {
  const advice = (help: string | null, title: string, suggested: boolean): string[] => {
    const edits = [{ module: "deploy.ops", span: at("replcas"), text: "x" }];
    const fix = suggested ? { title, suggested: true as const, edits } : { title, edits };
    const shown = renderDiagnostics([diagnostic({ help, fixes: [fix] })], sources, { color: false, width: 80 });
    return shown.split("\n").flatMap((line) => (/^ *(help|try|fix): /.test(line) ? [line.trim()] : []));
  };
  test.each<[string | null, string, boolean, string[]]>([
    ["did you mean replicas?", "write replicas", true, ["help: did you mean replicas?"]],
    ["did you mean replicas?", "write replicas", false, ["fix: write replicas"]],
    ["did you mean replicas?", "write replica", true, ["help: did you mean replicas?", "try: write replica"]],
    ["take it away", "take it away", true, ["help: take it away"]],
    ["take it away", "take it away", false, ["fix: take it away"]],
    ['write a list: ["x"]', "write a list", true, ['help: write a list: ["x"]']],
    ['write a list: ["x"]', "write a list", false, ['help: write a list: ["x"]', "fix: write a list"]],
    [null, "write replicas", true, ["try: write replicas"]],
  ])("%s, %s (suggested: %s)", (help, title, suggested, shown) =>
    expect(advice(help, title, suggested)).toEqual(shown),
  );
});

test("summary", () => {
  expect(summaryLine([{ severity: "error" }, { severity: "warning" }, { severity: "error" }])).toBe(
    "2 errors, 1 warning",
  );
  expect(summaryLine([{ severity: "info" }])).toBe("1 remark");
  expect(summaryLine([])).toBe("no problems");
});

test("as data: places with lines and columns, texts as they are", () => {
  const { diagnostics, summary } = diagnosticsJson([TEACHING, diagnostic({ module: "gone.ops" })], sources);
  expect(summary).toEqual({ errors: 2, warnings: 0, infos: 0 });
  expect(diagnostics[0]).toMatchObject({
    code: "unknown-name",
    file: "deploy.ops",
    start: { line: 4, column: 36 },
    end: { line: 4, column: 43 },
    related: [
      { file: "deploy.ops", note: "declared here" },
      { file: "org.ops", start: { line: 2, column: 3 } },
    ],
    fixes: [{ title: "replace it by `replicas`", edits: [{ text: "replicas", start: { line: 4, column: 36 } }] }],
  });
  expect(diagnostics[1]).toMatchObject({ file: "gone.ops", start: null, end: null });
});

describe("as GitHub annotations", () => {
  test("what, where, why, what to do", () => {
    expect(diagnosticsGithub([diagnostic({ label: "no such", help: "Write `replicas`." })], sources)).toBe(
      "::error file=deploy.ops,line=4,col=36,endColumn=43,title=unknown-name::there is no `replcas` here (no such)%0AWrite `replicas`.\n",
    );
  });
  test("many lines, a project in a folder, other severities", () => {
    const out = diagnosticsGithub([diagnostic({ severity: "info", span: { start: 0, end: 12 } })], sources, "ops/");
    expect(out).toMatch(/^::notice file=ops\/deploy\.ops,line=1,col=1,endLine=2,title=/);
  });
  test("no text can begin a command or a property of its own", () => {
    const out = diagnosticsGithub(
      [diagnostic({ module: "a,line=9:b.ops", message: "100%\n::error::x\r\n\u001b[2J" })],
      sources,
    );
    expect(out).toBe("::error file=a%2Cline=9%3Ab.ops,title=unknown-name::100%25%0A::error::x%0A\\u{1b}[2J\n");
  });
});
