/** Data files as constants of a program: their values, and what is told where. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCsv } from "../../../compiler/data/csv.ts";
import { mentionedFiles } from "../../../compiler/data/file.ts";
import { plainValue } from "../../../compiler/data/node.ts";
import { parseYaml } from "../../../compiler/data/yaml.ts";
import { renderDiagnostics } from "../../../compiler/diagnostics/frame.ts";
import { check, codes, programOf } from "../project.ts";

const TYPES = `approver sre { members = ["ana@example.com", "ben@example.com"] }
enum Tier { gold, silver }
type Service = { tier: Tier, owner: approver, timeout: duration, memory?: size, share: percent, opens: range<time_of_day>, note: string? }
`;

function valuesOf(call: string, name: string, text: string): unknown {
  const program = programOf({
    "main.ops": `${TYPES}let services = ${call}\naction act(service: one of services) { title = "\${service.tier}" }`,
    [name]: text,
  });
  return program.choices["main.ops#services"];
}

describe("values", () => {
  const expected = {
    web: {
      tier: "gold",
      owner: "main.ops#sre",
      timeout: 90_000,
      memory: 512 * 1024 * 1024,
      share: 25,
      opens: { from: 540, to: 1020 },
      note: null,
    },
  };

  test("of YAML", () => {
    const yaml = `web: { tier: gold, owner: sre, timeout: 1m30s, memory: 512MiB, share: 25%, opens: 09:00..17:00 }\n`;
    expect(valuesOf('yaml("./s.yaml") as map<Service>', "s.yaml", yaml)).toEqual(expected);
  });

  test("of JSON", () => {
    const service = {
      tier: "gold",
      owner: "sre",
      timeout: "90s",
      memory: "512MiB",
      share: "25%",
      opens: "09:00..17:00",
    };
    const json = JSON.stringify({ web: { ...service, note: null } });
    expect(valuesOf('json("./s.json") as map<Service>', "s.json", json)).toEqual(expected);
  });

  test("of CSV, where cells are text", () => {
    const { program, diagnostics } = check({
      "main.ops": `${TYPES}let rows = csv("./rows.csv") as list<{ host: string, port: int, weight?: decimal, up: bool, every: duration, tier: Tier }>
action act() { title = rows.map(r => "\${r.host}:\${r.port}/\${r.weight ?? 1.5}/\${r.up}/\${r.every}/\${r.tier}").join(" ") }`,
      "rows.csv": 'host,port,weight,up,every,tier\r\nweb-1,80,0.5,true,30s,gold\r\n"b, ""2""",81,,false,1m,silver\r\n',
    });
    expect(diagnostics).toEqual([]);
    expect(program.actions[0]?.title).toEqual({
      k: "const",
      v: 'web-1:80/0.5/true/30s/gold b, "2":81/1.5/false/1m/silver',
    });
  });

  test("names of the prototype are keys like others", () => {
    const text = '{ "__proto__": 1, "constructor": 2 }';
    const source = 'let ports = json("./p.json") as map<int>\naction act(port: one of ports) { title = "${port.key}" }';
    const program = programOf({ "main.ops": source, "p.json": text });
    expect(Object.keys(program.choices["main.ops#ports"] ?? {})).toEqual(["__proto__", "constructor"]);
  });
});

test("a secret is written in data as the name of one, and stays one", () => {
  const source = (field: string) => ({
    "main.ops": `use ledger
secret password from env("LEDGER_PASSWORD")
let dbs = yaml("./dbs.yaml") as map<{ password: secret<string> }>
action act(db: one of dbs) { ${field} }`,
    "dbs.yaml": "main: { password: password }\n",
  });
  expect(codes(source("step a = ledger.login(password: db.password) { rollback auto }"))).toEqual([]);
  expect(codes(source('title = "${db.password}"'))).toEqual(["secret-leak"]);
  const written = { ...source('title = "${db.key}"'), "dbs.yaml": "main: { password: hunter2 }\n" };
  const errors = check(written).diagnostics.filter((d) => d.severity === "error");
  expect(errors.map((d) => d.message)).toEqual(["there is no such secret here"]);
});

test("a mistake is shown in the data file, with the type that asks for it", () => {
  const sources = {
    "main.ops": 'let _ports = yaml("./ports.yaml") as map<int>\n',
    "ports.yaml": "web: 80\nadmin: eighty\n",
  };
  const shown = renderDiagnostics(check(sources).diagnostics, (path) => new Map(Object.entries(sources)).get(path), {
    color: false,
    width: 80,
  });
  expect(shown).toMatchInlineSnapshot(`
    "error[type-mismatch]: admin is the text "eighty", where int is expected
     --> ports.yaml:2:8
       |
     2 | admin: eighty
       |        ^^^^^^ this is the text "eighty"
       |
     --> main.ops:1:38
       |
     1 | let _ports = yaml("./ports.yaml") as map<int>
       |                                      -------- the type it is read as
       |

    1 error
    "
  `);
});

test("a data file with a wrong value in each line is told of only so often", () => {
  const text = Array.from({ length: 5000 }, (_, i) => `k${i}: x`).join("\n");
  const sources = { "main.ops": 'let _ports = yaml("./ports.yaml") as map<int>\n', "ports.yaml": text };
  expect(codes(sources)).toHaveLength(50);
});

describe("the type that is proposed", () => {
  test.each([
    ["json", '{ "web": { "port": 80, "up": true }, "db": { "port": 5432, "up": true, "note": "x" } }'],
    ["json", "[]"],
    ["json", '[1, "a", null, { "a b": [] }]'],
    ["json", '{ "a": { "b": 1.5 }, "c": null }'],
    ["yaml", "- 1\n- 2.5\n"],
    ["csv", "host,port\na,1\n"],
    ["json", "null"],
  ])("of %s %s is one it fits", (format, text) => {
    const main = `let _data = ${format}("./d.${format}")`;
    const [told] = check({ "main.ops": main, [`d.${format}`]: text }).diagnostics;
    expect(told?.code).toBe("data-untyped");
    const added = told?.fixes[0]?.edits[0]?.text ?? "";
    expect(check({ "main.ops": main + added, [`d.${format}`]: text }).diagnostics).toEqual([]);
  });
});

describe("readers", () => {
  const arbitrary = fc.oneof(fc.string(), fc.stringMatching(/^[-:,{}[\]"'&*!|>#%@`\n \tab1?<.]*$/));

  test.each([
    ["YAML", parseYaml],
    ["CSV", parseCsv],
  ])("%s: any text gives a value or faults within it, and nothing throws", (_, parse) => {
    fc.assert(
      fc.property(arbitrary, (text) => {
        const { node, faults } = parse(text);
        expect(node !== null || faults.length > 0).toBe(true);
        for (const { span } of faults) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
  });

  test("JSON is YAML: both readers agree, where no text is special", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, noUnicodeString: true }), (json) => {
        const text = JSON.stringify(json, null, 1);
        const { node, faults } = parseYaml(text);
        if (faults.length > 0) return;
        expect(node === null ? undefined : plainValue(node)).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    [
      "norway: no\nday: 2026-11-21\ntime: 09:30\noctal: 010\n",
      { norway: "no", day: "2026-11-21", time: "09:30", octal: 10 },
    ],
    ["a: &a [1]\nb: *a\n", { a: [1], b: [1] }],
    ["text: |\n  one\n  two\n", { text: "one\ntwo\n" }],
  ])("YAML 1.2: %j", (text, value) => {
    const { node, faults } = parseYaml(text);
    expect(faults).toEqual([]);
    expect(node === null ? undefined : plainValue(node)).toEqual(value);
  });

  test("aliases that would fill the memory, nesting without end, and a second document are told, quickly", () => {
    const laughs = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (const [i, name] of [..."bcdefghij"].entries()) {
      const before = "abcdefghij"[i];
      laughs.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(",")}]`);
    }
    expect(parseYaml(laughs.join("\n")).faults.map((f) => f.message)).toEqual(["aliases repeat more than can be kept"]);
    expect(parseYaml("[".repeat(20_000)).faults[0]?.message).toBe("it is nested deeper than 500 levels");
    expect(parseYaml(`${"- ".repeat(800)}x`).faults[0]?.message).toBe("it is nested deeper than 500 levels");
    expect(parseYaml("a: &a [*a]\n").faults[0]?.message).toBe("*a stands within what it repeats");
    expect(parseYaml("a: 1\n---\nb: 2\n").faults[0]?.message).toBe("a second document begins here");
  });

  test.each([
    ["", "it is empty"],
    ["a,b\n1\n", "this row has 1 cell, the header has 2"],
    ["a,b\n1,2,3\n", "this row has 3 cells, the header has 2"],
    ["a,a\n1,2\n", 'the key "a" is given twice'],
    ["a,\n1,2\n", "a column has no name"],
    ["a;b\n1;2\n", "the columns are separated by semicolons"],
    ['a\n"1\n', "this quote is never closed"],
    ['a\n"1" 2\n', "text stands after the closing quote of a cell"],
    ['a\nx"y"\n', "a quote stands within a cell that does not begin with one"],
  ])("CSV: %j", (text, message) => {
    expect(parseCsv(text).faults[0]?.message).toBe(message);
  });

  test("CSV: what is written by the rules is read back", () => {
    const cell = fc.stringMatching(/^[a-z",\n ]{0,6}$/).filter((text) => text.trim() === text);
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = ["a,b", ...rows.map((row) => row.map(quoted).join(","))].join("\r\n");
        const { node, faults } = parseCsv(text);
        expect(faults).toEqual([]);
        expect(node === null ? undefined : plainValue(node)).toEqual(rows.map(([a, b]) => ({ a, b })));
      }),
    );
  });
});

test("whatever file a source can ask for is among those it mentions", () => {
  const written = fc.stringMatching(/^\.\.?\/[a-z./ -]{1,12}$/);
  const space = fc.constantFrom("", " ", "\n  ");
  fc.assert(
    fc.property(written, space, fc.constantFrom("yaml", "json", "csv"), (file, gap, format) => {
      expect(mentionedFiles(`let x = ${format}${gap}(${gap}"${file}"${gap}) as json`)).toEqual([file]);
      expect(mentionedFiles(`window w { calendar${gap}=${gap}"${file}" }`)).toEqual([file]);
    }),
  );
});
