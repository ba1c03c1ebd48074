/** Inputs: words of a command line and JSON of a file become values of the declared types, or a reason in plain words. */
import { describe, expect, test } from "vitest";
import type { Value } from "../../compiler/ir/expr.ts";
import { type Asked, planOf, refusalsOf } from "./planning.ts";

const types = `
enum Env { staging, production }
type Replicas = int where it in 1..50 else "between 1 and 50 replicas"
approver sre { members = ["ana@example.com"] }
approver ops { members = ["ben@example.com"] }
let services = { web: { port: 80 }, db: { port: 5432 } }
`;
const action = (type: string): string => `${types}\naction act(x: ${type}) {\n  title = "x"\n}\n`;
const inputOf = (type: string, asked: Asked): Value => planOf(action(type), asked).inputs[0]?.value ?? null;
const word = (type: string, text: string): Value => inputOf(type, { words: { x: text } });
const json = (type: string, value: unknown): Value => inputOf(type, { json: { x: value } });
const no = (type: string, asked: Asked): string[] => refusalsOf(action(type), asked);

describe("words", () => {
  test.each<[string, string, Value]>([
    ["string", "two words", "two words"],
    ["string", "", ""],
    ["int", "1_000", 1000],
    ["int", "-5", -5],
    ["decimal", "0.5", 0.5],
    ["bool", "true", true],
    ["duration", "1h30m", 5_400_000],
    ["size", "512MiB", 536_870_912],
    ["percent", "25%", 25],
    ["rate", "3 per 1h", { count: 3, per: 3_600_000 }],
    ["date", "2026-11-21", "2026-11-21"],
    ["time", "2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000Z"],
    ["time_of_day", "09:30", 570],
    ["url", "https://example.com/a", "https://example.com/a"],
    ["identity", "ana@example.com", "ana@example.com"],
    ["approver", "sre", "main.ops#sre"],
    ["Env", "production", "production"],
    ["Replicas", "8", 8],
    ["int?", "none", null],
    ["int?", "5", 5],
    [`"blue" | "green"`, "green", "green"],
    ["1 | 2", "2", 2],
    ["range<int>", "1..5", { from: 1, to: 5 }],
    ["range<duration>", "1s..5m", { from: 1000, to: 300_000 }],
    ["list<string>", "a, b", ["a", "b"]],
    ["list<string>", "", []],
    ["list<int>", " ", []],
    ["list<string>?", "", []],
    ["list<string>", `["a","b"]`, ["a", "b"]],
    ["list<duration>", "5s,1m", [5000, 60_000]],
    ["list<Env>", "staging,production", ["staging", "production"]],
    ["map<int>", `{"a":1}`, { a: 1 }],
    ["{ name: string, port?: int }", `{"name":"web"}`, { name: "web" }],
    ["json", `{"a":[1,null]}`, { a: [1, null] }],
    ["one of services", "web", { port: 80, key: "web" }],
  ])("%s from %s", (type, text, value) => {
    expect(word(type, text)).toEqual(value);
  });

  test.each([
    ["int", "many", `input input x: x: "many" is not an int`],
    ["int", "1.5", `input input x: x: "1.5" is not an int`],
    ["bool", "yes", `input input x: x: "yes" is not true or false`],
    ["duration", "5", `input input x: x: "5" is not a duration such as 90s or 1h30m`],
    ["size", "5 GB", `input input x: x: "5 GB" is not a size such as 512MiB`],
    ["date", "2026-02-30", `input input x: x: "2026-02-30" is not a date such as 2026-11-21`],
    ["url", "nowhere", `input input x: x: "nowhere" is not a url`],
    ["Env", "prod", `input input x: x: "prod" is not one of staging, production`],
    ["Replicas", "80", "input input x: x: between 1 and 50 replicas"],
    ["approver", "sra", "input input x: x: there is no approver sra"],
    ["one of services", "wbe", `input input x: x: "wbe" is not one of services`],
    ["list<int>", "1,two", `input input x: x: "two" is not an int`],
    ["map<int>", "{", `input input x: x: "{" is not JSON of map<int>`],
    [`"blue" | "green"`, "red", `input input x: x: "red" is not a "blue" | "green"`],
    ["range<int>", "5", `input input x: x: "5" is not a range such as 1..5`],
    ["int", "9007199254740993", "input input x: x: 9007199254740992 is not an int"],
  ])("%s not from %s", (type, text, message) => {
    expect(no(type, { words: { x: text } })).toEqual([message]);
  });
});

