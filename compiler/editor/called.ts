/** What a call means, where it stands. */
import type * as tree from "../../language/tree.ts";
import type { Binding } from "../check/scope.ts";
import type { Manifest, ManifestOperation } from "../manifest.ts";

/** What names stand for where the call stands. */
export type Names = (name: string) => Binding | undefined;

export interface Offered {
  /** As the file names what offers it. */
  readonly receiver: tree.NameExpr;
  readonly manifest: Manifest;
  readonly name: string;
  readonly operation: ManifestOperation;
}

/** The manifest that stands before a dot: `file`, or `k8s[env]` where there is one for each. */
export function manifestOf(names: Names, of: tree.Expr): { receiver: tree.NameExpr; manifest: Manifest } | null {
  const receiver = of.kind === "index" ? of.of : of;
  if (receiver.kind !== "name") return null;
  const binding = names(receiver.text);
  return binding?.b === "instance" || binding?.b === "family" ? { receiver, manifest: binding.manifest } : null;
}

/** The operation of a provider that is called; null where something else is, or nothing known. */
export function offeredBy(names: Names, { callee }: tree.CallExpr): Offered | null {
  if (callee.kind !== "field" || callee.name === null) return null;
  const found = manifestOf(names, callee.of);
  const name = callee.name.text;
  const operations = found?.manifest.operations ?? {};
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  return found === null || operation === undefined ? null : { ...found, name, operation };
}

/** What a call does to the world, also one of the team's own operations; null where that is not known. */
export function effectOf(names: Names, call: tree.CallExpr): ManifestOperation["effect"] | null {
  const offered = offeredBy(names, call);
  if (offered !== null) return offered.operation.effect;
  const binding = call.callee.kind === "name" ? names(call.callee.text) : undefined;
  return binding?.b === "operation" ? binding.operation.effect : null;
}
