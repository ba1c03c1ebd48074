/** zod schema of `Type`. */
import { z } from "zod";
import { SCALARS, type Type } from "./type.ts";

const field = z.strictObject({
  name: z.string(),
  type: z.lazy(() => typeSchema),
  optional: z.boolean(),
  doc: z.string().nullable(),
});

export const typeSchema: z.ZodType<Type> = z
  .lazy(() =>
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.enum([...SCALARS, "none", "error"]) }),
      z.strictObject({ kind: z.literal("literal"), value: z.union([z.string(), z.number(), z.boolean()]) }),
      z.strictObject({ kind: z.literal("union"), of: z.array(typeSchema) }),
      z.strictObject({ kind: z.literal("list"), of: typeSchema }),
      z.strictObject({ kind: z.literal("map"), of: typeSchema }),
      z.strictObject({ kind: z.literal("range"), of: typeSchema }),
      z.strictObject({ kind: z.literal("record"), fields: z.array(field) }),
      z.strictObject({ kind: z.literal("optional"), of: typeSchema }),
      z.strictObject({ kind: z.literal("secret"), of: typeSchema, kept: z.literal(true).exactOptional() }),
      z.strictObject({ kind: z.literal("enum"), id: z.string(), name: z.string(), members: z.array(z.string()) }),
      z.strictObject({ kind: z.literal("refined"), id: z.string(), name: z.string(), base: typeSchema }),
      z.strictObject({
        kind: z.literal("one_of"),
        id: z.string(),
        name: z.string(),
        keys: z.array(z.string()),
        of: typeSchema,
      }),
    ]),
  )
  .meta({ id: "Type" });
