/** SHA-256 for digests of sources, manifests and plans. */
import { createHash } from "node:crypto";
import { canonicalPieces } from "./canonical.ts";

/** Hex, of UTF-8. */
export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** `sha256:…` of the canonical JSON of `value`; `take` gets that text in pieces besides. */
export function digestOf(value: unknown, take: (piece: string) => void = () => {}): string {
  const hash = createHash("sha256");
  canonicalPieces(value, (piece) => {
    hash.update(piece, "utf8");
    take(piece);
  });
  return `sha256:${hash.digest("hex")}`;
}
