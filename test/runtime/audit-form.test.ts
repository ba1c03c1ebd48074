/** What passes at a glance must pass in full: an event, in its one form, that says what the glance tells of it. */
import * as fs from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { glance } from "../../runtime/audit/form.ts";
import { eventSchema, type RunEvent } from "../../runtime/event.schema.ts";
import { isEvent } from "../../runtime/store/entry.ts";

const EVENTS = new URL("../golden/events/", import.meta.url);
const golden: RunEvent[] = fs
  .readdirSync(EVENTS)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .map((name) => JSON.parse(fs.readFileSync(new URL(name, EVENTS), "utf8")) as RunEvent);
const TEXTS = golden.map((event) => canonicalJson(event));

/** Why the text should not have passed; null if it rightly did, or did not. */
function wrongly(text: string): string | null {
  const seen = glance(text);
  if (seen === null) return null;
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return "it is no JSON";
  }
  if (!isEvent(event)) return "it is no event";
  if (canonicalJson(event) !== text) return "it is not in its one form";
  if (event.type !== seen.type) return "it is of another type";
  if (seen.tried === null) return null;
  const { refused, ...told } = seen.tried;
  return JSON.stringify({ ...event, ...told }) === JSON.stringify(event) && !refused
    ? null
    : "it tells of another attempt";
}

describe("at a glance", () => {
  test("nearly every type of event is known, and every one of attempts that end well", () => {
    const known = new Set(TEXTS.flatMap((text) => glance(text)?.type ?? []));
    expect([...known]).toEqual(
      expect.arrayContaining([
        "attempt.started",
        "attempt.succeeded",
        "attempt.process",
        "node.passed",
        "run.finished",
      ]),
    );
    expect(known.size).toBeGreaterThan(eventSchema.options.length * 0.7);
    expect(glance(TEXTS.find((text) => text.includes('"attempt.started"')) ?? "")?.tried).toMatchObject({
      type: "attempt.started",
      phase: "do",
    });
  });

  test("what was written passes as what it is", () => {
    for (const text of TEXTS) expect(wrongly(text), text).toBeNull();
  });

  test("any one character that is another, gone or more is seen", () => {
    const others = [
      '"',
      "\\",
      "{",
      "}",
      "[",
      ",",
      ":",
      "0",
      "-",
      ".",
      "e",
      "n",
      " ",
      "\u0000",
      "\u007f",
      "\u2028",
      "é",
      "\ud800",
    ];
    for (const text of TEXTS) {
      for (let at = 0; at <= text.length; at += 1) {
        for (const other of ["", ...others]) {
          for (const until of [at, at + 1]) {
            const changed = text.slice(0, at) + other + text.slice(until);
            const why = wrongly(changed);
            if (why !== null) expect.fail(`${why}: ${changed}`);
          }
        }
      }
    }
  });

  test("what is longer, or names a key twice, is looked at in full", () => {
    for (const text of TEXTS) for (const more of ["}", " ", ",", '"']) expect(glance(text + more), text).toBeNull();
    const result = (value: string): unknown =>
      glance(
        `{"at":"2026-11-21T09:00:00.000Z","attempt":1,"index":0,"node":"a","output":null,"phase":"do","result":${value},"type":"attempt.succeeded"}`,
      );
    for (const value of ['{"a":1,"a":2}', '{"a\\n":1,"a\\n":2}', '{"b":1,"a":2}', '{"a":1,"b":2,"b":"x"}'])
      expect(result(value), value).toBeNull();
    for (const value of ['{"a":1,"b":2}', '{"a":"1,","b":2}', "[]", "{}"]) expect(result(value), value).not.toBeNull();
  });

  test("any content passes only in its one form", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom('"', "\\", "\u0001", "\u0008", "a", "é", "\ud800", "😀") }),
    );
    const scalar = fc.oneof(
      texts,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    const key = fc.oneof(texts, fc.constantFrom("__proto__", "10", "9", "a", "b", ""));
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 3 }),
      fc.array(fc.tuple(key, scalar), { maxLength: 4 }).map((pairs) => ({ pairs })),
    );
    const write = (given: unknown): string =>
      typeof given === "object" && given !== null && "pairs" in given
        ? `{${(given.pairs as [string, unknown][]).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(",")}}`
        : JSON.stringify(given);
    let passed = 0;
    fc.assert(
      fc.property(texts, value, (node, result) => {
        const text = `{"at":"2026-11-21T09:00:00.000Z","attempt":1,"index":0,"node":${JSON.stringify(node)},"output":null,"phase":"do","result":${write(result)},"type":"attempt.succeeded"}`;
        if (glance(text) !== null) passed += 1;
        expect(wrongly(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(passed).toBeGreaterThan(50);
  });
});
