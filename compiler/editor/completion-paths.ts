/** Proposals of files that a text names: data, calendars, and files that hold a secret. What is there, whoever can look tells. */
import { DATA_FORMATS, type DataFormat } from "../data/file.ts";
import { type Completion, item } from "./completion-item.ts";

/** What a path leads to. */
export type PathTo = "import" | "secret" | "calendar" | DataFormat;

export interface PathSlot {
  readonly slot: "path";
  readonly to: PathTo;
  /** What of it stands before the cursor, and how many characters of it before the word that is typed. */
  readonly written: string;
  readonly before: number;
  /** So many characters of it stand behind the cursor: they are replaced too. */
  readonly after: number;
}

/** A file, or a folder, in a folder. */
export interface Listed {
  readonly name: string;
  readonly folder: boolean;
}

const ENDINGS: Readonly<Record<Exclude<PathTo, "import" | "secret">, readonly string[]>> = {
  yaml: [".yaml", ".yml"],
  json: [".json"],
  csv: [".csv"],
  calendar: [".ics"],
};

/** Folders in which nobody keeps what a source names. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "dist"]);

/** What the call `callee(…)` takes a path of; null of any other. */
export const dataOf = (callee: string): DataFormat | null => DATA_FORMATS.find((each) => each === callee) ?? null;

/** The folder whose files are asked for, as it is written, with its last `/`; data is written with `./` or `../`. */
export function folderAsked({ to, written }: PathSlot): string {
  const folder = written.slice(0, written.lastIndexOf("/") + 1);
  return to === "secret" || /^\.\.?\//.test(folder) ? folder : "./";
}

/** What may stand there of what `folderAsked` holds, whole, as it is to be written. What begins with a dot is asked for by a dot. */
export function filesAsked(slot: PathSlot, listed: readonly Listed[]): Completion[] {
  const { to, written } = slot;
  const folder = folderAsked(slot);
  const hidden = written.slice(written.lastIndexOf("/") + 1).startsWith(".") && written.includes("/");
  const endings = to === "import" || to === "secret" ? null : ENDINGS[to];
  return listed
    .filter(({ name }) => !/["\\$\p{C}]/u.test(name) && (hidden || !name.startsWith(".")))
    .filter((each) =>
      each.folder ? !SKIPPED.has(each.name) : endings?.some((end) => each.name.endsWith(end)) !== false,
    )
    .map((each) =>
      each.folder
        ? item("folder", `${folder}${each.name}/`, { rank: 2, again: true })
        : item("file", `${folder}${each.name}`, { rank: 1 }),
    )
    .sort((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1));
}
