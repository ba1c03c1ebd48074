/** From zod schemas to types of the language. What the language cannot say is an error where the provider is defined. */
import { z } from "zod";
import type { Value } from "../../compiler/ir/expr.ts";
import { secretsAreText } from "../../compiler/manifest.schema.ts";
import type { ManifestParam } from "../../compiler/manifest.ts";
import type { Field, Scalar, Type } from "../../compiler/types/type.ts";
import { opsMeta } from "./units.ts";
import { copyValue, NotAValue } from "./value.ts";

/** A provider's declaration is wrong. For its author: the message names operation and parameter. */
export class DefinitionError extends Error {
  constructor(where: string, what: string) {
    super(`${where}: ${what}`);
    this.name = "DefinitionError";
  }
}

const FORMATS: { readonly [format: string]: Scalar } = { url: "url", date: "date", datetime: "time" };

/** The type of values of `schema`. `where` begins error messages. Throws `DefinitionError`. */
export function typeOf(schema: z.core.$ZodType, where: string): Type {
  const meta = opsMeta(schema);
  if (meta.secret === "kept") return { kind: "secret", of: { kind: "string" }, kept: true };
  if (meta.secret === true) {
    if (!(schema instanceof z.ZodReadonly)) throw new DefinitionError(where, "a secret is made with `secret(…)`");
    return { kind: "secret", of: typeOf(schema.def.innerType, where) };
  }
  if (meta.template !== undefined) {
    throw new DefinitionError(
      where,
      "a template is a parameter by itself: not a setting, a result or a part of either",
    );
  }
  if (meta.type !== undefined) return meta.type;
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat)
    return { kind: FORMATS[schema.format ?? ""] ?? "string" };
  if (schema instanceof z.ZodNumber) return { kind: schema.isInt ? "int" : "decimal" };
  if (schema instanceof z.ZodBoolean) return { kind: "bool" };
  if (schema instanceof z.ZodNull) return { kind: "none" };
  if (schema instanceof z.ZodLiteral) return unionOf([...schema.def.values].map((value) => literal(value, where)));
  if (schema instanceof z.ZodEnum)
    return unionOf(Object.values(schema.def.entries).map((value) => literal(value, where)));
  if (schema instanceof z.ZodArray) return { kind: "list", of: typeOf(schema.def.element, `${where}[]`) };
  if (schema instanceof z.ZodRecord) return mapType(schema, where);
  if (schema instanceof z.ZodObject) return { kind: "record", fields: fieldsOf(schema, where) };
  if (schema instanceof z.ZodUnion) return unionType(schema.def.options, where);
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return optional(typeOf(schema.def.innerType, where));
  if (schema instanceof z.ZodReadonly || schema instanceof z.ZodDefault) return typeOf(schema.def.innerType, where);
  throw new DefinitionError(where, unsupported(schema._zod.def.type));
}

const ADVICE: { readonly [zodType: string]: string } = {
  any: "use `json()` for data of any shape",
  unknown: "use `json()` for data of any shape",
  custom: "use `json()` for data of any shape, or one of the schemas that the kit exports",
  date: "pass a time as text, `z.iso.datetime()`",
  bigint: "use `z.int()`",
  lazy: "a type cannot contain itself; use `json()`",
  pipe: "what crosses the boundary is JSON: transform in `run`",
  transform: "what crosses the boundary is JSON: transform in `run`",
  intersection: "write one `z.object` with all fields",
  tuple: "use a `z.object` with named fields",
  set: "use `z.array`",
  map: "use `z.record(z.string(), …)`",
  undefined: "use `z.null()`, or `.optional()` on a field",
  void: "use `z.object({})` for a result with nothing in it",
};

function unsupported(zodType: string): string {
  return `z.${zodType}() has no counterpart in the language; ${ADVICE[zodType] ?? "use a string, number, boolean, list, map or record"}`;
}

function literal(value: unknown, where: string): Type {
  if (value === null) return { kind: "none" };
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return { kind: "literal", value };
  throw new DefinitionError(where, `a literal of type ${typeof value} has no counterpart in the language`);
}

