/**
 * Runs a command in a process group of its own, behind a gate: the process exists, and its pid and start time are
 * known, before the command acts. Should this process die in between, the gate's pipe closes and the child ends
 * without acting.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError } from "../provider/contract.ts";
import { checkFolder, findCommand } from "./command.ts";
import { endGroup, type ProcessGroup } from "./group.ts";
import { headTail } from "./head-tail.ts";
import { findProcess } from "./table.ts";

export interface CommandRequest {
  /** The program and its arguments, handed over as they are: no shell reads them. */
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The whole environment: nothing is added. */
  readonly env: { readonly [name: string]: string };
  /** Text for standard input; null closes it. */
  readonly stdin: string | null;
  /** Ends the whole group when aborted. */
  readonly signal: AbortSignal;
  /** Called with the process before it acts; it acts once this resolves, and never if this rejects. */
  started(process: ProcessGroup): Promise<void>;
  /** Between SIGTERM and SIGKILL, milliseconds; 3 seconds unless told. */
  readonly graceMs?: number;
  /** Bytes kept of each output stream; 1 MiB unless told. */
  readonly limit?: number;
}

export interface CommandResult {
  /** Exit code; 128 and the signal's number where a signal ended it, as shells count. */
  readonly exitCode: number;
  /** The signal that ended it, or null. */
  readonly endedBy: NodeJS.Signals | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

const GRACE = 3_000;
const LIMIT = 1024 * 1024;
/** After the command has ended, output is read until it pauses this long, and no longer than `DRAIN_LONGEST`. */
const DRAIN_PAUSE = 250;
const DRAIN_LONGEST = 2_000;

/**
 * The gate. It waits for one line on descriptor 3; end of file instead means that nobody is there to see the command
 * through. `exec` keeps pid and start time. The variables are those that shells add by themselves.
 */
function gate(env: { readonly [name: string]: string }): string {
  const added = ["PWD", "OLDPWD", "SHLVL"].filter((name) => !Object.hasOwn(env, name));
  return `read -r opsc_gate <&3 || exit 125; exec 3<&-; unset ${["opsc_gate", ...added].join(" ")}; exec "$@"`;
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
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

function stopped(): ProviderError {
  return new ProviderError("the command was stopped before it ended", { retryable: true });
}

/** Waits for the output to end, but not for processes that left the group and hold the pipe open. */
async function drain(closed: Promise<void>, received: () => number): Promise<void> {
  const end = performance.now() + DRAIN_LONGEST;
  for (let before = -1; before !== received() && performance.now() < end; ) {
    before = received();
    const finished = await Promise.race([closed.then(() => true), sleep(DRAIN_PAUSE, false, { ref: true })]);
    if (finished) return;
  }
}

/**
 * Runs a command to its end. Resolves whatever its exit code is. Rejects with `ProviderError` where it cannot be
 * started, where `started` rejects, and where it was ended because `signal` was aborted (by then the whole group is
 * gone). Processes that the command left in its group are ended with it; one that made a session of its own is not.
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const [name, ...rest] = request.argv;
  if (name === undefined)
    throw new ProviderError("`argv` is empty. Put the program's name first in it.", { retryable: false });
  if ([...request.argv, ...Object.values(request.env)].some((text) => text.includes("\0"))) {
    throw new ProviderError("an argument or a variable holds a NUL character, which no program can be given.", {
      retryable: false,
    });
  }
  await checkFolder(request.cwd);
  const file = await findCommand(name, request.cwd, request.env);
  if (request.signal.aborted) throw stopped();

  const child = spawn("/bin/sh", ["-c", gate(request.env), "opsc", file, ...rest], {
    cwd: request.cwd,
    env: request.env,
    detached: true,
    stdio: [request.stdin === null ? "ignore" : "pipe", "pipe", "pipe", "pipe"],
  });
  const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const [stdout, stderr] = [headTail(request.limit ?? LIMIT), headTail(request.limit ?? LIMIT)];
  child.stdout?.on("data", (chunk: Uint8Array) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Uint8Array) => stderr.push(chunk));
  const pid = await made(child);

  try {
    const group = await openGate(child, pid, request, exited);
    const exit = await untilEnd(group, request, exited);
    await drain(closed, () => stdout.total() + stderr.total());
    return { ...exitOf(exit), stdout: stdout.bytes(), stderr: stderr.bytes() };
  } finally {
    for (const stream of child.stdio) stream?.destroy();
  }
}

/** Records the process, then lets it act. Closing the pipe unwritten is what tells it not to. */
async function openGate(
  child: ChildProcess,
  pid: number,
  request: CommandRequest,
  exited: Promise<Exit>,
): Promise<ProcessGroup> {
  // Between 3 and the writable lies an untyped union; it is a pipe because `stdio` says so.
  const pipe = child.stdio[3] as Writable | Readable | null | undefined;
  if (pipe === null || pipe === undefined || !("write" in pipe)) throw new Error("descriptor 3 is no pipe");
  // The child may have ended: then `exited` tells, and a write to nobody is no fault.
  pipe.on("error", () => {});
  child.stdin?.on("error", () => {});
  try {
    const entry = await findProcess(pid);
    if (entry === null) throw new ProviderError("the process ended before the command began", { retryable: true });
    const group: ProcessGroup = { pid, group: pid, started: entry.started };
    await request.started(group);
    if (request.signal.aborted) throw stopped();
    pipe.end("go\n");
    child.stdin?.end(request.stdin ?? "");
    return group;
  } catch (error) {
    pipe.destroy();
    await exited;
    throw error;
  }
}

async function untilEnd(group: ProcessGroup, request: CommandRequest, exited: Promise<Exit>): Promise<Exit> {
  const grace = request.graceMs ?? GRACE;
  const abort = Promise.withResolvers<void>();
  const onAbort = (): void => abort.resolve();
  request.signal.addEventListener("abort", onAbort);
  if (request.signal.aborted) onAbort();
  try {
    const exit = await Promise.race([exited, abort.promise]);
    await endGroup(group, grace);
    // It ended by itself if it ended first, whatever was asked for since.
    if (exit === undefined) throw stopped();
    return exit;
  } finally {
    request.signal.removeEventListener("abort", onAbort);
  }
}

/** Numbers of the signals a command commonly dies of; they are the same on Linux and macOS. */
const SIGNALS: { readonly [name: string]: number } = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function exitOf(exit: Exit): Pick<CommandResult, "exitCode" | "endedBy"> {
  if (exit.signal === null) return { exitCode: exit.code ?? 0, endedBy: null };
  return { exitCode: 128 + (SIGNALS[exit.signal] ?? 0), endedBy: exit.signal };
}
