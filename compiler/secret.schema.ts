/** zod schemas of where secrets are read from: they stand in plans, and references among what providers answer. */
import { z } from "zod";
import type { SecretSource } from "./secret.ts";

const vault = z.strictObject({
  from: z.literal("vault"),
  path: z.string().min(1).describe("as `vault read` and `vault kv get` take it"),
  field: z.string().min(1),
  version: z.int().min(1).optional().describe("of a versioned store; the newest if it is left out"),
});

export const secretSourceSchema = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("env"), name: z.string().min(1) }),
  z.strictObject({
    from: z.literal("file"),
    path: z.string().min(1).describe("from the project's folder, or absolute"),
  }),
  vault,
  z.strictObject({ from: z.literal("exec"), argv: z.array(z.string()).min(1).describe("a program and its arguments") }),
]);

/** What a provider may answer in place of a secret: it may name a place in Vault, and make nobody read a file or run a program. */
export const secretReferenceSchema = z.strictObject({ $secret: vault });

// The schema and the type say the same: where they part, one of these does not compile.
type Fits<A extends B, B> = A;
export type SourceRead = Fits<z.infer<typeof secretSourceSchema>, SecretSource>;
export type SourceWritten = Fits<SecretSource, Readonly<z.input<typeof secretSourceSchema>> | SecretSource>;
export type SecretReference = z.infer<typeof secretReferenceSchema>;
