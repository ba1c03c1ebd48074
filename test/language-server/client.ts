/** A client for tests: speaks the protocol to a server, in this process or to the built command. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeParams,
  type InitializeResult,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { serve } from "../../cli/language-host.ts";
import type { Server } from "../../language-server/server.ts";

interface Serving {
  readonly child?: ChildProcess | null;
  readonly server?: Server | null;
}

export class Client {
  readonly connection: ProtocolConnection;
  /** Absolute path of the folder that is open. */
  readonly folder: string;
  /** The latest told of each file, by its path in the folder. */
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  readonly messages: string[] = [];
  readonly #versions = new Map<string, number>();
  readonly #child: ChildProcess | null;
  /** Where it is one in this process. */
  readonly server: Server | null;
  #waiting: (() => void)[] = [];

  constructor(connection: ProtocolConnection, folder: string, { child = null, server = null }: Serving) {
    this.connection = connection;
    this.folder = folder;
    this.#child = child;
    this.server = server;
    connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => {
      this.diagnostics.set(this.pathOf(uri), diagnostics);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    connection.onNotification("window/showMessage", ({ message }) => void this.messages.push(message));
    connection.onNotification("window/logMessage", ({ message }) => void this.messages.push(message));
    connection.onRequest("client/registerCapability", () => null);
    connection.listen();
  }

  uri(file: string): string {
    return pathToFileURL(path.join(this.folder, file)).href;
  }

  pathOf(uri: string): string {
    return decodeURIComponent(uri.slice(pathToFileURL(this.folder).href.length + 1));
  }

  async initialize(capabilities: InitializeParams["capabilities"] = {}): Promise<InitializeResult> {
    const uri = pathToFileURL(this.folder).href;
    const result: InitializeResult = await this.connection.sendRequest("initialize", {
      processId: null,
      rootUri: uri,
      workspaceFolders: [{ uri, name: "test" }],
      capabilities,
    });
    await this.connection.sendNotification("initialized", {});
    return result;
  }

  async open(file: string, text: string): Promise<void> {
    this.#versions.set(file, 1);
    await this.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri: this.uri(file), languageId: "ops", version: 1, text },
    });
  }

  /** The whole text, or a part of it. */
  async change(file: string, text: string, range?: Diagnostic["range"]): Promise<void> {
    const version = (this.#versions.get(file) ?? 0) + 1;
    this.#versions.set(file, version);
    await this.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: this.uri(file), version },
      contentChanges: [range === undefined ? { text } : { text, range }],
    });
  }

  async close(file: string): Promise<void> {
    await this.connection.sendNotification("textDocument/didClose", { textDocument: { uri: this.uri(file) } });
  }

  request<T>(method: string, params: object): Promise<T> {
    return this.connection.sendRequest(method, params);
  }

  /** The request at a place of a file. */
  at<T>(method: string, file: string, line: number, character: number, more: object = {}): Promise<T> {
    return this.request(method, { textDocument: { uri: this.uri(file) }, position: { line, character }, ...more });
  }

  /** Resolves when what is told of `file` is as `wanted`; rejects after thirty seconds. */
  async told(file: string, wanted: (found: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]> {
    const until = Date.now() + 30_000;
    for (;;) {
      const found = this.diagnostics.get(file);
      if (found !== undefined && wanted(found)) return found;
      if (Date.now() > until) throw new Error(`not told of ${file}: ${JSON.stringify(found?.map((d) => d.message))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** How the command ends, and what it says beside the protocol. */
  ended(): Promise<{ readonly code: number | null; readonly errors: string }> {
    const child = this.#child;
    if (child === null) throw new Error("it is in this process");
    let errors = "";
    child.stderr?.on("data", (data) => {
      errors += data;
    });
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, errors })));
  }

  async stop(): Promise<void> {
    const gone = this.#child !== null && this.#child.exitCode !== null;
    if (!gone) await this.connection.sendRequest("shutdown");
    // It would end this process too.
    if (this.#child !== null && !gone) await this.connection.sendNotification("exit");
    this.connection.dispose();
    this.#child?.kill();
  }
}

/** A server in this process, over pipes. */
export function here(folder: string): Client {
  const [to, from] = [new PassThrough(), new PassThrough()];
  const server = serve(to, from);
  const connection = createProtocolConnection(new StreamMessageReader(from), new StreamMessageWriter(to));
  return new Client(connection, folder, { server });
}

/** The built command. */
export function built(folder: string): Client {
  const child = spawn(process.execPath, [path.resolve(import.meta.dirname, "../../dist/opsc.mjs"), "lsp", "--stdio"]);
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  return new Client(connection, folder, { child });
}

/** A folder with these files, gone when `remove` is called. */
export function folderOf(files: Readonly<Record<string, string>>): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-lsp-"));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
