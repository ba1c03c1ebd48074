/** The type that data has, as a person would begin to write it. */
import { common, JSON_TYPE, listOf, NONE, optionalOf, STRING, widen } from "../types/relations.ts";
import type { Field, Type } from "../types/type.ts";
import type { DataNode } from "./node.ts";

/** Records that look alike become a map, and so does one whose keys could be no names of fields. `cells` are text. */
export function shapeOf(node: DataNode, cells: boolean): Type {
  return named(shape(node, cells));
}

function shape(node: DataNode, cells: boolean): Type {
  switch (node.kind) {
    case "scalar":
      return node.value === null ? NONE : cells ? STRING : widen({ kind: "literal", value: node.value });
    case "list":
      return listOf(shared(node.items.map((item) => shape(item, cells))));
    case "record": {
      const types = node.entries.map(({ value }) => shape(value, cells));
      const plain = node.entries.every(({ key }) => /^[a-z_][a-z0-9_]*$/.test(key));
      const alike = node.entries.length > 1 && node.entries.every(({ value }) => value.kind === "record");
      if (!plain || alike) return { kind: "map", of: shared(types) };
      return {
        kind: "record",
        fields: node.entries.map(({ key }, i) => field(key, named(types[i] ?? JSON_TYPE), false)),
      };
    }
  }
}

const field = (name: string, type: Type, optional: boolean): Field => ({ name, type, optional, doc: null });

function shared(types: readonly Type[]): Type {
  const [first, ...more] = types;
  return named(first === undefined ? JSON_TYPE : more.reduce(both, first));
}

/** What both fit, with the fields of either: `common` would keep those of both only. */
function both(a: Type, b: Type): Type {
  if (a.kind === "optional" || b.kind === "optional")
    return optionalOf(both(a.kind === "optional" ? a.of : a, b.kind === "optional" ? b.of : b));
  if (a.kind === "record" && b.kind === "record") {
    const names = [...new Set([...a.fields, ...b.fields].map((f) => f.name))];
    const fields = names.map((name) => {
      const left = a.fields.find((f) => f.name === name);
      const right = b.fields.find((f) => f.name === name);
      const type = left === undefined || right === undefined ? (left ?? right)?.type : both(left.type, right.type);
      const optional = left === undefined || right === undefined || left.optional || right.optional;
      return field(name, named(type ?? JSON_TYPE), optional);
    });
    return { kind: "record", fields };
  }
  if ((a.kind === "list" || a.kind === "map") && a.kind === b.kind) return { kind: a.kind, of: both(a.of, b.of) };
  const composed = ["record", "map", "list"];
  if (composed.includes(a.kind) && composed.includes(b.kind)) return JSON_TYPE;
  return common(a, b) ?? JSON_TYPE;
}

/** `none` is no type that can be written. */
const named = (type: Type): Type => (type.kind === "none" ? JSON_TYPE : type);
