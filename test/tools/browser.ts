/** A real Chromium, driven over the DevTools protocol with what Node.js brings: enough of it for tests of one page. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromiumPath } from "./chromium.ts";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

type Params = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly script?: boolean;
  readonly dark?: boolean;
  readonly touch?: boolean;
}

export class Browser {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, { resolve(value: Params): void; reject(error: Error): void }>();
  readonly #listeners = new Map<string, (method: string, params: Params) => void>();
  #last = 0;

  private constructor(child: ChildProcess, folder: string, socket: WebSocket) {
    this.#child = child;
    this.#folder = folder;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data)) as Message));
  }

  static async start(): Promise<Browser> {
    const folder = mkdtempSync(path.join(tmpdir(), "opsc-browser-"));
    const child = spawn(chromiumPath(), [...FLAGS, `--user-data-dir=${folder}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const address = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr?.on("data", (chunk: Buffer) => {
        said += chunk.toString("utf8");
        const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${said.slice(-2000)}`)));
    });
    const socket = new WebSocket(address);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error("Chromium does not answer")));
    });
    return new Browser(child, folder, socket);
  }

  send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    this.#last += 1;
    const id = this.#last;
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  listen(sessionId: string, listener: (method: string, params: Params) => void): void {
    this.#listeners.set(sessionId, listener);
  }

  #receive({ id, method, sessionId, params, result, error }: Message): void {
    if (method !== undefined) this.#listeners.get(sessionId ?? "")?.(method, params ?? {});
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    if (error !== undefined) waiting.reject(new Error(error.message));
    else waiting.resolve(result ?? {});
  }

  /** A tab that shows `url`, loaded. */
  async open(url: string, options: OpenOptions = {}): Promise<Tab> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId), String(targetId));
    await tab.load(url, options);
    return tab;
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    await this.send("Browser.close").catch(() => this.#child.kill("SIGKILL"));
    await ended;
    this.#socket.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const KEYS: Readonly<Record<string, { readonly code: string; readonly text?: string; readonly vk: number }>> = {
  Enter: { code: "Enter", text: "\r", vk: 13 },
  Escape: { code: "Escape", vk: 27 },
  Tab: { code: "Tab", vk: 9 },
  ArrowUp: { code: "ArrowUp", vk: 38 },
  ArrowDown: { code: "ArrowDown", vk: 40 },
  ArrowLeft: { code: "ArrowLeft", vk: 37 },
  ArrowRight: { code: "ArrowRight", vk: 39 },
};

export class Tab {
  /** What went wrong, was said to the console, or was refused by the page's policy. */
  readonly noise: string[] = [];
  /** What was asked of the network beyond the page itself, by the request's name. */
  readonly #asked = new Map<string, string>();
  readonly #browser: Browser;
  readonly #session: string;
  readonly #target: string;
  #loaded: (() => void) | null = null;
  #url = "";

  constructor(browser: Browser, session: string, target: string) {
    this.#browser = browser;
    this.#session = session;
    this.#target = target;
    browser.listen(session, (method, params) => this.#hear(method, params));
  }

  send(method: string, params: Params = {}): Promise<Params> {
    return this.#browser.send(method, params, this.#session);
  }

  #hear(method: string, params: Params): void {
    if (method === "Page.loadEventFired") this.#loaded?.();
    else if (method === "Network.requestWillBeSent") {
      const { url } = params.request as { readonly url: string };
      if (url.replace(/#.*/, "") !== this.#url) this.#asked.set(String(params.requestId), url);
    } else if (method === "Network.loadingFailed" && params.blockedReason === "csp") {
      this.noise.push(`refused by the policy: ${this.#asked.get(String(params.requestId))}`);
      this.#asked.delete(String(params.requestId));
    } else if (
      method === "Runtime.exceptionThrown" ||
      method === "Log.entryAdded" ||
      method === "Runtime.consoleAPICalled"
    )
      this.noise.push(`${method} ${JSON.stringify(params).slice(0, 500)}`);
    else if (method === "Page.javascriptDialogOpening") {
      this.noise.push(`a dialog: ${String(params.message)}`);
      void this.send("Page.handleJavaScriptDialog", { accept: false });
    }
  }

  get asked(): readonly string[] {
    return [...this.#asked.values()];
  }

  async load(
    url: string,
    { width = 1280, height = 900, script = true, dark = false, touch = false }: OpenOptions,
  ): Promise<void> {
    this.#url = url.replace(/#.*/, "");
    for (const domain of ["Page", "Network", "Runtime", "Log"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: touch });
    await this.send("Emulation.setTouchEmulationEnabled", { enabled: touch });
    await this.send("Emulation.setScriptExecutionDisabled", { value: !script });
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
    });
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** What an expression of the page gives; it may be a promise. The protocol's own, so the page's policy does not hold for it. */
  async ask<T>(expression: string): Promise<T> {
    const given = await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    const failed = given.exceptionDetails as { readonly exception?: { readonly description?: string } } | undefined;
    if (failed !== undefined) throw new Error(`${expression}: ${failed.exception?.description ?? "failed"}`);
    return (given.result as { readonly value: T }).value;
  }

  /** `Enter`, `Tab`, …, or a character. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const known = KEYS[key];
      const text = known === undefined ? key : known.text;
      const what = {
        key,
        code: known?.code ?? "",
        windowsVirtualKeyCode: known?.vk ?? key.toUpperCase().charCodeAt(0),
      };
      await this.send("Input.dispatchKeyEvent", {
        type: text === undefined ? "rawKeyDown" : "keyDown",
        ...what,
        ...(text === undefined ? {} : { text }),
      });
      await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...what });
    }
  }

  /** In the middle of the first element that fits, scrolled into view. */
  async click(selector: string): Promise<void> {
    const at = await this.#middle(selector);
    const what = { ...at, button: "left", clickCount: 1 };
    await this.send("Input.dispatchMouseEvent", { type: "mousePressed", ...what });
    await this.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...what });
  }

  async drag(from: { readonly x: number; readonly y: number }, dx: number, dy: number): Promise<void> {
    const mouse = (type: string, x: number, y: number): Promise<Params> =>
      this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", buttons: 1, clickCount: 1 });
    await mouse("mousePressed", from.x, from.y);
    for (let i = 1; i <= 4; i++) await mouse("mouseMoved", from.x + (dx * i) / 4, from.y + (dy * i) / 4);
    await mouse("mouseReleased", from.x + dx, from.y + dy);
  }

  #middle(selector: string): Promise<{ readonly x: number; readonly y: number }> {
    return this.ask(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      if (element === null) throw new Error("there is none");
      element.scrollIntoView({ block: "nearest" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    })()`);
  }

  async close(): Promise<void> {
    await this.#browser.send("Target.closeTarget", { targetId: this.#target });
  }
}
