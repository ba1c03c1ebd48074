/** `opsc init [DIR]` */

import { lstat, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { shellWord } from "../../compiler/render/shell.ts";
import { messageOf } from "../../runtime/message.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { CONFIG_SCHEMA, template, WORKFLOW } from "../template.ts";

interface Options extends Common {
  readonly dryRun?: true;
}

interface NewFile {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

const TRY = [
  "opsc check",
  "opsc plan maintenance -i env=staging -i closed=true",
  "opsc apply maintenance -i env=staging -i closed=true --yes",
];

export async function run(io: Io, dir: string | undefined, options: Options): Promise<ExitCode> {
  const named = dir ?? options.dir ?? (process.env.OPSC_DIR || ".");
  const folder = path.resolve(named);
  await refuseOccupied(folder, named);
  const { files, kept } = await filesFor(folder);
  if (options.dryRun !== true) for (const each of files) await writeNew(each);
  const shown = files.map(({ file }) => shownAs(file));
  const here = folder === process.cwd();
  const next = [...(here ? [] : [`cd ${shellWord(path.relative(process.cwd(), folder))}`]), ...TRY];
  if (io.json) {
    io.raw(JSON.stringify({ folder, written: options.dryRun !== true, files: shown, kept: kept.map(shownAs), next }));
    return EXIT.done;
  }
  for (const file of shown) io.out(file);
  for (const file of kept) io.err(`${shownAs(file)} is there already and stays as it is`);
  if (options.dryRun === true) {
    io.err(`${shown.length} files would be written`);
    return EXIT.done;
  }
  io.err(`${shown.length} files written. Next:\n${next.map((line) => `  ${line}`).join("\n")}`);
  io.err(`${shownAs(path.join(folder, "README.md"))} goes on from there.`);
  return EXIT.done;
}

/** Only an empty folder is filled, or one that is not there yet: a repository that holds nothing counts as empty. */
async function refuseOccupied(folder: string, named: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new Stop(EXIT.wrong, `${named} is no folder`, "name a new or an empty one");
    throw cannot(folder, "read", error);
  });
  const found = entries.filter((name) => name !== ".git").sort();
  if (found.length === 0) return;
  const list = `${found.slice(0, 3).join(", ")}${found.length > 3 ? ` and ${found.length - 3} more` : ""}`;
  throw new Stop(
    EXIT.wrong,
    `${named === "." ? "this folder" : named} is not empty: it holds ${list}`,
    `nothing is ever overwritten: name a new folder, such as opsc init ${shellWord(named === "." ? "operations" : path.join(named, "operations"))}`,
  );
}

/** What is to be written, and what is there already: the workflow of a repository around the folder. */
async function filesFor(folder: string): Promise<{ readonly files: NewFile[]; readonly kept: string[] }> {
  const repository = await repositoryOf(folder);
  const within = path.relative(repository, folder).split(path.sep).join("/");
  const files: NewFile[] = [];
  const kept: string[] = [];
  for (const [name, text] of Object.entries(template())) {
    if (name !== WORKFLOW) files.push({ file: path.join(folder, name), text });
    else {
      const file = path.join(repository, name);
      if (await isThere(file)) kept.push(file);
      else files.push({ file, text: within === "" ? text : text.replace("OPSC_DIR: .\n", `OPSC_DIR: ${within}\n`) });
    }
  }
  const { schemaTexts } = await import("../schemas.ts");
  files.push({ file: path.join(folder, CONFIG_SCHEMA), text: schemaTexts().get("config.schema.json") ?? "" });
  return { files: files.sort((a, b) => (a.file < b.file ? -1 : 1)), kept };
}

/** The top of the repository that the folder is in, else the folder itself. */
async function repositoryOf(folder: string): Promise<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    if (await isThere(path.join(at, ".git"))) return at;
    if (path.dirname(at) === at) return folder;
  }
}

const isThere = (file: string): Promise<boolean> =>
  lstat(file).then(
    () => true,
    () => false,
  );

async function writeNew({ file, text }: NewFile): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    throw cannot(file, "written", error);
  }
}

/**
 * With those around it. Not by Node's own `recursive`, which never ends where the system says of a folder below one that
 * is there that it does not exist, as `/proc` does.
 */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (found?.isDirectory() === true) return;
  const around = path.dirname(folder);
  if (found === null && around !== folder) await makeFolder(around);
  await mkdir(folder);
}

function cannot(file: string, what: string, error: unknown): Stop {
  return new Stop(
    EXIT.environment,
    `${file} cannot be ${what}: ${messageOf(error)}`,
    "check the folder and its permissions",
  );
}

const shownAs = (file: string): string => path.relative(process.cwd(), file).split(path.sep).join("/");
