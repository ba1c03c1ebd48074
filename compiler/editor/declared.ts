/** Declarations in a file, found by where their names stand. */
import type * as tree from "../../language/tree.ts";
import type { Span } from "../../language/tree.ts";
import { type Node, pathAt } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import { nameOf } from "../check/import-graph.ts";
import type { Analysis } from "./analysis.ts";

/** How a name is declared. */
export type DeclaredAs =
  | "provider"
  | "enum"
  | "member"
  | "type"
  | "field"
  | "approver"
  | "window"
  | "secret"
  | "operation"
  | "guardrail"
  | "action"
  | "input"
  | "parameter"
  | "let"
  | "fact"
  | "step"
  | "check"
  | "each"
  | "alias";

/** A declaration in a file. Two are the same if their module and the start of their span are. */
export interface Declared {
  readonly as: DeclaredAs;
  readonly name: string;
  readonly module: string;
  /** Of the name where it is declared. */
  readonly span: Span;
  /** The declaration itself. */
  readonly node: Node;
}

/** The declaration `module#name`. */
export function itemOfId(
  analysis: Analysis,
  id: string,
): { readonly file: Parsed; readonly item: tree.Item; readonly name: tree.Name } | null {
  const hash = id.lastIndexOf("#");
  const file = analysis.file(id.slice(0, hash));
  const text = id.slice(hash + 1);
  for (const item of file?.tree.items ?? []) {
    const name = nameOf(item);
    if (file !== null && name?.text === text) return { file, item, name };
  }
  return null;
}

/** An imported name stands for its declaration; one renamed by `as` for itself. */
export function throughImports(analysis: Analysis, file: Parsed, declared: Declared | null): Declared | null {
  if (declared?.as !== "alias" || !("kind" in declared.node) || declared.node.kind !== "import") return declared;
  const imported = declared.node.names.find(({ name, as }) => as === null && name.span.start === declared.span.start);
  if (imported === undefined) return declared;
  return exportedBy(analysis, file, declared.node, imported.name.text);
}

/** What an import of `file` means by `name`. */
export function exportedBy(analysis: Analysis, file: Parsed, item: tree.ImportItem, name: string): Declared | null {
  const path = analysis.imported(file.path, item);
  const from = path === null ? null : analysis.file(path);
  const found = path === null ? null : itemOfId(analysis, `${path}#${name}`);
  return from === null || found === null ? null : declarationAt(from, found.name.span);
}

/** By file: a name is asked for at each of its uses. */
const declarations = new WeakMap<Parsed, Map<number, Declared | null>>();

/** The declaration whose name stands at `span`; null where none does. */
export function declarationAt(file: Parsed, span: Span): Declared | null {
  const known = declarations.get(file) ?? new Map<number, Declared | null>();
  declarations.set(file, known);
  const found = known.get(span.start);
  if (found !== undefined && (found === null || found.span.end === span.end)) return found;
  const declared = findDeclaration(file, span);
  known.set(span.start, declared);
  return declared;
}

function findDeclaration(file: Parsed, span: Span): Declared | null {
  const nodes = pathAt(file.tree, span.start);
  const at = nodes.findLastIndex((node) => node.span.start === span.start && node.span.end === span.end);
  const node = nodes[at - 1];
  if (node === undefined) return null;
  const name = file.text.slice(span.start, span.end);
  const as = declaredAs(node, nodes, span);
  return as === null ? null : { as, name, module: file.path, span, node };
}

function declaredAs(node: Node, nodes: readonly Node[], span: Span): DeclaredAs | null {
  if ("optional" in node && "where" in node) return paramAs(nodes);
  if (!("kind" in node)) return "type" in node && "name" in node ? "each" : null;
  switch (node.kind) {
    case "use":
      return "provider";
    case "import":
      return "alias";
    case "enum":
      return node.name?.span.start === span.start ? "enum" : "member";
    case "type":
    case "approver":
    case "window":
    case "secret":
    case "operation":
    case "guardrail":
    case "action":
    case "let":
    case "fact":
      return node.kind;
    case "step":
    case "check":
      return node.name?.span.start === span.start ? node.kind : null;
    case "for":
    case "lambda":
      return "each";
    default:
      return null;
  }
}

function paramAs(nodes: readonly Node[]): DeclaredAs {
  const owner = nodes.findLast(
    (node) => "kind" in node && (node.kind === "record_type" || "params" in node || node.kind === "applies"),
  );
  if (owner === undefined || !("kind" in owner) || owner.kind === "record_type") return "field";
  return owner.kind === "operation" ? "parameter" : "input";
}
