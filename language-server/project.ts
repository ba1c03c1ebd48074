/** A project that is open in the editor: what lies on disk, with the documents being edited over it; checked when asked. */
import path from "node:path";
import type { Parsed } from "../compiler/check/context.ts";
import { packagesMentioned } from "../compiler/check/packages.ts";
import { type CheckedProject, ProjectChecker } from "../compiler/check/project.ts";
import { mentionedFiles } from "../compiler/data/file.ts";
import type { Diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import { withLevels } from "../compiler/diagnostics/severity.ts";
import { Analysis } from "../compiler/editor/analysis.ts";
import { type LineIndex, lineIndex } from "../language/lines.ts";
import { parse } from "../language/parse.ts";
import type { Host, Loaded } from "./host.ts";

const SOURCE = /\.ops$/;

export class OpenProject {
  /** Absolute path of its folder. */
  readonly root: string;
  readonly #host: Host;
  readonly #checker = new ProjectChecker();
  /** Texts of open documents by path, those of data files among them. */
  readonly #open = new Map<string, string>();
  #loaded: Loaded | null = null;
  #loading: Promise<void> | null = null;
  #files = new Map<string, Parsed>();
  /** Grows with every change of what is checked. */
  #version = 0;
  #checked: { readonly version: number; readonly result: CheckedProject } | null = null;
  #analysis: { readonly version: number; readonly analysis: Analysis } | null = null;

  constructor(root: string, host: Host) {
    this.root = root;
    this.#host = host;
  }

  get version(): number {
    return this.#version;
  }

  /** Why it could not be read as it should. */
  get problem(): string | null {
    return this.#loaded?.problem ?? null;
  }

  isOpen(file: string): boolean {
    return this.#open.has(file);
  }

  get openPaths(): readonly string[] {
    return [...this.#open.keys()];
  }

  /** Resolves when it is read; reads it the first time, and after `reload`. */
  async ready(): Promise<void> {
    if (this.#loaded !== null && this.#loading === null) return;
    this.#loading ??= this.#load();
    await this.#loading;
  }

  /** What lies on disk is read anew. The old is of use until then. */
  async reload(): Promise<void> {
    await this.#loading;
    this.#loading = this.#load();
    await this.#loading;
  }

  async #load(): Promise<void> {
    const loaded = await this.#host.load(this.root, new Map(this.#open));
    this.#loaded = loaded;
    this.#loading = null;
    this.#version++;
    const before = this.#files;
    this.#files = new Map(
      loaded.input.files.map(({ path: file, text }) => {
        const now = this.#open.get(file) ?? text;
        const known = before.get(file);
        return [file, known?.text === now ? known : parsed(file, now)];
      }),
    );
    for (const [file, text] of this.#open)
      if (SOURCE.test(file) && !this.#files.has(file)) this.#files.set(file, parsed(file, text));
  }

  /** A document opened or changed. Whether what it mentions has to be read from disk: then `reload` is due. */
  change(file: string, text: string): boolean {
    const before = this.#open.get(file) ?? this.#textOf(file);
    this.#open.set(file, text);
    if (before === text && this.#files.has(file)) return false;
    this.#version++;
    if (!SOURCE.test(file)) return true;
    this.#files.set(file, parsed(file, text));
    return mentions(text) !== mentions(before ?? "");
  }

  /** A document closed: its file counts again. */
  close(file: string): void {
    this.#open.delete(file);
    this.#version++;
  }

  #textOf(file: string): string | undefined {
    return this.#files.get(file)?.text;
  }

  /** Of the files as they are now. */
  check(): CheckedProject {
    if (this.#checked?.version === this.#version) return this.#checked.result;
    const result = this.#checker.check({ ...this.#input(), files: [...this.#files.values()] });
    this.#checked = { version: this.#version, result };
    return result;
  }

  #input(): Loaded["input"] {
    return this.#loaded?.input ?? { files: [], manifests: new Map() };
  }

  /** Of the files as they are now; what is found out of others was so when they were checked last. */
  analysis(): Analysis {
    if (this.#analysis?.version === this.#version) return this.#analysis.analysis;
    // What others declare is known from a check, once one was made.
    if (this.#checked === null) this.check();
    const { manifests, packages = new Map() } = this.#input();
    const analysis = new Analysis({ checker: this.#checker, files: this.#files, manifests, packages });
    this.#analysis = { version: this.#version, analysis };
    return analysis;
  }

  /** All there is to tell, by path; files of which there is nothing to tell are not in it. */
  diagnostics(): ReadonlyMap<string, readonly Diagnostic[]> {
    const found = [
      ...withLevels(this.check().diagnostics, this.#loaded?.levels ?? {}),
      ...(this.#loaded?.faults ?? []),
    ];
    const byFile = new Map<string, Diagnostic[]>();
    for (const diagnostic of found) {
      const list = byFile.get(diagnostic.module) ?? [];
      byFile.set(diagnostic.module, list);
      list.push(diagnostic);
    }
    return byFile;
  }

  /** The file as it is now: open, on disk, or of data; null where it is not of the project. */
  lines(file: string): LineIndex | null {
    const source = this.#files.get(file);
    if (source !== undefined) return source.lines;
    const data = this.#input().data?.get(file);
    const text =
      this.#open.get(file) ??
      this.#loaded?.texts.get(file) ??
      (data !== undefined && "text" in data ? data.text : undefined);
    return text === undefined ? null : lineIndex(text);
  }

  /** Absolute. */
  fileAt(module: string): string {
    return this.#loaded?.fileAt(module) ?? path.resolve(this.root, module);
  }
}

function parsed(file: string, text: string): Parsed {
  return { path: file, text, ...parse(text), lines: lineIndex(text) };
}

/** Files and packages a source names: where they are others, disk has to be looked at. */
const mentions = (text: string): string => JSON.stringify([mentionedFiles(text), packagesMentioned(text)]);
