/** SHA-256 for digests of sources, manifests and plans. */
import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.ts";

/** Hex, of UTF-8. */
export function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** `sha256:…` of the canonical JSON of `value`. */
export function digestOf(value: unknown): string {
  return `sha256:${sha256(canonicalJson(value))}`;
}
