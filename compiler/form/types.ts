/** JSON Schema of the values of a type, as they are given in JSON. */

import { firstFailing } from "../check/refine.ts";
import type { Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import type { Program, Requirement } from "../program.ts";
import type { Type } from "../types/type.ts";
import { conditionsSchema } from "./conditions.ts";
import { approverWord } from "./json-of.ts";
import type { Schema } from "./schema.ts";
import { EXAMPLES, UNIT_PATTERNS } from "./units.ts";

export function typeSchema(program: Program, type: Type): Schema {
  const of = (inner: Type): Schema => typeSchema(program, inner);
  switch (type.kind) {
    case "string":
    case "identity":
    case "window":
      return { type: "string" };
    case "bool":
      return { type: "boolean" };
    case "int":
      return { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    case "decimal":
      return { type: "number" };
    case "json":
    case "error":
      return {};
    case "none":
      return { type: "null" };
    case "literal":
      return { const: type.value };
    case "duration":
      return { type: "string", minLength: 2, pattern: UNIT_PATTERNS.duration, examples: [EXAMPLES.duration] };
    case "size":
    case "percent":
    case "time_of_day":
      return { type: "string", pattern: UNIT_PATTERNS[type.kind], examples: [EXAMPLES[type.kind]] };
    case "date":
    case "time":
      return {
        type: "string",
        format: type.kind === "date" ? "date" : "date-time",
        pattern: UNIT_PATTERNS[type.kind],
        examples: [EXAMPLES[type.kind]],
      };
    case "url":
      return { type: "string", format: "uri", pattern: UNIT_PATTERNS.url, examples: [EXAMPLES.url] };
    case "rate":
      return { type: "string", pattern: UNIT_PATTERNS.rate, examples: [EXAMPLES.rate] };
    case "range":
      return {
        type: "object",
        properties: { from: of(type.of), to: of(type.of) },
        required: ["from", "to"],
        additionalProperties: false,
      };
    case "list":
      return { type: "array", items: of(type.of) };
    case "map":
      return { type: "object", additionalProperties: of(type.of) };
    case "record":
      return {
        type: "object",
        properties: Object.fromEntries(
          type.fields.map((field) => [
            field.name,
            { ...(field.doc === null ? {} : { description: field.doc }), ...of(field.type) },
          ]),
        ),
        required: type.fields.filter((field) => !field.optional).map((field) => field.name),
        additionalProperties: false,
      };
    case "optional":
      return { anyOf: [of(type.of), { type: "null" }] };
    case "union":
      return { anyOf: type.of.map(of) };
    case "enum":
      return { title: type.name, type: "string", enum: type.members };
    case "one_of":
      return { title: type.name, oneOf: type.keys.map((key) => choice(program, type.id, key)) };
    case "approver":
      return {
        oneOf: program.approvers.map(({ id, title }) => ({ const: approverWord(program, id), title })),
      };
    case "refined":
      return refined(program, type);
    case "secret":
      return {
        type: "string",
        pattern: "^@(env|file|vault|exec):.",
        description: "Where it is read, never what it is: @env:NAME, @file:PATH, @vault:PATH#FIELD or @exec:COMMAND.",
      };
  }
}

function refined(program: Program, type: Extract<Type, { kind: "refined" }>): Schema {
  const requires = program.refinements[type.id] ?? [];
  const inner = typeSchema(program, type.base);
  const conditions = withConditions(inner, type.base, requires, (root) => root === "it");
  return { title: type.name, ...conditions };
}

/** `schema` with what the conditions say; those that cannot be said in full stand in the description. */
export function withConditions(
  schema: Schema,
  type: Type,
  requires: readonly Requirement[],
  means: (root: string, name: string) => boolean,
): Schema {
  // None is not held to conditions.
  if (type.kind === "optional" && Array.isArray(schema.anyOf)) {
    const [inner = {}, ...none] = schema.anyOf as readonly Schema[];
    const { description, ...held } = withConditions(inner, type.of, requires, means);
    return described({ ...schema, anyOf: [held, ...none] }, typeof description === "string" ? description : null);
  }
  const few = finite(type, requires, means);
  if (few !== null) return { ...schema, ...few };
  const { schemas, unsaid } = conditionsSchema(type, requires, means);
  const said = schemas.reduce(merged, schema);
  return described(said, unsaid.length === 0 ? null : `Must hold: ${unsaid.join("; ")}`);
}

function described(schema: Schema, more: string | null): Schema {
  if (more === null) return schema;
  return { ...schema, description: "description" in schema ? `${String(schema.description)}\n${more}` : more };
}

/** Both, in one place where their keywords allow it: forms look at a schema's own `minimum`, not at one in `allOf`. */
function merged(schema: Schema, more: Schema): Schema {
  const { allOf: inner, ...own } = more;
  const parts = Array.isArray(inner) ? (inner as readonly Schema[]) : [];
  return parts.reduce(merged, joined(schema, own));
}

function joined(schema: Schema, own: Schema): Schema {
  const names = Object.keys(own);
  if (names.length === 0) return schema;
  const [name = ""] = names;
  const [before, now] = [schema[name], own[name]];
  if (names.length === 1 && name === "items" && isSchema(before) && isSchema(now))
    return { ...schema, items: merged(before, now) };
  if (names.every((each) => !(each in schema))) return { ...schema, ...own };
  if (names.length === 1 && typeof before === "number" && typeof now === "number" && TIGHTER[name] !== undefined)
    return { ...schema, [name]: TIGHTER[name](before, now) };
  return { ...schema, allOf: [...(Array.isArray(schema.allOf) ? (schema.allOf as readonly Value[]) : []), own] };
}

const isSchema = (value: Value | undefined): value is Schema => isRecord(value);

const TIGHTER: Readonly<Record<string, (a: number, b: number) => number>> = {
  minimum: Math.max,
  exclusiveMinimum: Math.max,
  minLength: Math.max,
  minItems: Math.max,
  minProperties: Math.max,
  maximum: Math.min,
  exclusiveMaximum: Math.min,
  maxLength: Math.min,
  maxItems: Math.min,
  maxProperties: Math.min,
};

/** Of a type with few values, those that meet the conditions: whatever these are, it is decided here. */
function finite(
  type: Type,
  requires: readonly Requirement[],
  means: (root: string, name: string) => boolean,
): Schema | null {
  if (requires.length === 0 || type.kind !== "enum") return null;
  return { enum: type.members.filter((member) => firstFailing(requires, member, means) === null) };
}

/** A key of a map with the title that its entry has, where it has one. */
function choice(program: Program, id: string, key: string): Schema {
  const choices = program.choices[id];
  const entry = choices !== undefined && isRecord(choices) ? choices[key] : undefined;
  const named = isRecord(entry) ? (entry.title ?? entry.name) : entry;
  return { const: key, title: typeof named === "string" ? named : key };
}
