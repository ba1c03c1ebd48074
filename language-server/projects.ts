/** Which projects are open, and which document is of which: that changes with folders, and with configurations that come and go. */
import path from "node:path";
import type { Host } from "./host.ts";
import { fileOf, within } from "./places.ts";
import { OpenProject, type TellEarly } from "./project.ts";

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
  /** By URI, of open documents and of those that were asked about. */
  readonly #routes = new Map<string, Promise<Route | null>>();
  /** Of the folders. */
  #roots: ReadonlySet<string> = new Set();

  readonly #tellEarly: TellEarly;

  constructor(host: Host, tellEarly: TellEarly) {
    this.#host = host;
    this.#tellEarly = tellEarly;
  }

  get all(): readonly OpenProject[] {
    return [...this.#open.values()];
  }

  #project(root: string): OpenProject {
    const known = this.#open.get(root);
    if (known !== undefined) return known;
    const project = new OpenProject(root, this.#host, this.#tellEarly);
    this.#open.set(root, project);
    return project;
  }

  /** Null of what is no file. */
  routeOf(uri: string): Promise<Route | null> {
    const known = this.#routes.get(uri);
    if (known !== undefined) return known;
    const route = this.#route(uri);
    this.#routes.set(uri, route);
    return route;
  }

  async #route(uri: string): Promise<Route | null> {
    const file = fileOf(uri);
    if (file === null) return null;
    const project = this.#project(await this.#host.rootOf(file, this.folders));
    return { project, path: within(project.root, file) };
  }

  leave(uri: string): void {
    this.#routes.delete(uri);
  }

  /** Whether no folder and no open document is of it. */
  isLeft(project: OpenProject): boolean {
    return !this.#roots.has(project.root) && project.openPaths.length === 0;
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
      this.#open.delete(project.root);
      read.delete(project);
    }
    for (const [uri, route] of this.#routes)
      void route.then((found) => {
        if (found !== null && gone.includes(found.project)) this.#routes.delete(uri);
      });
    return { read: [...read], gone };
  }

  async #move(uri: string, text: () => string | undefined, read: Set<OpenProject>): Promise<void> {
    const file = fileOf(uri);
    if (file === null) return;
    const root = await this.#host.rootOf(file, this.folders);
    const before = await this.routeOf(uri);
    const now = text();
    if (now === undefined || before === null || before.project.root === root) return;
    const route = { project: this.#project(root), path: within(root, file) };
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
