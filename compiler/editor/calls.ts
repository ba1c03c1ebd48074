/** Who calls what: actions run actions and call operations, operations call those of providers. */
import type * as tree from "../../language/tree.ts";
import type { Span } from "../../language/tree.ts";
import { visit } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import { nameOf } from "../check/import-graph.ts";
import type { Analysis } from "./analysis.ts";
import { type Declared, declarationAt } from "./declared.ts";
import { occurrencesOf } from "./references.ts";
import { namedAt } from "./symbol.ts";

export interface Call {
  readonly other: Declared;
  /** Where it is called, in the file of the caller. */
  readonly places: readonly Span[];
}

/** The action or operation that is named at a place. */
export function callableAt(analysis: Analysis, path: string, offset: number): Declared | null {
  const meaning = namedAt(analysis, path, offset)?.meaning;
  if (meaning?.is !== "declared") return null;
  return meaning.declared.as === "action" || meaning.declared.as === "operation" ? meaning.declared : null;
}

/** What calls it. */
export function callersOf(analysis: Analysis, declared: Declared): Call[] {
  const callers = new Map<string, { readonly other: Declared; readonly places: Span[] }>();
  for (const { module, span, role } of occurrencesOf(analysis, declared)) {
    const file = role === "use" ? analysis.file(module) : null;
    const item = file?.tree.items.find((each) => each.span.start <= span.start && span.end <= each.span.end);
    const name = item === undefined ? null : nameOf(item);
    const other = file === null || name === null ? null : declarationAt(file, name.span);
    if (other === null) continue;
    const key = `${other.module}:${other.span.start}`;
    const known = callers.get(key) ?? { other, places: [] };
    callers.set(key, known);
    known.places.push(span);
  }
  return [...callers.values()];
}

/** What of the project's own it calls. */
export function calleesOf(analysis: Analysis, declared: Declared): Call[] {
  const file = analysis.file(declared.module);
  const item = file?.tree.items.find(({ span }) => span.start <= declared.span.start && declared.span.end <= span.end);
  if (file == null || item === undefined) return [];
  const callees = new Map<string, { readonly other: Declared; readonly places: Span[] }>();
  for (const name of calledIn(item)) {
    const other = callableAt(analysis, file.path, name.span.start);
    if (other === null) continue;
    const key = `${other.module}:${other.span.start}`;
    const known = callees.get(key) ?? { other, places: [] };
    callees.set(key, known);
    known.places.push(name.span);
  }
  return [...callees.values()];
}

function calledIn(item: tree.Item): tree.NameExpr[] {
  const names: tree.NameExpr[] = [];
  visit(item, (node) => {
    if ("kind" in node && node.kind === "call" && node.callee.kind === "name") names.push(node.callee);
    return true;
  });
  return names;
}

/** The whole declaration. */
export function spanOf(file: Parsed, { span }: Declared): Span {
  return file.tree.items.find((item) => item.span.start <= span.start && span.end <= item.span.end)?.span ?? span;
}
