/** Runs a command as a child of this very process. */
import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError } from "../provider/contract.ts";
import { checkFolder, findCommand } from "./command.ts";
import { closeGate, type Exit, type Gate, makeGate, openGate } from "./gate.ts";
import { endGroup, type ProcessGroup } from "./group.ts";
import { headTail } from "./head-tail.ts";
import type { CommandRequest, CommandResult } from "./spawn.ts";

const GRACE = 3_000;
const LIMIT = 1024 * 1024;
/** After the command has ended, output is read until it pauses this long, and no longer than `DRAIN_LONGEST`. */
const DRAIN_PAUSE = 250;
const DRAIN_LONGEST = 2_000;

export function stopped(): ProviderError {
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

/** As `runCommand`; `take` gives the process that becomes the command, a new one unless told. */
export async function runHere(
  request: CommandRequest,
  take = (): Promise<Gate> => makeGate(request.env),
): Promise<CommandResult> {
  const [name, ...args] = request.argv;
  if (name === undefined)
    throw new ProviderError("`argv` is empty. Put the program's name first in it.", { retryable: false });
  if ([...request.argv, ...Object.values(request.env)].some((text) => text.includes("\0"))) {
    throw new ProviderError("an argument or a variable holds a NUL character, which no program can be given.", {
      retryable: false,
    });
  }
  const { cwd, env, stdin } = request;
  checkFolder(cwd);
  const file = findCommand(name, cwd, env);
  if (request.signal.aborted) throw stopped();
  const gate = await take();
  const [stdout, stderr] = [headTail(request.limit ?? LIMIT), headTail(request.limit ?? LIMIT)];
  gate.child.stdout?.on("data", (chunk: Uint8Array) => stdout.push(chunk));
  gate.child.stderr?.on("data", (chunk: Uint8Array) => stderr.push(chunk));
  try {
    await recorded(gate, request);
    openGate(gate, { file, args, cwd, env, stdin });
    const exit = await untilEnd(gate.group, request, gate.exited);
    await drain(gate.closed, () => stdout.total() + stderr.total());
    return { ...exitOf(exit), stdout: stdout.bytes(), stderr: stderr.bytes() };
  } finally {
    for (const stream of gate.child.stdio) stream?.destroy();
  }
}

/** Only what is recorded acts. */
async function recorded(gate: Gate, request: CommandRequest): Promise<void> {
  try {
    await request.started(gate.group);
    if (request.signal.aborted) throw stopped();
  } catch (error) {
    await closeGate(gate);
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
