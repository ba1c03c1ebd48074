/** JSON Schema, as far as it is made here. */
import type { Value } from "../ir/expr.ts";

/** A schema as plain JSON. */
export type Schema = { readonly [keyword: string]: Value };
