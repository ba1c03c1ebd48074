/** JSON with places: agrees with `JSON.parse` on what is JSON, and says where and why on what is not. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "../../../compiler/data/json.ts";
import { type DataNode, plainValue } from "../../../compiler/data/node.ts";

test("any JSON reads as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2, "\t"), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent);
      const { node, faults } = parseJson(text);
      if (faults.some((fault) => fault.message.includes("too large"))) return;
      expect(faults).toEqual([]);
      expect(node === null ? undefined : plainValue(node)).toEqual(JSON.parse(text));
    }),
  );
});

test("any text is told of or read, as JSON.parse would, and nothing throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[{}[\]",:\\ntrue0-9. eE+-]*$/)), (text) => {
      const { node, faults } = parseJson(text);
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      if (!valid) expect(faults.length).toBeGreaterThan(0);
      else if (faults.length > 0) expect(faults[0]?.message).toMatch(/given twice|too large/);
      else expect(node).not.toBeNull();
    }),
  );
});

test("each value and key knows its place", () => {
  const text = '{ "name": "web", "ports": [80, true, null] }';
  const places: string[] = [];
  const walk = (node: DataNode): void => {
    places.push(text.slice(node.span.start, node.span.end));
    if (node.kind === "list") node.items.forEach(walk);
    if (node.kind === "record")
      for (const { keySpan, value } of node.entries) {
        places.push(text.slice(keySpan.start, keySpan.end));
        walk(value);
      }
  };
  const { node } = parseJson(text);
  if (node !== null) walk(node);
  expect(places).toEqual([text, '"name"', '"web"', '"ports"', "[80, true, null]", "80", "true", "null"]);
});

describe("what is wrong, and where", () => {
  test.each([
    ["", "", "it is empty"],
    ["[1,]", ",", 'a comma stands before the "]"'],
    ['{"a" 1}', "1", 'a colon after the key is expected, not "1"'],
    ["{'a': 1}", "'", 'a key in double quotes, or "}" is expected, not "\'"'],
    ['{"a": yes}', "yes", "yes is no value of JSON"],
    ["[01]", "01", "01 is no value of JSON"],
    ["[.5]", ".5", ".5 is no value of JSON"],
    ['["a\nb"]', '"a', "this text has no closing quote on its line"],
    ['["\\x41"]', "\\x", "this is no escape of JSON"],
    ["[1] 2", "2", 'the end, after one value is expected, not "2"'],
    ["[1 // one\n]", "/", 'a comma or "]" is expected, not "/"'],
    [
      "[12345678901234567890]",
      "12345678901234567890",
      "the number 12345678901234567890 is too large to be kept exactly",
    ],
    ["[1e999]", "1e999", "the number 1e999 is too large to be kept exactly"],
    ['{"a": 1, "a": 2}', '"a"', 'the key "a" is given twice'],
  ])("%j", (text, at, message) => {
    const fault = parseJson(text).faults[0];
    expect(fault?.message).toBe(message);
    expect(text.slice(fault?.span.start, fault?.span.end)).toBe(at);
  });

  test("an object never closed names its opener", () => {
    const fault = parseJson('{"a": {"b": 1}').faults[0];
    expect(fault?.related?.span).toEqual({ start: 0, end: 1 });
  });

  test("nesting has a bound, also where it is never closed", () => {
    expect(parseJson("[".repeat(500) + "]".repeat(500)).faults).toEqual([]);
    expect(parseJson("[".repeat(100_000)).faults[0]?.message).toBe("it is nested deeper than 500 levels");
  });

  test("names of the prototype are names like others", () => {
    const { node } = parseJson('{"__proto__": {"admin": true}, "constructor": 1}');
    const value = node === null ? {} : plainValue(node);
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });
});
