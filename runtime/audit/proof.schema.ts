/** Proof files: what `opsc audit prove` writes of a run, or of two checkpoints. */
import { z } from "zod";

const hash = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/)
  .describe("a hash, in base64");
/** No tree that can be counted is higher. */
const path = z.array(hash).max(64).describe("from the sibling of the leaf up");
const note = z.string().describe("a signed checkpoint, as c2sp.org/tlog-checkpoint says");

export const proofFileSchema = z.discriminatedUnion("kind", [
  z
    .strictObject({
      proofVersion: z.literal(1),
      kind: z.literal("run"),
      run: z.string(),
      checkpoint: note,
      entries: z.array(
        z.strictObject({
          index: z.int().min(0).describe("place in the log"),
          entry: z.string().describe("the entry, to the byte"),
          path,
        }),
      ),
    })
    .describe("that all these entries of a run are in the log that the checkpoint is of"),
  z
    .strictObject({ proofVersion: z.literal(1), kind: z.literal("growth"), from: note, to: note, path })
    .describe("that the log of the one checkpoint is the beginning of that of the other"),
]);

export type ProofFile = z.infer<typeof proofFileSchema>;
