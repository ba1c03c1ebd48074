/** A project that is open in the editor: what lies on disk, with the documents being edited over it; checked when asked. */
import path from "node:path";
import type { Parsed } from "../compiler/check/context.ts";
import { packagesMentioned, pathsMentioned } from "../compiler/check/packages.ts";
import { type CheckedProject, ProjectChecker, type ProjectInput } from "../compiler/check/project.ts";
import { type DataFile, mentionedFiles } from "../compiler/data/file.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { withLevels } from "../compiler/diagnostics/severity.ts";
import { Analysis } from "../compiler/editor/analysis.ts";
import { type LineIndex, lineIndex } from "../language/lines.ts";
import { Coming, parsed } from "./coming.ts";
import type { Host, Loaded, Reading } from "./host.ts";
import { giveWay, inSlices } from "./slices.ts";

const SOURCE = /\.ops$/;

/** By path, of files that were asked about and of which it is known already. */
export type Early = ReadonlyMap<string, readonly Diagnostic[]>;

/** What a project has around it. */
export interface Around {
  /** Is told what is known of open documents before all of the project was checked for the first time. */
  readonly tellEarly: (project: OpenProject, found: Early) => void;
  /** The address of a file, as the client writes it. */
  readonly uriOf: (file: string) => string;
  readonly alone?: Alone | null;
}

/** A document without a file, such as `untitled:Untitled-1`: it stands where a file of this path would. */
export interface Alone {
  readonly uri: string;
  readonly path: string;
}

export class OpenProject {
  /** Absolute path of its folder. */
  readonly root: string;
  /** No folder open in the editor is of it. */
  loose = true;
  /** The one document it is of, where that has no file: nothing is told of others. */
  readonly alone: Alone | null;
  readonly #host: Host;
  readonly #checker = new ProjectChecker();
  /** Texts of open documents by path, those of data files among them. */
  readonly #open = new Map<string, string>();
  #loaded: Loaded | null = null;
  /** Something on disk may be another than when it was read last. */
  #stale = true;
  /** Reading, until nothing is stale. */
  #reading: Promise<void> | null = null;
  #files = new Map<string, Parsed>();
  /** Grows with every change of what is checked. */
  #version = 0;
  #checked: { readonly version: number; readonly result: CheckedProject } | null = null;
  #found: { readonly version: number; readonly diagnostics: readonly Diagnostic[] } | null = null;
  #analysis: { readonly version: number; readonly analysis: Analysis } | null = null;
  #told: { readonly version: number; readonly byFile: ReadonlyMap<string, readonly Diagnostic[]> } | null = null;
  /** Files that are others than when the project was checked last. */
  #edited = new Set<string>();
  /** By path, what the texts of open documents name. */
  readonly #named = new Map<string, { readonly text: string; readonly loose: boolean; readonly mentions: string }>();
  /** What was read and is being parsed. */
  #coming: Coming | null = null;
  /** Checking in slices, until it is checked as it is. */
  #checking: Promise<void> | null = null;
  readonly #tellEarly: Around["tellEarly"];
  readonly #uriOf: Around["uriOf"];

  constructor(root: string, host: Host, { tellEarly, uriOf, alone = null }: Around) {
    this.root = root;
    this.alone = alone;
    this.#host = host;
    this.#tellEarly = tellEarly;
    this.#uriOf = uriOf;
  }

  get version(): number {
    return this.#version;
  }

