/** The server: documents in, projects kept, requests handed to features. One connection, any number of projects. */
import {
  type CancellationToken,
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  LSPErrorCodes,
  ResponseError,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Parsed } from "../compiler/check/context.ts";
import type { Analysis } from "../compiler/editor/analysis.ts";
import { Diagnostics } from "./diagnostics.ts";
import { FEATURES } from "./features/index.ts";
import type { Host } from "./host.ts";
import { fileOf, offsetOf, within } from "./places.ts";
import { OpenProject } from "./project.ts";

/** A document and the project it is of. */
export interface Route {
  readonly project: OpenProject;
  /** Path within the project. */
  readonly path: string;
}

/** What a feature is asked about. */
export interface Asked extends Route {
  readonly file: Parsed;
  readonly analysis: Analysis;
  readonly token: CancellationToken;
}

export interface Feature {
  readonly capabilities: Partial<ServerCapabilities>;
  /** Sets its handlers. */
  register(server: Server): void;
}

interface InDocument {
  readonly textDocument: { readonly uri: string };
}
interface AtPosition extends InDocument {
  readonly position: { readonly line: number; readonly character: number };
}

/** Files whose change may change what a check says. */
const WATCHED = ["**/*.ops", "**/opsc.config.json", "**/*.{yaml,yml,json,csv,ics}", "**/node_modules/*/package.json"];

export class Server {
  readonly connection: Connection;
  readonly host: Host;
  readonly documents = new TextDocuments(TextDocument);
  readonly diagnostics: Diagnostics;
  /** As the client says. */
  client: InitializeParams["capabilities"] = {};
  /** Has commands of its own that items may name. */
  isVsCode = false;
  #folders: string[] = [];
  readonly #projects = new Map<string, OpenProject>();
  readonly #routes = new Map<string, Promise<Route | null>>();

  constructor(connection: Connection, host: Host) {
    this.connection = connection;
    this.host = host;
    this.diagnostics = new Diagnostics(this);
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => this.#initialized());
    connection.onDidChangeWatchedFiles(({ changes }) => this.#changedOnDisk(changes.map(({ uri }) => uri)));
    this.documents.onDidOpen(({ document }) => this.#changed(document));
    this.documents.onDidChangeContent(({ document }) => this.#changed(document));
    this.documents.onDidClose(({ document }) => this.#inBackground(this.#closed(document.uri)));
    for (const feature of FEATURES) feature.register(this);
    this.documents.listen(connection);
    connection.listen();
  }

  get projects(): readonly OpenProject[] {
    return [...this.#projects.values()];
  }

  #initialize(params: InitializeParams): {
    capabilities: ServerCapabilities;
    serverInfo: { name: string; version: string };
  } {
    this.client = params.capabilities;
    this.isVsCode = /visual studio code|vscode|code-server/i.test(params.clientInfo?.name ?? "");
    this.#folders = (params.workspaceFolders ?? []).flatMap(({ uri }) => fileOf(uri) ?? []);
    const capabilities: ServerCapabilities = {
      positionEncoding: "utf-16",
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    };
    for (const { capabilities: own } of FEATURES)
      Object.assign(capabilities, own, { workspace: { ...capabilities.workspace, ...own.workspace } });
    return { capabilities, serverInfo: { name: "opsc", version: this.host.version } };
  }

  #initialized(): void {
    if (this.client.workspace?.didChangeWatchedFiles?.dynamicRegistration === true)
      void this.connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: WATCHED.map((globPattern) => ({ globPattern })),
      });
    if (this.client.workspace?.workspaceFolders === true)
      this.connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.flatMap(({ uri }) => fileOf(uri) ?? []));
        this.#folders = [
          ...this.#folders.filter((folder) => !gone.has(folder)),
          ...added.flatMap(({ uri }) => fileOf(uri) ?? []),
        ];
      });
    // What is wrong in a project is told before any of its files is opened.
    for (const folder of this.#folders)
      this.#inBackground(this.#projectIn(folder).then((project) => this.#opened(project)));
  }

  async #projectIn(folder: string): Promise<OpenProject> {
    return this.#project(await this.host.rootOf(`${folder}/project`, this.#folders));
  }

  #project(root: string): OpenProject {
    const known = this.#projects.get(root);
    if (known !== undefined) return known;
    const project = new OpenProject(root, this.host);
    this.#projects.set(root, project);
    return project;
  }

  async #opened(project: OpenProject): Promise<void> {
    await project.ready();
    this.diagnostics.schedule(project);
  }

  /** The project a document is of; null of what is no file. */
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
    const project = this.#project(await this.host.rootOf(file, this.#folders));
    return { project, path: within(project.root, file) };
  }

  #changed({ uri }: TextDocument): void {
    this.#inBackground(
      this.routeOf(uri).then(async (route) => {
        // The text may be another by now: what counts is the document as it is.
        const text = this.documents.get(uri)?.getText();
        if (route === null || text === undefined) return;
        const { project, path } = route;
        const reads = project.change(path, text);
        await project.ready();
        if (reads) await project.reload();
        this.diagnostics.schedule(project);
      }),
    );
  }

  /** What nobody waits for, and must not end the server. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) =>
      this.connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  }

  async #closed(uri: string): Promise<void> {
    const route = await this.routeOf(uri);
    this.#routes.delete(uri);
    if (route === null) return;
    route.project.close(route.path);
    await route.project.reload();
    this.diagnostics.schedule(route.project);
  }

  #changedOnDisk(uris: readonly string[]): void {
    const files = uris.flatMap((uri) => fileOf(uri) ?? []);
    for (const project of this.#projects.values()) {
      const concerned = files.some(
        (file) => file.startsWith(project.root) && !project.isOpen(within(project.root, file)),
      );
      if (concerned) this.#inBackground(project.reload().then(() => this.diagnostics.schedule(project)));
    }
  }

  /** `answer` for a document of a project; `none` for any other. */
  async about<T>(params: InDocument, token: CancellationToken, none: T, answer: (asked: Asked) => T): Promise<T> {
    const route = await this.routeOf(params.textDocument.uri);
    if (route === null) return none;
    const { project, path } = route;
    await project.ready();
    this.#stillWanted(token);
    const analysis = project.analysis();
    const file = analysis.file(path);
    return file === null ? none : answer({ project, path, file, analysis, token });
  }

  /** The same at a place in the document. */
  at<T>(
    params: AtPosition,
    token: CancellationToken,
    none: T,
    answer: (asked: Asked, offset: number) => T,
  ): Promise<T> {
    return this.about(params, token, none, (asked) => answer(asked, offsetOf(asked.file.lines, params.position)));
  }

  #stillWanted(token: CancellationToken): void {
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, "no longer wanted");
  }
}
