/** A value that a schema of `types.ts` takes, for forms that show something before anybody filled them in. */
import type { Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import { sampleOf } from "./sample.ts";
import type { Schema } from "./schema.ts";

/** Schemas nest as types do, and types are written by people. */
const DEEPEST = 12;

/**
 * The default, the first of a choice, the least, an example, a text that begins as it must; undefined where nothing is at
 * hand. Conditions that the schema cannot say may still refuse it.
 */
export function proposedFor(schema: Schema, name: string, depth = 0): Value | undefined {
  // `not: {}` takes nothing.
  const { not = null } = schema;
  if (depth > DEEPEST || (isRecord(not) && Object.keys(not).length === 0)) return undefined;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  for (const choice of [schema.oneOf, schema.anyOf]) if (Array.isArray(choice)) return firstOf(choice, name, depth);
  switch (schema.type) {
    case "boolean":
      return false;
    case "integer":
    case "number":
      return number(schema);
    case "string":
      return text(schema, name);
    case "array":
      return list(schema, name, depth);
    case "object":
      return record(schema, depth);
    case "null":
      return null;
    default:
      return undefined;
  }
}

function firstOf(choices: readonly Value[], name: string, depth: number): Value | undefined {
  for (const choice of choices) {
    const found = isRecord(choice) ? proposedFor(choice, name, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One, or the nearest to it that is allowed. */
function number(schema: Schema): number {
  const bound = (keyword: string): number | null => {
    const value = schema[keyword];
    return typeof value === "number" ? value : null;
  };
  const step = schema.type === "integer" ? 1 : 0.5;
  const above = bound("exclusiveMinimum");
  const below = bound("exclusiveMaximum");
  const least = Math.max(bound("minimum") ?? -Infinity, above === null ? -Infinity : above + step);
  const most = Math.min(bound("maximum") ?? Infinity, below === null ? Infinity : below - step);
  return Math.min(Math.max(1, least), most);
}

function text(schema: Schema, name: string): string | undefined {
  const [example] = Array.isArray(schema.examples) ? schema.examples : [];
  if (typeof example === "string") return example;
  const least = typeof schema.minLength === "number" ? schema.minLength : 0;
  const most = typeof schema.maxLength === "number" ? schema.maxLength : Infinity;
  const pattern = typeof schema.pattern === "string" ? schema.pattern : null;
  // Characters of a pattern that stand for themselves, such as the `v` of `^v`.
  const [, begins = ""] = /^\^((?:[\w/:-]|\\[./])*)/.exec(pattern ?? "") ?? [];
  const plain = begins.replaceAll("\\", "");
  const whole = pattern === null ? undefined : /^\^\(\?:(.*)\)\$$/s.exec(pattern)?.[1];
  const sample = whole === undefined ? undefined : sampleOf(whole);
  const usual = plain === "" ? name : `${plain}1`;
  for (const each of [usual, sample ?? plain, `${plain}${name}`, name]) {
    const long = each.padEnd(least, "x").slice(0, most);
    if (fits(long, schema)) return long;
  }
  return undefined;
}

/** By what a schema says of a text; conditions that it cannot say are not looked at. */
function fits(word: string, { pattern, not }: Schema): boolean {
  if (typeof pattern === "string" && !found(word, pattern)) return false;
  if (not === undefined || not === null || !isRecord(not)) return true;
  return not.const !== word && !(typeof not.pattern === "string" && found(word, not.pattern));
}

function found(word: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, "u").test(word);
  } catch {
    return false;
  }
}

/** As many as there must be, and one at least: with nothing in it a list shows nothing. */
function list(schema: Schema, name: string, depth: number): Value | undefined {
  const most = typeof schema.maxItems === "number" ? schema.maxItems : Infinity;
  const length = Math.min(Math.max(1, typeof schema.minItems === "number" ? schema.minItems : 0), most, 20);
  const { items } = schema;
  if (length <= 0 || items === undefined || !isRecord(items)) return [];
  const each = Array.from({ length }, (_, i) => proposedFor(items as Schema, `${name}-${i + 1}`, depth + 1));
  return each.every((item) => item !== undefined) ? each : undefined;
}

function record(schema: Schema, depth: number): Value | undefined {
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const fields: [string, Value][] = [];
  for (const name of required) {
    const field = isRecord(schema.properties ?? null) ? (schema.properties as Schema)[name] : undefined;
    const value = field !== undefined && isRecord(field) ? proposedFor(field as Schema, name, depth + 1) : undefined;
    if (value === undefined) return undefined;
    fields.push([name, value]);
  }
  return Object.fromEntries(fields);
}
