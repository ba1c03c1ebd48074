/**
 * The gate: a process that exists, in a group of its own, before it is known what it will be. It waits for one line, which
 * makes it the command; should its maker die before that, the line's pipe closes and it ends without acting. Its pid and
 * start time stay the same, so they can be recorded first.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { ProviderError } from "../provider/contract.ts";
import type { ProcessGroup } from "./group.ts";
import { findProcess } from "./table.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type Environment = { readonly [name: string]: string };

export interface Gate {
  readonly env: Environment;
  readonly child: ChildProcess;
  readonly group: ProcessGroup;
  readonly exited: Promise<Exit>;
  /** Once its output is closed too. */
  readonly closed: Promise<void>;
}

/** What a gate becomes. */
export interface Become {
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  readonly stdin: string | null;
}

/**
 * `nl` is a line break, which the line itself cannot hold. Where the pipe ends without a line, nobody is there to see the
 * command through. A shell reads no further than the line, so what comes after it on the pipe is the command's input.
 */
const WAIT = `opsc_nl='\n'; IFS= read -r opsc_gate <&3 || exit 125; eval "$opsc_gate"`;

/**
 * `env` is what it will most likely have to be given: a shell reads the line byte by byte, so what is not in it costs nothing.
 * Rejects with `ProviderError` where no process can be made.
 */
export async function makeGate(env: Environment, shell = "/bin/sh"): Promise<Gate> {
  const child = spawn(shell, ["-c", WAIT], {
    cwd: "/",
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const pid = await made(child);
  // The child may have ended: then `exited` tells, and a write to nobody is no fault.
  lineOf(child).on("error", () => {});
  const entry = await findProcess(pid);
  if (entry === null) throw new ProviderError("the process ended before the command began", { retryable: true });
  return { env, child, group: { pid, group: pid, started: entry.started }, exited, closed };
}

/** The process once it exists, or a rejection in words. */
function made(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
    child.once("error", (error) => {
      reject(new ProviderError(`no process could be made: ${error.message}`, { retryable: true, cause: error }));
    });
  });
}

function lineOf(child: ChildProcess): Writable {
  // Between 3 and the writable lies an untyped union; it is a pipe because `stdio` says so.
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !("write" in pipe)) throw new Error("descriptor 3 is no pipe");
  return pipe;
}

/** Lets it act. */
export function openGate({ child, env }: Gate, become: Become): void {
  lineOf(child).end(`${scriptOf(become, env)}\n${become.stdin ?? ""}`);
}

/** It never acts. Resolves once it is gone. */
export async function closeGate({ child, exited }: Gate): Promise<void> {
  lineOf(child).destroy();
  await exited;
  for (const stream of child.stdio) stream?.destroy();
}

/** A text as one word of the shell, in which nothing is read but what it is. */
const word = (text: string): string => `'${text.replaceAll("'", `'\\''`).replaceAll("\n", `'"$opsc_nl"'`)}'`;

/** Names of variables that any shell can be told of: not those that some of them keep to themselves. */
export const isPlainName = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^(?:EUID|UID|PPID|SHELLOPTS|BASHOPTS|BASH_VERSINFO)$/.test(name);

/**
 * One line. `had` is the environment it has already, and only what differs is told, to the shell itself: the arguments of a
 * process, of `env` too, every user of the machine can list, and a variable may be a secret. Those that no shell can be told of
 * are left to `env`; no secret has such a name. Shells add some by themselves, which are unset.
 */
export function scriptOf({ file, args, cwd, env, stdin }: Become, had: Environment): string {
  const added = ["PWD", "OLDPWD", "SHLVL"].filter((name) => !Object.hasOwn(env, name));
  const gone = Object.keys(had).filter((name) => !Object.hasOwn(env, name));
  const changed = Object.keys(env).filter((name) => !Object.hasOwn(had, name) || had[name] !== env[name]);
  const given = (name: string): string => `${name}=${word(env[name] ?? "")}`;
  const unset = [...new Set([...added, ...gone.filter(isPlainName)])];
  const told = changed.filter(isPlainName);
  const left = [
    ...gone.filter((name) => !isPlainName(name)).flatMap((name) => ["-u", word(name)]),
    ...changed.filter((name) => !isPlainName(name)).map((name) => word(`${name}=${env[name] ?? ""}`)),
  ];
  const steps = [`cd ${word(cwd)} || exit 126`, `unset ${unset.join(" ")} 2>/dev/null`];
  if (told.length > 0) steps.push(`export ${told.map(given).join(" ")}`);
  steps.push(stdin === null ? "exec 3<&-" : "exec <&3 3<&-");
  const before = left.length === 0 ? "" : `/usr/bin/env ${left.join(" ")} `;
  steps.push(`exec ${before}${[file, ...args].map(word).join(" ")}`);
  return steps.join("; ");
}
