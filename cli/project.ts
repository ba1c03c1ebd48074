/** A project on disk: its root, configuration, sources and providers' manifests. */
import { stat } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import type { KnownManifest } from "../compiler/check/context.ts";
import { POLICY_FOLDERS, packageOf, packagesMentioned, TRUST_ROOT } from "../compiler/check/packages.ts";
import { type CheckedProject, checkProject, type ProjectInput } from "../compiler/check/project.ts";
import { isTestFile } from "../compiler/check/test-file.ts";
import { type DataFile, mentionedFiles } from "../compiler/data/file.ts";
import { withLevels } from "../compiler/diagnostics/severity.ts";
import type { Program } from "../compiler/program.ts";
import { limited } from "../runtime/limited.ts";
import { builtInEntries, type ProviderEntry, readManifests } from "../runtime/provider/load.ts";
import { NO_TRUST, TRUST_FILE, type Trust } from "../runtime/trust/trust.ts";
import type { Config } from "./config.schema.ts";
import { CONFIG_FILE, providerFault, readConfig } from "./config.ts";
import { EXIT, Stop } from "./exit.ts";
import { isLink, realFolder, realSource } from "./links.ts";
import type { FoundPackages, Named } from "./packages.ts";
import type { PoliciesInForce } from "./policies.ts";
import { sourcesBelow } from "./sources.ts";
import { exists, isWithin, readTextFile } from "./text-file.ts";
import type { Located } from "./trust/locate.ts";

export { CONFIG_FILE, sourcesBelow };

/** Larger than any source anybody wrote; it keeps a stray file from filling the memory. */
export const MAX_SOURCE = 16 * 1024 * 1024;

/** Files that are open at a time: a system may let a process have no more than 256. */
export const FILES_AT_ONCE = 64;

