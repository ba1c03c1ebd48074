/** Sources that mean harm, or that nobody would write: checked in bounded time, and never with an exception. */
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { programSchema } from "../../compiler/program.schema.ts";
import { processorTime } from "../tools/processor-time.ts";
import { fixtures, sourcesOf } from "./fixtures.ts";
import { check, codes } from "./project.ts";

const chain = (count: number, link: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => link(i)).join("\n");

/** Far above what any of these takes, far below what one that explodes would. */
const SOON = 20_000;

function quickly(sources: Parameters<typeof check>[0]): string[] {
  const spent = processorTime();
  const found = codes(sources);
  expect(spent()).toBeLessThan(SOON);
  return [...new Set(found)];
}

describe("sources that grow", () => {
  test.each([
    ["text", `let a0 = "xy"`, (i: number) => `let a${i + 1} = "\${a${i}}\${a${i}}"`],
    ["text by +", `let a0 = "xy"`, (i: number) => `let a${i + 1} = a${i} + a${i}`],
    ["lists", `let a0 = [1]`, (i: number) => `let a${i + 1} = a${i} + a${i}`],
    ["lists of lists", `let a0: json = [1]`, (i: number) => `let a${i + 1}: json = [a${i}, a${i}]`],
    ["records", `let a0 = { x: 1 }`, (i: number) => `let a${i + 1} = { x: a${i}, y: a${i} }`],
    ["types", `type A0 = { x: int }`, (i: number) => `type A${i + 1} = { x: A${i}, y: A${i} }`],
    ["one long word", `let a0 = "ab"`, (i: number) => `let a${i + 1} = a${i}.replace("a", a${i})`],
  ])("a chain of sixty that doubles: %s", (_, first, link) => {
    expect(quickly(`${first}\n${chain(60, link)}\n`)).toContain(
      _ === "types" || _ === "records" ? "too-large" : "evaluation-fails",
    );
  });

  test("operations that hand on what they were given twice", () => {
    const first = `use exec\noperation o0(x: string) { call = exec.run(argv: [x]) }\n`;
    const links = chain(60, (i) => `operation o${i + 1}(x: string) { call = o${i}(x: "\${x}\${x}") }`);
    expect(quickly(`${first}${links}\n`)).toContain("too-large");
  });

  test("lets within a guardrail", () => {
    const links = chain(60, (i) => `let a${i + 1} = a${i} + a${i}`);
    const source = `guardrail g {\nlet a0 = plan.writes.count\n${links}\nrequire a60 > 1\n}\naction a() { title = "x" }\n`;
    expect(quickly(source)).toContain("too-large");
  });

  test("lets within an action are names of their own, and cost nothing", () => {
    const links = chain(60, (i) => `let a${i + 1} = a${i} + a${i}`);
    expect(quickly(`action a(a0: int) {\n${links}\ntitle = "\${a0}"\nrequire a60 > 1\n}\n`)).toEqual([]);
  });

  test("methods within methods over long lists", () => {
    const list = `let xs = [${chain(3000, (i) => `${i},`)}]\n`;
    expect(quickly(`${list}let _n = xs.map(x => xs.count(y => xs.any(z => x + y == z)))\n`)).toContain(
      "evaluation-fails",
    );
  });
});

describe("sources that go deep", () => {
  test.each([
    ["parentheses", `let x = ${"(".repeat(5000)}1${")".repeat(5000)}`],
    ["not", `let x = ${"!".repeat(5000)}true`],
    ["fields", `let x = a${".b".repeat(5000)}`],
    ["sums", `let x = 1${" + 1".repeat(5000)}`],
    ["conditions", `let x = ${"true ? 1 : ".repeat(3000)}2`],
    ["lists", `let x = ${"[".repeat(3000)}${"]".repeat(3000)}`],
    ["functions", `let x = ${"[1].map(a => ".repeat(1000)}1${")".repeat(1000)}`],
    ["types", `type X = ${"list<".repeat(3000)}int${">".repeat(3000)}`],
    ["blocks", `action a() { ${"if true { ".repeat(3000)}`],
    ["else if", `action a(b: bool) { if b { wait 1s } ${"else if b { wait 1s } ".repeat(3000)} }`],
    ["holes", `let x = ${'"${'.repeat(2000)}1${'}"'.repeat(2000)}`],
  ])("%s", (_, source) => {
    expect(quickly(source)).not.toEqual([]);
  });

  test.each([
    ["lets, each before what it needs", chain(5000, (i) => `let _a${i} = _a${i + 1}`), "let _a5000 = 1"],
    ["lets with sums", chain(5000, (i) => `let _a${i} = 1 + (2 * (_a${i + 1}))`), "let _a5000 = 1"],
    ["types", chain(5000, (i) => `type A${i} = { x: A${i + 1} }`), "type A5000 = int"],
    [
      "approvers",
      chain(5000, (i) => `approver a${i} { includes = [a${i + 1}] }`),
      `approver a5000 { members = ["a"] }`,
    ],
  ])("a chain of five thousand: %s", (_, links, last) => {
    expect(quickly(`${links}\n${last}\n`)).toEqual(expect.arrayContaining(["too-deep"]));
  });

  test("values that nest with each link of a chain", () => {
    expect(quickly(`let a0: json = 1\n${chain(3000, (i) => `let a${i + 1}: json = [a${i}]`)}\n`)).toContain(
      "evaluation-fails",
    );
    expect(quickly(`type A0 = int\n${chain(3000, (i) => `type A${i + 1} = { x: A${i} }`)}\n`)).toContain("too-large");
  });
});

