/**
 * The project's summary, kept in its store's folder where it has one: checking takes longer than a person who presses a
 * key waits. What is kept counts as long as every file it came from is as it was.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { builtInEntries } from "../../runtime/provider/load.ts";
import { CONFIG_FILE, checkFiles, findRoot, openProject, sourcesBelow } from "../project.ts";
import { VERSION } from "../version.ts";
import { type Summary, summaryOf } from "./summary.ts";

interface Kept {
  readonly version: string;
  /** Files it came from, with their size and time of change. */
  readonly from: readonly (readonly [file: string, mark: string])[];
  readonly summary: Summary;
}

const EMPTY: Summary = { actions: [], people: [] };

/** Of a project with errors, what could be made of it; empty where there is no project. */
export async function summary(dir: string | undefined): Promise<Summary> {
  const root = await findRoot(dir);
  const sources = [CONFIG_FILE, ...(await sourcesBelow(root, (name) => !name.endsWith(".test.ops")))];
  const file = path.join(root, ".opsc", "cache", "completion.json");
  const kept = read(file);
  if (kept?.version === VERSION && isCurrent(root, kept, sources)) return kept.summary;
  if (sources.length === 1) return EMPTY;
  const project = await openProject(root, { tests: false });
  const made = summaryOf(checkFiles(project).program);
  const from = [
    ...new Set([...sources, ...project.input.files.map((each) => each.path), ...(project.input.data?.keys() ?? [])]),
  ];
  // What lies outside, manifests of other providers and policies, is not looked at again: with these nothing is kept.
  if (project.providers.length === builtInEntries.length && project.policies === null)
    keep(root, file, { version: VERSION, from: from.map((each) => [each, mark(root, each)]), summary: made });
  return made;
}

function isCurrent(root: string, kept: Kept, sources: readonly string[]): boolean {
  const known = new Map(kept.from);
  return sources.every((each) => known.has(each)) && kept.from.every(([each, was]) => mark(root, each) === was);
}

function mark(root: string, file: string): string {
  try {
    const { size, mtimeMs } = statSync(path.join(root, file));
    return `${size} ${mtimeMs}`;
  } catch {
    return "none";
  }
}

function read(file: string): Kept | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Kept;
  } catch {
    return null;
  }
}

/** Nothing is made for it but a file in a folder that is there: a project where nothing ran yet is left as it is. */
function keep(root: string, file: string, kept: Kept): void {
  try {
    statSync(path.join(root, ".opsc"));
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const beside = `${file}.${process.pid}`;
    writeFileSync(beside, JSON.stringify(kept), { mode: 0o600 });
    renameSync(beside, file);
  } catch {
    // Asked again, it is made again.
  }
}
