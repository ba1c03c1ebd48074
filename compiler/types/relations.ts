/** How types relate: what fits where, what two have in common, what a value of a type looks like. */
import type { Format } from "../ir/expr.ts";
import type { Field, Type } from "./type.ts";

export const ERROR: Type = { kind: "error" };
export const STRING: Type = { kind: "string" };
export const INT: Type = { kind: "int" };
export const DECIMAL: Type = { kind: "decimal" };
export const BOOL: Type = { kind: "bool" };
export const DURATION: Type = { kind: "duration" };
export const NONE: Type = { kind: "none" };
export const JSON_TYPE: Type = { kind: "json" };
export const listOf = (of: Type): Type => ({ kind: "list", of });
export const optionalOf = (of: Type): Type =>
  of.kind === "optional" || of.kind === "error" || of.kind === "none" ? of : { kind: "optional", of };

/** Does a value of `from` fit where `to` is expected? Only `int → decimal` and `T → T?` change the type. */
export function assignable(from: Type, to: Type): boolean {
  if (from === to) return true;
  if (from.kind === "error" || to.kind === "error") return true;
  if (to.kind === "optional") {
    if (from.kind === "none") return true;
    return assignable(from.kind === "optional" ? from.of : from, to.of);
  }
  if (from.kind === "union") return from.of.every((each) => assignable(each, to));
  switch (to.kind) {
    case "literal":
      return from.kind === "literal" && from.value === to.value;
    case "union":
      return to.of.some((each) => assignable(from, each));
    case "enum":
    case "refined":
      return from.kind === to.kind && from.id === to.id;
    case "one_of":
      return from.kind === "one_of" && from.id === to.id && assignable(from.of, to.of);
    case "json":
      return isJson(from);
    case "decimal":
      return (
        ["decimal", "int"].includes(base(from).kind) || (from.kind === "literal" && typeof from.value === "number")
      );
    case "string":
    case "int":
    case "bool":
      return base(from).kind === to.kind || (from.kind === "literal" && typeof from.value === literalKind(to.kind));
    case "secret":
      if (to.kept === true && from.kind === "secret" && from.kept !== true) return false;
      return assignable(from.kind === "secret" ? from.of : from, to.of);
    case "list":
    case "map":
    case "range":
      return assignableContainer(from, to);
    case "record":
      return recordFits(from, to.fields);
    default:
      return base(from).kind === to.kind;
  }
}

function assignableContainer(from: Type, to: Extract<Type, { kind: "list" | "map" | "range" }>): boolean {
  const plain = base(from);
  if (plain.kind === to.kind) return assignable(plain.of, to.of);
  if (to.kind !== "map" || plain.kind !== "record") return false;
  return plain.fields.every((f) => assignable(f.optional ? optionalOf(f.type) : f.type, to.of));
}

function recordFits(from: Type, fields: readonly Field[]): boolean {
  const has = fieldsOf(from);
  if (has === null) return false;
  // A field that is not asked for is still there, and would be written with the rest.
  if (has.some((field) => holdsSecret(field.type) && !fields.some((want) => want.name === field.name))) return false;
  return fields.every((want) => {
    const found = has.find((f) => f.name === want.name);
    if (found === undefined) return want.optional;
    return assignable(found.type, want.type) && (!found.optional || want.optional);
  });
}

function literalKind(kind: "string" | "int" | "bool"): "string" | "number" | "boolean" {
  return kind === "int" ? "number" : kind === "bool" ? "boolean" : "string";
}

/** The type under refinements. */
export function base(type: Type): Type {
  return type.kind === "refined" ? base(type.base) : type;
}

/** Fields that may be read with a dot, those of `one of` with its `key`; null for what is no record. */
export function fieldsOf(type: Type): readonly Field[] | null {
  const plain = base(type);
  if (plain.kind === "record") return plain.fields;
  if (plain.kind !== "one_of") return null;
  const key: Field = { name: "key", type: STRING, optional: false, doc: "The key it stands under in the map." };
  return [...(fieldsOf(plain.of) ?? [{ name: "value", type: plain.of, optional: false, doc: null }]), key];
}

/** The smallest type both fit; null where they have none in common. */
export function common(a: Type, b: Type): Type | null {
  // A field that only one of the two has is not lost: what they have in common may have it.
  if (holdsRecords(a) && holdsRecords(b)) return commonParts(a, b);
  if (assignable(a, b)) return a.kind === "error" ? b : widen(b);
  if (assignable(b, a)) return widen(a);
  if (a.kind === "none") return optionalOf(widen(b));
  if (b.kind === "none") return optionalOf(widen(a));
  if (a.kind === "optional" || b.kind === "optional") return commonParts(a, b);
  const wideA = widen(a);
  const wideB = widen(b);
  if (wideA !== a || wideB !== b) return common(wideA, wideB);
  if (a.kind === "refined" || b.kind === "refined") return common(base(a), base(b));
  return commonParts(a, b);
}