describe("sources that are wide", () => {
  test("five thousand actions", () => {
    const actions = chain(
      5000,
      (i) => `action a${i}(path: string) { step w = file.write(path: path, content: "x") { rollback auto } }`,
    );
    expect(quickly(`use file\n${actions}\n`)).toEqual([]);
  });

  test("five thousand unknown names, each like many others", () => {
    const lets = chain(5000, (i) => `let _known_name_${i} = 1`);
    const uses = chain(5000, (i) => `let _used_${i} = knwon_name_${i}`);
    expect(quickly(`${lets}\n${uses}\n`)).toEqual(["unknown-name"]);
  });

  test("a for over a long list", () => {
    const list = `let xs = [${chain(20_000, (i) => `"h${i}",`)}]\n`;
    expect(quickly(`${list}action a() { for x in xs { wait 1s }  title = xs.unique().first() ?? "" }\n`)).toEqual([]);
  });
});

test("names that mean something to JavaScript mean nothing here", () => {
  const odd = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  for (const name of odd) {
    expect(codes(`let _a = { "${name}": 1 }\nlet _b: map<int> = { "${name}": 2 }\nlet _c = _b["${name}"]\n`)).toEqual(
      [],
    );
    expect(codes(`let _a = { x: 1 }\nlet _b = _a.${name}\n`)).toEqual(["unknown-field"]);
    expect(codes(`let _b = "x".${name}()\n`)).toEqual(["unknown-method"]);
    expect(codes(`use file\naction a() { step s = file.${name}() }\n`)).toEqual(["unknown-operation"]);
    expect(codes(`approver a { ${name} = 1  members = ["x"] }\n`)).toEqual(["unknown-property"]);
    expect(codes(`let _a: ${name} = 1\n`)).toEqual(["unknown-type"]);
  }
});

describe("whatever the text", () => {
  const texts = fixtures(path.resolve(import.meta.dirname, "../fixtures")).flatMap((f) => Object.values(sourcesOf(f)));
  const words = texts.flatMap((t) => t.match(/\w+|[^\w\s]+|\s+/g) ?? []);

  /** One of the fixtures with a few words taken out, put in, or exchanged. */
  const mutated = fc
    .record({
      text: fc.constantFrom(...texts),
      edits: fc.array(fc.record({ at: fc.nat(), take: fc.nat({ max: 12 }), put: fc.constantFrom("", ...words) }), {
        minLength: 1,
        maxLength: 6,
      }),
    })
    .map(({ text, edits }) =>
      edits.reduce((t, { at, take, put }) => {
        const place = at % (t.length + 1);
        return t.slice(0, place) + put + t.slice(place + take);
      }, text),
    );

  test("checking never throws, and the program is what its schema says", () => {
    fc.assert(
      fc.property(fc.array(mutated, { minLength: 1, maxLength: 2 }), (sources) => {
        const files = Object.fromEntries(sources.map((text, i) => [["main.ops", "org.ops"][i] ?? "x.ops", text]));
        const { program, diagnostics } = check(files);
        expect(() => programSchema.parse(program)).not.toThrow();
        for (const { span, module } of diagnostics) {
          expect(span.start).toBeLessThanOrEqual(span.end);
          expect(span.end).toBeLessThanOrEqual(files[module]?.length ?? -1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("arbitrary text is only ever diagnosed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(() => check(text)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});
