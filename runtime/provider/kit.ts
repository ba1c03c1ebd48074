/**
 * What the author of a provider imports, as `opsc/provider`: `defineProvider`, `operation`, `z`, schemas for the units
 * of the language, and `ProviderError` to say no with. GUIDE.md beside this file shows how.
 */
import { z } from "zod";
import type { Value } from "../../compiler/ir/expr.ts";
import { issueInWords } from "../../compiler/manifest.schema.ts";
import type { Manifest, ManifestOperation } from "../../compiler/manifest.ts";
import type { Type } from "../../compiler/types/type.ts";
import { foresee } from "../process/helpers.ts";
import { type Host, type Invocation, type Preview, type Provider, ProviderError } from "./contract.ts";
import { manifestOf } from "./manifest-of.ts";
import type { Context, Operation, ProviderSpec } from "./operation.ts";
import { inward, outward } from "./shape.ts";
import { asTemplate } from "./template.ts";
import { copyValue, NotAValue } from "./value.ts";
import { resultTypeOf } from "./withhold.ts";

export type { Value } from "../../compiler/ir/expr.ts";
export { type NetworkFault, networkFault } from "../network/faults.ts";
export { type CommandRequest, type CommandResult, runCommand } from "../process/spawn.ts";
export { type Preview, type Provider, ProviderError } from "./contract.ts";
export { type Context, type Operation, type OperationSpec, operation, type ProviderSpec } from "./operation.ts";
export { Template, type TemplateValue } from "./template.ts";
export { duration, identity, json, keptAt, keptSecret, percent, secret, size, template, url } from "./units.ts";
export { DefinitionError } from "./zod-types.ts";
export { z };

const previewSchema = z.strictObject({ summary: z.string(), diff: z.string().nullable() });

/**
 * Makes a provider of its declaration. Throws `DefinitionError` where that contradicts itself or says what the
 * language cannot. The provider checks arguments before its code sees them and results before anybody else does.
 */
export function defineProvider(spec: ProviderSpec): Provider {
  const manifest = manifestOf(spec);
  const prepare = (call: Invocation, host: Host): Prepared => prepareCall(spec, manifest, call, host);
  return {
    manifest,
    ...(spec.runsCommands === true ? { foresee } : {}),
    async run(call, host) {
      const { name, operation, declared, args, ctx } = prepare(call, host);
      const result = await guarded(name, host, () => operation.run(args, ctx));
      return checkedResult(name, operation, resultTypeOf(declared, call.args), result);
    },
    async preview(call, host) {
      const { name, operation, args, ctx } = prepare(call, host);
      if (operation.preview === undefined) return null;
      const preview = await guarded(name, host, () => operation.preview?.(args, ctx));
      return checkedPreview(name, preview);
    },
    async capture(call, host) {
      const { name, operation, args, ctx } = prepare(call, host);
      const captured = await guarded(name, host, () => undoOf(name, operation).capture(args, ctx));
      return plain(name, "what it captured", captured);
    },
    async undo(call, captured, host) {
      const { name, operation, args, ctx } = prepare(call, host);
      await guarded(name, host, () => undoOf(name, operation).restore(args, captured, ctx));
    },
  };
}

interface Prepared {
  /** `provider.operation`, for messages. */
  readonly name: string;
  readonly operation: Operation;
  readonly declared: ManifestOperation;
  readonly args: unknown;
  readonly ctx: Context<unknown>;
}

function prepareCall(spec: ProviderSpec, manifest: Manifest, call: Invocation, host: Host): Prepared {
  const name = `${manifest.name}.${call.operation}`;
  const operation = Object.hasOwn(spec.operations, call.operation) ? spec.operations[call.operation] : undefined;
  const declared = manifest.operations[call.operation];
  if (operation === undefined || declared === undefined) {
    const known = Object.keys(manifest.operations).join(", ");
    throw new ProviderError(`${manifest.name} has no operation \`${call.operation}\`. It has ${known}.`, {
      retryable: false,
    });
  }
  const args = checkedInput(name, "argument", operation.params, declared.params, call.args);
  const config = checkedInput(name, "setting", spec.config ?? z.object({}), manifest.config, call.config);
  return {
    name,
    operation,
    declared,
    args,
    ctx: { ...hostOf(host), config, key: call.key, expires: call.expires ?? null },
  };
}