function unionOf(types: readonly Type[]): Type {
  const some = types.filter((type) => type.kind !== "none");
  const [first, ...rest] = some;
  if (first === undefined) return { kind: "none" };
  const union: Type = rest.length === 0 ? first : { kind: "union", of: some };
  return some.length < types.length ? optional(union) : union;
}

function unionType(options: readonly z.core.$ZodType[], where: string): Type {
  const flat = options
    .map((option) => typeOf(option, where))
    .flatMap((type) => (type.kind === "union" ? type.of : [type]));
  const some = flat.filter((type) => type.kind !== "none");
  if (some.length > 1 && some.some((type) => type.kind !== "literal")) {
    throw new DefinitionError(
      where,
      "a union may hold literals, or one type and null; use `json()` for data of several shapes",
    );
  }
  return unionOf(flat);
}

const optional = (of: Type): Type => (of.kind === "optional" || of.kind === "none" ? of : { kind: "optional", of });

function mapType(schema: z.ZodRecord, where: string): Type {
  if (typeOf(schema.def.keyType, where).kind !== "string") {
    throw new DefinitionError(where, "the keys of a map are texts: `z.record(z.string(), …)`");
  }
  return { kind: "map", of: typeOf(schema.def.valueType, `${where}{}`) };
}

function fieldsOf(schema: z.ZodObject, where: string): readonly Field[] {
  const rest = schema.def.catchall?._zod.def.type;
  if (rest !== undefined && rest !== "never") {
    throw new DefinitionError(
      where,
      "a record has the fields it names and no others; use `z.record` for any names, or `json()`",
    );
  }
  return Object.entries(schema.shape).map(([name, field]) => {
    const left = field instanceof z.ZodOptional;
    const inner = left ? field.def.innerType : field;
    return { name, type: typeOf(inner, `${where}.${name}`), optional: left, doc: docOf(field) };
  });
}

function docOf(schema: z.core.$ZodType): string | null {
  const own = z.globalRegistry.get(schema)?.description;
  if (own !== undefined) return own;
  const wraps = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable;
  return wraps ? docOf(schema.def.innerType) : null;
}

/**
 * A parameter of an operation or a setting of an instance. One that may be left out and has no default is of an
 * optional type: `none` may be passed for it.
 */
export function paramOf(name: string, schema: z.core.$ZodType, where: string): ManifestParam {
  const template = templateOf(schema);
  const preset = template === null ? defaultOf(schema, where) : null;
  const required = !(schema instanceof z.ZodOptional || preset !== null);
  const type = template === null ? typeOf(schema, where) : templateType(schema, where);
  if (!secretsAreText(type))
    throw new DefinitionError(
      where,
      "a secret that is handed over is text: `secret(z.string())`, or a list or map of them; `keptSecret` is for results",
    );
  return { name, doc: docOf(schema) ?? "", type, required, default: preset, template };
}

function defaultOf(schema: z.core.$ZodType, where: string): Value {
  if (schema instanceof z.ZodOptional) {
    if (schema.def.innerType instanceof z.ZodDefault) {
      throw new DefinitionError(where, "it has a default, so `.optional()` says nothing; leave it out");
    }
    return null;
  }
  if (!(schema instanceof z.ZodDefault)) return null;
  try {
    const value = copyValue(schema.def.defaultValue);
    if (value === null) throw new DefinitionError(where, "its default is null; use `.optional()` instead");
    return value;
  } catch (error) {
    if (error instanceof NotAValue) throw new DefinitionError(where, `its default ${error.message}`);
    throw error;
  }
}

function templateOf(schema: z.core.$ZodType): string | null {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return templateOf(schema.def.innerType);
  return opsMeta(schema).template ?? null;
}

function templateType(schema: z.core.$ZodType, where: string): Type {
  if (
    schema instanceof z.ZodDefault ||
    (schema instanceof z.ZodOptional && schema.def.innerType instanceof z.ZodDefault)
  )
    throw new DefinitionError(
      where,
      "a template has no default: make it `.optional()`, and put in `run` what stands for it",
    );
  return schema instanceof z.ZodOptional ? optional({ kind: "string" }) : { kind: "string" };
}
