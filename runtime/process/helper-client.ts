/** Has commands run by a helper, a small process of its own. `helpers.ts` has those there are. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { ProviderError } from "../provider/contract.ts";
import { endGroup, type ProcessGroup } from "./group.ts";
import { type FromHelper, lines, type ToHelper } from "./helper.protocol.ts";
import type { CommandRequest, CommandResult } from "./spawn.ts";

const GRACE = 3_000;

interface Asked {
  readonly done: PromiseWithResolvers<CommandResult>;
  readonly group: ProcessGroup;
}

/** A process that waits to become a command. */
export interface ReadyGate {
  readonly by: HelperClient;
  readonly gate: number;
  readonly group: ProcessGroup;
}

/** Who is told what becomes of a helper. */
export interface HelperListener {
  ready(gate: ReadyGate): void;
  /** Nothing it had ready can be taken any more. */
  gone(): void;
}

const stopped = (): ProviderError => new ProviderError("the command was stopped before it ended", { retryable: true });

export class HelperClient {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, Asked>();
  readonly #listener: HelperListener;
  #alive = true;

  constructor(file: string, listener: HelperListener) {
    this.#listener = listener;
    // Of a session of its own, so that Ctrl-C does not reach it: who asks it decides. Of one thread, for to copy a process of
    // several takes a sixth longer.
    this.#child = spawn(process.execPath, ["--single-threaded", file], {
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

  /** `ready` is of this helper, and taken once. As `runCommand`. */
  async run({ gate, group }: ReadyGate, request: CommandRequest): Promise<CommandResult> {
    const { signal, started, ...order } = request;
    const stop = (): void => this.#say({ gate, say: "stop" });
    try {
      if (signal.aborted) throw stopped();
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
    if (!this.#alive) this.#lost(asked);
    try {
      return await asked.done.promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#asked.delete(gate);
      if (this.#asked.size === 0) this.#hold(false);
    }
  }

  #say(what: ToHelper): void {
    if (this.#alive) this.#child.stdin?.write(`${JSON.stringify(what)}\n`);
  }

  #hear(told: FromHelper): void {
    if (told.say === "ready") {
      if (this.#alive) this.#listener.ready({ by: this, gate: told.gate, group: told.group });
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
    if (!this.#alive) return;
    this.#alive = false;
    this.#listener.gone();
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
