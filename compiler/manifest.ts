/**
 * A provider's manifest: all that the checker, the editor and the planner need to know of it, as data. It is
 * generated from the provider's own declaration; reading it never runs the provider's code.
 */
import type { Value } from "./ir/expr.ts";
import type { Type } from "./types/type.ts";

export const MANIFEST_VERSION = 1;
/** Version of the calls between runtime and provider. */
export const PROVIDER_PROTOCOL = 1;

export type Effect = "read" | "write" | "destroy";
/**
 * May an operation be repeated when it is not known whether it took place?
 * `idempotent` always · `keyed` yes, with the same key · `once` no: a person must say.
 */
export type Repeat = "idempotent" | "keyed" | "once";

export interface Manifest {
  readonly manifestVersion: typeof MANIFEST_VERSION;
  readonly protocol: typeof PROVIDER_PROTOCOL;
  /** The name in `use NAME`. */
  readonly name: string;
  readonly version: string;
  readonly doc: string;
  /** Settings of an instance, in `use … { }` and in the workspace's configuration. */
  readonly config: readonly ManifestParam[];
  /** By name; keys sorted. */
  readonly operations: { readonly [name: string]: ManifestOperation };
}

export interface ManifestOperation {
  readonly doc: string;
  readonly params: readonly ManifestParam[];
  readonly result: Type;
  /** Another result where an argument is this very literal, first match wins. */
  readonly resultWhen: readonly {
    readonly param: string;
    readonly is: string | number | boolean;
    readonly result: Type;
  }[];
  readonly effect: Effect;
  /** What it touches, with `{param}` for arguments: `file:{path}`. */
  readonly resource: string;
  readonly repeat: Repeat;
  /** All or nothing: a failed call has changed nothing. */
  readonly atomic: boolean;
  /** Whether it can say what it would change, and whether that text may be shown to everybody who sees the plan. */
  readonly preview: "none" | "public" | "sensitive";
  /** A yes-or-no parameter by which whoever calls it says that its preview is public: where it is `true`, a sensitive one may be shown. */
  readonly previewPublicWhen?: string | undefined;
  /** Whether `rollback auto` is offered. */
  readonly undo: boolean;
  /** What it gives ends by itself: where the step has a lease, it is told when. */
  readonly expires?: true | undefined;
  /** A team's own `operation` over it states effect, resource and repeat itself (a command line can be anything). */
  readonly declarable: boolean;
}

export interface ManifestParam {
  readonly name: string;
  readonly doc: string;
  readonly type: Type;
  readonly required: boolean;
  /** Used where it is left out; null when there is none. */
  readonly default: Value;
  /** Code for another system (`shell`, `sql`, `promql`): only literal text with holes may stand here. */
  readonly template: string | null;
}

/** Whether a call of the operation can be previewed, and who may see that. `args` are those that are known. */
export function previewOf(
  operation: Pick<ManifestOperation, "preview" | "previewPublicWhen">,
  args: { readonly [name: string]: Value },
): ManifestOperation["preview"] {
  const { preview, previewPublicWhen: said } = operation;
  return preview === "sensitive" && said !== undefined && args[said] === true ? "public" : preview;
}
