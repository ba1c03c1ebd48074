/** What a run needs of the world. Everything comes in here, so that a run can be simulated. */
import type { Value } from "../../compiler/ir/expr.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Begun, Created } from "../attestations/attestation.ts";
import type { Rules } from "../engine/rules.ts";
import type { RunState } from "../engine/state.ts";
import type { Failure, RunEvent } from "../event.schema.ts";
import type { Fingerprint } from "../plan/preview.ts";
import type { Host, Invocation } from "../provider/contract.ts";
import type { Store } from "../store/port.ts";
import type { Seal } from "../store/seal.ts";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from some moment on, by a clock that is never set and does not go on while the machine sleeps. */
  steady(): number;
  /** Calls `then` once, after as long as it is now until `time` (milliseconds since 1970); the function returned takes that back. */
  at(time: number, then: () => void): () => void;
}

export interface CallRequest {
  readonly method: "run" | "preview" | "capture" | "undo";
  readonly call: Invocation;
  /** What `capture` gave, for `undo`; else null. */
  readonly captured: Value;
  /** Milliseconds since 1970, by which the call is to be over. */
  readonly deadline: number;
  /** Aborted when the run is stopped, or the call has not ended long after its deadline. */
  readonly signal: AbortSignal;
  /** Resolves once the process is recorded; until then it must not act. */
  readonly processStarted: Host["processStarted"];
}

export type CallAnswer =
  | { readonly ok: true; readonly value: Value; readonly output: Uint8Array | null }
  | { readonly ok: false; readonly failure: Failure; readonly output: Uint8Array | null };

export type RecordedProcess = { readonly pid: number; readonly group: number; readonly started: string };

/** How a run began, as the store has it. */
export interface BegunRun {
  readonly created: Created;
  /** The place of that in the log. */
  readonly seq: number;
  readonly file: PlanFile;
}

export interface Ports {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Rules;
  /** From 0 up to, not including, 1. */
  random(): number;
  /** Calls a provider. What it throws is taken as a fault of the provider. */
  call(request: CallRequest): Promise<CallAnswer>;
  /**
   * A process that waits to become what the call runs, if it runs one, so that it is recorded with the attempt itself; null
   * where none is there. The call may turn out to be another process, which is recorded then.
   */
  foresee?(call: { readonly instance: string }): RecordedProcess | null;
  /** Of a sensitive difference, by the key of this machine; without it only summaries are compared. */
  readonly fingerprint?: Fingerprint;
  /** Signs that the run was admitted; without it nothing says so but its log. `nonce` is that of its plan. */
  attest?(begun: Begun, nonce: string): Promise<string>;
  /** Asked under the claim of a run that is taken up again, of what it goes on by. Rejects where nothing shows that it was admitted. */
  vouch?(run: BegunRun): Promise<void>;
  /** Makes others know of the run before it writes for the first time. Rejects where that cannot be: then it does not write. */
  announce?(): Promise<void>;
  /** Of what undo will need; without it that is kept as it is. */
  readonly seal?: Seal;
  /** Ends what is left of a process group, and says how many processes that were. Rejects if it cannot. */
  endGroup(process: RecordedProcess, graceMs: number): Promise<number>;
  /** Called for each event once it is durable, in order. What it throws is dropped: showing progress is not the run. */
  onEvent?(event: RunEvent, state: RunState): void;
  /** This process, as the log names it. */
  readonly self: { readonly host: string; readonly pid: number };
}
