/**
 * Reads secrets, each at the moment a call is made that is handed it. What is read is told to the redactor before anybody else
 * has it, and is kept nowhere: only logins that Vault makes when they are asked for are held on to while they last, since two
 * fields of one belong together.
 */
import type { Value } from "../../compiler/ir/expr.ts";
import { asSource, type SecretSource, showSource } from "../../compiler/secret.ts";
import { runCommand } from "../process/spawn.ts";
import { SecretFault } from "./fault.ts";
import { readSecretFile } from "./read-file.ts";
import type { Redactor } from "./redactor.ts";
import type { VaultClient, VaultSecret } from "./vault.ts";

/** What a call needs of secrets. */
export interface Secrets {
  /** What is within `{ "$secret": … }`. Rejects with `SecretFault`. */
  read(mark: Value, signal: AbortSignal): Promise<string>;
  /** Knows what was read, and removes it from whatever is shown or kept. */
  readonly redactor: Redactor;
}

export interface KeeperOptions {
  /** Of the project. */
  readonly directory: string;
  /** Where `env` is read. */
  readonly environment: { readonly [name: string]: string };
  /** What a command is given. */
  readonly commandEnvironment: { readonly [name: string]: string };
  /** Declared secrets and those of inputs, by id. */
  readonly sources: ReadonlyMap<string, SecretSource>;
  /** Throws `SecretFault` where it is not set up. */
  readonly vault: () => VaultClient;
  /** Milliseconds that a command may take. */
  readonly execTimeoutMs: number;
  readonly worldReadable: boolean;
  readonly redactor: Redactor;
  /** Milliseconds, by a clock that is never set. */
  readonly now?: () => number;
}

/** Shorter ones can be guessed, and to remove them would blank out ordinary words. */
export const SHORTEST = 8;
const OUTPUT_LIMIT = 64 * 1024;
/** A login is taken for over this long before it is, milliseconds, or at half its time if that is later. */
const MARGIN = 30_000;
/** For what is given back at the end, milliseconds. */
const REVOKE_TIMEOUT = 10_000;

/** What was begun, and what stops it. */
interface Doing<T> {
  readonly work: Promise<T>;
  readonly signal: AbortSignal;
}

interface Held {
  readonly secret: VaultSecret;
  readonly until: number;
}

export class Keeper implements Secrets {
  /** Why secrets could not be read so far. */
  readonly faults: SecretFault[] = [];
  readonly #options: KeeperOptions;
  readonly #reading = new Map<string, Doing<string>>();
  readonly #asked = new Map<string, Doing<VaultSecret>>();
  readonly #held = new Map<string, Held>();
  readonly #leases = new Set<string>();
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get redactor(): Redactor {
    return this.#options.redactor;
  }

  read(mark: Value, signal: AbortSignal): Promise<string> {
    const source = typeof mark === "string" ? this.#options.sources.get(mark) : asSource(mark);
    if (source === undefined || source === null)
      return Promise.reject(
        new SecretFault(
          typeof mark === "string" ? `the plan does not say where ${mark} is read` : "this stands for no secret",
          "make another plan",
        ),
      );
    const shown =
      typeof mark === "string" && !mark.startsWith("@")
        ? `${nameOf(mark)} (${showSource(source)})`
        : showSource(source);
    // Calls that begin together read it once; who comes later reads it again.
    const read = this.#once(this.#reading, showSource(source), () => this.#value(source, shown, signal), signal);
    read.catch((error: unknown) => {
      if (error instanceof SecretFault) this.faults.push(error);
    });
    return read;
  }

