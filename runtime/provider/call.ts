/**
 * Calls a provider: what goes in and comes out is JSON, time is bounded whether the provider minds or not, and secrets
 * of the result stay behind.
 */
import type { Value } from "../../compiler/ir/expr.ts";
import type { ManifestOperation } from "../../compiler/manifest.ts";
import type { Type } from "../../compiler/types/type.ts";
import type { Failure } from "../event.schema.ts";
import { headTail } from "../process/head-tail.ts";
import { SecretFault } from "../secrets/fault.ts";
import { fillFields } from "../secrets/fill.ts";
import type { Secrets } from "../secrets/keeper.ts";
import { Redactor } from "../secrets/redactor.ts";
import { type Host, type Invocation, type Provider, ProviderError } from "./contract.ts";
import { asProviderError } from "./kit.ts";
import { copyValue, NotAValue } from "./value.ts";
import { resultTypeOf, secretTexts, withhold } from "./withhold.ts";

export type CallKind = "run" | "preview" | "capture" | "undo";

export interface CallOptions {
  readonly directory: string;
  readonly environment: { readonly [name: string]: string };
  /** Aborted when the run is stopped. */
  readonly signal: AbortSignal;
  /** Milliseconds from now until the call is ended. */
  readonly timeoutMs: number;
  /** How long a provider may take to stop once it was told to, milliseconds; 5 seconds unless told. */
  readonly graceMs?: number;
  /** Bytes of output kept, from the beginning and the end; 1 MiB unless told. */
  readonly outputLimit?: number;
  /** What `capture` returned: needed by `undo`, unused by the others. */
  readonly captured?: Value;
  /** What reads the secrets that arguments and settings stand for; without it a call that needs one is refused. */
  readonly secrets?: Secrets;
  processStarted: Host["processStarted"];
}

/**
 * `value` is the result (`Preview` or null of a preview, null of an undo), without its secrets. `output` is null where
 * there was none.
 */
export type CallResult =
  | { readonly ok: true; readonly value: Value; readonly output: Uint8Array | null }
  | { readonly ok: false; readonly failure: Failure; readonly output: Uint8Array | null };

const GRACE = 5_000;
const OUTPUT_LIMIT = 1024 * 1024;
/** The longest that timers can wait; 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

type Ended = { readonly value: unknown } | { readonly error: unknown } | "ignored the signal";

/**
 * Never rejects. A provider that answers between its deadline and the end of the grace is believed: what is known
 * counts. One that does not is left behind, its later answer dropped; it may still act, and the failure says so.
 */
export async function callProvider(
  provider: Provider,
  kind: CallKind,
  call: Invocation,
  options: CallOptions,
): Promise<CallResult> {
  const operation = Object.hasOwn(provider.manifest.operations, call.operation)
    ? provider.manifest.operations[call.operation]
    : undefined;
  if (operation === undefined) return refused(`${provider.manifest.name} has no operation \`${call.operation}\``);
  if (options.signal.aborted) return refused("the run was stopped before the call");
  const redactor = options.secrets?.redactor ?? new Redactor();
  const kept = headTail(options.outputLimit ?? OUTPUT_LIMIT);
  // Before it is cut to what is kept: half a secret would not be known as one.
  const clean = redactor.stream();
  const output = (): Uint8Array | null => {
    kept.push(clean.end());
    return kept.total() === 0 ? null : kept.bytes();
  };
  let open = true;
  const stop = new AbortController();
  const host: Host = {
    signal: stop.signal,
    directory: options.directory,
    environment: Object.freeze({ ...options.environment }),
    async processStarted(process) {
      if (!open) throw new ProviderError("the call is over: no process may act for it any more", { retryable: false });
      try {
        await options.processStarted(process);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        throw new ProviderError(`a process could not be recorded, so it did not act: ${what}`, {
          retryable: true,
          cause: error,
        });
      }
    },
    output: (chunk) => {
      if (open) kept.push(clean.push(chunk));
    },
  };
  const failed = (failure: Failure): CallResult => ({
    ok: false,
    failure: { ...failure, message: redactor.text(failure.message) },
    output: output(),
  });
  try {
    const captured = copyValue(options.captured ?? null);
    const work = async (): Promise<unknown> => {
      const input = await filled(provider.manifest, operation, call, options.secrets, redactor, stop.signal);
      return dispatch(provider, kind, input, captured, host);
    };
    const { ended, why } = await bounded(work, stop, options);
    open = false;
    // Not to be tried again: the call that was left behind may still act beside the new one.
    if (ended === "ignored the signal")
      return failed({ kind: "timeout", message: ignored(why, options), retryable: false });
    if ("error" in ended) return failed(failureOf(ended.error, why));
    const value = copyValue(ended.value);
    return { ok: true, value: shown(kind, value, resultTypeOf(operation, call.args), redactor), output: output() };
  } catch (error) {
    open = false;
    const what =
      error instanceof NotAValue
        ? `what crosses to or from the provider ${error.path} ${error.message}`
        : String(error);
    return failed({ kind: "error", message: `provider fault: ${what}`, retryable: false });
  }
}

