/**
 * Where secrets are read from. What stands for a secret in programs, plans and events is `{ "$secret": … }`: the id of one that
 * is declared, or a source itself, given as an input or answered by a provider. Only the runtime puts the secret in for it.
 */
import type { Value } from "./ir/expr.ts";
import { isRecord } from "./ir/ops.ts";
import type { Secret } from "./program.ts";

export type SecretSource =
  | { readonly from: "env"; readonly name: string }
  /** From the project's folder, or absolute. */
  | { readonly from: "file"; readonly path: string }
  /** The path as `vault read` and `vault kv get` take it; of a versioned one the newest, unless it is named. */
  | { readonly from: "vault"; readonly path: string; readonly field: string; readonly version?: number | undefined }
  /** What it writes, without the last line break. */
  | { readonly from: "exec"; readonly argv: string[] };

/** What stands for a secret: the id of a declared one, or where it is. */
export type SecretMark = string | SecretSource;

/** What is within `{ "$secret": … }`; null for anything else. Of a mark's own shape nothing is said. */
export function markIn(value: Value): Value {
  return isRecord(value) && Object.keys(value).length === 1 ? (value.$secret ?? null) : null;
}

/** What is within a mark, as a source; null for what is none, whatever it is. */
export function asSource(it: Value): SecretSource | null {
  if (!isRecord(it)) return null;
  const { from, ...rest } = it;
  const has = (given: { readonly [name: string]: Value }, ...names: readonly string[]): boolean =>
    names.every((name) => typeof given[name] === "string" && given[name] !== "") &&
    Object.keys(given).every((name) => names.includes(name));
  const [name, path, field] = [String(rest.name), String(rest.path), String(rest.field)];
  switch (from) {
    case "env":
      return has(rest, "name") ? { from, name } : null;
    case "file":
      return has(rest, "path") ? { from, path } : null;
    case "vault": {
      const { version, ...place } = rest;
      if (version === undefined) return has(place, "path", "field") ? { from, path, field } : null;
      const counts = typeof version === "number" && Number.isSafeInteger(version) && version >= 1;
      return counts && has(place, "path", "field") ? { from, path, field, version } : null;
    }
    case "exec": {
      const { argv } = rest;
      if (!Array.isArray(argv) || argv.length === 0 || argv[0] === "" || Object.keys(rest).length > 1) return null;
      return argv.every((word) => typeof word === "string") ? { from, argv } : null;
    }
    default:
      return null;
  }
}

/** As it stands within a mark. */
export const markOf = (source: SecretSource): Value =>
  source.from === "vault" && source.version === undefined
    ? { from: "vault", path: source.path, field: source.field }
    : { ...(source as SecretSource & { readonly version: number }) };

export function sourceOf({ source, args }: Pick<Secret, "source" | "args">): SecretSource {
  const text = (name: string): string => String(args[name] ?? "");
  switch (source) {
    case "env":
      return { from: source, name: text("name") };
    case "file":
      return { from: source, path: text("path") };
    case "vault":
      return { from: source, path: text("path"), field: text("field") };
    case "exec":
      return { from: source, argv: Array.isArray(args.argv) ? args.argv.map(String) : [] };
  }
}

/** As an input is given: `@env:NAME`, `@file:PATH`, `@vault:PATH#FIELD`, `@exec:["pass","show","name"]`. */
export function showSource(source: SecretSource): string {
  switch (source.from) {
    case "env":
      return `@env:${source.name}`;
    case "file":
      return `@file:${source.path}`;
    case "vault": {
      const version = source.version === undefined ? "" : `@${source.version}`;
      return `@vault:${source.path}#${source.field}${version}`;
    }
    case "exec":
      return `@exec:${JSON.stringify(source.argv)}`;
  }
}

/** What `showSource` writes, read; null for what is none. A command may also be given as words, split at spaces. */
export function parseSource(text: string): SecretSource | null {
  const [, from, rest = ""] = /^@(env|file|vault|exec):(.+)$/s.exec(text) ?? [];
  switch (from) {
    case "env":
      return /^[A-Za-z_][A-Za-z0-9_]*$/.test(rest) ? { from, name: rest } : null;
    case "file":
      return { from, path: rest };
    case "vault": {
      const [, path = "", field = "", version] = /^([^#]+)#([^#]+?)(?:@([1-9]\d{0,8}))?$/s.exec(rest) ?? [];
      if (path === "") return null;
      return version === undefined ? { from, path, field } : { from, path, field, version: Number(version) };
    }
    case "exec":
      return commandIn(rest);
    default:
      return null;
  }
}

function commandIn(text: string): SecretSource | null {
  const argv: unknown = text.startsWith("[") ? parsed(text) : text.split(" ").filter((word) => word !== "");
  if (!Array.isArray(argv) || argv.length === 0 || argv[0] === "") return null;
  return argv.every((word) => typeof word === "string") ? { from: "exec", argv } : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
