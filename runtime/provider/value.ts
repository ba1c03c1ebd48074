/** What crosses the boundary to a provider: JSON, copied and frozen, so that neither side can change the other's. */
import type { Value } from "../../compiler/ir/expr.ts";

/** Deeper than any data worth passing; a cycle ends here. */
const DEPTH = 200;
/** Characters of text and number of parts together; about 8 MiB of JSON. */
const SIZE = 8 * 1024 * 1024;

/** Thrown by `copyValue`; `path` is the place in the value (`fields[2].when`), "" for the whole. */
export class NotAValue extends Error {
  readonly path: string;
  constructor(path: string, what: string) {
    super(what);
    this.name = "NotAValue";
    this.path = path;
  }
}

/**
 * A frozen copy. Fields that are `undefined` are left out, and `undefined` itself is null. Throws `NotAValue` for
 * what JSON cannot say (dates, class instances, functions, NaN, cycles) and for what is larger than about 8 MiB.
 */
export function copyValue(value: unknown): Value {
  let left = SIZE;
  function copy(part: unknown, path: string, depth: number): Value {
    left -= typeof part === "string" ? part.length + 1 : 1;
    if (left < 0) throw new NotAValue("", "is larger than 8 MiB");
    if (depth > DEPTH) throw new NotAValue("", "is nested too deeply, or holds itself");
    switch (typeof part) {
      case "undefined":
        return null;
      case "string":
      case "boolean":
        return part;
      case "number":
        if (!Number.isFinite(part)) throw new NotAValue(path, `is ${part}, which is not a number`);
        return part;
      case "object":
        return part === null ? null : copyObject(part, path, depth);
      default:
        throw new NotAValue(path, `is a ${typeof part}, which cannot be passed`);
    }
  }
  function copyObject(part: object, path: string, depth: number): Value {
    if (Array.isArray(part)) {
      return Object.freeze(part.map((each, index) => copy(each, `${path}[${index}]`, depth + 1)));
    }
    const prototype: unknown = Object.getPrototypeOf(part);
    // A plain object of another realm has a prototype that is not ours but has none itself.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw new NotAValue(path, `is a ${part.constructor.name}, not plain data`);
    }
    const fields = Object.entries(part).filter(([, field]) => field !== undefined);
    // `fromEntries` makes fields of its own even of `__proto__`.
    return Object.freeze(
      Object.fromEntries(
        fields.map(([name, field]) => [name, copy(field, path === "" ? name : `${path}.${name}`, depth + 1)]),
      ),
    );
  }
  return copy(value, "", 0);
}