describe("JSON", () => {
  test.each<[string, unknown, Value]>([
    ["int", 5, 5],
    ["duration", "5m", 300_000],
    ["percent", "5%", 5],
    ["rate", { count: 1, per: 1000 }, { count: 1, per: 1000 }],
    ["range<int>", { from: 1, to: 2 }, { from: 1, to: 2 }],
    ["range<duration>", { from: "1s", to: "2s" }, { from: 1000, to: 2000 }],
    ["int?", null, null],
    ["list<{ port: int }>", [{ port: 1 }], [{ port: 1 }]],
    ["one of services", "db", { port: 5432, key: "db" }],
    ["one of services", { key: "db" }, { port: 5432, key: "db" }],
  ])("%s from %j", (type, value, expected) => {
    expect(json(type, value)).toEqual(expected);
  });

  test.each<[string, unknown, string]>([
    ["int", "5", `x: "5" is not an int`],
    ["string", 5, "x: 5 is not a string"],
    ["duration", 300, "x: 300 needs a unit"],
    ["percent", 25, "x: 25 needs a percent sign"],
    ["list<int>", [1, "two"], `x[1]: "two" is not an int`],
    ["list<int>", 1, "x: 1 is not a list"],
    ["{ port: int }", { port: "x" }, `x.port: "x" is not an int`],
    ["{ port: int }", {}, "x: the field port is missing"],
    ["{ port: int }", { prot: 1 }, "x: there is no field prot"],
    ["map<{ port: int }>", { web: { port: true } }, "x.web.port: true is not an int"],
    ["Env", 5, "x: 5 is not one of staging, production"],
    ["one of services", 5, "x: 5 is not one of services"],
  ])("%s not from %j", (type, value, message) => {
    expect(no(type, { json: { x: value } })).toEqual([`input input x: ${message}`]);
  });

  test("JSON that is nested without end is refused", () => {
    const deep = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`) as unknown;
    expect(no("json", { json: { x: deep } })).toEqual(["input input x: x: this is too large or nested too deep"]);
  });

  test("a key of any name is only a key", () => {
    expect(Object.keys(json("map<int>", JSON.parse(`{"__proto__":1}`)) as object)).toEqual(["__proto__"]);
  });
});

describe("what is left out, or too much", () => {
  const source = `action act(name: string, count: int = 2, note?: string) { title = "\${name} \${count} \${note ?? "-"}" }`;
  test("defaults stand in, and an optional input is none", () => {
    expect(planOf(source, { words: { name: "web" } }).action.title).toBe("web 2 -");
  });
  test("what is needed is named, with its type", () => {
    expect(refusalsOf(source)).toEqual(["input input name: name is missing"]);
  });
  test("an unknown input is told, with the nearest", () => {
    expect(refusalsOf(source, { words: { name: "x", cuont: "5" } })).toEqual([
      "input input cuont: act has no input cuont",
    ]);
  });
  test("every bad input is told at once", () => {
    expect(refusalsOf(source, { words: { count: "many", other: "x" } })).toHaveLength(3);
  });
});

describe("where", () => {
  const source = `
type Even = int where it % 2 == 0 else "an even number"
action act(
  least: int = 1,
  count: Even where count >= least else "at least \${least}, not \${count}",
  note?: string where note.length > 3,
) { title = "\${count} \${note ?? ""}" }`;
  test("holds", () =>
    expect(planOf(source, { words: { count: "4" } }).inputs.map((i) => i.value)).toEqual([1, 4, null]));
  test("of the type", () =>
    expect(refusalsOf(source, { words: { count: "3" } })).toEqual(["input input count: count: an even number"]));
  test("of the input, with its own words", () =>
    expect(refusalsOf(source, { words: { count: "4", least: "5" } })).toEqual([
      "input input count: count: at least 5, not 4",
    ]));
  test("without words the condition speaks for itself", () =>
    expect(refusalsOf(source, { words: { count: "4", note: "x" } })).toEqual([
      "input input note: note: it must hold that note.length > 3",
    ]));
});

test("a default made of an input that is missing is no second problem", () => {
  const source = `${types}\naction act(service: one of services, port: int = service.port, next: int = port + 1) {\n  title = "\${service.port} \${port} \${next}"\n}\n`;
  expect(refusalsOf(source)).toEqual([expect.stringContaining("service is missing")]);
  expect(refusalsOf(source, { words: { service: "nope" } })).toHaveLength(1);
});
