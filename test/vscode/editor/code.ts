/** A real VS Code (as code-server) with the packaged extension, in a browser. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { chromiumPath } from "../../tools/chromium.ts";

const HERE = import.meta.dirname;
const ENTRY = path.join(HERE, "node_modules/code-server/out/node/entry.js");
const ROOT = path.resolve(HERE, "../../..");
const START = 60_000;

export const THEMES = {
  light: "Default Light Modern",
  dark: "Default Dark Modern",
  contrast: "Default High Contrast",
} as const;

export interface Options {
  readonly theme: keyof typeof THEMES;
  /** Whether the workspace is trusted; else it is open in restricted mode. */
  readonly trusted: boolean;
  /** A folder to copy, and files to put over it. */
  readonly project: string;
  readonly files?: Readonly<Record<string, string>>;
}

export class Code {
  readonly page: Page;
  /** The copy that is open. */
  readonly folder: string;
  readonly #home: string;
  readonly #server: ChildProcess;
  readonly #browser: Browser;

  private constructor(page: Page, folder: string, home: string, server: ChildProcess, browser: Browser) {
    this.page = page;
    this.folder = folder;
    this.#home = home;
    this.#server = server;
    this.#browser = browser;
  }

  static async start({ theme, trusted, project, files = {} }: Options): Promise<Code> {
    const home = mkdtempSync(path.join(tmpdir(), "opsc-vscode-"));
    const folder = path.join(home, "project");
    cpSync(path.join(ROOT, project), folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    mkdirSync(path.join(home, "data/User"), { recursive: true });
    writeFileSync(path.join(home, "data/User/settings.json"), JSON.stringify(settings(theme, trusted)));
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
    const places = ["--user-data-dir", path.join(home, "data"), "--extensions-dir", path.join(home, "extensions")];
    const vsix = path.join(ROOT, "vscode-extension/opsc.vsix");
    execFileSync(process.execPath, [ENTRY, ...places, "--install-extension", vsix], { env, stdio: "pipe" });
    const port = await freePort();
    const args = [
      ...places,
      "--auth",
      "none",
      "--bind-addr",
      `127.0.0.1:${port}`,
      "--disable-telemetry",
      "--disable-update-check",
    ];
    const server = spawn(process.execPath, [ENTRY, ...args], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    await listening(server);
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox", "--disable-gpu"] });
    const context = await browser.newContext({
      viewport: { width: 1500, height: 1000 },
      colorScheme: theme === "light" ? "light" : "dark",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const code = new Code(page, folder, home, server, browser);
    try {
      await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
      await page.locator(".monaco-workbench").waitFor({ timeout: START });
    } catch (error) {
      await code.close();
      throw error;
    }
    return code;
  }

  /** In the first group, beside the view. */
  async open(file: string): Promise<void> {
    await this.page.keyboard.press("Control+1");
    await (await this.#asked("Control+P")).fill(file);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: path.basename(file) }).first();
    await row.click();
    await this.page.locator(`.tab.active[data-resource-name="${path.basename(file)}"]`).waitFor();
    // Keys that come before are heard by nobody.
    await this.page.locator(".editor-instance .monaco-editor.focused").first().waitFor();
  }

  /** A line and a column, both from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await (await this.#asked("Control+G")).fill(`:${line}:${column}`);
    // Enter is only heard once it is told where it leads.
    const row = this.page.locator(".quick-input-list .monaco-list-row", {
      hasText: `line ${line} at column ${column}`,
    });
    await row.first().click();
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** As a person reloads the window. */
  async reload(): Promise<void> {
    await Promise.all([this.page.waitForEvent("load"), this.command("Developer: Reload Window")]);
    await this.page.locator(".monaco-workbench").waitFor({ timeout: START });
  }

  async command(title: string): Promise<void> {
    await (await this.#asked("F1")).fill(`>${title}`);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await row.waitFor();
    await row.click();
  }

  /** The input that a key opens. One that is pressed while the focus leaves a view may be heard by nobody. */
  async #asked(key: string): Promise<Locator> {
    const input = this.page.locator(".quick-input-widget input").first();
    for (let i = 0; i < 5; i++) {
      await this.page.keyboard.press(key);
      const seen = await input.waitFor({ timeout: 4_000 }).then(
        () => true,
        () => false,
      );
      if (seen) return input;
    }
    throw new Error(`${key} opens nothing`);
  }

  /** The inside of the view of a plan. */
  get plan(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  /** As it is on disk. */
  read(file: string): string {
    return readFileSync(path.join(this.folder, file), "utf8");
  }

  /** The first line with this text, from 1. */
  lineOf(file: string, text: string): number {
    const at = this.read(file)
      .split("\n")
      .findIndex((line) => line.includes(text));
    if (at < 0) throw new Error(`${file} has no ${text}`);
    return at + 1;
  }

  async shot(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  async close(): Promise<void> {
    await this.#browser.close();
    // code-server starts processes of its own: the group is ours.
    const { pid } = this.#server;
    const ended = new Promise<void>((resolve) => this.#server.once("exit", () => resolve()));
    if (pid !== undefined && this.#server.exitCode === null) {
      process.kill(-pid, "SIGTERM");
      await ended;
    }
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

const settings = (theme: keyof typeof THEMES, trusted: boolean): object => ({
  "workbench.colorTheme": THEMES[theme],
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "telemetry.telemetryLevel": "off",
  "files.autoSave": "off",
  "chat.disableAIFeatures": true,
  "window.autoDetectColorScheme": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "security.workspace.trust.enabled": !trusted,
  "security.workspace.trust.startupPrompt": "never",
  "editor.suggest.showWords": false,
  // In elements, where what it says can be read.
  "terminal.integrated.gpuAcceleration": "off",
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`code-server does not start: ${said}`)), START);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString("utf8");
      if (!/HTTP server listening/.test(said)) return;
      clearTimeout(timer);
      resolve();
    };
    server.stdout?.on("data", hear);
    server.stderr?.on("data", hear);
    server.once("exit", (exit) => reject(new Error(`code-server ended with ${exit}: ${said}`)));
  });
}
