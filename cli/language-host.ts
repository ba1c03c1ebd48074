/** What the language server is told of the machine: projects as commands read them, with what the editor holds over it. */
import { existsSync } from "node:fs";
import { opendir, stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createConnection, LSPErrorCodes, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { resolvePath } from "../compiler/check/import-graph.ts";
import { packageOf, pathsMentioned } from "../compiler/check/packages.ts";
import type { DataFile } from "../compiler/data/file.ts";
import type { Listed } from "../compiler/editor/completion-paths.ts";
import type { Host, Loaded, Reading } from "../language-server/host.ts";
import { Server } from "../language-server/server.ts";
import { builtInEntries } from "../runtime/provider/load.ts";
import type { Config } from "./config.schema.ts";
import { CONFIG_FILE, ConfigFault, DEFAULT_CONFIG, parseConfig } from "./config.ts";
import { Stop } from "./exit.ts";
import { realFolder } from "./links.ts";
import { MAX_SOURCE, openProject, type Project } from "./project.ts";
import { exists, readWithin } from "./text-file.ts";
import { VERSION } from "./version.ts";

/** Files read for one that is open outside of any folder. */
const MOST_ALONE = 1000;

const languageHost: Host = { rootOf, load, list, page, config: CONFIG_FILE, version: VERSION };

/**
 * A server that reads messages from `from` and writes them to `to`. What is cancelled before its turn comes is not looked at. `lost` is told why
 * where what comes is no message: nothing behind it can be told apart.
 */
export function serve(
  from: NodeJS.ReadableStream,
  to: NodeJS.WritableStream,
  lost: (error: Error) => void = () => {},
): Server {
  const cancelled = { code: LSPErrorCodes.RequestCancelled, message: "no longer wanted" };
  const reader = new StreamMessageReader(from);
  // One that is no JSON ends where it says it does.
  reader.onError((error) => {
    if (!(error instanceof SyntaxError)) lost(error);
  });
  const connection = createConnection(reader, new StreamMessageWriter(to), {
    connectionStrategy: { cancelUndispatched: () => ({ jsonrpc: "2.0", id: null, error: cancelled }) },
  });
  return new Server(connection, languageHost);
}

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

async function load(root: string, open: ReadonlyMap<string, string>, how: Reading): Promise<Loaded> {
  const alone = how === "alone" || (how === "loose" && !(await exists(path.join(root, CONFIG_FILE))));
  const held = alone ? await withImported(root, open) : open;
  let config: Config | undefined;
  try {
    const written = open.get(CONFIG_FILE);
    if (written !== undefined) config = await configOf(written);
    const opening = { tests: true, open: held, alone, ...(config === undefined ? {} : { config }) };
    return loaded(await openProject(root, opening), open, alone, null);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return await despite(root, open, alone, config, error);
  }
}

/** Files looked at of a folder that a path leads into. */
const MOST_LISTED = 2000;

async function list(folder: string): Promise<readonly Listed[]> {
  const found: Listed[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      const { name } = entry;
      const at = entry.isSymbolicLink() ? await stat(path.join(folder, name)).catch(() => null) : entry;
      if (at?.isDirectory() === true || at?.isFile() === true) found.push({ name, folder: at.isDirectory() });
      if (found.length === MOST_LISTED) break;
    }
  } catch {
    // There is nothing to propose then.
  }
  return found;
}

/** As the editor holds it. */
async function configOf(text: string): Promise<Config> {
  const taken = builtInEntries.map(({ name }) => name);
  const { config, diagnostics } = await parseConfig(text, taken);
  if (config === null || diagnostics.length > 0) throw new ConfigFault(diagnostics, text);
  return config;
}

/** With the files that these import by path, and those that they import: of a folder nobody opened, nothing else is looked at. */
async function withImported(root: string, open: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
  const found = new Map(open);
  const home = await realFolder(root);
  for (const [file, text] of found) {
    if (!file.endsWith(".ops")) continue;
    for (const written of pathsMentioned(text)) {
      const imported = resolvePath(file, written);
      if (found.has(imported) || found.size >= MOST_ALONE) continue;
      const read = await readWithin(home, path.join(home, imported), MAX_SOURCE);
      if ("text" in read) found.set(imported, read.text);
    }
  }
  return found;
}

/** What there is to tell where the configuration is wrong, or a file cannot be read: as much of the project as can be. */
async function despite(
  root: string,
  open: ReadonlyMap<string, string>,
  alone: boolean,
  config: Config | undefined,
  stop: Stop,
): Promise<Loaded> {
  const faults = stop instanceof ConfigFault ? stop.diagnostics : [];
  const texts = stop instanceof ConfigFault ? new Map([[CONFIG_FILE, stop.text]]) : new Map<string, string>();
  const problem = stop.help === null ? stop.message : `${stop.message}: ${stop.help}`;
  const held = await withImported(root, open);
  const few = { tests: true, open: held, alone: true };
  // Without its configuration a project has no providers of its own: that is left to the last.
  const ways = [
    ...(stop instanceof ConfigFault ? [] : [{ ...few, ...(config === undefined ? {} : { config }) }]),
    { tests: true, open: alone ? held : open, alone, config: DEFAULT_CONFIG },
    { ...few, config: DEFAULT_CONFIG },
  ];
  for (const way of ways) {
    const project = await openProject(root, way).catch((error: unknown) => {
      if (error instanceof Stop) return null;
      throw error;
    });
    if (project !== null) return { ...loaded(project, open, way.alone, problem), faults, texts };
  }
  const files = [...open].flatMap(([file, text]) => (file.endsWith(".ops") ? [{ path: file, text }] : []));
  const fileAt = (module: string): string => path.resolve(root, module);
  return { input: { files, manifests: new Map() }, levels: {}, faults, texts, fileAt, few: true, problem };
}

function loaded(project: Project, open: ReadonlyMap<string, string>, few: boolean, problem: string | null): Loaded {
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
    few,
    problem,
  };
}

/** The page of a diagnostic, in the language's documents that come with the command. */
function page(code: string): string | null {
  pages ??= { url: urlOfPages() };
  return pages.url === null ? null : `${pages.url}#${code}`;
}

/** Looked for once: it is asked for with every diagnostic that is told. */
let pages: { readonly url: string | null } | null = null;

function urlOfPages(): string | null {
  const file = [
    path.resolve(import.meta.dirname, "../language/DIAGNOSTICS.md"),
    path.resolve(import.meta.dirname, "../../language/DIAGNOSTICS.md"),
  ].find((each) => existsSync(each));
  return file === undefined ? null : pathToFileURL(file).href;
}
