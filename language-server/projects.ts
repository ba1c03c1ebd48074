/** Which projects are open, and which document is of which: that changes with folders, and with configurations that come and go. */
import path from "node:path";
import process from "node:process";
import type { Host } from "./host.ts";
import { fileOf, nameOf, within } from "./places.ts";
import { type Around, OpenProject } from "./project.ts";

/** A document and the project it is of. */
export interface Route {
  readonly project: OpenProject;
  /** Path within the project. */
  readonly path: string;
}

export class Projects {
  readonly #host: Host;
  /** Absolute paths of the folders open in the editor. */
  folders: readonly string[] = [];
  /** By root. */
  readonly #open = new Map<string, OpenProject>();
  /** Those of documents without a file, by URI. */
  readonly #alone = new Map<string, OpenProject>();
  /** By URI, of open documents and of those that were asked about. */
  readonly #routes = new Map<string, Promise<Route | null>>();
  /** Of the folders. */
  #roots: ReadonlySet<string> = new Set();

  readonly #around: Around;
  /** Whether a document without a file, by its URI, is open and a source. */
  readonly #isSource: (uri: string) => boolean;

  constructor(host: Host, around: Around, isSource: (uri: string) => boolean) {
    this.#host = host;
    this.#around = around;
    this.#isSource = isSource;
  }

  get all(): readonly OpenProject[] {
    return [...this.#open.values(), ...this.#alone.values()];
  }

  #project(root: string): OpenProject {
    const known = this.#open.get(root);
    if (known !== undefined) return known;
    const project = new OpenProject(root, this.#host, this.#around);
    this.#open.set(root, project);
    return project;
  }

  /** Null of what is no file, unless it is a source that is open and has none yet. */
  routeOf(uri: string): Promise<Route | null> {
    const known = this.#routes.get(uri);
    if (known !== undefined) return known;
    if (fileOf(uri) === null && !this.#isSource(uri)) return Promise.resolve(null);
    const route = this.#route(uri);
    this.#routes.set(uri, route);
    return route;
  }

  async #route(uri: string): Promise<Route | null> {
    const file = fileOf(uri);
    if (file === null) return this.#standing(uri, await this.#home());
    const project = this.#project(await this.#host.rootOf(file, this.folders));
    return { project, path: within(project.root, file) };
  }

  /** Where a document without a file stands: where a new file of the first folder would. */
  #home(): Promise<string> {
    const [folder] = this.folders;
    return folder === undefined
      ? Promise.resolve(path.parse(process.cwd()).root)
      : this.#host.rootOf(`${folder}/project`, this.folders);
  }

  #standing(uri: string, root: string): Route {
    const alone = { uri, path: nameOf(uri) };
    const project = new OpenProject(root, this.#host, { ...this.#around, alone });
    this.#alone.set(uri, project);
    return { project, path: alone.path };
  }

  /** A document was closed. One without a file is gone with what it was of. */
  leave(uri: string): void {
    this.#routes.delete(uri);
    this.#alone.delete(uri);
  }

  /** Whether no folder and no open document is of it. */
  isLeft(project: OpenProject): boolean {
    const stays = project.alone === null && this.#roots.has(project.root);
    return !stays && project.openPaths.length === 0;
  }

  /**
   * Opens the projects of the folders, puts every open document where it belongs by now, and lets go of projects that nothing is
   * of. `texts` by URI, as they are when asked for. What comes back is to be read anew, and to be forgotten.
   */
  async sort(
    texts: ReadonlyMap<string, () => string | undefined>,
  ): Promise<{ readonly read: readonly OpenProject[]; readonly gone: readonly OpenProject[] }> {
    const read = new Set<OpenProject>();
    const roots = await Promise.all(this.folders.map((folder) => this.#host.rootOf(`${folder}/project`, this.folders)));
    this.#roots = new Set(roots);
    for (const root of roots) read.add(this.#project(root));
    for (const project of this.#open.values()) {
      const loose = !this.#roots.has(project.root);
      if (loose !== project.loose) read.add(project);
      project.loose = loose;
    }
    for (const [uri, text] of texts) await this.#move(uri, text, read);
    const gone = this.all.filter((project) => this.isLeft(project));
    for (const project of gone) {
      this.#letGo(project);
      read.delete(project);
    }
    for (const [uri, route] of this.#routes)
      void route.then((found) => {
        if (found !== null && gone.includes(found.project)) this.#routes.delete(uri);
      });
    return { read: [...read], gone };
  }

  #letGo(project: OpenProject): void {
    if (project.alone === null) this.#open.delete(project.root);
    else if (this.#alone.get(project.alone.uri) === project) this.#alone.delete(project.alone.uri);
  }

  async #move(uri: string, text: () => string | undefined, read: Set<OpenProject>): Promise<void> {
    const file = fileOf(uri);
    const root = await (file === null ? this.#home() : this.#host.rootOf(file, this.folders));
    const before = await this.routeOf(uri);
    const now = text();
    if (now === undefined || before === null || before.project.root === root) return;
    const route =
      file === null ? this.#standing(uri, root) : { project: this.#project(root), path: within(root, file) };
    this.#routes.set(uri, Promise.resolve(route));
    before.project.close(before.path);
    route.project.change(route.path, now);
    read.add(before.project);
    read.add(route.project);
  }

  /** Whether a change of a file on disk could change anything in a project. */
  concerns(project: OpenProject, file: string): boolean {
    const way = within(project.root, file);
    const outside = way === ".." || way.startsWith("../") || path.isAbsolute(way);
    return outside ? project.readsOutside(file) : project.reads(way);
  }
}
