/** Names that people bring along from other languages: of types, of methods, and of what is written otherwise here. */

const TYPES: ReadonlyMap<string, string> = new Map([
  ["integer", "int"],
  ["Int", "int"],
  ["Integer", "int"],
  ["number", "decimal"],
  ["float", "decimal"],
  ["double", "decimal"],
  ["str", "string"],
  ["text", "string"],
  ["String", "string"],
  ["boolean", "bool"],
  ["Boolean", "bool"],
  ["Bool", "bool"],
  ["array", "list"],
  ["Array", "list"],
  ["List", "list"],
  ["dict", "map"],
  ["Map", "map"],
  ["any", "json"],
  ["object", "json"],
]);

/** The type that other languages call `name`; "" where they have none. */
export const typeHere = (name: string): string => TYPES.get(name) ?? "";

/** By their names in lower case without `_`: the names here, the first that the value has is meant. */
const METHODS: ReadonlyMap<string, readonly string[]> = new Map([
  ["len", ["length"]],
  ["size", ["length"]],
  ["count", ["length"]],
  ["includes", ["contains"]],
  ["include", ["contains"]],
  ["has", ["contains"]],
  ["haskey", ["contains"]],
  ["toupper", ["upper"]],
  ["touppercase", ["upper"]],
  ["uppercase", ["upper"]],
  ["upcase", ["upper"]],
  ["tolower", ["lower"]],
  ["tolowercase", ["lower"]],
  ["lowercase", ["lower"]],
  ["downcase", ["lower"]],
  ["startswith", ["starts_with"]],
  ["hasprefix", ["starts_with"]],
  ["endswith", ["ends_with"]],
  ["hassuffix", ["ends_with"]],
  ["strip", ["trim"]],
  ["some", ["any"]],
  ["every", ["all"]],
  ["select", ["filter"]],
  ["where", ["filter"]],
  ["uniq", ["unique"]],
  ["distinct", ["unique"]],
  ["sorted", ["sort"]],
  ["flatten", ["flat"]],
  ["reversed", ["reverse"]],
  ["limit", ["take"]],
  ["drop", ["skip"]],
  ["match", ["matches"]],
  ["test", ["matches"]],
  ["toint", ["to_int"]],
  ["parseint", ["to_int"]],
  ["tonumber", ["to_int"]],
  ["fromjson", ["to_json"]],
  ["jsondecode", ["to_json"]],
  ["parsejson", ["to_json"]],
  ["replaceall", ["replace"]],
]);

/** The method of the value, out of `methods`, that other languages call `name`; "" where there is none. */
export function methodHere(name: string, methods: readonly string[]): string {
  return METHODS.get(plain(name))?.find((method) => methods.includes(method)) ?? "";
}

const plain = (name: string): string => name.toLowerCase().replaceAll("_", "");

/** What is written otherwise than as a method. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  ["push", "a list never changes: let a new one be [… , item], or join two with +"],
  ["append", "a list never changes: let a new one be [… , item], or join two with +"],
  ["add", "a list never changes: let a new one be [… , item], or join two with +"],
  ["foreach", "write for item in list { … } as a statement"],
  ["each", "write for item in list { … } as a statement"],
  ["isempty", "compare its length: .length == 0"],
  ["empty", "compare its length: .length == 0"],
  ["tostring", 'a value becomes text within text: "${…}"'],
  ["tos", 'a value becomes text within text: "${…}"'],
  ["str", 'a value becomes text within text: "${…}"'],
]);

/** What to write for a method that there is in other languages only; "" where nothing is known of it. */
export const methodOtherwise = (name: string): string => OTHERWISE.get(plain(name)) ?? "";