/** The call with its secrets in it. Rejects with `SecretFault`, and with `NotAValue` for what is no plain data. */
async function filled(
  { config: settings }: Provider["manifest"],
  { params }: ManifestOperation,
  call: Invocation,
  secrets: Secrets | undefined,
  redactor: Redactor,
  signal: AbortSignal,
): Promise<Invocation> {
  const read = async (mark: Value): Promise<string> => {
    if (secrets !== undefined) return secrets.read(mark, signal);
    throw new SecretFault("it needs a secret, and nothing here can read one", "let opsc make the call");
  };
  const args = asRecord(copyValue(call.args));
  const config = asRecord(copyValue(call.config));
  // What is given as it is where a secret is wanted is one, whoever knows it.
  for (const [given, declared] of [[args, params] as const, [config, settings] as const])
    for (const { name, type } of declared)
      for (const text of secretTexts(given[name] ?? null, type)) redactor.learn(text);
  const [filledArgs, filledConfig] = await Promise.all([
    fillFields(args, params, read),
    fillFields(config, settings, read),
  ]);
  return { ...call, args: asRecord(copyValue(filledArgs)), config: asRecord(copyValue(filledConfig)) };
}

/** What of an answer may be kept. What undo will need is kept as it is: a file without its secret would be another file. */
function shown(kind: CallKind, value: Value, type: Type, redactor: Redactor): Value {
  switch (kind) {
    case "run":
      return redactor.value(copyValue(withhold(value, type)));
    case "preview":
      return redactor.value(value);
    case "capture":
    case "undo":
      return value;
  }
}

function refused(message: string): CallResult {
  return { ok: false, failure: { kind: "refused", message, retryable: false }, output: null };
}

function asRecord(value: Value): { readonly [name: string]: Value } {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as { readonly [name: string]: Value };
  throw new NotAValue("", "is not a record");
}

async function dispatch(
  provider: Provider,
  kind: CallKind,
  call: Invocation,
  captured: Value,
  host: Host,
): Promise<unknown> {
  switch (kind) {
    case "run":
      return provider.run(call, host);
    case "preview":
      return provider.preview(call, host);
    case "capture":
      return provider.capture(call, host);
    case "undo":
      return provider.undo(call, captured, host);
  }
}

/** Runs `work` until it ends, and after the deadline or an abort no longer than the grace. `why` tells what ended it. */
async function bounded(
  work: () => Promise<unknown>,
  stop: AbortController,
  options: CallOptions,
): Promise<{ readonly ended: Ended; readonly why: string | null }> {
  let why: string | null = null;
  let grace: NodeJS.Timeout | undefined;
  const gaveUp = Promise.withResolvers<Ended>();
  const end = (reason: string): void => {
    if (why !== null) return;
    why = reason;
    grace = setTimeout(() => gaveUp.resolve("ignored the signal"), options.graceMs ?? GRACE);
    stop.abort(new Error(reason));
  };
  const onAbort = (): void => end("the run was stopped");
  options.signal.addEventListener("abort", onAbort);
  const deadline = setTimeout(
    () => end(`it took longer than ${seconds(options.timeoutMs)}`),
    Math.min(options.timeoutMs, LONGEST_TIMER),
  );
  try {
    const answer = work().then(
      (value): Ended => ({ value }),
      (error: unknown): Ended => ({ error }),
    );
    return { ended: await Promise.race([answer, gaveUp.promise]), why };
  } finally {
    clearTimeout(deadline);
    clearTimeout(grace);
    options.signal.removeEventListener("abort", onAbort);
  }
}

const seconds = (ms: number): string => `${ms / 1000} s`;

function ignored(why: string | null, options: CallOptions): string {
  return `${why ?? "it was stopped"}, and the provider did not stop within ${seconds(options.graceMs ?? GRACE)}. It may still be acting: look before you repeat it.`;
}

function failureOf(error: unknown, why: string | null): Failure {
  // Nothing was called, so nothing was done.
  if (error instanceof SecretFault)
    return { kind: "refused", message: `${error.message}; ${error.remedy}`, retryable: error.retryable };
  const own = asProviderError(error);
  const message = error instanceof Error ? error.message : String(error);
  if (why !== null) return { kind: "timeout", message: `${why}: ${message}`, retryable: true };
  if (own !== null) return { kind: own.unknown ? "lost" : "error", message, retryable: own.retryable };
  return { kind: "error", message: `provider fault: ${message}`, retryable: false };
}
