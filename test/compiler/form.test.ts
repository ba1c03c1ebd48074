/** JSON Schema of inputs: what it takes is read as an input, what it refuses is refused. */
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkInputs } from "../../compiler/expand/inputs.ts";
import { DIALECT, inputsSchema } from "../../compiler/form/inputs.ts";
import { jsonOf } from "../../compiler/form/json-of.ts";
import { proposedFor } from "../../compiler/form/propose.ts";
import { sampleOf } from "../../compiler/form/sample.ts";
import type { Schema } from "../../compiler/form/schema.ts";
import type { Action, Program } from "../../compiler/program.ts";
import { programOf } from "./project.ts";

const ACTION = `
enum Env { staging, production }
type Port = int where it in 1..65535 else "a port is between 1 and 65535"
type Tag  = string where it.matches("[a-z][a-z0-9-]*") && it.length <= 12
type Service = { title: string, port: Port, home?: url }
approver sre { title = "On call"  members = ["ana@example.com"] }
approver ops { members = ["ben@example.com"] }
let services: map<Service> = {
  web: { title: "The shop", port: 443 },
  db: { title: "The database", port: 5432 },
}

/// Change what a service does.
action change(
  /// Where.
  env: Env where env != staging,
  service: one of services,
  by: approver,
  port: Port = 80,
  tags: list<Tag> = [] where tags.length <= 3,
  replicas: int where replicas >= 1 && replicas < 10,
  zero_or_more: int where zero_or_more == 0 || zero_or_more >= 5,
  factor: decimal = 1.5 where factor > 0.5 && factor <= 2,
  name: string where name.starts_with("v") && name.length in 2..6,
  word: string = "a" where word in ["a", "b"],
  words: list<string> = [] where words.all(w => w.length > 1 && !w.contains("x")),
  not_empty: string where not_empty != "",
  pause: duration = 1m30s,
  room: size = 512MiB,
  share: percent = 25%,
  day: date = 2026-11-21,
  at: time = 2026-11-21T09:00:00Z,
  hour: time_of_day = 09:30,
  pace: rate = 3 per 1h,
  link: url = "https://example.com/",
  between: range<int> = 1..5,
  hours: range<time_of_day> = 08:00..20:00,
  labels: map<string> = {},
  spec: { name: string, port?: Port, wait: duration } = { name: "x", wait: 5s },
  maybe: int? = none where (maybe ?? 1) > 0,
  anything: json = "x",
  loud: bool = false,
  note?: string,
) { title = "x" }
`;

const program: Program = programOf({ "main.ops": ACTION }, ["unused-name"]);
const action = program.actions[0] as Action;
const schema = { $schema: DIALECT, ...inputsSchema(program, action) };
const ajv = new Ajv2020({ strict: true, allErrors: false, validateFormats: false });
const valid = ajv.compile(schema);

/** Why opsc refuses the inputs; empty where it takes them. */
const refused = (inputs: Readonly<Record<string, unknown>>): readonly string[] =>
  checkInputs(program, action, new Map(Object.entries(inputs).map(([name, json]) => [name, { json }]))).problems.map(
    (each) => each.message,
  );

const port = fc.integer({ min: 1, max: 65535 });
const whole = fc.integer({ min: 0, max: 999 });
const tag = fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/);
const duration = fc
  .tuple(whole, whole, whole)
  .map(([h, m, s]) => `${h}h${m}m${s}s`)
  .chain((all) => fc.constantFrom(all, "250ms", "1.5h", "7d", "1_000s", "0s", "1d12h30m5s10ms"));
const two = (n: number): string => String(n).padStart(2, "0");
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([h, m]) => `${two(h)}:${two(m)}`);
const day = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([y, m, d]) => `${String(y).padStart(4, "0")}-${two(m)}-${two(d)}`);
const ordered = <T extends number | string>(each: fc.Arbitrary<T>): fc.Arbitrary<{ from: T; to: T }> =>
  fc.tuple(each, each).map(([a, b]) => (a <= b ? { from: a, to: b } : { from: b, to: a }));
const text = fc.string({ unit: "binary", maxLength: 8 });

const GOOD: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  env: fc.constant("production"),
  service: fc.constantFrom("web", "db"),
  by: fc.constantFrom("sre", "ops"),
  port,
  tags: fc.array(tag, { maxLength: 3 }),
  replicas: fc.integer({ min: 1, max: 9 }),
  zero_or_more: fc.oneof(fc.constant(0), fc.integer({ min: 5 })),
  factor: fc.double({ min: 0.51, max: 2, noNaN: true }),
  name: fc.string({ unit: "binary", minLength: 1, maxLength: 5 }).map((rest) => `v${rest}`),
  word: fc.constantFrom("a", "b"),
  words: fc.array(fc.stringMatching(/^[a-w]{2,9}$/)),
  not_empty: fc.string({ minLength: 1 }),
  pause: duration,
  room: fc.tuple(whole, fc.constantFrom("B", "KB", "MiB", "TB")).map(([n, unit]) => `${n}${unit}`),
  share: fc.constantFrom("0%", "25%", "0.5%", "1_000%"),
  day,
  at: fc.tuple(day, clock, fc.constantFrom("Z", "+01:00", "-11:30")).map(([d, c, z]) => `${d}T${c}:30${z}`),
  hour: fc.oneof(clock, fc.constant("24:00")),
  pace: fc.tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom("1h", "30s", "7d")).map(([n, d]) => `${n} per ${d}`),
  link: fc.constantFrom("https://example.com/a?b", "postgres://db:5432/x"),
  between: ordered(fc.integer()),
  hours: ordered(clock),
  labels: fc.dictionary(text, text, { maxKeys: 3 }),
  spec: fc.record({ name: text, port, wait: duration }, { requiredKeys: ["name", "wait"] }),
  maybe: fc.oneof(fc.constant(null), fc.integer({ min: 1 })),
  anything: fc.jsonValue({ maxDepth: 2 }),
  loud: fc.boolean(),
  note: text,
};

