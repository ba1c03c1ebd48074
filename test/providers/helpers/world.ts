/** What tests of providers share: a scratch directory, a host, and waiting for what will come true. */
import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProcess } from "../../../runtime/process/table.ts";
import type { CallOptions } from "../../../runtime/provider/call.ts";
import type { Host, Invocation } from "../../../runtime/provider/contract.ts";

export async function scratch(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "opsc-test-"));
}

export const discard = (directory: string): Promise<void> => rm(directory, { recursive: true, force: true });

export const environment: { readonly [name: string]: string } = { PATH: process.env.PATH ?? "/usr/bin:/bin" };

/** Resolves once `holds` gives something else than false, null or undefined; rejects after thirty seconds. */
export async function until<T>(what: string, holds: () => Promise<T> | T): Promise<NonNullable<T>> {
  const end = performance.now() + 30_000;
  for (;;) {
    const found = await holds();
    if (found !== false && found !== null && found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited thirty seconds, and still not: ${what}`);
    await sleep(10);
  }
}

/** Whether a process lives; one that has ended and waits to be collected does not. */
export const alive = async (pid: number): Promise<boolean> => (await findProcess(pid)) !== null;

/** The content of a file, trimmed; null while it is not there or empty. */
export async function content(file: string): Promise<string | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trim() === "" ? null : text.trim();
}

/** Everything under a directory: links by target, files by mode and content. */
export async function look(directory: string): Promise<{ readonly [name: string]: string }> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly [string, string]> => {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(directory, file);
      if (entry.isSymbolicLink()) return [name, `→ ${await readlink(file)}`];
      if (!entry.isFile()) return [name, "folder"];
      return [name, `${((await stat(file)).mode & 0o7777).toString(8)} ${await readFile(file, "base64")}`];
    }),
  );
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function host(directory: string, more: Partial<Host> = {}): Host {
  return {
    signal: new AbortController().signal,
    directory,
    environment,
    processStarted: async () => {},
    output: () => {},
    ...more,
  };
}

export function options(directory: string, more: Partial<CallOptions> = {}): CallOptions {
  return {
    directory,
    environment,
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    processStarted: async () => {},
    ...more,
  };
}

export function invocation(operation: string, args: Invocation["args"], config: Invocation["config"] = {}): Invocation {
  return { instance: "it", operation, config, args, key: "key-1" };
}
