/** A language server that is started and spoken to, with what it costs. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";

export interface Place {
  readonly line: number;
  readonly character: number;
}

export class Session {
  readonly connection: ProtocolConnection;
  readonly child: ChildProcess;
  readonly #folder: string;
  readonly #versions = new Map<string, number>();
  /** Told of a file with how many mistakes are told of it. */
  readonly #waiting = new Map<string, (count: number) => boolean>();
  readonly began = performance.now();

  constructor(command: readonly string[], folder: string) {
    this.#folder = folder;
    this.child = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "ignore"], cwd: folder });
    const { stdin, stdout } = this.child;
    if (stdin === null || stdout === null) throw new Error("no pipes");
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }) => {
      const errors = diagnostics.filter((each: { severity?: number }) => each.severity === 1).length;
      if (this.#waiting.get(uri)?.(errors) === true) this.#waiting.delete(uri);
    });
    for (const request of ["client/registerCapability", "window/workDoneProgress/create"])
      this.connection.onRequest(request, () => null);
    this.connection.onRequest("workspace/configuration", ({ items }) => items.map(() => null));
    this.connection.listen();
  }

  uri(file: string): string {
    return pathToFileURL(path.join(this.#folder, file)).href;
  }

  async initialize(): Promise<void> {
    const uri = pathToFileURL(this.#folder).href;
    await this.connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: "bench" }],
      capabilities: { textDocument: { completion: {} }, workspace: { workspaceFolders: true } },
    });
    await this.connection.sendNotification("initialized", {});
  }

  /** Resolves at the first that is told of `file` with mistakes, or without. */
  told(file: string, mistaken: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing told of ${file} in a minute`)), 60_000);
      this.#waiting.set(this.uri(file), (count) => {
        if (count > 0 !== mistaken) return false;
        clearTimeout(timer);
        resolve();
        return true;
      });
    });
  }

  async open(file: string, languageId: string, text: string): Promise<void> {
    this.#versions.set(file, 1);
    await this.connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri: this.uri(file), languageId, version: 1, text },
    });
  }

  async change(file: string, start: Place, length: number, text: string): Promise<void> {
    const version = (this.#versions.get(file) ?? 1) + 1;
    this.#versions.set(file, version);
    const end = { line: start.line, character: start.character + length };
    await this.connection.sendNotification("textDocument/didChange", {
      textDocument: { uri: this.uri(file), version },
      contentChanges: [{ range: { start, end }, text }],
    });
  }

  complete(file: string, position: Place): Promise<unknown> {
    return this.connection.sendRequest("textDocument/completion", { textDocument: { uri: this.uri(file) }, position });
  }

  /** Processor time so far, of all threads. Milliseconds; of Linux, whose clock ticks are a hundredth. */
  work(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Memory of the process. Bytes. */
  memory(): number {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, "utf8"));
    return Number(found?.[1]) * 1024;
  }

  async stop(): Promise<void> {
    if (this.child.signalCode !== null || this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
    this.connection.dispose();
  }
}