const required = action.params.filter((p) => p.default === null && !p.optional).map((p) => p.name);
const inputs = fc.record(GOOD, { requiredKeys: required });
/** Years that a time with an offset may leave are told by opsc alone. */
const within = ({ at }: Record<string, unknown>): boolean => typeof at !== "string" || /^[1-8]/.test(at);

/** What may stand in the place of a value, near misses among them. */
const BAD = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom<unknown>(
    0.5,
    0.500001,
    2.1,
    10,
    65536,
    4,
    "staging",
    "prod",
    "5",
    "5min",
    "10m1h",
    "1.5",
    "512",
    "9:30",
  ),
  fc.constantFrom<unknown>(
    "25",
    "2026-13-01",
    "2026-1-01",
    "25:00",
    "3 per",
    "0 per 1h",
    "example.com",
    "v",
    "vvvvvvv",
  ),
  fc.constantFrom<unknown>(
    ["A"],
    ["a", "b", "c", "d"],
    ["x"],
    ["ab", "ax"],
    { from: 1 },
    { name: "x" },
    [null],
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    { name: "x", wait: "5s", more: 1 },
    { name: "x", wait: 5 },
    { name: "x", port: 0, wait: "1s" },
  ),
);

describe("the schema of an action's inputs", () => {
  test("is JSON Schema 2020-12, strictly, with titles, descriptions, defaults and bounds where forms look for them", () => {
    expect(ajv.validateSchema(schema)).toBe(true);
    const { properties } = schema as unknown as { properties: Record<string, Record<string, unknown>> };
    expect(inputsSchema(program, action).description).toBe("Change what a service does.");
    expect(properties.env).toMatchObject({ title: "Env", enum: ["production"], description: "Where." });
    expect(properties.service?.oneOf).toEqual([
      { const: "db", title: "The database" },
      { const: "web", title: "The shop" },
    ]);
    expect(properties.by?.oneOf).toContainEqual({ const: "sre", title: "On call" });
    expect(properties.port).toMatchObject({ title: "Port", minimum: 1, maximum: 65535, default: 80 });
    expect(properties.replicas).toMatchObject({ minimum: 1, exclusiveMaximum: 10 });
    expect(properties.name).toMatchObject({ pattern: "^v", minLength: 2, maxLength: 6 });
    expect(properties.pause?.default).toBe("1m30s");
    expect(properties.between?.default).toEqual({ from: 1, to: 5 });
    expect(properties.maybe?.description).toBe("Must hold: (maybe ?? 1) > 0");
  });

  test("takes its own defaults, which are read as what they were", () => {
    for (const { name, type, default: otherwise } of action.params) {
      if (otherwise?.k !== "const") continue;
      const asJson = jsonOf(program, otherwise.v, type);
      const base = Object.fromEntries(
        required.map((each) => [each, fc.sample(GOOD[each] as never, { numRuns: 1, seed: 7 })[0]]),
      );
      expect(valid({ ...base, [name]: asJson }), `${name}: ${JSON.stringify(valid.errors)}`).toBe(true);
      const given = new Map(Object.entries({ ...base, [name]: asJson }).map(([key, json]) => [key, { json }]));
      expect(checkInputs(program, action, given).values.get(name), name).toEqual(otherwise.v);
    }
  });

  test("takes what opsc takes", () => {
    fc.assert(
      fc.property(inputs.filter(within), (given) => {
        expect(refused(given)).toEqual([]);
        expect(valid(given), JSON.stringify([given, valid.errors])).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("refuses what opsc refuses, and nothing else", () => {
    fc.assert(
      fc.property(
        inputs.filter(within),
        fc.constantFrom(...Object.keys(GOOD), "unknown").filter((name) => name !== "maybe"),
        fc.option(BAD, { nil: undefined }),
        (given, name, bad) => {
          const { [name]: _, ...rest } = given as Record<string, unknown>;
          const changed = bad === undefined ? rest : { ...rest, [name]: bad };
          expect(valid(changed), JSON.stringify([name, bad, refused(changed)])).toBe(refused(changed).length === 0);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

test("what is proposed is taken by the schema, and read as an input", () => {
  const properties = inputsSchema(program, action).properties as Readonly<Record<string, Schema>>;
  const proposed = Object.fromEntries(
    Object.entries(properties).flatMap(([name, each]) => {
      const { default: _, ...without } = each;
      const value = proposedFor(without, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  expect(Object.keys(properties).filter((name) => !(name in proposed))).toEqual(["anything"]);
  expect(valid(proposed), ajv.errorsText(valid.errors)).toBe(true);
  expect(refused(proposed)).toEqual([]);
});

test.each([
  ["v\\d+", "v1"],
  ["[a-z][a-z0-9-]*", "a"],
  ["(web|db)-[0-9]{2,4}", "db-11"],
  ["[^/]+/x?", "1/"],
  ["^a$", "a"],
  ["", ""],
  ["é+", "é"],
])("the sample of %s is %s", (pattern, sample) => {
  expect(sampleOf(pattern)).toBe(sample);
});

test("what is no pattern, or takes no text, has no sample", () => {
  expect(sampleOf("(")).toBeUndefined();
  expect(sampleOf("a$b")).toBeUndefined();
});
