/** What the call around the cursor takes. */
import type * as tree from "../../language/tree.ts";
import { methodsOf } from "../types/methods.ts";
import { briefType } from "../types/type.ts";
import type { Analysis } from "./analysis.ts";
import { offeredBy } from "./called.ts";
import { methodParams, methodSignature } from "./describe.ts";
import { declaredAs } from "./symbol.ts";
import { PLACEHOLDER, type Typed, typedAt } from "./typed.ts";
import { namesAt } from "./visible.ts";

export interface Signature {
  /** `put(path: string, text: string)`. */
  readonly label: string;
  readonly doc: string | null;
  /** As they stand in the label, with what is said of each. */
  readonly params: readonly { readonly label: string; readonly doc: string | null }[];
  /** Index of the one that is written; null where that is not known. */
  readonly active: number | null;
}

export function signatureAt(analysis: Analysis, path: string, offset: number): Signature | null {
  const typed = typedAt(analysis, path, offset);
  if (typed === null) return null;
  const call = typed.nodes.findLast(
    (node): node is tree.CallExpr => "kind" in node && node.kind === "call" && node.callee.span.end < typed.offset,
  );
  if (call === undefined) return null;
  return ofCall(analysis, typed, call) ?? ofMethod(typed, call);
}

function ofCall(analysis: Analysis, typed: Typed, call: tree.CallExpr): Signature | null {
  const seen = typed.observed?.observer.calls.get(call);
  if (seen === undefined) return null;
  const { shown, params } = seen;
  const labels = params.map(({ name, type, optional, default: fallback }) => {
    const may = optional || fallback !== null ? "?" : "";
    return `${name}${may}: ${briefType(type.kind === "optional" ? type.of : type)}`;
  });
  const docs = paramDocs(analysis, typed, call);
  return {
    label: `${shown}(${labels.join(", ")})`,
    doc: docs.doc,
    params: labels.map((label, i) => ({ label, doc: docs.params.get(params[i]?.name ?? "") ?? null })),
    active: activeOf(
      typed,
      call,
      params.map(({ name }) => name),
    ),
  };
}

/** What the provider, or the declaration, says of it. */
function paramDocs(
  analysis: Analysis,
  typed: Typed,
  call: tree.CallExpr,
): { readonly doc: string | null; readonly params: ReadonlyMap<string, string> } {
  const none = { doc: null, params: new Map<string, string>() };
  const { callee } = call;
  if (callee.kind === "name") {
    const node = declaredAs(analysis, typed, callee.text)?.node;
    if (node === undefined || !("kind" in node) || (node.kind !== "operation" && node.kind !== "action")) return none;
    const params = node.params.flatMap(({ name, doc }) => (doc === null ? [] : [[name.text, doc] as const]));
    return { doc: node.doc, params: new Map(params) };
  }
  const offered = offeredBy(namesAt(typed), call);
  if (offered === null) return none;
  return {
    doc: offered.operation.doc,
    params: new Map(offered.operation.params.map(({ name, doc }) => [name, doc] as const)),
  };
}

/** By the label of the argument the cursor is in; the next one not given where it has none yet. */
function activeOf({ offset }: Typed, { args }: tree.CallExpr, names: readonly string[]): number | null {
  const at = args.findLast(({ span }) => span.start <= offset);
  const label = at?.label?.text;
  if (label !== undefined && label !== PLACEHOLDER) {
    const index = names.indexOf(label);
    return index < 0 ? null : index;
  }
  const given = new Set(args.flatMap((arg) => (arg.label === null ? [] : [arg.label.text])));
  const next = names.findIndex((name) => !given.has(name));
  return next < 0 ? null : next;
}

function ofMethod(typed: Typed, { callee, args }: tree.CallExpr): Signature | null {
  if (callee.kind !== "field" || callee.name === null) return null;
  const type = typed.observed?.observer.exprs.get(callee.of)?.type;
  if (type === undefined) return null;
  const { methods, element } = methodsOf(type.kind === "optional" ? type.of : type);
  const name = callee.name.text;
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) return null;
  const labels = methodParams(method, element);
  const at = args.findLastIndex(({ span }) => span.start <= typed.offset);
  return {
    label: methodSignature(name, method, element),
    doc: method.doc,
    params: labels.map((label) => ({ label, doc: null })),
    active: labels.length === 0 ? null : Math.min(Math.max(at, 0), labels.length - 1),
  };
}
