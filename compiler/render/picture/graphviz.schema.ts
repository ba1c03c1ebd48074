/** Graphviz' answer in its format `json0`, as far as it is read. Points, the y axis pointing up. */
import { z } from "zod";

export const layoutSchema = z.object({
  bb: z.string(),
  objects: z
    .array(
      z.object({
        _gvid: z.number(),
        name: z.string(),
        pos: z.string().optional(),
        bb: z.string().optional(),
      }),
    )
    .default([]),
  edges: z
    .array(z.object({ tail: z.number(), head: z.number(), pos: z.string().optional(), style: z.string().optional() }))
    .default([]),
});
