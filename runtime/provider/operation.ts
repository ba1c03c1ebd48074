/** Declaring one operation of a provider. */
import type { z } from "zod";
import type { Effect, Repeat } from "../../compiler/manifest.ts";
import type { Host, Preview } from "./contract.ts";

/** What an operation is given beside its arguments. */
export interface Context<Config = Readonly<Record<string, unknown>>> extends Host {
  /** Settings of the instance, checked. */
  readonly config: Config;
  /** The same for every attempt of one call of one run; null for reads made while planning. */
  readonly key: string | null;
  /** When what it gives is to end, RFC 3339: of an operation that says `expires`, for a step with a lease; else null. */
  readonly expires: string | null;
}

/** What cannot be seen in the schemas. Everything that `run` gets has been checked against them. */
export interface OperationSpec<
  Params extends z.ZodObject,
  Result extends z.ZodType,
  Captured,
  Config extends z.ZodObject,
> {
  /** One sentence, Markdown. */
  readonly doc: string;
  readonly params: Params;
  readonly result: Result;
  /** Another result type where an argument is this very literal; the first that matches. Its values pass `result` too. */
  readonly resultWhen?: readonly {
    readonly param: keyof Params["shape"] & string;
    readonly is: string | number | boolean;
    readonly result: z.ZodType;
  }[];
  readonly effect: Effect;
  /** What it touches, with `{param}` for arguments: `file:{path}`. */
  readonly resource: string;
  /** May it be repeated when nobody knows whether it took place? */
  readonly repeat: Repeat;
  /** A call that fails has changed nothing. false unless told. */
  readonly atomic?: boolean;
  /**
   * What it gives for the time of a lease ends by itself, at `ctx.expires`, in the system that gave it. Then a lease needs nobody
   * who watches over it.
   */
  readonly expires?: true;
  /**
   * Whether a preview may be shown to everybody who sees the plan. `sensitive` unless told; with `publicWhen` whoever calls it
   * says so, by an argument that is `true`.
   */
  readonly previewIs?: "public" | "sensitive" | { readonly publicWhen: keyof Params["shape"] & string };
  /** Whether teams may declare operations of their own over it, with effect, resource and repeat of their own. */
  readonly declarable?: boolean;
  /** The provider's `config`, where `ctx.config` is used: it gives that its type. */
  readonly config?: Config;
  run(args: z.output<Params>, ctx: Context<z.output<Config>>): Promise<z.input<Result>> | z.input<Result>;
  /**
   * Says what `run` would change, and changes nothing: `{ summary: "no change", diff: null }` where that is nothing, as after `run`. The same
   * world gives the same answer: a run asks again and compares.
   */
  preview?(args: z.output<Params>, ctx: Context<z.output<Config>>): Promise<Preview> | Preview;
  /** Makes `rollback auto` possible. */
  readonly undo?: {
    /** Read before the effect: all that `restore` needs, as JSON. */
    capture(args: z.output<Params>, ctx: Context<z.output<Config>>): Promise<Captured> | Captured;
    /** Puts back what was captured. Called also when it is not known whether the effect took place, and maybe twice. */
    restore(args: z.output<Params>, captured: Captured, ctx: Context<z.output<Config>>): Promise<void> | void;
  };
}

/** An operation whose schemas have been forgotten by the type checker; `defineProvider` checks values by them. */
export interface Operation {
  readonly doc: string;
  readonly params: z.ZodObject;
  readonly result: z.ZodType;
  readonly resultWhen?: readonly {
    readonly param: string;
    readonly is: string | number | boolean;
    readonly result: z.ZodType;
  }[];
  readonly effect: Effect;
  readonly resource: string;
  readonly repeat: Repeat;
  readonly atomic?: boolean;
  readonly expires?: true;
  readonly previewIs?: "public" | "sensitive" | { readonly publicWhen: string };
  readonly declarable?: boolean;
  readonly config?: z.ZodObject;
  run(args: unknown, ctx: Context<unknown>): Promise<unknown> | unknown;
  preview?(args: unknown, ctx: Context<unknown>): Promise<Preview> | Preview;
  readonly undo?: {
    capture(args: unknown, ctx: Context<unknown>): Promise<unknown> | unknown;
    restore(args: unknown, captured: unknown, ctx: Context<unknown>): Promise<void> | void;
  };
}

/** Declares an operation: the schemas give `run`, `preview` and `undo` the types of their arguments. */
export function operation<Params extends z.ZodObject, Result extends z.ZodType, Captured, Config extends z.ZodObject>(
  spec: OperationSpec<Params, Result, Captured, Config>,
): Operation {
  // Safe because every value is parsed with these very schemas before it is handed in.
  return spec as unknown as Operation;
}

export interface ProviderSpec {
  /** The name in `use NAME`, snake_case. */
  readonly name: string;
  /** The package's own version. */
  readonly version: string;
  readonly doc: string;
  /** Settings of an instance. */
  readonly config?: z.ZodObject;
  /**
   * Every `run` of it is one `runCommand`. Then the process is made before it is needed and recorded with the attempt, which saves
   * a write to the log for each step.
   */
  readonly runsCommands?: true;
  readonly operations: { readonly [name: string]: Operation };
}
