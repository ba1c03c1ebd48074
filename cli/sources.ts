/** Where sources are looked for. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { CONFIG_FILE } from "./config.ts";
import { EXIT, Stop } from "./exit.ts";

/** Folders no source is looked for in. */
const SKIPPED = new Set(["node_modules", "dist"]);
const MAX_FILES = 20_000;

/** The `.ops` files below `root` that are `wanted`, by their paths from there, sorted. */
export async function sourcesBelow(root: string, wanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  await collect(root, "", found, wanted);
  return found.sort();
}

/**
 * Links to folders are not followed, so there are no circles; a folder with a configuration of its own is another project.
 * What begins with a dot is an editor's or a tool's, such as the lock `.#main.ops`.
 */
async function collect(
  root: string,
  folder: string,
  found: string[],
  wanted: (name: string) => boolean,
): Promise<void> {
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
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) await collect(root, name, found, wanted);
    else if ((entry.isFile() || entry.isSymbolicLink()) && entry.name.endsWith(".ops") && wanted(entry.name))
      found.push(name);
    if (found.length > MAX_FILES)
      throw new Stop(
        EXIT.wrong,
        `there are more than ${MAX_FILES} .ops files below ${root}`,
        "name the folder of the project with --dir",
      );
  }
}