  /** Why it could not be read as it should. */
  get problem(): string | null {
    return (this.#loaded ?? this.#coming?.loaded)?.problem ?? null;
  }

  isOpen(file: string): boolean {
    return this.#open.has(file);
  }

  get openPaths(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Whether a change of this file on disk could change anything. */
  reads(file: string): boolean {
    if (SOURCE.test(file)) return !this.#open.has(file);
    const name = path.posix.basename(file);
    return name === this.#host.config || name === "package.json" || this.#loaded?.input.data?.has(file) === true;
  }

  /** The same of a file outside of its folder, given absolutely: packages may lie anywhere. */
  readsOutside(file: string): boolean {
    return [...this.#files.keys()].some((module) => this.fileAt(module) === file);
  }

  /** Resolves once it was read for the first time. */
  async ready(): Promise<void> {
    if (this.#loaded === null) await this.settled();
  }

  /** Resolves once all that changed on disk, as far as is known here, was read. */
  async settled(): Promise<void> {
    if (this.#stale) this.#reading ??= this.#read();
    await this.#reading;
  }

  /** What lies on disk is read anew. The old is of use until then. Asked for again while it is read, it is read once more. */
  async reload(): Promise<void> {
    this.#stale = true;
    await this.settled();
  }

  async #read(): Promise<void> {
    try {
      while (this.#stale) {
        this.#stale = false;
        const open = new Map(this.#open);
        const loaded = await this.#host.load(this.root, open, this.#how);
        this.#coming = new Coming(loaded, this.#open, this.#files);
        this.#stale ||= this.#misses(loaded);
        // What could not be read may have been opened and have gone from disk meanwhile: it is not needed there any more.
        this.#stale ||= loaded.problem !== null && this.openPaths.some((file) => !open.has(file));
        this.early(this.openPaths);
        await giveWay();
        await inSlices(this.#coming.parsing(), () => true);
        this.#stale ||= this.#misses(loaded);
        this.#take(this.#coming);
        this.#coming = null;
      }
    } finally {
      this.#reading = null;
      this.#coming = null;
    }
  }

  get #how(): Reading {
    if (this.alone !== null) return "alone";
    return this.loose ? "loose" : "project";
  }

  /** Whether documents were edited while it was read, and name other files by now. */
  #misses(loaded: Loaded): boolean {
    const read = new Map(loaded.input.files.map(({ path: file, text }) => [file, text]));
    return [...this.#open].some(
      ([file, text]) =>
        SOURCE.test(file) &&
        read.get(file) !== text &&
        this.#mentions(text, loaded) !== this.#mentions(read.get(file) ?? "", loaded),
    );
  }

  #take(coming: Coming): void {
    this.#loaded = coming.loaded;
    this.#version++;
    this.#files = new Map();
    for (const file of coming.paths) this.#put(coming, file);
    for (const [file, text] of this.#open) {
      if (!SOURCE.test(file)) this.#overlay(file, text);
      else if (!this.#files.has(file)) this.#put(coming, file);
    }
    this.#order();
    this.#edited.add("");
  }

  #order(): void {
    this.#files = new Map([...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #put(coming: Coming, path: string): void {
    const file = coming.file(path);
    if (file !== null) this.#files.set(path, file);
  }

  /**
   * Tells what is known of these files, as soon as it is read what they import: the rest is parsed and checked after that. Once all was
   * checked there is nothing to tell.
   */
  early(paths: readonly string[]): void {
    const loaded = this.#coming?.loaded ?? this.#loaded;
    // Where something else is to be read first, it is told after that.
    if (this.#found !== null || loaded === null || this.#stale) return;
    const sources = paths.filter((file) => SOURCE.test(file));
    if (sources.length === 0) return;
    const fileOf = (file: string): Parsed | null => this.#coming?.file(file) ?? this.#files.get(file) ?? null;
    const data = new Map<string, DataFile>(loaded.input.data);
    for (const [file, text] of this.#open) if (data.has(file)) data.set(file, { text });
    const found = this.#checker.early({ ...loaded.input, data }, sources, fileOf);
    const told = [...found].map(([file, list]) => [file, withLevels(list, loaded.levels)] as const);
    this.#tellEarly(this, new Map(told));
  }

  /** Puts a document in the place of a data file that is read. Whether it is. */
  #overlay(file: string, text: string): boolean {
    const loaded = this.#loaded;
    const { data } = loaded?.input ?? {};
    if (loaded === null || data?.has(file) !== true) return false;
    const now: DataFile = { text };
    this.#loaded = { ...loaded, input: { ...loaded.input, data: new Map([...data, [file, now]]) } };
    this.#edited.add("");
    return true;
  }

  /** A document opened or changed. Whether what it mentions has to be read from disk: then `reload` is due. */
  change(file: string, text: string): boolean {
    const known = this.#open.get(file);
    this.#open.set(file, text);
    if (!SOURCE.test(file)) {
      if (known === text) return false;
      if (this.#overlay(file, text)) this.#version++;
      // What it puts in force and what it names lies on disk.
      return file === this.#host.config;
    }
    const before = this.#files.get(file);
    if (before?.text === text) return false;
    this.#version++;
    this.#edited.add(file);
    this.#files.set(file, parsed(file, text, before));
    if (before === undefined) this.#order();
    // Of what is being read, what it misses is looked at once it is there.
    return this.#loaded !== null && this.#namesOthers(file, text, before?.text ?? "");
  }

  /** What a source names that is to be found on disk. */
  #mentions(text: string, loaded = this.#loaded): string {
    const imported = this.loose || loaded?.few === true ? pathsMentioned(text) : [];
    return JSON.stringify([mentionedFiles(text), packagesMentioned(text), imported]);
  }

  /** Whether it names others by now. What it named before is kept: both are looked through at every edit. */
  #namesOthers(file: string, text: string, before: string): boolean {
    const known = this.#named.get(file);
    const was = known?.text === before && known.loose === this.loose ? known.mentions : this.#mentions(before);
    const mentions = this.#mentions(text);
    this.#named.set(file, { text, loose: this.loose, mentions });
    return mentions !== was;
  }

  /** A document closed: its file counts again, and `reload` is due. */
  close(file: string): void {
    this.#open.delete(file);
    this.#named.delete(file);
    this.#version++;
    this.#edited.add("");
  }

  /** Of the files as they are now. */
  check(): CheckedProject {
    if (this.#checked?.version === this.#version) return this.#checked.result;
    const result = this.#checker.check({ ...this.#input(), files: [...this.#files.values()] });
    this.#checked = { version: this.#version, result };
    this.#found = { version: this.#version, diagnostics: result.diagnostics };
    this.#edited = new Set();
    return result;
  }

  /** Whether what is wrong in it was found out, of the files as they are or were. */
  get isChecked(): boolean {
    return this.#found !== null;
  }

  /** Resolves once it was read, and is checked as it is: what comes meanwhile is taken in, and what was edited is checked again. */
  async checked(): Promise<void> {
    await this.ready();
    if (this.#found?.version === this.#version) return;
    this.#checking ??= this.#checkInSlices();
    await this.#checking;
  }

  /** Resolves once `analysis` of this file has nothing to check first. */
  async prepared(file: string): Promise<void> {
    await this.ready();
    if (this.#mustCheck(file)) await this.checked();
  }

  async #checkInSlices(): Promise<void> {
    try {
      while (this.#found?.version !== this.#version) {
        const version = this.#version;
        const checking = this.#checker.diagnosing({ ...this.#input(), files: [...this.#files.values()] });
        const diagnostics = await inSlices(checking, () => this.#version === version);
        if (diagnostics === null) continue;
        this.#found = { version, diagnostics };
        this.#edited = new Set();
      }
    } finally {
      this.#checking = null;
    }
  }

  /** Those of `check`, which cost less. */
  #diagnose(): readonly Diagnostic[] {
    if (this.#found?.version === this.#version) return this.#found.diagnostics;
    const diagnostics = this.#checker.diagnose({ ...this.#input(), files: [...this.#files.values()] });
    this.#found = { version: this.#version, diagnostics };
    this.#edited = new Set();
    return diagnostics;
  }

  #input(): ProjectInput {
    return this.#loaded?.input ?? { files: [], manifests: new Map() };
  }

  /** Texts of sources, data files and calendars as they are now, by path. */
  texts(): ReadonlyMap<string, string> {
    const data = [...(this.#input().data ?? [])].flatMap(([file, found]) =>
      "text" in found ? [[file, this.#open.get(file) ?? found.text] as const] : [],
    );
    return new Map([...data, ...[...this.#files.values()].map((file) => [file.path, file.text] as const)]);
  }

  /**
   * Of the files as they are now, asked for by `file`. What others than that declare is known from a check, which is made
   * where any of them is another since.
   */
  analysis(file: string | null = null): Analysis {
    if (this.#mustCheck(file)) this.#diagnose();
    if (this.#analysis?.version === this.#version) return this.#analysis.analysis;
    const { manifests, packages = new Map() } = this.#input();
    const analysis = new Analysis({ checker: this.#checker, files: this.#files, manifests, packages });
    this.#analysis = { version: this.#version, analysis };
    return analysis;
  }

  #mustCheck(file: string | null): boolean {
    return this.#found === null || (file !== null && [...this.#edited].some((edited) => edited !== file));
  }

  /** All there is to tell, by path; files of which there is nothing to tell are not in it. */
  diagnostics(): ReadonlyMap<string, readonly Diagnostic[]> {
    if (this.#told?.version === this.#version) return this.#told.byFile;
    const found = [...withLevels(this.#diagnose(), this.#loaded?.levels ?? {}), ...(this.#loaded?.faults ?? [])];
    const byFile = new Map<string, Diagnostic[]>();
    for (const diagnostic of found) {
      const list = byFile.get(diagnostic.module) ?? [];
      byFile.set(diagnostic.module, list);
      list.push(diagnostic);
    }
    this.#told = { version: this.#version, byFile };
    return byFile;
  }

  /** The file as it is now: open, on disk, or of data; null where it is not of the project. */
  lines(file: string): LineIndex | null {
    const source = this.#files.get(file) ?? this.#coming?.file(file);
    if (source != null) return source.lines;
    const data = this.#input().data?.get(file);
    const text =
      this.#open.get(file) ??
      this.#loaded?.texts.get(file) ??
      (data !== undefined && "text" in data ? data.text : undefined);
    return text === undefined ? null : lineIndex(text);
  }

  /** Whether what is found in it is told of this file. */
  tells(module: string): boolean {
    return this.alone === null || module === this.alone.path;
  }

  /** The address of a file of it, as the client writes it. */
  uriAt(module: string): string {
    return module === this.alone?.path ? this.alone.uri : this.#uriOf(this.fileAt(module));
  }

  /** Absolute. */
  fileAt(module: string): string {
    const loaded = this.#loaded ?? this.#coming?.loaded;
    return loaded?.fileAt(module) ?? path.resolve(this.root, module);
  }
}