export interface Project {
  /** Absolute. Sources of the project itself are `files`, those of tests among them if they were asked for. */
  readonly root: string;
  readonly config: Config;
  readonly providers: readonly ProviderEntry[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly manifests: ReadonlyMap<string, KnownManifest>;
  /** All that a check reads: the files, those of packages, data and calendars. */
  readonly input: ProjectInput;
  /** Who is believed, and by which keys. */
  readonly trust: Trust;
  /** What configuration puts in force, by the folder its files are of; with the text of the configuration. */
  readonly policies: PoliciesInForce | null;
  /** Where packages really lie, by the folders that files of theirs are named with. */
  readonly packages: ReadonlyMap<string, string>;
}

/** What is read of a project, and how. */
export interface Opening {
  readonly tests: boolean;
  /** Texts by path within the project that stand for those of files, or of files to come: what an editor holds. */
  readonly open?: ReadonlyMap<string, string>;
  /** Only those texts are its sources: no folder is looked through. */
  readonly alone?: boolean;
  /** In place of what is written: where that is wrong, and something is to be told all the same. */
  readonly config?: Config;
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

/**
 * The project in `dir`. Files of tests are read only where `tests` asks for them: what is planned does not depend on them, nor
 * on the data and packages that only they name.
 */
export async function openProject(dir: string | undefined, opening: Opening): Promise<Project> {
  const root = await findRoot(dir);
  const taken = builtInEntries.map(({ name }) => name);
  const config = opening.config ?? (await readConfig(root, taken));
  const providers: ProviderEntry[] = [
    ...builtInEntries,
    ...Object.entries(config.providers).map(([name, from]) => ({ name, from })),
  ];
  const { value: manifests, problems } = await readManifests(providers, root);
  if (problems.length > 0) throw await providerFault(root, problems);
  const located = await trustIn(root, config);
  const wanted = config.policies.length > 0 || located !== null;
  const host = wanted ? await import("./policies.ts") : null;
  const all = await readSources(root, opening);
  const files = (await host?.withoutPolicies(root, located, all)) ?? all;
  const { input, found } = await inputOf(root, files, manifests, host?.namedIn(config, located, files) ?? []);
  const policies = (await host?.inForce(root, located, found)) ?? null;
  const trust = await readTrustOf(root, located);
  const data = new Map([
    ...(input.data ?? []),
    ...trust.files.map(({ path: file, text }) => [file, { text }] as const),
  ]);
  return {
    root,
    config,
    providers,
    files,
    manifests,
    input: { ...input, data, inForce: policies?.folders ?? new Set(), trust: inProgram(trust) },
    trust,
    policies,
    packages: found?.folders ?? new Map(),
  };
}

/** What a project says of itself and whom it trusts, its sources unread: for what concerns no source. */
export async function settingsOf(
  dir: string | undefined,
): Promise<{ readonly root: string; readonly config: Config; readonly trust: Trust }> {
  const root = await findRoot(dir);
  const config = await readConfig(
    root,
    builtInEntries.map(({ name }) => name),
  );
  return { root, config, trust: await readTrustOf(root, await trustIn(root, config)) };
}

/** Whether anything of the log is to be kept elsewhere. */
export const goesElsewhere = ({ config: { audit } }: Pick<Project, "config">): boolean =>
  audit.sinks.length > 0 || (audit.checkpoint?.to ?? []).length > 0;

/** Most projects are their own trust root and say nothing of identities: they load nothing for it. */
async function trustIn(root: string, config: Config): Promise<Located | null> {
  const named = config.trust !== undefined || (process.env.OPSC_TRUST ?? "") !== "";
  return named ? (await import("./trust/locate.ts")).locateTrust(root, config) : null;
}

const inProgram = ({ root, identities, breakGlass, files }: Trust): Program["trust"] => ({
  root,
  identities,
  breakGlass,
  files: files.map(({ path: file }) => file).sort(),
});

async function readTrustOf(root: string, located: Located | null): Promise<Trust> {
  if (located === null && !(await exists(path.join(root, TRUST_FILE)))) return NO_TRUST;
  return (await import("./trust/read.ts")).readTrust(root, located);
}

async function inputOf(
  root: string,
  own: Project["files"],
  manifests: ReadonlyMap<string, KnownManifest>,
  named: readonly Named[],
): Promise<{ readonly input: ProjectInput; readonly found: FoundPackages | null }> {
  const packages =
    named.length > 0 || own.some(({ text }) => packagesMentioned(text).length > 0)
      ? await (await import("./packages.ts")).findPackages(root, own, named)
      : null;
  const files = [...own, ...(packages?.files ?? [])];
  const wanted = files.some(({ text }) => mentionedFiles(text).length > 0);
  const host = wanted ? await import("./data.ts") : null;
  const data = (await host?.readDataFiles(root, files, packages?.folders ?? new Map())) ?? new Map<string, DataFile>();
  const readers = (await host?.readersFor(files)) ?? {};
  for (const { path: file, text } of packages?.manifests ?? []) data.set(file, { text });
  return { input: { files, data, packages: packages?.imports ?? new Map(), readers, manifests }, found: packages };
}

/** Ends the command where what configuration puts in force has errors: what is not understood would enforce nothing. */
export function checkFiles(project: Project): CheckedProject {
  const checked = checkProject(project.input);
  const { policies } = project;
  if (policies !== null && checked.broken.length > 0) throw policies.brokenBy(checked.broken, textsOf(project));
  const warnings = policies?.warnings ?? [];
  return { ...checked, diagnostics: [...withLevels(checked.diagnostics, project.config.check.severity), ...warnings] };
}

/** The project with other texts of its own files, read from nowhere. */
export function withFiles(project: Project, files: Project["files"]): Project {
  const own = new Map(files.map((file) => [file.path, file]));
  return {
    ...project,
    files,
    input: { ...project.input, files: project.input.files.map((f) => own.get(f.path) ?? f) },
  };
}

/** Texts of all that a check reads, by path. */
export function textsOf({ input }: Pick<Project, "input">): ReadonlyMap<string, string> {
  const data = [...(input.data ?? [])].flatMap(([file, found]) =>
    "text" in found ? [[file, found.text] as const] : [],
  );
  return new Map([...input.files.map(({ path: file, text }) => [file, text] as const), ...data]);
}

/** Texts of all that a diagnostic may be about, by path: those, and the configuration where something is told of it. */
export function textsToShow(project: Project): ReadonlyMap<string, string> {
  const { policies } = project;
  return policies === null ? textsOf(project) : new Map([...textsOf(project), [CONFIG_FILE, policies.text]]);
}

async function readSources(root: string, { tests, open, alone }: Opening): Promise<{ path: string; text: string }[]> {
  const held = open ?? new Map<string, string>();
  const onDisk = alone === true ? [] : await sourcesBelow(root, (name) => tests || !isTestFile(name));
  const found = [...new Set([...onDisk, ...[...held.keys()].filter((file) => file.endsWith(".ops"))])].sort();
  // What is called so is not the project's, and its guardrails would not be in force.
  const taken = found.find((file) => packageOf(file) !== null);
  if (taken !== undefined)
    throw new Stop(
      EXIT.wrong,
      `${taken}: ${TRUST_ROOT} and ${POLICY_FOLDERS} are how files of the trust root and of folders of policies are called`,
      "give the folder another name",
    );
  const home = await realFolder(root);
  return limited(found, FILES_AT_ONCE, async (file) => ({
    path: file,
    text: held.get(file) ?? (await readSource(home, path.join(root, file), file)),
  }));
}

/** The real folder of the project that `folder` is in, as it is named: the nearest with a configuration, else `otherwise` or itself. */
export async function homeOf(folder: string, otherwise: string): Promise<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    if (await exists(path.join(at, CONFIG_FILE))) return realFolder(at);
    if (path.dirname(at) === at) return realFolder(isWithin(otherwise, folder) ? otherwise : folder);
  }
}

/** The text of a source of the project whose real folder is `home`, told about as `shown`; ends the command where it is none. */
export async function readSource(home: string, file: string, shown: string): Promise<string> {
  if (await isLink(file)) await realSource(home, file, shown);
  const read = await readTextFile(file, MAX_SOURCE);
  if ("text" in read) return read.text;
  const code = read.fault === "wrong" ? EXIT.wrong : EXIT.environment;
  throw new Stop(code, `${shown} cannot be read: ${read.problem}`, read.help ?? "check the file and its permissions");
}
