/**
 * The syntax tree of one `.ops` file.
 *
 * The tree is plain immutable data: it can be written as JSON, compared and read back (`tree.schema.ts` holds
 * the zod schema). Parsing never fails, so every child a half-typed file may lack is nullable, and an expression
 * that is not there is a `missing` node: whoever walks the tree meets no surprise.
 *
 * Spans are UTF-16 offsets into the source text, `end` exclusive, so they can be used with `String.slice`.
 */

export * from "./tree/declarations.ts";
export * from "./tree/expressions.ts";
export * from "./tree/faults.ts";
export * from "./tree/names.ts";
export * from "./tree/statements.ts";
export * from "./tree/types.ts";
