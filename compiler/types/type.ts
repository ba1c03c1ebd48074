/**
 * Types of the language, as plain data: they stand in manifests, checked programs and plans, so they are JSON.
 *
 * How values of each type are carried (see `Value` in `ir/expr.ts`):
 * `duration` milliseconds · `size` bytes · `percent` percent (25% is 25) · `rate` `{ count, per }` with `per` in
 * milliseconds · `date` `YYYY-MM-DD` · `time` RFC 3339 in UTC with milliseconds · `time_of_day` minutes since midnight ·
 * `range` `{ from, to }` · enum members and identities their name · approvers and windows their id · `none` null.
 */

export const SCALARS = [
  "string",
  "int",
  "decimal",
  "bool",
  "duration",
  "size",
  "percent",
  "rate",
  "date",
  "time",
  "time_of_day",
  "url",
  "json",
  "identity",
  "approver",
  "window",
] as const;
export type Scalar = (typeof SCALARS)[number];

export type Type =
  | { readonly kind: Scalar }
  /** The type of `none` alone. */
  | { readonly kind: "none" }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "union"; readonly of: readonly Type[] }
  | { readonly kind: "list"; readonly of: Type }
  | { readonly kind: "map"; readonly of: Type }
  | { readonly kind: "range"; readonly of: Type }
  | { readonly kind: "record"; readonly fields: readonly Field[] }
  | { readonly kind: "optional"; readonly of: Type }
  /**
   * `kept`: it is there for whoever is handed it, since what stands for it is a reference. Of others, which a provider answers,
   * nothing is kept. Where a value is expected: only such a one.
   */
  | { readonly kind: "secret"; readonly of: Type; readonly kept?: true }
  /** `id` is `module#Name`: enums are nominal. Members are ordered as written. */
  | { readonly kind: "enum"; readonly id: string; readonly name: string; readonly members: readonly string[] }
  /** A refined name (`type Replicas = int where …`), nominal by `id`; assignable to its base. */
  | { readonly kind: "refined"; readonly id: string; readonly name: string; readonly base: Type }
  /** `one of services`: a member of a constant map, chosen by its key; a record of `of` with `key: string`. */
  | {
      readonly kind: "one_of";
      readonly id: string;
      readonly name: string;
      readonly keys: readonly string[];
      readonly of: Type;
    }
  /** What an erroneous expression has; it fits everywhere, so one mistake is told once. */
  | { readonly kind: "error" };

export interface Field {
  readonly name: string;
  readonly type: Type;
  /** May be left out (`port?: int`); reading it gives `T?`. */
  readonly optional: boolean;
  readonly doc: string | null;
}

/** The type as a person writes it; what is nested deep or has many fields is cut short with `…`. */
export function showType(type: Type): string {
  return show(type, 6);
}

const SHOWN_FIELDS = 12;

/** `showType` for messages, where a record of records would hide what is said of it. */
export function briefType(type: Type): string {
  const whole = showType(type);
  if (whole.length <= 72) return whole;
  if (type.kind === "optional") return `${briefType(type.of)}?`;
  if (type.kind === "list" || type.kind === "map") return `${type.kind}<${briefType(type.of)}>`;
  if (type.kind !== "record") return `${whole.slice(0, 71)}…`;
  const names = type.fields.map((f) => f.name);
  return `{ ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""} }`;
}

function show(type: Type, room: number): string {
  if (room === 0) return "…";
  const showType = (inner: Type): string => show(inner, room - 1);
  switch (type.kind) {
    case "literal":
      return JSON.stringify(type.value);
    case "union":
      return type.of.map(showType).join(" | ");
    case "list":
      return `list<${showType(type.of)}>`;
    case "map":
      return `map<${showType(type.of)}>`;
    case "range":
      return `range<${showType(type.of)}>`;
    case "record":
      return type.fields.length === 0
        ? "{}"
        : `{ ${type.fields
            .slice(0, SHOWN_FIELDS)
            .map((f) => `${f.name}${f.optional ? "?" : ""}: ${showType(f.type)}`)
            .join(", ")}${type.fields.length > SHOWN_FIELDS ? ", …" : ""} }`;
    case "optional":
      return `${type.of.kind === "union" ? `(${showType(type.of)})` : showType(type.of)}?`;
    case "secret":
      return `secret<${showType(type.of)}>`;
    case "enum":
    case "refined":
      return type.name;
    case "one_of":
      return `one of ${type.name}`;
    case "error":
      return "?";
    default:
      return type.kind;
  }
}
