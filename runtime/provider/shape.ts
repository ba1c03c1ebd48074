/**
 * Values of the language and values as a provider's code sees them differ in one thing: `none` is null, and a field
 * that is left out is `undefined`. The types say where which is meant.
 */
import type { Field, Type } from "../../compiler/types/type.ts";

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value of the language for the provider: `none` in a field that may be left out is left out. */
export function inward(value: unknown, type: Type): unknown {
  return change(value, type, (field, given) =>
    field.optional && field.type.kind !== "optional" ? (given ?? undefined) : given,
  );
}

/** A value of the provider for the language: every field is there, null where it was left out. */
export function outward(value: unknown, type: Type): unknown {
  return change(value, type, (field, given) => (field.optional ? (given ?? null) : given));
}

type OnField = (field: Field, value: unknown) => unknown;

function change(value: unknown, type: Type, onField: OnField): unknown {
  if (value === null || value === undefined) return value;
  switch (type.kind) {
    case "optional":
    case "secret":
    case "one_of":
      return change(value, type.of, onField);
    case "refined":
      return change(value, type.base, onField);
    case "list":
      return Array.isArray(value) ? value.map((each: unknown) => change(each, type.of, onField)) : value;
    case "map":
      return isRecord(value) ? byField(value, (each) => change(each, type.of, onField)) : value;
    case "record":
      return isRecord(value) ? record(value, type.fields, onField) : value;
    default:
      return value;
  }
}

function byField(value: { readonly [name: string]: unknown }, change: (field: unknown) => unknown): unknown {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, change(field)]));
}

function record(value: { readonly [name: string]: unknown }, fields: readonly Field[], onField: OnField): unknown {
  const changed = fields.flatMap((field): readonly (readonly [string, unknown])[] => {
    const found = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
    const now = onField(field, change(found, field.type, onField));
    return now === undefined ? [] : [[field.name, now]];
  });
  // Fields that are not of the type stay: the schema says what is wrong with them.
  return {
    ...value,
    ...Object.fromEntries(fields.map((field) => [field.name, undefined])),
    ...Object.fromEntries(changed),
  };
}
