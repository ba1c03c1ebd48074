/** Files that are no sources and that sources name: only those, and only from within the project or package. */
import { realpath } from "node:fs/promises";
import path from "node:path";
import { resolvePath } from "../compiler/check/import-graph.ts";
import { packageOf } from "../compiler/check/packages.ts";
import { type DataFile, mentionedFiles } from "../compiler/data/file.ts";
import type { DataReaders } from "../compiler/data/read.ts";
import { readWithin } from "./text-file.ts";

/** Larger than any inventory a person reviews. */
const MAX_DATA = 4 * 1024 * 1024;

interface Source {
  readonly path: string;
  readonly text: string;
}

/** By path within the project. `packages` are the real folders of packages, by their paths. */
export async function readDataFiles(
  root: string,
  sources: readonly Source[],
  packages: ReadonlyMap<string, string>,
): Promise<Map<string, DataFile>> {
  const wanted = new Set(
    sources.flatMap(({ path: from, text }) => mentionedFiles(text).map((each) => resolvePath(from, each))),
  );
  const real = await realpath(root);
  const found = new Map<string, DataFile>();
  for (const file of [...wanted].sort()) {
    const folder = packageOf(file);
    const home = folder === null ? { path: "", real } : { path: folder, real: packages.get(folder) };
    if (home.real === undefined || (file.startsWith("../") && folder === null))
      found.set(file, {
        problem: "it lies outside the project",
        help: "copy it into the project, so that it is reviewed with it",
      });
    else found.set(file, await readWithin(home.real, path.join(home.real, file.slice(home.path.length)), MAX_DATA));
  }
  return found;
}

/** Readers that are loaded only for projects that ask for them. */
export async function readersFor(sources: readonly Source[]): Promise<DataReaders> {
  const asks = (pattern: RegExp): boolean => sources.some(({ text }) => pattern.test(text));
  const yaml = asks(/\byaml\s*\(/) ? (await import("../compiler/data/yaml.ts")).parseYaml : null;
  const calendar = asks(/\bcalendar\s*=/) ? (await import("../compiler/window/ical/calendar.ts")).calendarFaults : null;
  return { ...(yaml === null ? {} : { yaml }), ...(calendar === null ? {} : { calendar }) };
}
