/** What the language server is told of the machine: projects as commands read them, with what the editor holds over it. */
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { packageOf } from "../compiler/check/packages.ts";
import type { DataFile } from "../compiler/data/file.ts";
import type { Host, Loaded } from "../language-server/host.ts";
import { CONFIG_FILE, ConfigFault, DEFAULT_CONFIG } from "./config.ts";
import { Stop } from "./exit.ts";
import { openProject, type Project } from "./project.ts";
import { VERSION } from "./version.ts";

export const languageHost: Host = { rootOf, load, page, version: VERSION };

/** The nearest folder with a configuration, up to the folder open in the editor; that one, or the file's own. */
async function rootOf(file: string, folders: readonly string[]): Promise<string> {
  const home = path.dirname(path.resolve(file));
  const open = folders
    .filter((folder) => home === folder || home.startsWith(`${folder}${path.sep}`))
    .sort((a, b) => b.length - a.length)[0];
  for (let at = home; ; at = path.dirname(at)) {
    if (await exists(path.join(at, CONFIG_FILE))) return at;
    if (at === open || path.dirname(at) === at) return open ?? home;
  }
}

async function load(root: string, open: ReadonlyMap<string, string>): Promise<Loaded> {
  try {
    return loaded(await openProject(root, { tests: true, open }), open, null);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return await despite(root, open, error);
  }
}

/** What there is to tell where the configuration is wrong, or a file cannot be read. */
async function despite(root: string, open: ReadonlyMap<string, string>, stop: Stop): Promise<Loaded> {
  const faults = stop instanceof ConfigFault ? stop.diagnostics : [];
  const texts = stop instanceof ConfigFault ? new Map([[CONFIG_FILE, stop.text]]) : new Map<string, string>();
  const problem = stop.help === null ? stop.message : `${stop.message}: ${stop.help}`;
  const project = await openProject(root, { tests: true, open, config: DEFAULT_CONFIG }).catch((error: unknown) => {
    if (error instanceof Stop) return null;
    throw error;
  });
  if (project !== null) return { ...loaded(project, open, problem), faults, texts };
  const files = [...open].flatMap(([file, text]) => (file.endsWith(".ops") ? [{ path: file, text }] : []));
  const fileAt = (module: string): string => path.resolve(root, module);
  return { input: { files, manifests: new Map() }, levels: {}, faults, texts, fileAt, problem };
}

function loaded(project: Project, open: ReadonlyMap<string, string>, problem: string | null): Loaded {
  const { input, config, root, packages, policies } = project;
  const data = new Map<string, DataFile>(input.data);
  for (const file of data.keys()) {
    const text = open.get(file);
    if (text !== undefined) data.set(file, { text });
  }
  return {
    input: { ...input, data },
    levels: config.check.severity,
    faults: policies?.warnings ?? [],
    texts: policies === null ? new Map() : new Map([[CONFIG_FILE, policies.text]]),
    fileAt(module) {
      const folder = packageOf(module);
      const real = folder === null ? undefined : packages.get(folder);
      return folder === null || real === undefined
        ? path.resolve(root, module)
        : path.join(real, module.slice(folder.length + 1));
    },
    problem,
  };
}

/** The page of a diagnostic, in the language's documents that come with the command. */
function page(code: string): string | null {
  const file = [
    path.resolve(import.meta.dirname, "../language/DIAGNOSTICS.md"),
    path.resolve(import.meta.dirname, "../../language/DIAGNOSTICS.md"),
  ].find((each) => existsSync(each));
  return file === undefined ? null : `${pathToFileURL(file).href}#${code}`;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
