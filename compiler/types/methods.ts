/**
 * The methods on values: one table that the checker, completion, hover and the reference read.
 * `T` stands for the element type of a list or map, `R` for the result of the lambda given.
 */
import { BOOL, base, DECIMAL, ERROR, INT, JSON_TYPE, listOf, optionalOf, STRING, widen } from "./relations.ts";
import type { Type } from "./type.ts";

export interface Method {
  readonly op: string;
  readonly params: readonly MethodParam[];
  /** Type of the result from that of the element and of the lambda's body. */
  readonly result: (element: Type, lambda: Type) => Type;
  readonly doc: string;
  /** What the element, or the result of the lambda where there is one, must be; null for anything. */
  readonly of: Wanted | null;
}

/** `number` what can be added · `order` what can be compared · `text` what can be joined · `list` what is a list itself. */
export type Wanted = "number" | "order" | "text" | "list";

export const WANTED_WORDS: Readonly<Record<Wanted, string>> = {
  number: "a number, a duration or a size",
  order: "something with an order, such as a number or text",
  text: "text or a number",
  list: "a list",
};

const WANTED_KINDS: Readonly<Record<Wanted, readonly Type["kind"][]>> = {
  number: ["int", "decimal", "duration", "size", "percent"],
  order: ["int", "decimal", "duration", "size", "percent", "string", "date", "time", "time_of_day", "url", "identity"],
  text: ["string", "int", "decimal", "enum", "url", "identity", "date", "time"],
  list: ["list"],
};

export function isWanted(type: Type, wanted: Wanted): boolean {
  return isOf(type, WANTED_KINDS[wanted]);
}

function isOf(type: Type, kinds: readonly Type["kind"][]): boolean {
  const plain = widen(base(type));
  if (plain.kind === "union") return plain.of.every((each) => isOf(each, kinds));
  return plain.kind === "error" || kinds.includes(plain.kind);
}

/** The operation of `method` for elements (or results of the lambda) of `type`: sums of whole numbers are exact. */
export function operationOf(method: Method, type: Type): string {
  if (method.of !== "number" || !method.op.startsWith("list.sum")) return method.op;
  return isOf(type, WHOLE) ? method.op.replace("list.", "int.") : method.op;
}

const WHOLE: readonly Type["kind"][] = ["int", "duration", "size"];

export type MethodParam =
  | { readonly kind: "value"; readonly name: string; readonly type: Type | "element" }
  /** Text known when the file is checked, a pattern (`ir/pattern.ts`). */
  | { readonly kind: "pattern"; readonly name: string }
  /** A lambda over the element; `gives` is what its body must be, null for anything. */
  | { readonly kind: "lambda"; readonly name: string; readonly gives: Type | null };

const value = (name: string, type: Type | "element"): MethodParam => ({ kind: "value", name, type });
const lambda = (name: string, gives: Type | null): MethodParam => ({ kind: "lambda", name, gives });

const m = (
  op: string,
  params: readonly MethodParam[],
  result: Type | Method["result"],
  doc: string,
  of: Wanted | null = null,
): Method => ({
  op,
  of,
  params,
  result: typeof result === "function" ? result : () => result,
  doc,
});

const STRING_METHODS: Readonly<Record<string, Method>> = {
  length: m("string.length", [], INT, "How many characters it has."),
  lower: m("string.lower", [], STRING, "In lower case."),
  upper: m("string.upper", [], STRING, "In upper case."),
  trim: m("string.trim", [], STRING, "Without white space at both ends."),
  contains: m("string.contains", [value("text", STRING)], BOOL, "Whether `text` stands in it."),
  starts_with: m("string.starts_with", [value("text", STRING)], BOOL, "Whether it begins with `text`."),
  ends_with: m("string.ends_with", [value("text", STRING)], BOOL, "Whether it ends with `text`."),
  matches: m(
    "string.matches",
    [{ kind: "pattern", name: "pattern" }],
    BOOL,
    "Whether all of it is as the regular expression `pattern` says.",
  ),
  split: m("string.split", [value("at", STRING)], listOf(STRING), "Its parts between each `at`."),
  lines: m("string.lines", [], listOf(STRING), "Its lines that are not empty."),
  replace: m("string.replace", [value("text", STRING), value("by", STRING)], STRING, "With each `text` replaced."),
  to_int: m("string.to_int", [], INT, "The int it spells; an error if it spells none."),
  to_decimal: m("string.to_decimal", [], DECIMAL, "The decimal it spells; an error if it spells none."),
  to_json: m("string.to_json", [], JSON_TYPE, "The JSON it spells; an error if it spells none."),
};

