/** The server: documents in, projects kept, requests handed to features. One connection, any number of projects. */
import path from "node:path";
import {
  type CancellationToken,
  type Connection,
  DidChangeWatchedFilesNotification,
  type FileEvent,
  type InitializeParams,
  LSPErrorCodes,
  ResponseError,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { Diagnostics } from "./diagnostics.ts";
import type { Asked, AtPosition, InDocument, Serving } from "./feature.ts";
import { FEATURES } from "./features/index.ts";
import type { Host } from "./host.ts";
import { documentIn, offsetIn } from "./params.ts";
import { fileOf, uriOf } from "./places.ts";
import type { OpenProject } from "./project.ts";
import { Projects, type Route } from "./projects.ts";

/** Files whose change may change what a check says. */
const WATCHED = ["**/*.ops", "**/*.{yaml,yml,json,csv,ics}", "**/node_modules/**/package.json"];

export class Server implements Serving {
  readonly connection: Connection;
  readonly host: Host;
  readonly documents = new TextDocuments(TextDocument);
  readonly diagnostics: Diagnostics;
  /** As the client says. */
  client: InitializeParams["capabilities"] = {};
  /** Has commands of its own that items may name. */
  isVsCode = false;
  readonly #projects: Projects;
  /** Of open documents, by their files, as the client writes them: there are several ways to. */
  readonly #uris = new Map<string, string>();
  /** What nobody waits for. */
  #sorting: Promise<void> = Promise.resolve();
  readonly #background = new Set<Promise<void>>();

  constructor(connection: Connection, host: Host) {
    this.connection = connection;
    this.host = host;
    this.diagnostics = new Diagnostics(this);
    this.#projects = new Projects(
      host,
      {
        tellEarly: (project, found) => this.diagnostics.tellEarly(project, found),
        uriOf: (file) => this.#uris.get(file) ?? uriOf(file),
      },
      (uri) => uri.startsWith("untitled:") && this.documents.get(uri)?.languageId === "ops",
    );
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => this.#initialized());
    connection.onShutdown(() => this.diagnostics.stop());
    connection.onDidChangeWatchedFiles(({ changes }) => this.inBackground(this.#changedOnDisk(changes)));
    this.documents.onDidOpen(({ document }) => this.#changed(document));
    this.documents.onDidChangeContent(({ document }) => this.#changed(document));
    this.documents.onDidSave(({ document }) => this.#saved(document));
    this.documents.onDidClose(({ document }) => this.inBackground(this.#closed(document.uri)));
    for (const feature of FEATURES) feature.register(this);
    this.documents.listen(connection);
    connection.listen();
  }

  get projects(): readonly OpenProject[] {
    return this.#projects.all;
  }

  /** The same, once folders are sorted into them and all are checked: for what is asked of no document. */
  async opened(): Promise<readonly OpenProject[]> {
    await this.#sorting;
    await Promise.all(this.projects.map((project) => project.checked()));
    return this.projects;
  }

  #initialize(params: InitializeParams): {
    capabilities: ServerCapabilities;
    serverInfo: { name: string; version: string };
  } {
    this.client = params.capabilities;
    this.isVsCode = /visual studio code|vscode|code-server/i.test(params.clientInfo?.name ?? "");
    const { workspaceFolders, rootUri } = params;
    const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri === null ? [] : [rootUri]);
    this.#projects.folders = uris.flatMap((uri) => fileOf(uri) ?? []);
    const capabilities: ServerCapabilities = {
      positionEncoding: "utf-16",
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    };
    for (const { capabilities: own } of FEATURES)
      Object.assign(capabilities, own, { workspace: { ...capabilities.workspace, ...own.workspace } });
    return { capabilities, serverInfo: { name: "opsc", version: this.host.version } };
  }

  get #watched(): boolean {
    return this.client.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
  }

  #initialized(): void {
    if (this.#watched)
      void this.connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: WATCHED.map((globPattern) => ({ globPattern })),
      });
    if (this.client.workspace?.workspaceFolders === true)
      this.connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.flatMap(({ uri }) => fileOf(uri) ?? []));
        const kept = this.#projects.folders.filter((folder) => !gone.has(folder));
        this.#projects.folders = [...kept, ...added.flatMap(({ uri }) => fileOf(uri) ?? [])];
        this.inBackground(this.#sortProjects());
      });
    this.inBackground(this.#sortProjects());
  }

  /** What is wrong in a folder is told before any of its files is opened; what belongs to none any more is taken back. */
  #sortProjects(): Promise<void> {
    // One after the other: an older look at the disk must not come after a newer one.
    this.#sorting = this.#sorting.catch(() => undefined).then(() => this.#sort());
    return this.#sorting;
  }

  async #sort(): Promise<void> {
    const texts = new Map(this.documents.all().map(({ uri }) => [uri, () => this.documents.get(uri)?.getText()]));
    const { read, gone } = await this.#projects.sort(texts);
    for (const project of gone) this.diagnostics.forget(project);
    await Promise.all(read.map((project) => this.#reload(project)));
  }

  async #reload(project: OpenProject): Promise<void> {
    await project.reload();
    this.diagnostics.schedule(project);
  }

  /** The project a document is of; null of what is of none. */
  routeOf(uri: string): Promise<Route | null> {
    return this.#projects.routeOf(uri);
  }

  #changed({ uri }: TextDocument): void {
    const file = fileOf(uri);
    if (file !== null) this.#uris.set(file, uri);
    this.inBackground(
      this.routeOf(uri).then(async (route) => {
        // The text may be another by now: what counts is the document as it is.
        const text = this.documents.get(uri)?.getText();
        if (route === null || text === undefined) return;
        const { project, path } = route;
        const reads = project.change(path, text);
        if (!reads) project.early([path]);
        await project.ready();
        if (reads) await project.reload();
        this.diagnostics.schedule(project);
      }),
    );
  }

  /** Clients that watch no files tell at least of those they write. */
  #saved({ uri }: TextDocument): void {
    if (this.#watched) return;
    this.inBackground(this.#changedOnDisk([{ uri, type: 1 }]));
  }

  /** Must not end the server. */
  inBackground(work: Promise<void>): void {
    const done = work.catch((error: unknown) => this.complain(error));
    this.#background.add(done);
    void done.then(() => this.#background.delete(done));
  }

  /** Of a mistake of the server's own. */
  complain(error: unknown): void {
    this.connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Resolves once nothing goes on but what is asked. */
  async settled(): Promise<void> {
    while (this.#background.size > 0 || this.diagnostics.pending) {
      await Promise.all(this.#background);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async #closed(uri: string): Promise<void> {
    const route = await this.routeOf(uri);
    // Opened again meanwhile, it is not closed.
    if (route === null || this.documents.get(uri) !== undefined) return;
    this.#projects.leave(uri);
    this.#uris.delete(fileOf(uri) ?? "");
    route.project.close(route.path);
    if (route.project.alone !== null) return this.diagnostics.forget(route.project);
    if (this.#projects.isLeft(route.project)) return this.#sortProjects();
    await this.#reload(route.project);
  }

  async #changedOnDisk(changes: readonly FileEvent[]): Promise<void> {
    const files = changes.flatMap(({ uri }) => fileOf(uri) ?? []);
    // Where a configuration comes or goes, a project begins or ends.
    if (files.some((file) => path.basename(file) === this.host.config)) await this.#sortProjects();
    const concerned = this.projects.filter((project) => files.some((file) => this.#projects.concerns(project, file)));
    await Promise.all(concerned.map((project) => this.#reload(project)));
  }

  /** `answer` for a document of a project; `none` for any other. */
  async about<T>(
    params: InDocument,
    token: CancellationToken,
    none: T,
    answer: (asked: Asked) => T | Promise<T>,
  ): Promise<T> {
    const uri = documentIn(params);
    const version = this.documents.get(uri)?.version;
    const route = await this.routeOf(uri);
    if (route === null) return none;
    const { project, path } = route;
    await project.prepared(path);
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, "no longer wanted");
    // Places were meant in the text as it was.
    if (this.documents.get(uri)?.version !== version)
      throw new ResponseError(LSPErrorCodes.ContentModified, "the text is another by now");
    const analysis = project.analysis(path);
    const file = analysis.file(path);
    return file === null ? none : answer({ project, path, file, analysis, token });
  }

  /** The same at a place in the document. */
  at<T>(
    params: AtPosition,
    token: CancellationToken,
    none: T,
    answer: (asked: Asked, offset: number) => T | Promise<T>,
  ): Promise<T> {
    return this.about(params, token, none, (asked) => answer(asked, offsetIn(asked.file.lines, params.position)));
  }
}
