/** `opsc.config.json`: what is wrong is shown where it stands; severities are what it says. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../cli/config.ts";
import { CONFIGURATION } from "../../compiler/diagnostics/diagnostic.ts";
import { renderDiagnostics } from "../../compiler/diagnostics/frame.ts";
import { configurationPage } from "../../compiler/diagnostics/pages/configuration.ts";
import { withLevels } from "../../compiler/diagnostics/severity.ts";
import { check } from "./project.ts";

async function frames(text: string): Promise<string> {
  const { diagnostics } = await parseConfig(text, ["file", "http"]);
  return renderDiagnostics(diagnostics, () => text, { color: false, width: 100 });
}

/** Each as `line:column-column message (help)`. */
async function told(text: string): Promise<string[]> {
  const { diagnostics } = await parseConfig(text, ["file", "http"]);
  return diagnostics.map(({ span, message, help }) => `${text.slice(span.start, span.end)}: ${message} (${help})`);
}

describe("what is wrong", () => {
  test.each([
    ['{ "provider": {} }', '"provider": a configuration has no provider (did you mean providers?)'],
    ['{ "plan": { "lifetim": "1h" } }', '"lifetim": plan has no lifetim (did you mean lifetime?)'],
    ['{ "plan": { "lifetime": 5 } }', "5: plan.lifetime is a number, where text is expected (null)"],
    ['{ "plan": { "lifetime": "5" } }', '"5": plan.lifetime cannot be "5" (it is a duration such as "72h")'],
    ['{ "plan": [] }', "[]: plan is a list, where an object is expected (null)"],
    ["[]", "[]: a configuration is a list, where an object is expected (null)"],
    ['{ "providers": { "http": "./x" } }', '"http": the provider http is built in (give yours another name)'],
    [
      '{ "check": { "severity": { "unusd-name": "off" } } }',
      '"unusd-name": no warning is called unusd-name (did you mean unused-name?)',
    ],
    [
      '{ "check": { "severity": { "unused-name": "of" } } }',
      '"of": check.severity.unused-name cannot be "of" (did you mean off?)',
    ],
    [
      '{ "check": { "severity": { "secret-leak": "off" } } }',
      '"secret-leak": secret-leak is an error, and what an error is cannot be changed (only warnings can be off or errors: opsc explain secret-leak says how it is answered)',
    ],
    ['{ "workspace": "a", "workspace": "b" }', '"workspace": the key "workspace" is given twice (keep one of them)'],
    [
      '{ "__proto__": {} }',
      '"__proto__": a configuration has no __proto__ (it may have $schema, providers, policies, trust, workspace, plan, secrets, check, audit)',
    ],
    [
      '{ "check": { "severity": { "constructor": "off" } } }',
      '"constructor": no warning is called constructor (opsc explain lists them all)',
    ],
  ])("%s", async (text, expected) => {
    expect(await told(text)).toEqual([expected]);
  });

  test("syntax, with its place", async () => {
    expect(await frames('{\n  "plan": {},\n}\n')).toBe(`error[configuration]: a comma stands before the "}"
 --> opsc.config.json:2:13
   |
 2 |   "plan": {},
   |             ^
   |
help: take it away; JSON has no trailing commas

1 error
`);
    expect(await told(`${"[".repeat(100_000)}`)).toEqual([expect.stringContaining("nested deeper than 500")]);
    expect(await told("")).toHaveLength(1);
  });

  test("everything at once, in order", async () => {
    expect(await told('{ "a": 1, "workspace": 2, "plan": { "b": 3 } }')).toHaveLength(3);
  });

  test("whatever the text, never an exception, and always a place within it", async () => {
    const json = fc.oneof(
      fc.json(),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.jsonValue().map((value) => JSON.stringify({ check: { severity: value }, plan: value, providers: value })),
    );
    await fc.assert(
      fc.asyncProperty(json, async (text) => {
        const { config, diagnostics } = await parseConfig(text, ["file"]);
        expect(config === null).toBe(config === null && diagnostics.length > 0);
        for (const { span } of diagnostics) {
          expect(0 <= span.start && span.start <= span.end && span.end <= text.length).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("what is right", () => {
  test("an empty one has the defaults; $schema, a byte order mark and comments of its own keys are taken", async () => {
    const { config, diagnostics } = await parseConfig('\uFEFF{ "$schema": "./config.schema.json" }', []);
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({ workspace: "default", check: { severity: {}, failLevel: "error" } });
  });
});

describe("severities", () => {
  test("a warning that the project makes an error is silenced by an opsc-allow with a reason, and by none without", () => {
    const levels = { "unused-name": "error" } as const;
    const told = (reason: string) =>
      withLevels(check(`// opsc-allow unused-name${reason}\nlet a = 1\n`).diagnostics, levels).map((d) => d.code);
    expect(told(": read by the next version")).toEqual([]);
    expect(told("")).toEqual(["allow-incomplete"]);
    expect(withLevels(check("let a = 1\n").diagnostics, levels)).toMatchObject([{ severity: "error" }]);
  });

  const { diagnostics } = check(`let a = 1\nlet B = 2\nlet _c = d\n`);
  const { diagnostics: warned } = check(`let a = 1\nlet B = 2\n`);
  const codes = (all: typeof diagnostics) => all.map((d) => `${d.severity} ${d.code}`);
  test("off, error, and errors as they are", () => {
    expect(codes(warned)).toEqual(["warning unused-name", "warning naming-style", "warning unused-name"]);
    expect(codes(withLevels(warned, { "unused-name": "off", "naming-style": "error" }))).toEqual([
      "error naming-style",
    ]);
    expect(codes(withLevels(diagnostics, { "unknown-name": "off" }))).toContain("error unknown-name");
    expect(codes(withLevels(warned, JSON.parse('{ "__proto__": "off" }')))).toEqual(codes(warned));
  });
});

test("its page: the bad example reports what it is for, the good one nothing", async () => {
  const { bad, good } = configurationPage;
  const of = async (text: unknown) => (await parseConfig(String(text), ["file"])).diagnostics.map(({ code }) => code);
  expect(await of(bad)).toEqual([CONFIGURATION]);
  expect(await of(good)).toEqual([]);
});
