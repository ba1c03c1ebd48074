/** What the server needs of the machine. Whoever starts it plugs this in: the server itself touches no disk. */
import type { ProjectInput } from "../compiler/check/project.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Levels } from "../compiler/diagnostics/severity.ts";
import type { Listed } from "../compiler/editor/completion-paths.ts";

/** A project as it lies on disk, with the texts of open documents in place of the files'. */
export interface Loaded {
  readonly input: ProjectInput;
  /** What the project's configuration makes of warnings. */
  readonly levels: Levels;
  /** What is wrong with the configuration; with texts beside those of the input. */
  readonly faults: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
  /** Absolute path of a file of the project or of a package, by its path in the input. */
  fileAt(module: string): string;
  /** Only open documents and what they import were read. */
  readonly few: boolean;
  /** Why it could not be read as it should, for people, with what to do; null where it could. */
  readonly problem: string | null;
}

/**
 * What of a folder is read: all of a `project`; of a `loose` one, which is not open in the editor, no more than open documents and what they
 * import, unless it has a configuration; of one in which a document stands `alone`, without a file, that and what it imports.
 */
export type Reading = "project" | "loose" | "alone";

export interface Host {
  /** Absolute path of the folder of the project that `file`, an absolute path, belongs to; `folders` are those open in the editor. */
  rootOf(file: string, folders: readonly string[]): Promise<string>;
  /**
   * `open` are texts of open documents by their paths within the project, with `/`. Rejects only by a mistake of its own.
   */
  load(root: string, open: ReadonlyMap<string, string>, how: Reading): Promise<Loaded>;
  /** What lies in a folder, an absolute path; nothing where it is none or cannot be read. At most a few thousand of it. */
  list(folder: string): Promise<readonly Listed[]>;
  /** Name of the file with a project's configuration. */
  readonly config: string;
  /** Where the page of a diagnostic can be read; null where nowhere. */
  page(code: string): string | null;
  readonly version: string;
}
