/** What is built in, known without its code: `check` reads manifests and has no need of the kit they are made with. */
import type { KnownManifest } from "../../compiler/check/context.ts";

/** Sorted. */
export const BUILT_IN_NAMES = ["exec", "file", "http", "postgres", "vault"] as const;

export type BuiltInName = (typeof BUILT_IN_NAMES)[number];

type Manifests = Readonly<Record<string, KnownManifest>>;

/** JSON of `Manifests`; the build puts it in. */
declare const OPSC_MANIFESTS: string | undefined;

let built: Manifests | null = null;

/** A built-in provider's manifest: made by the build, or from its code when run from source. null where there is none. */
export async function builtInManifest(name: string): Promise<KnownManifest | null> {
  built ??= typeof OPSC_MANIFESTS === "string" ? JSON.parse(OPSC_MANIFESTS) : await fromCode();
  return built !== null && Object.hasOwn(built, name) ? (built[name] ?? null) : null;
}

async function fromCode(): Promise<Manifests> {
  return (await import("./index.ts")).builtInManifests();
}