/** Only what the contract names: a host may be an object with more to it. */
function hostOf(host: Host): Host {
  return {
    signal: host.signal,
    directory: host.directory,
    environment: host.environment,
    processStarted: (process) => host.processStarted(process),
    output: (chunk) => host.output(chunk),
  };
}

function checkedInput(
  name: string,
  word: "argument" | "setting",
  schema: z.ZodObject,
  declared: Manifest["config"],
  given: { readonly [name: string]: Value },
): unknown {
  const fields = declared.map((each) => ({ name: each.name, type: each.type, optional: !each.required, doc: null }));
  const unknown = Object.keys(given).filter((key) => !fields.some((field) => field.name === key));
  if (unknown.length > 0) {
    throw new ProviderError(`${name}: there is no ${word} \`${unknown.join("`, `")}\``, { retryable: false });
  }
  // An argument may be left out where it need not be given, whether `none` fits its type or not.
  const left = fields
    .filter((field) => field.optional && (given[field.name] ?? null) === null)
    .map((field) => field.name);
  const present = Object.fromEntries(Object.entries(given).filter(([key]) => !left.includes(key)));
  const templates = new Set(declared.filter((each) => each.template !== null).map((each) => each.name));
  const values = Object.entries(present).map(
    ([key, value]) => [key, templates.has(key) ? asTemplate(value) : value] as const,
  );
  const read = schema.safeParse(inward(Object.fromEntries(values), { kind: "record", fields }));
  if (read.success) return read.data;
  const words = read.error.issues.map(issueInWords).map((issue) => `${word} \`${issue.path}\` ${issue.what}`);
  throw new ProviderError(`${name}: ${words.join("; ")}`, { retryable: false });
}

/** A provider that throws anything else than `ProviderError` has a fault, which is said without its stack. */
async function guarded<T>(name: string, host: Host, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const own = asProviderError(error);
    if (own !== null) throw own;
    if (host.signal.aborted)
      throw new ProviderError(`${name} was stopped before it ended`, { retryable: true, cause: error });
    const what = error instanceof Error ? error.message : String(error);
    throw new ProviderError(`provider fault in ${name}: ${what}. Report it to the provider's author.`, {
      retryable: false,
      cause: error,
    });
  }
}

/** The error if it is a `ProviderError`, also one of another copy of this module. */
export function asProviderError(error: unknown): ProviderError | null {
  if (error instanceof ProviderError) return error;
  if (!(error instanceof Error) || error.name !== "ProviderError" || !("retryable" in error)) return null;
  const unknown = "unknown" in error && error.unknown === true;
  return new ProviderError(error.message, { retryable: error.retryable === true, unknown, cause: error });
}

function undoOf(name: string, operation: Operation): NonNullable<Operation["undo"]> {
  if (operation.undo === undefined) {
    throw new ProviderError(`${name} cannot undo what it does. Write its rollback out.`, { retryable: false });
  }
  return operation.undo;
}

function fault(name: string, what: string): ProviderError {
  return new ProviderError(`provider fault in ${name}: ${what}. Report it to the provider's author.`, {
    retryable: false,
  });
}

function checkedResult(name: string, operation: Operation, type: Type, result: unknown): Value {
  const read = operation.result.safeParse(result);
  if (!read.success) {
    const words = read.error.issues
      .map(issueInWords)
      .map((issue) => `${issue.path === "" ? "the result" : `\`${issue.path}\` of the result`} ${issue.what}`);
    throw fault(name, words.join("; "));
  }
  return plain(name, "the result", outward(read.data, type));
}

function checkedPreview(name: string, preview: unknown): Preview {
  const read = previewSchema.safeParse(preview);
  if (read.success) return read.data;
  throw fault(name, "its preview is not `{ summary, diff }`");
}

function plain(name: string, what: string, value: unknown): Value {
  try {
    return copyValue(value);
  } catch (error) {
    if (!(error instanceof NotAValue)) throw error;
    throw fault(name, `${error.path === "" ? what : `\`${error.path}\` of ${what}`} ${error.message}`);
  }
}
