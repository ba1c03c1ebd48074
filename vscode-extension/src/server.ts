/** The language server: started, told whether the workspace is trusted, started again where a setting changed. */
import path from "node:path";
import process from "node:process";
import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  type StaticFeature,
  TransportKind,
} from "vscode-languageclient/node";
import { chooseOpsc, type Opsc } from "./choose-server.ts";

export const PLAN_COMMAND = "opsc.plan";

export class Server implements vscode.Disposable {
  readonly #bundled: string;
  #client: LanguageClient | null = null;
  /** Starts and stops one after the other. */
  #turn: Promise<void> = Promise.resolve();
  readonly #changed = new vscode.EventEmitter<void>();
  /** It was started, or is gone. */
  readonly onChanged = this.#changed.event;

  constructor(extension: vscode.Uri) {
    this.#bundled = path.join(extension.fsPath, "out/opsc/dist/opsc.mjs");
  }

  /** The command that is in use. */
  get opsc(): Opsc {
    const { globalValue, workspaceValue, workspaceFolderValue } =
      vscode.workspace.getConfiguration("opsc").inspect<string>("path") ?? {};
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? null;
    const written = { user: globalValue ?? "", workspace: workspaceFolderValue ?? workspaceValue ?? "" };
    return chooseOpsc(written, vscode.workspace.isTrusted, this.#bundled, folder);
  }

  start(): Promise<void> {
    return this.#next(async () => {
      const client = new LanguageClient("opsc", "opsc", serverOptions(this.opsc), clientOptions());
      client.registerFeature(planCapability());
      this.#client = client;
      try {
        await client.start();
      } catch (error) {
        this.#client = null;
        const why = error instanceof Error ? error.message : String(error);
        void this.#failed(why);
      }
      this.#changed.fire();
    });
  }

  restart(): Promise<void> {
    void this.stop();
    return this.start();
  }

  stop(): Promise<void> {
    return this.#next(async () => {
      const client = this.#client;
      this.#client = null;
      // One that does not answer is no reason to wait.
      await client?.dispose(2000).catch(() => {});
      this.#changed.fire();
    });
  }

  /** Null where there is no server. Rejects with what it says is wrong. */
  async ask<T>(method: string, params: object, token?: vscode.CancellationToken): Promise<T | null> {
    await this.#turn;
    if (this.#client === null || !this.#client.isRunning()) return null;
    // A token that is not there would be sent as a second parameter.
    return token === undefined
      ? this.#client.sendRequest<T>(method, params)
      : this.#client.sendRequest<T>(method, params, token);
  }

  dispose(): void {
    void this.stop();
    this.#changed.dispose();
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work, work);
    return this.#turn;
  }

  async #failed(why: string): Promise<void> {
    const settings = "Open Settings";
    const chosen = await vscode.window.showErrorMessage(`opsc cannot be started: ${why}`, "Try Again", settings);
    if (chosen === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "opsc.path");
    else if (chosen !== undefined) await this.start();
  }
}

function serverOptions(opsc: Opsc): ServerOptions {
  if (opsc.kind === "program") return { command: opsc.file, args: ["lsp"], transport: TransportKind.stdio };
  return { module: opsc.file, args: ["lsp"], transport: TransportKind.stdio, options: { env: process.env } };
}

function clientOptions(): LanguageClientOptions {
  return {
    documentSelector: [
      { scheme: "file", language: "ops" },
      { scheme: "untitled", language: "ops" },
      // Data and configuration that sources rest on count as they are in the editor.
      { scheme: "file", pattern: "**/opsc.config.json" },
      { scheme: "file", pattern: "**/*.{yaml,yml,csv,ics}" },
    ],
    markdown: { isTrusted: false, supportHtml: false },
    diagnosticPullOptions: { onChange: true, onTabs: true },
  };
}

/** Tells the server which command shows a plan, where plans may be shown. */
function planCapability(): StaticFeature {
  return {
    fillClientCapabilities(capabilities) {
      if (vscode.workspace.isTrusted)
        capabilities.experimental = { ...capabilities.experimental, opsc: { planCommand: PLAN_COMMAND } };
    },
    preInitialize() {},
    initialize() {},
    getState: () => ({ kind: "static" }),
    clear() {},
  };
}
