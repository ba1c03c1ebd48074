/** What is built in, known without its code: `check` reads manifests and has no need of the kit they are made with. */
import type { KnownManifest } from "../../compiler/check/context.ts";

/** Sorted. */
export const BUILT_IN_NAMES = ["exec", "file", "http"] as const;

export type BuiltInName = (typeof BUILT_IN_NAMES)[number];

/** By name; the build puts them in. */
declare const OPSC_MANIFESTS: Readonly<Record<string, KnownManifest>> | undefined;

/** A built-in provider's manifest: made by the build, or from its code when run from source. null where there is none. */
export async function builtInManifest(name: string): Promise<KnownManifest | null> {
  const known = typeof OPSC_MANIFESTS === "object" ? OPSC_MANIFESTS : await fromCode();
  return Object.hasOwn(known, name) ? (known[name] ?? null) : null;
}

async function fromCode(): Promise<Readonly<Record<string, KnownManifest>>> {
  return (await import("./index.ts")).builtInManifests();
}
