/** Puts secrets in where they are wanted: only where a parameter or a setting is secret, whatever stands elsewhere. */
import type { Value } from "../../compiler/ir/expr.ts";
import { markIn } from "../../compiler/secret.ts";
import { holdsSecret } from "../../compiler/types/relations.ts";
import type { Type } from "../../compiler/types/type.ts";

type Read = (mark: Value) => Promise<string>;
interface Fields {
  readonly [name: string]: Value;
}

/** The fields with what their marks stand for. Rejects as `read` does. */
export async function fillFields(
  given: Fields,
  params: readonly { readonly name: string; readonly type: Type }[],
  read: Read,
): Promise<Fields> {
  const wanting = params.filter((param) => Object.hasOwn(given, param.name) && holdsSecret(param.type));
  if (wanting.length === 0) return given;
  const filled = await Promise.all(
    wanting.map(async ({ name, type }) => [name, await fill(given[name] ?? null, type, read)] as const),
  );
  return { ...given, ...Object.fromEntries(filled) };
}

async function fill(value: Value, type: Type, read: Read): Promise<Value> {
  if (value === null || !holdsSecret(type)) return value;
  switch (type.kind) {
    case "secret": {
      // A secret that is handed over is text, so a record can be nothing but what stands for one.
      const mark = markIn(value);
      return mark === null ? value : read(mark);
    }
    case "optional":
      return fill(value, type.of, read);
    case "refined":
      return fill(value, type.base, read);
    case "list":
      return Array.isArray(value) ? Promise.all(value.map((each: Value) => fill(each, type.of, read))) : value;
    case "map":
      return isFields(value) ? byField(value, (field) => fill(field, type.of, read)) : value;
    case "record":
      return isFields(value) ? fillFields(value, type.fields, read) : value;
    default:
      return value;
  }
}

const isFields = (value: Value): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

async function byField(value: Fields, change: (field: Value) => Promise<Value>): Promise<Value> {
  const changed = await Promise.all(
    Object.entries(value).map(async ([name, field]) => [name, await change(field)] as const),
  );
  return Object.fromEntries(changed);
}