  /** What is being done already is waited for; where whoever began it was stopped, it is begun anew, once for all who wait. */
  async #once<T>(doing: Map<string, Doing<T>>, key: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const known = doing.get(key);
    if (known !== undefined) {
      try {
        return await known.work;
      } catch (error) {
        if (!known.signal.aborted) throw error;
        return this.#once(doing, key, work, signal);
      }
    }
    const begun: Doing<T> = {
      signal,
      work: work().finally(() => {
        doing.delete(key);
      }),
    };
    doing.set(key, begun);
    return begun.work;
  }

  async #value(source: SecretSource, shown: string, signal: AbortSignal): Promise<string> {
    const value = withoutLineEnd(await this.#raw(source, shown, signal), source);
    const size = value.trim().length;
    if (size === 0) throw new SecretFault(`${shown} is empty`, "put the secret there");
    this.redactor.learn(value);
    // Blanks at its ends do not count: whatever shows it may leave them out.
    if (size < SHORTEST)
      throw new SecretFault(
        `${shown} has fewer than ${SHORTEST} characters`,
        "take a longer one: a short one is guessed, and cannot be kept out of what is shown",
      );
    if (value.includes("\0")) throw new SecretFault(`${shown} holds a NUL character`, "keep it as text");
    return value;
  }

  async #raw(source: SecretSource, shown: string, signal: AbortSignal): Promise<string> {
    const { environment, directory, worldReadable } = this.#options;
    switch (source.from) {
      case "env": {
        const value = Object.hasOwn(environment, source.name) ? environment[source.name] : undefined;
        if (value !== undefined) return value;
        throw new SecretFault(`${shown} is not set`, `set the variable ${source.name} where opsc runs`);
      }
      case "file":
        return readSecretFile(source.path, shown, { directory, worldReadable });
      case "exec":
        return this.#command(source.argv, shown, signal);
      case "vault": {
        const { fields } = await this.#ofVault(source, shown, signal);
        const value = fields.get(source.field);
        if (value !== undefined) return value;
        const there = [...fields.keys()].sort().slice(0, 12).join(", ");
        const remedy = there === "" ? "it has no field of text" : `it has ${there}`;
        throw new SecretFault(`${shown}: there is no field ${source.field}`, remedy);
      }
    }
  }

  async #command(argv: readonly string[], shown: string, signal: AbortSignal): Promise<string> {
    const { commandEnvironment, directory, execTimeoutMs } = this.#options;
    const late = AbortSignal.timeout(execTimeoutMs);
    const result = await runCommand({
      argv,
      cwd: directory,
      env: commandEnvironment,
      stdin: null,
      signal: AbortSignal.any([signal, late]),
      started: async () => {},
      limit: OUTPUT_LIMIT,
    }).catch((error: unknown) => {
      // What it wrote may hold the secret, and is quoted nowhere.
      if (late.aborted)
        throw new SecretFault(
          `${shown} took longer than ${execTimeoutMs / 1000} s`,
          "look why; does it ask for something?",
          {
            retryable: true,
            cause: error,
          },
        );
      if (signal.aborted)
        throw new SecretFault(`${shown} was stopped before it ended`, "do it again", { retryable: true });
      const why = error instanceof Error ? error.message : "it cannot be started";
      throw new SecretFault(`${shown}: ${why}`, "look whether the program is there", { cause: error });
    });
    if (result.exitCode !== 0)
      throw new SecretFault(
        `${shown} ended with exit code ${result.exitCode}`,
        "run it by hand to see why: what it wrote is not shown, for it may hold the secret",
        { retryable: true },
      );
    if (result.stdout.length >= OUTPUT_LIMIT)
      throw new SecretFault(
        `${shown} wrote more than ${OUTPUT_LIMIT / 1024} KiB`,
        "let it write the secret and nothing else",
      );
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(result.stdout);
    } catch {
      throw new SecretFault(`${shown} wrote what is not text (UTF-8)`, "let it write the secret as text");
    }
  }

  async #ofVault(
    source: Extract<SecretSource, { from: "vault" }>,
    shown: string,
    signal: AbortSignal,
  ): Promise<VaultSecret> {
    const { now = () => performance.now() } = this.#options;
    const held = this.#held.get(source.path);
    if (held !== undefined && now() < held.until) return held.secret;
    const key = `${source.path}@${source.version ?? ""}`;
    return this.#once(this.#asked, key, () => this.#ask(source, shown, signal), signal);
  }

  async #ask(
    { path, version }: Extract<SecretSource, { from: "vault" }>,
    shown: string,
    signal: AbortSignal,
  ): Promise<VaultSecret> {
    const { vault, now = () => performance.now() } = this.#options;
    try {
      const secret = await vault().read(path, version ?? null, signal);
      const { lease } = secret;
      if (lease !== null) {
        for (const value of secret.fields.values()) if (value.length >= SHORTEST) this.redactor.learn(value);
        this.#leases.add(lease.id);
        if (!this.#closed)
          this.#held.set(path, { secret, until: now() + Math.max(lease.lasts - MARGIN, lease.lasts / 2) });
        // Else nobody is left who would give it back.
        else await this.close();
      }
      return secret;
    } catch (error) {
      if (!(error instanceof SecretFault)) throw error;
      const { message, remedy, retryable } = error;
      throw new SecretFault(`${shown}: ${message}`, remedy, { retryable, cause: error });
    }
  }

  /** Gives back the logins that were made for this process. Never rejects: they end by themselves too. */
  async close(): Promise<void> {
    this.#closed = true;
    const leases = [...this.#leases];
    this.#leases.clear();
    this.#held.clear();
    const late = AbortSignal.timeout(REVOKE_TIMEOUT);
    await Promise.allSettled(leases.map(async (lease) => this.#options.vault().revoke(lease, late)));
  }
}

/** `main.ops#token` as people call it. */
const nameOf = (id: string): string => id.slice(id.indexOf("#") + 1);

/** Editors end files with a line break, and programs what they print; a variable is taken as it is. */
function withoutLineEnd(value: string, { from }: SecretSource): string {
  return from === "file" || from === "exec" ? value.replace(/\r?\n$/, "") : value;
}
