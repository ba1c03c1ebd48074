/** Has commands run by the helper, a small process that is started once some have been run. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ProviderError } from "../provider/contract.ts";
import { endGroup, type ProcessGroup } from "./group.ts";
import { type FromHelper, lines, type ToHelper } from "./helper.protocol.ts";
import type { CommandRequest, CommandResult } from "./spawn.ts";

/** So many commands are run without it: starting it takes as long as some of them. */
const FEW = 3;
const GRACE = 3_000;

interface Asked {
  readonly done: PromiseWithResolvers<CommandResult>;
  readonly group: ProcessGroup;
}

interface ReadyGate {
  readonly gate: number;
  readonly group: ProcessGroup;
}

let commands = 0;
let only: HelperClient | null = null;

/** The helper, once it is worth it; null while it is not, where there is none, and while it has no process ready. */
export function helper(): HelperClient | null {
  commands += 1;
  if (commands <= FEW || process.platform === "win32") return null;
  if (only?.alive !== true) {
    const file = program();
    // One that died is not tried again for ever: each has to have been worth it.
    if (file === null || commands <= FEW * 2 ** HelperClient.made) return null;
    only = new HelperClient(file);
  }
  return only.isReady ? only : null;
}

/**
 * A process that waits to become the next command, so that it can be recorded beforehand with what else is written down; null
 * where none is ready. What is foreseen is taken first, in order; a command that gets another records that.
 */
export const foresee = (): ProcessGroup | null => (only?.alive === true ? only.foresee() : null);

/** As built, or as it stands in the sources. */
function program(): string | null {
  const files = ["./spawn-helper.mjs", "./helper.ts"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  return files.find((file) => existsSync(file)) ?? null;
}

const stopped = (): ProviderError => new ProviderError("the command was stopped before it ended", { retryable: true });

export class HelperClient {
  static made = 0;
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, Asked>();
  #ready: ReadyGate[] = [];
  #foreseen: ReadyGate[] = [];
  alive = true;

  constructor(file: string) {
    HelperClient.made += 1;
    // Of a session of its own, so that Ctrl-C does not reach it: who asks it decides.
    this.#child = spawn(process.execPath, [file], {
      stdio: ["pipe", "pipe", "ignore"],
      detached: true,
      env: {},
      cwd: "/",
    });
    this.#child.once("error", () => this.#gone());
    this.#child.once("exit", () => this.#gone());
    this.#child.stdin?.on("error", () => this.#gone());
    if (this.#child.stdout !== null) lines(this.#child.stdout, (line) => this.#hear(JSON.parse(line) as FromHelper));
    this.#child.unref();
    this.#hold(false);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isReady(): boolean {
    return this.#ready.length + this.#foreseen.length > 0;
  }

  foresee(): ProcessGroup | null {
    const gate = this.#ready.shift();
    if (gate === undefined) return null;
    this.#foreseen.push(gate);
    return gate.group;
  }

  /** Only while it is ready. As `runCommand`. */
  async run(request: CommandRequest): Promise<CommandResult> {
    const { signal, started, ...order } = request;
    if (signal.aborted) throw stopped();
    const ready = this.#foreseen.shift() ?? this.#ready.shift();
    if (ready === undefined) throw new Error("the helper has no process ready");
    const { gate, group } = ready;
    const stop = (): void => this.#say({ gate, say: "stop" });
    try {
      await started(group);
      if (signal.aborted) throw stopped();
    } catch (error) {
      stop();
      throw error;
    }
    const asked: Asked = { done: Promise.withResolvers<CommandResult>(), group };
    this.#asked.set(gate, asked);
    this.#hold(true);
    signal.addEventListener("abort", stop);
    this.#say({ gate, say: "run", order });
    if (!this.alive) this.#lost(asked);
    try {
      return await asked.done.promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#asked.delete(gate);
      if (this.#asked.size === 0) this.#hold(false);
    }
  }

  #say(what: ToHelper): void {
    if (this.alive) this.#child.stdin?.write(`${JSON.stringify(what)}\n`);
  }

  #hear(told: FromHelper): void {
    if (told.say === "ready") {
      this.#ready.push({ gate: told.gate, group: told.group });
      return;
    }
    const asked = this.#asked.get(told.gate);
    if (asked === undefined) return;
    if (told.say === "failed") {
      asked.done.reject(new ProviderError(told.message, { retryable: told.retryable }));
      return;
    }
    const { exitCode, endedBy } = told;
    const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
    asked.done.resolve({ exitCode, endedBy, stdout: bytes(told.stdout), stderr: bytes(told.stderr) });
  }

  #gone(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#ready = [];
    this.#foreseen = [];
    for (const asked of this.#asked.values()) this.#lost(asked);
  }

  /** The helper died: what it had begun is ended, since nobody would see how it ends. */
  #lost({ group, done }: Asked): void {
    const message = "the process that runs commands for opsc was ended, and the command with it";
    endGroup(group, GRACE).then(
      () => done.reject(new ProviderError(message, { retryable: true })),
      (error: unknown) => done.reject(error),
    );
  }

  /** Whether this process stays for what the helper says. */
  #hold(on: boolean): void {
    for (const stream of [this.#child.stdin, this.#child.stdout]) {
      // They are sockets of the platform, whose types leave that open.
      if (stream === null || !("ref" in stream) || !("unref" in stream)) continue;
      const { ref, unref } = stream;
      if (typeof ref === "function" && typeof unref === "function") Reflect.apply(on ? ref : unref, stream, []);
    }
  }
}
