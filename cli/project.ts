/** A project on disk: its root, configuration, sources and providers' manifests. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import type { KnownManifest } from "../compiler/check/context.ts";
import { type CheckedProject, checkProject } from "../compiler/check/project.ts";
import { withLevels } from "../compiler/diagnostics/severity.ts";
import { digestOf } from "../compiler/digest.ts";
import { builtInEntries, type ProviderEntry, readManifests } from "../runtime/provider/load.ts";
import type { Config } from "./config.schema.ts";
import { CONFIG_FILE, readConfig } from "./config.ts";
import { EXIT, Stop } from "./exit.ts";

export { CONFIG_FILE };

/** Folders no source is looked for in. */
const SKIPPED = new Set(["node_modules", "dist"]);
/** Larger than any source anybody wrote; it keeps a stray file from filling the memory. */
const MAX_SOURCE = 16 * 1024 * 1024;
const MAX_FILES = 20_000;

export interface Project {
  /** Absolute. */
  readonly root: string;
  readonly config: Config;
  readonly providers: readonly ProviderEntry[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly manifests: ReadonlyMap<string, KnownManifest>;
}

/** The nearest folder at or above the current one that holds a configuration, else the current one; `--dir` and `OPSC_DIR` name another. */
export async function findRoot(dir: string | undefined): Promise<string> {
  const named = dir ?? process.env.OPSC_DIR;
  if (named !== undefined && named !== "") {
    const root = path.resolve(named);
    const found = await stat(root).catch(() => null);
    if (found?.isDirectory() !== true)
      throw new Stop(EXIT.wrong, `there is no folder ${root}`, "name the folder of the project with --dir or OPSC_DIR");
    return root;
  }
  for (let at = process.cwd(); ; at = path.dirname(at)) {
    if (await exists(path.join(at, CONFIG_FILE))) return at;
    if (path.dirname(at) === at) return process.cwd();
  }
}

export async function openProject(dir: string | undefined): Promise<Project> {
  const root = await findRoot(dir);
  const config = await readConfig(
    root,
    builtInEntries.map(({ name }) => name),
  );
  const providers: ProviderEntry[] = [
    ...builtInEntries,
    ...Object.entries(config.providers).map(([name, from]) => ({ name, from })),
  ];
  const { value: read, problems } = await readManifests(providers, root);
  const [problem] = problems;
  if (problem !== undefined)
    throw new Stop(EXIT.environment, `provider ${problem.path}: ${problem.what}`, problem.remedy);
  const manifests = new Map(
    [...read].map(([name, manifest]) => [name, { manifest, digest: digestOf(manifest) }] as const),
  );
  return { root, config, providers, files: await readSources(root), manifests };
}

export function checkFiles(project: Project): CheckedProject {
  const checked = checkProject({ files: project.files, manifests: project.manifests });
  return { ...checked, diagnostics: withLevels(checked.diagnostics, project.config.check.severity) };
}

async function readSources(root: string): Promise<{ path: string; text: string }[]> {
  const found: string[] = [];
  await collect(root, "", found);
  return Promise.all(
    found.sort().map(async (file) => ({ path: file, text: await readSource(path.join(root, file), file) })),
  );
}

/** Links to folders are not followed, so there are no circles; a folder with a configuration of its own is another project. */
async function collect(root: string, folder: string, found: string[]): Promise<void> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      throw new Stop(
        EXIT.environment,
        `the folder ${path.join(root, folder)} cannot be read: ${error.message}`,
        "check its permissions",
      );
    },
  );
  if (folder !== "" && entries.some((entry) => entry.name === CONFIG_FILE)) return;
  for (const entry of entries) {
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !entry.name.startsWith(".") && !SKIPPED.has(entry.name))
      await collect(root, name, found);
    else if (
      (entry.isFile() || entry.isSymbolicLink()) &&
      entry.name.endsWith(".ops") &&
      !entry.name.endsWith(".test.ops")
    )
      found.push(name);
    if (found.length > MAX_FILES)
      throw new Stop(
        EXIT.wrong,
        `there are more than ${MAX_FILES} .ops files below ${root}`,
        "name the folder of the project with --dir",
      );
  }
}

async function readSource(file: string, shown: string): Promise<string> {
  try {
    const found = await stat(file);
    if (!found.isFile())
      throw new Stop(EXIT.wrong, `${shown} is no file but a folder, a device or a pipe`, "take it away");
    const { size } = found;
    if (size > MAX_SOURCE)
      throw new Stop(EXIT.wrong, `${shown} has ${size} bytes; at most ${MAX_SOURCE} are read`, "split it");
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof Stop) throw error;
    if (error instanceof TypeError) throw new Stop(EXIT.wrong, `${shown} is not UTF-8 text`, "save it as UTF-8");
    throw new Stop(
      EXIT.environment,
      `${shown} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "check the file and its permissions",
    );
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