const LIST_METHODS: Readonly<Record<string, Method>> = {
  length: m("list.length", [], INT, "How many there are."),
  contains: m("list.has", [value("item", "element")], BOOL, "Whether `item` is among them."),
  map: m("list.map", [lambda("of", null)], (_, r) => listOf(widen(r)), "What the lambda gives for each."),
  filter: m("list.filter", [lambda("where", BOOL)], (t) => listOf(t), "Those for which it holds."),
  find: m("list.find", [lambda("where", BOOL)], (t) => optionalOf(t), "The first for which it holds, or none."),
  all: m("list.all", [lambda("where", BOOL)], BOOL, "Whether it holds for each."),
  any: m("list.any", [lambda("where", BOOL)], BOOL, "Whether it holds for one at least."),
  count: m("list.count", [lambda("where", BOOL)], INT, "For how many it holds."),
  sum: m("list.sum", [], (t) => widen(base(t)), "The sum of numbers, durations or sizes.", "number"),
  sum_by: m(
    "list.sum_by",
    [lambda("of", null)],
    (_, r) => widen(base(r)),
    "The sum of what the lambda gives.",
    "number",
  ),
  sort_by: m("list.sort_by", [lambda("key", null)], (t) => listOf(t), "In order of what the lambda gives.", "order"),
  first: m("list.first", [], (t) => optionalOf(t), "The first, or none."),
  last: m("list.last", [], (t) => optionalOf(t), "The last, or none."),
  unique: m("list.unique", [], (t) => listOf(t), "Without repeats."),
  sort: m("list.sort", [], (t) => listOf(t), "In order.", "order"),
  min: m("list.min", [], (t) => optionalOf(t), "The least, or none.", "order"),
  max: m("list.max", [], (t) => optionalOf(t), "The greatest, or none.", "order"),
  take: m("list.take", [value("count", INT)], (t) => listOf(t), "The first `count`, or all if there are fewer."),
  skip: m("list.skip", [value("count", INT)], (t) => listOf(t), "All but the first `count`."),
  flat: m("list.flat", [], (t) => itemsOf(t), "The items of its lists, one after the other.", "list"),
  reverse: m("list.reverse", [], (t) => listOf(t), "In reverse order."),
  join: m("list.join", [value("by", STRING)], STRING, "As one text with `by` in between.", "text"),
};

const itemsOf = (type: Type): Type => {
  const plain = base(type);
  return plain.kind === "list" ? plain : listOf(ERROR);
};

const MAP_METHODS: Readonly<Record<string, Method>> = {
  length: m("map.length", [], INT, "How many entries it has."),
  keys: m("map.keys", [], listOf(STRING), "Its keys, sorted."),
  values: m("map.values", [], (t) => listOf(t), "Its values, in order of their keys."),
  contains: m("map.has", [value("key", STRING)], BOOL, "Whether there is an entry of that key."),
  get: m("map.get", [value("key", STRING)], (t) => optionalOf(t), "The entry of that key, or none."),
};

const JSON_METHODS: Readonly<Record<string, Method>> = {
  as_string: m("json.as_string", [], optionalOf(STRING), "The text it is, or none."),
  as_int: m("json.as_int", [], optionalOf(INT), "The int it is, or none."),
  as_decimal: m("json.as_decimal", [], optionalOf(DECIMAL), "The number it is, or none."),
  as_bool: m("json.as_bool", [], optionalOf(BOOL), "The true or false it is, or none."),
  as_list: m("json.as_list", [], optionalOf(listOf(JSON_TYPE)), "The list it is, or none."),
  as_map: m("json.as_map", [], optionalOf({ kind: "map", of: JSON_TYPE }), "The object it is, or none."),
};

const NUMBER_METHODS: Readonly<Record<string, Method>> = {
  round: m("num.round", [], INT, "The nearest int, halves away from zero."),
  floor: m("num.floor", [], INT, "The next int at or below."),
  ceil: m("num.ceil", [], INT, "The next int at or above."),
};

const INT_METHODS: Readonly<Record<string, Method>> = { abs: m("int.abs", [], INT, "Without its sign.") };

/** The methods a value of `type` has, and the type of its elements where it has some. */
export function methodsOf(type: Type): { readonly methods: Readonly<Record<string, Method>>; readonly element: Type } {
  const plain = widen(base(type));
  switch (plain.kind) {
    case "string":
    case "url":
    case "identity":
      return { methods: STRING_METHODS, element: ERROR };
    case "list":
      return { methods: LIST_METHODS, element: plain.of };
    case "map":
      return { methods: MAP_METHODS, element: plain.of };
    case "json":
      return { methods: JSON_METHODS, element: ERROR };
    case "decimal":
      return { methods: NUMBER_METHODS, element: ERROR };
    case "int":
      return { methods: INT_METHODS, element: ERROR };
    default:
      return { methods: {}, element: ERROR };
  }
}

/** Methods that are read without parentheses: `xs.length`. */
export function isAttribute(name: string): boolean {
  return name === "length" || name === "keys" || name === "values";
}
