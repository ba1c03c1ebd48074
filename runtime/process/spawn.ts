/**
 * Runs a command in a process group of its own, behind a gate: the process exists, and its pid and start time are
 * known, before the command acts. Should this process die in between, the gate's pipe closes and the child ends
 * without acting.
 */
import type { ProcessGroup } from "./group.ts";
import { takeReady } from "./helpers.ts";
import { runHere } from "./run-here.ts";

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

/**
 * Runs a command to its end. Resolves whatever its exit code is. Rejects with `ProviderError` where it cannot be
 * started, where `started` rejects, and where it was ended because `signal` was aborted (by then the whole group is
 * gone). Processes that the command left in its group are ended with it; one that made a session of its own is not.
 *
 * Where many are run, small processes of their own make them: what one costs grows with the size of who makes it.
 */
export function runCommand(request: CommandRequest): Promise<CommandResult> {
  const ready = takeReady();
  return ready === null ? runHere(request) : ready.by.run(ready, request);
}
