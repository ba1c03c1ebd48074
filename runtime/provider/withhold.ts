/** Keeps secrets on the provider's side of the boundary. */
import type { Value } from "../../compiler/ir/expr.ts";
import type { ManifestOperation } from "../../compiler/manifest.ts";
import { secretReferenceSchema } from "../../compiler/secret.schema.ts";
import { markIn } from "../../compiler/secret.ts";
import { holdsSecret } from "../../compiler/types/relations.ts";
import type { Type } from "../../compiler/types/type.ts";

/** The result type of a call with these arguments. */
export function resultTypeOf(operation: ManifestOperation, args: { readonly [name: string]: Value }): Type {
  return operation.resultWhen.find((when) => args[when.param] === when.is)?.result ?? operation.result;
}

const isRecord = (value: Value): value is { readonly [name: string]: Value } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The value with null in place of everything of a type `secret<…>`, but for references to where one is kept: what is left may
 * stand in events. Where a value does not have the shape of a type that holds secrets, all of it is withheld.
 */
export function withhold(value: Value, type: Type): Value {
  if (!holdsSecret(type) || value === null) return value;
  switch (type.kind) {
    case "secret":
      return type.kept === true && secretReferenceSchema.safeParse(value).success ? value : null;
    case "optional":
      return withhold(value, type.of);
    case "refined":
      return withhold(value, type.base);
    case "list":
      return Array.isArray(value) ? value.map((each: Value) => withhold(each, type.of)) : null;
    case "map":
      return isRecord(value) ? mapFields(value, (field) => withhold(field, type.of)) : null;
    case "record": {
      if (!isRecord(value)) return null;
      const known = type.fields.filter((field) => Object.hasOwn(value, field.name));
      return Object.fromEntries(known.map((field) => [field.name, withhold(value[field.name] ?? null, field.type)]));
    }
    default:
      return null;
  }
}

function mapFields(value: { readonly [name: string]: Value }, change: (field: Value) => Value): Value {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, change(field)]));
}

/** Every text of a secret type in the arguments. */
export function secretTexts(value: Value, type: Type): readonly string[] {
  if (!holdsSecret(type) || value === null) return [];
  switch (type.kind) {
    case "secret":
      return textsIn(value);
    case "optional":
      return secretTexts(value, type.of);
    case "refined":
      return secretTexts(value, type.base);
    case "list":
      return Array.isArray(value) ? value.flatMap((each: Value) => secretTexts(each, type.of)) : textsIn(value);
    case "map":
      return isRecord(value) ? Object.values(value).flatMap((each) => secretTexts(each, type.of)) : textsIn(value);
    case "record":
      return isRecord(value)
        ? type.fields.flatMap((field) => secretTexts(value[field.name] ?? null, field.type))
        : textsIn(value);
    default:
      return textsIn(value);
  }
}

function textsIn(value: Value): readonly string[] {
  // What stands for a secret is none.
  if (markIn(value) !== null) return [];
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(textsIn);
}
