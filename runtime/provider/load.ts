/** Finds providers and brings them in: manifests as data, and code only when a run needs it. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { canonicalJson } from "../../compiler/canonical.ts";
import type { KnownManifest } from "../../compiler/check/context.ts";
import { digestOf } from "../../compiler/digest.ts";
import type { DataProblem } from "../../compiler/manifest.schema.ts";
import type { Manifest } from "../../compiler/manifest.ts";
import { BUILT_IN_NAMES, builtInManifest } from "../providers/names.ts";
import type { Provider } from "./contract.ts";
import type { ProviderPackage } from "./package.ts";

/** A provider as configuration names it. */
export interface ProviderEntry {
  /** The name in `use NAME`. */
  readonly name: string;
  /** null for one that is built in; else a folder (`./providers/flags`, absolute too) or the name of an npm package. */
  readonly from: string | null;
}

/** `value` is null exactly when there are problems; their `path` is a file or the provider's name. */
export type Loaded<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly value: null; readonly problems: readonly DataProblem[] };

const good = <T>(value: T): Loaded<T> => ({ value, problems: [] });
const bad = (path: string, what: string, remedy: string): Loaded<never> => ({
  value: null,
  problems: [{ path, what, remedy }],
});

/** A manifest as it stands in `opsc.manifest.json`. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`;
}

/** Entries for all that is built in. */
export const builtInEntries: readonly ProviderEntry[] = BUILT_IN_NAMES.map((name) => ({ name, from: null }));

async function builtIn(name: string): Promise<Loaded<Provider>> {
  const { BUILT_IN } = await import("../providers/index.ts");
  const provider = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  return provider === undefined ? notBuiltIn(name) : good(provider);
}

function notBuiltIn(name: string): Loaded<never> {
  return bad(
    name,
    `no provider \`${name}\` is built in`,
    `Built in are ${BUILT_IN_NAMES.join(", ")}. Name the package of any other in the configuration.`,
  );
}

/** The manifest of a provider, read as JSON: none of a package's code is run. `directory` is the project's, absolute. */
export async function readManifest(entry: ProviderEntry, directory: string): Promise<Loaded<KnownManifest>> {
  if (entry.from === null) {
    const known = await builtInManifest(entry.name);
    return known === null ? notBuiltIn(entry.name) : good(known);
  }
  const { findPackage, packageManifest } = await import("./package.ts");
  const found = await findPackage(entry.name, entry.from, directory);
  if (found.value === null) return found;
  const { value, problems } = await packageManifest(entry.name, found.value);
  return value === null ? { value, problems } : good({ manifest: value, digest: digestOf(value) });
}

/**
 * The provider itself. Its code is imported and must declare exactly what its manifest says, since that is what was
 * checked and reviewed.
 */
export async function loadProvider(entry: ProviderEntry, directory: string): Promise<Loaded<Provider>> {
  if (entry.from === null) return builtIn(entry.name);
  const { findPackage, packageManifest } = await import("./package.ts");
  const found = await findPackage(entry.name, entry.from, directory);
  if (found.value === null) return found;
  const manifest = await packageManifest(entry.name, found.value);
  if (manifest.value === null) return manifest;
  const provider = await importProvider(found.value);
  if (provider.value === null) return provider;
  if (digestOf(provider.value.manifest) === digestOf(manifest.value)) return provider;
  return bad(
    found.value.manifest,
    `it is not the manifest of ${found.value.provider}: the code was changed since it was made`,
    `If you are its author: \`opsc provider manifest ${found.value.provider} --write\`. If not, install the package again.`,
  );
}

/** Imports a file and takes its default export. Used for packages, and for a file whose manifest is yet to be written. */
export async function importProvider(file: Pick<ProviderPackage, "provider">): Promise<Loaded<Provider>> {
  provideKit();
  let module: unknown;
  try {
    module = await import(/* @vite-ignore */ pathToFileURL(file.provider).href);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return bad(file.provider, `importing it failed: ${what}`, "Correct the provider, or install what it needs.");
  }
  const exported: unknown =
    typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
  if (isProvider(exported)) return good(exported);
  return bad(
    file.provider,
    "its default export is not a provider",
    "End it with `export default defineProvider({ … })`.",
  );
}

function isProvider(value: unknown): value is Provider {
  if (typeof value !== "object" || value === null) return false;
  const methods = ["run", "preview", "capture", "undo"];
  const entries = new Map<string, unknown>(Object.entries(value));
  return (
    methods.every((method) => typeof entries.get(method) === "function") && typeof entries.get("manifest") === "object"
  );
}

let provided = false;

/**
 * Lets `opsc/provider` mean the kit of this very opsc, wherever it is installed: a provider need not install opsc
 * beside itself, and cannot meet another version of the kit than the one that will call it.
 */
function provideKit(): void {
  if (provided) return;
  provided = true;
  // From source this file stands beside the kit; bundled, the kit is a file of its own beside the bundle.
  const kit = import.meta.url.endsWith(".ts") ? "./kit.ts" : "./provider.mjs";
  const url = new URL(kit, import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "opsc/provider" ? { url, shortCircuit: true } : next(specifier, context),
  });
}

/** A problem and whose it is, by the name in `use NAME`. */
export interface ProviderProblem extends DataProblem {
  readonly provider: string;
}

/** Many at once; the problems of all. */
async function all<T>(
  entries: readonly ProviderEntry[],
  load: (entry: ProviderEntry) => Promise<Loaded<T>>,
): Promise<{ readonly value: ReadonlyMap<string, T>; readonly problems: readonly ProviderProblem[] }> {
  const loaded = await Promise.all(entries.map(async (entry) => ({ name: entry.name, ...(await load(entry)) })));
  return {
    value: new Map(loaded.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const]))),
    problems: loaded.flatMap((each) => each.problems.map((problem) => ({ ...problem, provider: each.name }))),
  };
}

/** Manifests by the name in `use NAME`; those that cannot be read are missing, and `problems` says why. */
export const readManifests = (entries: readonly ProviderEntry[], directory: string) =>
  all(entries, (entry) => readManifest(entry, directory));

/** Providers by the name in `use NAME`; those that cannot be loaded are missing, and `problems` says why. */
export const loadProviders = (entries: readonly ProviderEntry[], directory: string) =>
  all(entries, (entry) => loadProvider(entry, directory));
