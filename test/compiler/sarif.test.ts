/** SARIF as its schema has it, for every diagnostic there is. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { checkOutputSchema } from "../../compiler/diagnostics/diagnostics.schema.ts";
import { diagnosticsJson } from "../../compiler/diagnostics/frame.ts";
import { pages, pageTable, type Sources } from "../../compiler/diagnostics/pages/index.ts";
import { CODES } from "../../compiler/diagnostics/registry.ts";
import { diagnosticsSarif } from "../../compiler/diagnostics/sarif.ts";
import { check, filesOf } from "./project.ts";

const file = path.resolve(import.meta.dirname, "../vendor/sarif-2.1.0.schema.json");
// The schema is of draft 4, which names itself by `id`; the rest of it means the same in later drafts.
const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false }).compile(
  schema,
);

function sarif(sources: Sources, directory = "") {
  const texts = new Map(filesOf(sources).map((each) => [each.path, each.text]));
  const { diagnostics, silenced } = check(sources);
  return diagnosticsSarif(diagnostics, silenced, {
    version: "1.2.3",
    sources: (module) => texts.get(module),
    pages: pageTable(),
    directory,
  });
}

/** As a reader has it. */
const read = (log: unknown): unknown => JSON.parse(JSON.stringify(log));

const results = (sources: Sources, directory = "") => sarif(sources, directory).runs[0]?.results ?? [];

describe("SARIF", () => {
  test("the schema says no to what is none", () => {
    expect(validate({ version: "2.1.0" })).toBe(false);
    expect(validate({ version: "2.1.0", runs: [{ tool: { driver: { name: "x" } }, columnKind: "bytes" }] })).toBe(
      false,
    );
  });

  test.each(CODES)("%s", (code) => {
    const log = read(sarif(pages[code].bad));
    expect(validate(log), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(log).toMatchObject({
      runs: [{ tool: { driver: { rules: [{ id: code }] } }, columnKind: "utf16CodeUnits" }],
    });
  });

  test("places, fixes, rules and silenced warnings", () => {
    const source = `# é😀\nlet a = 1\n// opsc-allow unused-name: kept\nlet b = 2\n`;
    const log = sarif({ "über uns/a b.ops": source }, "ops/");
    expect(validate(read(log)), JSON.stringify(validate.errors)).toBe(true);
    const [run] = log.runs;
    expect(run?.tool.driver.rules[0]).toMatchObject({
      id: "bad-character",
      name: "BadCharacter",
      help: { markdown: expect.stringContaining("```ops") },
      defaultConfiguration: { level: "error" },
    });
    expect(run?.results[0]).toMatchObject({
      ruleId: "bad-character",
      ruleIndex: 0,
      level: "error",
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "ops/%C3%BCber%20uns/a%20b.ops", uriBaseId: "%SRCROOT%" },
            region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 },
          },
        },
      ],
      fixes: [{ artifactChanges: [{ replacements: [{ insertedContent: { text: "//" } }] }] }],
    });
  });

  test("a silenced warning is a suppression with its reason", () => {
    expect(results("// opsc-allow unused-name: kept\nlet b = 2\n")).toMatchObject([
      { ruleId: "unused-name", suppressions: [{ kind: "inSource", justification: "kept" }] },
    ]);
  });

  test("fingerprints stay while lines move, and tell equal ones apart", () => {
    const print = (sources: Sources) => results(sources).map((r) => r.partialFingerprints["opscDiagnostic/v1"]);
    const one = print("let a = 1\nlet b = 2\n");
    expect(new Set(one).size).toBe(2);
    expect(print("\n\n  let a = 1\n// words\nlet b = 2\n")).toEqual(one);
    const twice = print(`action x() { title = "\${nope}" }\naction y() { title = "\${nope}\${nope}" }\n`);
    expect(new Set(twice).size).toBe(3);
  });
});

test("--json is as its schema says, for every diagnostic", () => {
  for (const code of CODES) {
    const sources = pages[code].bad;
    const texts = new Map(filesOf(sources).map((each) => [each.path, each.text]));
    const { diagnostics, silenced } = check(sources);
    const data = diagnosticsJson(diagnostics, (module) => texts.get(module), silenced);
    expect(() => checkOutputSchema.parse(JSON.parse(JSON.stringify(data)))).not.toThrow();
  }
});
