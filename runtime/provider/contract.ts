/**
 * The boundary between the runtime and a provider. What crosses it is JSON, checked on both sides, so that a
 * provider can be moved out of the process without a change to either.
 */
import type { Value } from "../../compiler/ir/expr.ts";
import type { Manifest } from "../../compiler/manifest.ts";

/** A call as the runtime makes it. Arguments are complete: defaults are filled in. */
export interface Invocation {
  readonly instance: string;
  readonly operation: string;
  readonly config: { readonly [name: string]: Value };
  readonly args: { readonly [name: string]: Value };
  /** The same for every attempt of one call of one run; null for reads made while planning. */
  readonly key: string | null;
  /** When what it gives is to end, RFC 3339: of a step with a lease whose operation says `expires`. */
  readonly expires?: string | undefined;
}

/** What a provider may ask of its host while it works. */
export interface Host {
  /** Aborted when time is up or the run is stopped; the provider then ends what it started. */
  readonly signal: AbortSignal;
  /** Directory of the project: relative paths are taken from here. */
  readonly directory: string;
  /** Environment for processes; nothing else of the environment is to be read. */
  readonly environment: { readonly [name: string]: string };
  /**
   * Tells of a process that was made and must not act before this resolves.
   * `started` is the process's start time as the operating system gives it, so that a reused pid is not mistaken for it.
   */
  processStarted(process: { readonly pid: number; readonly group: number; readonly started: string }): Promise<void>;
  /** Output worth keeping, bounded by the host. */
  output(chunk: Uint8Array): void;
}

export type Preview = { readonly summary: string; readonly diff: string | null };

/** A provider as the runtime sees it. Every method rejects with `ProviderError` when the operation says no. */
export interface Provider {
  readonly manifest: Manifest;
  run(call: Invocation, host: Host): Promise<Value>;
  /** Twice the same where nothing changed in between; `{ summary: "no change", diff: null }` where nothing would change. null where the operation has no preview. */
  preview(call: Invocation, host: Host): Promise<Preview | null>;
  /** What undo will need, read before the effect. */
  capture(call: Invocation, host: Host): Promise<Value>;
  /** Puts back what `capture` saw, whether or not the effect took place. */
  undo(call: Invocation, captured: Value, host: Host): Promise<void>;
  /** Of a provider whose every `run` is one process: one that waits to become the next; null where none is ready. */
  foresee?(): { readonly pid: number; readonly group: number; readonly started: string } | null;
}

/** An operation's own refusal or failure, in words for the person who runs it. */
export class ProviderError extends Error {
  readonly retryable: boolean;
  /** Whether nobody knows what came of it, also of an operation that is `atomic`: the connection was lost while it was taking place. */
  readonly unknown: boolean;
  constructor(
    message: string,
    options: { readonly retryable: boolean; readonly unknown?: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "ProviderError";
    this.retryable = options.retryable;
    this.unknown = options.unknown ?? false;
  }
}
