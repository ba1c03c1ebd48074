/**
 * What a plan keeps of a preview. It is asked for when the plan is made and again before the first write of its run, and what
 * is kept then must be the same.
 *
 * Of a sensitive difference neither the text is kept nor a digest that anybody could compute: most of the text is often known,
 * and what is not may be a PIN, so whoever has the plan could try all there are; the plan's nonce as salt would not hinder that,
 * since it is in the plan. So the digest has a key, which stays beside the store (`../store/machine-key.ts`). Where another machine
 * applies the plan, only summaries are compared.
 */
import { createHmac } from "node:crypto";
import { canonicalJson } from "../../compiler/canonical.ts";
import { digestOf } from "../../compiler/digest.ts";
import type { Value } from "../../compiler/ir/expr.ts";
import type { Preview } from "../../compiler/plan/plan.schema.ts";
import type { Preview as Told } from "../provider/contract.ts";

/** Of the difference of a node; undefined where there is no key. */
export type Fingerprint = (node: string, diff: string | null) => Preview["fingerprint"];

/** `key` is asked for once, when the first is made; null: there is none. */
export function fingerprintBy(key: () => Uint8Array | null): Fingerprint {
  let found: { readonly bytes: Uint8Array; readonly id: string } | null | undefined;
  return (node, diff) => {
    if (found === undefined) {
      const bytes = key();
      found = bytes === null ? null : { bytes, id: idOf(bytes) };
    }
    if (found === null) return undefined;
    const mac = createHmac("sha256", found.bytes)
      .update(canonicalJson([node, diff]))
      .digest("hex");
    return { key: found.id, mac };
  };
}

/** A key has 32 bytes of chance, so that a digest of it tells nothing else of it. */
const idOf = (key: Uint8Array): string => digestOf(Buffer.from(key).toString("hex")).slice("sha256:".length, 23);

/** What a provider answered; null where that is no preview. */
export function asPreview(value: Value): Told | null {
  if (typeof value !== "object" || value === null || !("summary" in value)) return null;
  const { summary, diff } = value as { readonly summary: Value; readonly diff?: Value };
  return typeof summary === "string" ? { summary, diff: typeof diff === "string" ? diff : null } : null;
}

export function keptPreview(
  node: string,
  told: Told,
  sensitive: boolean,
  fingerprint: Fingerprint | undefined,
): Preview {
  const { summary, diff } = told;
  if (!sensitive) return { sensitive, summary, diff };
  const print = fingerprint?.(node, diff);
  return { sensitive, summary, diff: null, ...(print === undefined ? {} : { fingerprint: print }) };
}
