/** zod schemas for the types of the language that zod has no word for. */
import { z } from "zod";
import type { Value } from "../../compiler/ir/expr.ts";
import { secretReferenceSchema as referenceSchema, type SecretReference } from "../../compiler/secret.schema.ts";
import type { Type } from "../../compiler/types/type.ts";
import { Template } from "./template.ts";
import { copyValue } from "./value.ts";

/** What a schema says of its type in the language; it stands in the schema's metadata under `ops`. */
export interface OpsMeta {
  readonly type?: Type;
  /** Its inner schema's type, as a secret. */
  readonly secret?: true | "kept";
  readonly template?: string;
}

function isOpsMeta(meta: unknown): meta is OpsMeta {
  return typeof meta === "object" && meta !== null;
}

/** What was said of the schema, or of one it was made from; an empty record where nothing was. */
export function opsMeta(schema: z.core.$ZodType): OpsMeta {
  const meta = z.globalRegistry.get(schema)?.ops;
  return isOpsMeta(meta) ? meta : {};
}

const meta = (ops: OpsMeta): { ops: OpsMeta } => ({ ops });

/** A length of time: milliseconds, 0 or more. */
export const duration = () =>
  z
    .int()
    .min(0)
    .meta(meta({ type: { kind: "duration" } }));

/** An amount of data: bytes, 0 or more. */
export const size = () =>
  z
    .int()
    .min(0)
    .meta(meta({ type: { kind: "size" } }));

/** A percentage: 25% is 25. */
export const percent = () => z.number().meta(meta({ type: { kind: "percent" } }));

/** An absolute URL, as text. */
export const url = () => z.url().meta(meta({ type: { kind: "url" } }));

/** The name of a person or a robot, as configured. */
export const identity = () =>
  z
    .string()
    .min(1)
    .meta(meta({ type: { kind: "identity" } }));

const mustBe = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) => `${input === undefined ? "missing: it must" : "must"} be ${what}`,
});

/** Any JSON. */
export const json = () =>
  z
    .custom<Value>((value) => {
      try {
        copyValue(value);
        return value !== undefined;
      } catch {
        return false;
      }
    }, mustBe("JSON"))
    .meta(meta({ type: { kind: "json" } }));

/**
 * A secret. As a parameter it arrives as its plain value; as a part of a result it is withheld from everything that is
 * written down (see `withhold.ts`).
 */
export const secret = <S extends z.ZodType>(inner: S) => inner.readonly().meta(meta({ secret: true }));

/**
 * A secret of a result that the provider has put away: it answers `keptAt(path, field)`, where it stands in Vault, and that may be
 * written down and handed on. Whoever is handed it gets what is there then.
 */
export const keptSecret = () => referenceSchema.readonly().meta(meta({ secret: "kept" }));

/** What stands for a secret: where it is in Vault, as `vault read` and `vault kv get` name it; the newest unless `version` says which. */
export const keptAt = (path: string, field: string, version?: number): SecretReference => ({
  $secret: { from: "vault", path, field, ...(version === undefined ? {} : { version }) },
});

/**
 * Code for another system (`shell`, `sql`, `promql`). In `.ops` only literal text with holes may stand there, and it
 * arrives as `Template`: the text, and what stands in the holes apart from it.
 */
export const template = (language: string) =>
  z
    .custom<Template>((value) => value instanceof Template, mustBe("text with holes"))
    .meta(meta({ type: { kind: "string" }, template: language }));
