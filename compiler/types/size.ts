/** How large types may become: records of records double with each link of a chain, though each link is short. */
import { SCALARS, type Type } from "./type.ts";

/** Parts, as written out. Types stand in manifests, programs and plans. */
const MAX_TYPE = 20_000;
const MAX_NESTING = 100;

interface Size {
  readonly size: number;
  readonly depth: number;
}

const LEAF: Size = { size: 1, depth: 1 };
const sizes = new WeakMap<Type, Size>();

/** Each part is looked at once, however often it stands in the type. Types are built from parts that were measured. */
function typeSize(type: Type): Size {
  const known = sizes.get(type);
  if (known !== undefined) return known;
  const parts = partsOf(type);
  if (parts.length === 0) return LEAF;
  let size = 1;
  let depth = 0;
  for (const part of parts) {
    const inner = typeSize(part);
    size += inner.size;
    depth = Math.max(depth, inner.depth);
  }
  const total = { size, depth: depth + 1 };
  sizes.set(type, total);
  return total;
}

export function typeFits(type: Type): boolean {
  if (PLAIN.has(type.kind)) return true;
  const { size, depth } = typeSize(type);
  return size <= MAX_TYPE && depth <= MAX_NESTING;
}

/** Kinds without parts: most values are of one, and are measured again and again. */
const PLAIN: ReadonlySet<string> = new Set([...SCALARS, "none", "literal", "enum", "error"]);

const NONE: readonly Type[] = [];

function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case "union":
      return type.of;
    case "list":
    case "map":
    case "range":
    case "optional":
    case "secret":
    case "one_of":
      return [type.of];
    case "record":
      return type.fields.map((f) => f.type);
    case "refined":
      return [type.base];
    default:
      return NONE;
  }
}
