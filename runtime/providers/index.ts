/** What is built in, by the name in `use NAME`. */
import type { KnownManifest } from "../../compiler/check/context.ts";
import { digestOf } from "../../compiler/digest.ts";
import type { Provider } from "../provider/contract.ts";
import exec from "./exec.ts";
import file from "./file/index.ts";
import http from "./http/index.ts";
import type { BuiltInName } from "./names.ts";
import postgres from "./postgres/index.ts";
import vault from "./vault/index.ts";

const providers = { exec, file, http, postgres, vault } satisfies Record<BuiltInName, Provider>;

export const BUILT_IN: { readonly [name: string]: Provider } = providers;

export function builtInManifests(): Readonly<Record<string, KnownManifest>> {
  return Object.fromEntries(
    Object.entries(BUILT_IN).map(([name, { manifest }]) => [name, { manifest, digest: digestOf(manifest) }]),
  );
}
