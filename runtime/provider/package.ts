/** The package a provider comes in: where it stands and what its package.json says of it. Reads data, runs nothing. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { parseJson } from "../../compiler/data/json.ts";
import { plainValue } from "../../compiler/data/node.ts";
import { type DataProblem, parseManifest } from "../../compiler/manifest.schema.ts";
import type { Manifest } from "../../compiler/manifest.ts";

export interface ProviderPackage {
  /** Absolute paths. */
  readonly folder: string;
  readonly manifest: string;
  readonly provider: string;
}

type Found<T> =
  | { readonly value: T; readonly problems: readonly [] }
  | { readonly value: null; readonly problems: readonly DataProblem[] };

const bad = (path: string, what: string, remedy: string): Found<never> => ({
  value: null,
  problems: [{ path, what, remedy }],
});

const FIELD = '`"opsc": { "manifest": "./opsc.manifest.json", "provider": "./index.js" }`';
const packageSchema = z.object({ opsc: z.object({ manifest: z.string(), provider: z.string() }) });

/** The text of a file; null where it is not there or cannot be read. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return null;
  }
}

/** Bounded in depth: a package is somebody else's. */
function readJson(text: string): { readonly data: unknown } | { readonly error: string } {
  const { node, faults } = parseJson(text);
  const [fault] = faults;
  if (node !== null && fault === undefined) return { data: plainValue(node) };
  const line = text.slice(0, fault?.span.start ?? 0).split("\n").length;
  return { error: `${fault?.message ?? "it is empty"} (line ${line})` };
}

/** Looks for `from` (a path from `directory`, or an npm package above it) and reads its package.json. */
export async function findPackage(name: string, from: string, directory: string): Promise<Found<ProviderPackage>> {
  const folder = await folderOf(from, directory);
  if (folder === null) {
    return isPath(from)
      ? bad(name, `there is no folder ${path.resolve(directory, from)}`, "Correct the path in the configuration.")
      : bad(name, `the package \`${from}\` is not installed`, `Install it in the project: \`npm install ${from}\`.`);
  }
  const file = path.join(folder, "package.json");
  const text = await textOf(file);
  if (text === null)
    return bad(file, "it is not there or cannot be read", `A provider is a package with ${FIELD} in its package.json.`);
  const json = readJson(text);
  if ("error" in json) return bad(file, `it is not JSON: ${json.error}`, "Correct it.");
  const read = packageSchema.safeParse(json.data);
  if (!read.success) return bad(file, "it does not say that it holds a provider", `Add ${FIELD}.`);
  const { manifest, provider } = read.data.opsc;
  for (const each of [manifest, provider]) {
    if (!isInside(folder, each))
      return bad(file, `\`${each}\` is outside of the package`, `Keep both files in it: ${FIELD}.`);
  }
  return {
    value: { folder, manifest: path.join(folder, manifest), provider: path.join(folder, provider) },
    problems: [],
  };
}

function isPath(from: string): boolean {
  return from.startsWith(".") || path.isAbsolute(from);
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, path.resolve(folder, file));
  return relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
}

/** Packages are looked for as Node does, in `node_modules` of the project and of every folder above it. */
async function folderOf(from: string, directory: string): Promise<string | null> {
  const places = isPath(from)
    ? [path.resolve(directory, from)]
    : ancestors(directory).map((each) => path.join(each, "node_modules", from));
  for (const place of places) {
    const info = await stat(place).catch(() => null);
    if (info?.isDirectory()) return place;
  }
  return null;
}

function ancestors(directory: string): readonly string[] {
  const parent = path.dirname(directory);
  return parent === directory ? [directory] : [directory, ...ancestors(parent)];
}

/** Reads the static manifest of a package; its name must be the one it is used by. */
export async function packageManifest(name: string, from: ProviderPackage): Promise<Found<Manifest>> {
  const text = await textOf(from.manifest);
  if (text === null) {
    return bad(
      from.manifest,
      "it is not there or cannot be read",
      `Write it: \`opsc provider manifest ${from.provider} --write\`.`,
    );
  }
  const json = readJson(text);
  if ("error" in json) {
    return bad(
      from.manifest,
      `it is not JSON: ${json.error}`,
      `Write it again: \`opsc provider manifest ${from.provider} --write\`.`,
    );
  }
  const { value, problems } = parseManifest(json.data);
  if (value === null) {
    return {
      value: null,
      problems: problems.map((each) => ({
        ...each,
        path: each.path === "" ? from.manifest : `${from.manifest} at ${each.path}`,
      })),
    };
  }
  if (value.name === name) return { value, problems: [] };
  return bad(
    from.manifest,
    `its provider is called \`${value.name}\`, not \`${name}\``,
    `Call it \`${value.name}\` in the configuration.`,
  );
}
