/** zod schemas of values and of the expression IR. */
import { z } from "zod";
import { type Expr, FORMATS, ROOTS, type Value } from "./expr.ts";

export const valueSchema: z.ZodType<Value> = z
  .lazy(() =>
    z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(valueSchema), z.record(z.string(), valueSchema)]),
  )
  .meta({ id: "Value" });

const arm = z.strictObject({
  is: z.array(valueSchema).nullable(),
  then: z.lazy(() => exprSchema),
});
const part = z.union([z.string(), z.strictObject({ e: z.lazy(() => exprSchema), as: z.enum(FORMATS) })]);

export const exprSchema: z.ZodType<Expr> = z
  .lazy(() =>
    z.discriminatedUnion("k", [
      z.strictObject({ k: z.literal("const"), v: valueSchema }),
      z.strictObject({ k: z.literal("ref"), root: z.enum(ROOTS), name: z.string() }),
      z.strictObject({ k: z.literal("field"), of: exprSchema, name: z.string(), safe: z.boolean() }),
      z.strictObject({ k: z.literal("list"), items: z.array(exprSchema) }),
      z.strictObject({ k: z.literal("record"), fields: z.record(z.string(), exprSchema) }),
      z.strictObject({ k: z.literal("text"), parts: z.array(part) }),
      z.strictObject({ k: z.literal("op"), op: z.string(), args: z.array(exprSchema), at: z.string().nullable() }),
      z.strictObject({ k: z.literal("fn"), params: z.array(z.string()), body: exprSchema }),
      z.strictObject({ k: z.literal("match"), on: exprSchema, arms: z.array(arm), at: z.string().nullable() }),
    ]),
  )
  .meta({ id: "Expr" });