function holdsRecords(type: Type): boolean {
  if (type.kind === "list" || type.kind === "map" || type.kind === "optional") return holdsRecords(type.of);
  return type.kind === "record";
}

function commonParts(a: Type, b: Type): Type | null {
  if (a.kind === "optional" || b.kind === "optional") {
    const inner = common(a.kind === "optional" ? a.of : a, b.kind === "optional" ? b.of : b);
    return inner === null ? null : optionalOf(inner);
  }
  if ((a.kind === "list" && b.kind === "list") || (a.kind === "map" && b.kind === "map")) {
    const inner = common(a.of, b.of);
    return inner === null ? null : { kind: a.kind, of: inner };
  }
  if (a.kind === "record" && b.kind === "record") return commonRecord(a.fields, b.fields);
  // A record as a map, and the like.
  return assignable(a, b) ? b : assignable(b, a) ? a : null;
}

/** Records of which each lacks fields of the other: those become optional. */
function commonRecord(a: readonly Field[], b: readonly Field[]): Type | null {
  const fields: Field[] = [];
  for (const name of new Set([...a, ...b].map((f) => f.name))) {
    const left = a.find((f) => f.name === name);
    const right = b.find((f) => f.name === name);
    const type = left === undefined ? right?.type : right === undefined ? left.type : common(left.type, right.type);
    if (type === null || type === undefined) return null;
    const optional = left === undefined || right === undefined || left.optional || right.optional;
    fields.push({ name, type, optional, doc: left?.doc ?? right?.doc ?? null });
  }
  return { kind: "record", fields };
}

/** A literal's own type: `"blue"` is a string unless a literal is asked for. */
export function widen(type: Type): Type {
  if (type.kind === "literal") {
    return typeof type.value === "string"
      ? STRING
      : typeof type.value === "boolean"
        ? BOOL
        : Number.isInteger(type.value)
          ? INT
          : DECIMAL;
  }
  if (type.kind === "list") {
    const of = widen(type.of);
    return of === type.of ? type : { kind: "list", of };
  }
  return type;
}

/** What stands in JSON as it is: no secret anywhere in it. */
function isJson(type: Type): boolean {
  switch (type.kind) {
    case "secret":
      return false;
    case "list":
    case "map":
    case "optional":
    case "range":
      return isJson(type.of);
    case "refined":
      return isJson(type.base);
    case "one_of":
      return isJson(type.of);
    case "union":
      return type.of.every(isJson);
    case "record":
      return type.fields.every((f) => isJson(f.type));
    default:
      return true;
  }
}

/** Whether a secret stands anywhere in values of the type. */
export function holdsSecret(type: Type): boolean {
  return type.kind !== "error" && !isJson(type);
}

/** The type with all secrets in it kept: what is handed one reads it again, so what stands there must be a reference. */
export function keptType(type: Type): Type {
  if (!holdsSecret(type)) return type;
  switch (type.kind) {
    case "secret":
      return { ...type, kept: true };
    case "list":
    case "map":
    case "range":
    case "optional":
    case "one_of":
      return { ...type, of: keptType(type.of) };
    case "refined":
      return { ...type, base: keptType(type.base) };
    case "union":
      return { ...type, of: type.of.map(keptType) };
    case "record":
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: keptType(field.type) })) };
    default:
      return type;
  }
}

/** `declared`, with its secrets kept where those of what is put there are. */
export function keptAs(from: Type, declared: Type): Type {
  const kept = keptType(declared);
  return assignable(from, kept) ? kept : declared;
}

/** How values of the type are written into text; null for what may not stand there (secrets, optionals). */
export function formatOf(type: Type): Format | null {
  const plain = widen(base(type));
  switch (plain.kind) {
    case "duration":
    case "size":
    case "percent":
    case "rate":
    case "range":
    case "time_of_day":
      return plain.kind;
    case "string":
    case "int":
    case "decimal":
    case "bool":
    case "date":
    case "time":
    case "url":
    case "identity":
    case "approver":
    case "window":
    case "enum":
    case "error":
      return "plain";
    case "union":
      return plain.of.every((each) => formatOf(each) === "plain") ? "plain" : null;
    case "list":
    case "map":
    case "record":
    case "one_of":
    case "json":
      return holdsSecret(plain) ? null : "json";
    default:
      return null;
  }
}
