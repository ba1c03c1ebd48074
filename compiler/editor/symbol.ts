/** What a name in a file stands for. */
import type * as tree from "../../language/tree.ts";
import type { Span } from "../../language/tree.ts";
import { type Node, pathAt } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import { enumIn } from "../check/expr.ts";
import type { Binding, Scope } from "../check/scope.ts";
import type { Manifest } from "../manifest.ts";
import type { BlockName } from "../schema/blocks.ts";
import { placeOfField } from "../types/field-places.ts";
import { methodsOf } from "../types/methods.ts";
import { fieldsOf } from "../types/relations.ts";
import type { Field, Type } from "../types/type.ts";
import { type Analysis, type Spot, scopeAt } from "./analysis.ts";

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

export type Meaning =
  | { readonly is: "declared"; readonly declared: Declared }
  /** What a provider offers. */
  | { readonly is: "operation"; readonly manifest: Manifest; readonly name: string }
  | {
      readonly is: "operation parameter";
      readonly manifest: Manifest;
      readonly operation: string;
      readonly name: string;
    }
  | { readonly is: "provider"; readonly manifest: Manifest }
  /** A field that no source declares. */
  | { readonly is: "field"; readonly of: Type; readonly field: Field }
  | { readonly is: "method"; readonly of: Type; readonly name: string }
  /** Of a block of the language. */
  | { readonly is: "property"; readonly block: BlockName; readonly name: string }
  | { readonly is: "type name"; readonly name: string; readonly type: Type }
  /** A word of an enum that the language itself has, such as `high`; a key that `one of` chooses. */
  | { readonly is: "word"; readonly name: string; readonly type: Type }
  /** A value that the language puts there: `run`, `it`, `plan`. */
  | { readonly is: "given"; readonly name: string; readonly type: Type }
  | { readonly is: "file"; readonly path: string };

export interface Named {
  /** Of the name at the cursor. */
  readonly span: Span;
  readonly text: string;
  readonly meaning: Meaning;
}

/** What stands at `offset`; null where no name stands, or it stands for nothing. */
export function namedAt(analysis: Analysis, path: string, offset: number): Named | null {
  const spot = analysis.spot(path, offset);
  return spot === null ? null : namedIn(analysis, spot);
}

/** The same of a spot whose innermost node is a name. */
export function namedIn(analysis: Analysis, spot: Spot): Named | null {
  const node = spot.nodes.at(-1);
  const parent = spot.nodes.at(-2);
  if (node === undefined) return null;
  if (isString(node) || (parent !== undefined && isString(parent) && "kind" in node && node.kind === "text"))
    return fileNamed(analysis, spot);
  const text = "text" in node && (!("kind" in node) || node.kind === "name") ? node.text : null;
  if (text === null) return null;
  const meaning = meaningOf(analysis, spot, { text, span: node.span }, node, parent ?? null);
  return meaning === null ? null : { span: node.span, text, meaning };
}

const isString = (node: Node): node is tree.StringLiteral => "kind" in node && node.kind === "string";

/** The path of an import. */
function fileNamed(analysis: Analysis, { file, nodes }: Spot): Named | null {
  const item = nodes.find((node) => "kind" in node && node.kind === "import");
  if (item === undefined || !("from" in item) || !("names" in item) || item.from === null) return null;
  const path = analysis.imported(file.path, item);
  return path === null || analysis.file(path) === null
    ? null
    : { span: item.from.span, text: path, meaning: { is: "file", path } };
}

function meaningOf(analysis: Analysis, spot: Spot, name: tree.Name, node: Node, parent: Node | null): Meaning | null {
  if ("kind" in node && node.kind === "name") return ofNameExpr(analysis, spot, node);
  if (parent !== null && "kind" in parent) {
    switch (parent.kind) {
      case "import":
        return ofImported(analysis, spot.file, parent, name);
      case "field":
        return ofField(analysis, spot, parent, name);
      case "named_type":
        return ofTypeName(analysis, spot, name);
      case "property":
      case "block":
        return ofProperty(spot, name);
      case "use":
        return parent.as === null || parent.provider?.span.start !== name.span.start
          ? declaredHere(spot.file, name)
          : ofProvider(analysis, name.text);
      case "step":
      case "check":
        if (parent.name?.span.start !== name.span.start) return ofScope(analysis, spot, name.text);
        break;
      case "on":
        return null;
      default:
    }
  }
  if (parent !== null && "label" in parent) return ofLabel(analysis, spot, name);
  if (parent !== null && isRecordField(parent, spot)) return ofRecordField(analysis, spot, name);
  return declaredHere(spot.file, name);
}

/** What the name at `name.span` declares. */
function declaredHere(file: Parsed, name: tree.Name): Meaning | null {
  const declared = declarationAt(file, name.span);
  return declared === null ? null : { is: "declared", declared };
}

function ofProvider(analysis: Analysis, name: string): Meaning | null {
  const known = analysis.manifests.get(name);
  return known === undefined ? null : { is: "provider", manifest: known.manifest };
}

function ofNameExpr(analysis: Analysis, spot: Spot, node: tree.NameExpr): Meaning | null {
  const expected = spot.observed?.observer.exprs.get(node)?.expected ?? null;
  const scope = scopeAt(spot);
  if (expected !== null && visibleIn(scope, spot, node.text) === null) {
    const word = ofWord(analysis, node.text, expected);
    if (word !== null) return word;
  }
  return ofScope(analysis, spot, node.text);
}

function ofWord(analysis: Analysis, text: string, expected: Type): Meaning | null {
  const wanted = enumIn(expected);
  if (wanted?.members.includes(text) === true) return memberOf(analysis, wanted, text);
  const choice = expected.kind === "optional" ? expected.of : expected;
  return choice.kind === "one_of" && choice.keys.includes(text) ? { is: "word", name: text, type: choice } : null;
}

function memberOf(analysis: Analysis, type: Extract<Type, { kind: "enum" }>, name: string): Meaning {
  const declared = itemOfId(analysis, type.id);
  const member =
    declared?.item.kind === "enum" ? declared.item.members.find((each) => each.name.text === name) : undefined;
  if (declared === null || member === undefined) return { is: "word", name, type };
  const { file, item } = declared;
  return {
    is: "declared",
    declared: { as: "member", name, module: file.path, span: member.name.span, node: item },
  };
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
    const name = declaredName(item);
    if (file !== null && name?.text === text) return { file, item, name };
  }
  return null;
}

function declaredName(item: tree.Item): tree.Name | null {
  if (item.kind === "import" || item.kind === "test") return null;
  return item.kind === "use" ? (item.as ?? item.provider) : item.name;
}

/** A name as the scopes at the spot have it, through imports. */
function ofScope(analysis: Analysis, spot: Spot, text: string): Meaning | null {
  const scope = scopeAt(spot);
  const span = declaredIn(scope, spot, text);
  if (span !== null) {
    const declared = throughImports(analysis, spot.file, declarationAt(spot.file, span));
    if (declared !== null) return { is: "declared", declared };
  }
  const binding = bindingAt(spot, text);
  return binding?.b === "value" ? { is: "given", name: text, type: binding.type } : null;
}

/** What the language itself puts into a scope stands at places that do not spell its name. */
function declaredIn(scope: Scope, { file, offset }: Pick<Spot, "file" | "offset">, name: string): Span | null {
  const first = visibleIn(scope, { file, offset }, name);
  for (let at = first; at !== null; at = at.parent) {
    const span = at.own(name);
    if (span === undefined || file.text.slice(span.start, span.end) !== name) continue;
    // A step is seen in its own rollback before its statement is over.
    if (at === first || at.parent === null || span.start <= offset) return span;
  }
  return null;
}

/**
 * The scope, `scope` or one around it, that has `name` as seen from `offset`: the names of a file are seen all over it,
 * those within a declaration only after they are declared.
 */
export function visibleIn(scope: Scope, { file, offset }: Pick<Spot, "file" | "offset">, name: string): Scope | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const span = at.own(name);
    if (span !== undefined && (at.parent === null || isDeclaredBefore(file, span, offset))) return at;
  }
  return null;
}

/** A statement declares its name when it is over. */
function isDeclaredBefore(file: Parsed, span: Span, offset: number): boolean {
  if (span.start > offset) return false;
  const declared = declarationAt(file, span);
  const late = declared !== null && ["let", "fact", "step", "check"].includes(declared.as);
  return !late || declared.node.span.end <= offset;
}

/** What `name` stands for as seen from the spot. */
export function bindingAt(spot: Spot, name: string): Binding | undefined {
  return visibleIn(scopeAt(spot), spot, name)?.peek(name);
}

/** An imported name stands for its declaration; one renamed by `as` for itself. */
function throughImports(analysis: Analysis, file: Parsed, declared: Declared | null): Declared | null {
  if (declared?.as !== "alias" || !("kind" in declared.node) || declared.node.kind !== "import") return declared;
  const imported = declared.node.names.find(({ name, as }) => as === null && name.span.start === declared.span.start);
  if (imported === undefined) return declared;
  return exportedBy(analysis, file, declared.node, imported.name.text);
}

function exportedBy(analysis: Analysis, file: Parsed, item: tree.ImportItem, name: string): Declared | null {
  const path = analysis.imported(file.path, item);
  const from = path === null ? null : analysis.file(path);
  const found = path === null ? null : itemOfId(analysis, `${path}#${name}`);
  return from === null || found === null ? null : declarationAt(from, found.name.span);
}

function ofImported(analysis: Analysis, file: Parsed, item: tree.ImportItem, name: tree.Name): Meaning | null {
  const alias = item.names.some(({ as }) => as?.span.start === name.span.start);
  if (alias) return declaredHere(file, name);
  const declared = exportedBy(analysis, file, item, name.text);
  return declared === null ? null : { is: "declared", declared };
}

function ofTypeName(analysis: Analysis, spot: Spot, name: tree.Name): Meaning | null {
  const found = ofScope(analysis, spot, name.text);
  if (found !== null) return found;
  const node = spot.nodes.at(-2);
  const type =
    node !== undefined && "kind" in node && node.kind === "named_type"
      ? spot.observed?.observer.types.get(node)?.type
      : undefined;
  return type === undefined || type.kind === "error" ? null : { is: "type name", name: name.text, type };
}

function ofField(analysis: Analysis, spot: Spot, node: tree.FieldExpr, name: tree.Name): Meaning | null {
  const receiver = node.of.kind === "index" ? node.of.of : node.of;
  if (receiver.kind === "name") {
    const binding = bindingAt(spot, receiver.text);
    if (binding?.b === "enum" && node.of.kind === "name") return memberOf(analysis, binding.type, name.text);
    if (binding?.b === "instance" || binding?.b === "family")
      return Object.hasOwn(binding.manifest.operations, name.text)
        ? { is: "operation", manifest: binding.manifest, name: name.text }
        : null;
  }
  const type = spot.observed?.observer.exprs.get(node.of)?.type;
  if (type === undefined) return null;
  const of = type.kind === "optional" ? type.of : type;
  const field = fieldMeaning(analysis, of, name.text);
  if (field !== null) return field;
  return Object.hasOwn(methodsOf(of).methods, name.text) ? { is: "method", of, name: name.text } : null;
}

function fieldMeaning(analysis: Analysis, of: Type, name: string): Meaning | null {
  const field = fieldsOf(of)?.find((each) => each.name === name);
  if (field === undefined) return null;
  const place = placeOfField(field);
  const file = place === null ? null : analysis.file(place.module);
  const declared = place === null || file === null ? null : declarationAt(file, place.span);
  return declared === null || declared.name !== name ? { is: "field", of, field } : { is: "declared", declared };
}

const isRecordField = (parent: Node, { nodes }: Spot): boolean => {
  const around = nodes.at(-3);
  return around !== undefined && "kind" in around && around.kind === "record" && "value" in parent;
};

function ofRecordField(analysis: Analysis, spot: Spot, name: tree.Name): Meaning | null {
  const record = spot.nodes.at(-3);
  if (record === undefined || !("kind" in record) || record.kind !== "record") return null;
  const seen = spot.observed?.observer.exprs.get(record);
  const wanted = seen?.expected?.kind === "optional" ? seen.expected.of : seen?.expected;
  return wanted == null ? null : fieldMeaning(analysis, wanted, name.text);
}

function ofLabel(analysis: Analysis, spot: Spot, name: tree.Name): Meaning | null {
  const call = spot.nodes.at(-3);
  if (call === undefined || !("kind" in call) || call.kind !== "call") return null;
  const { callee } = call;
  if (callee.kind === "name") {
    const called = ofScope(analysis, spot, callee.text);
    return called?.is === "declared" ? paramOf(analysis, called.declared, name.text) : null;
  }
  if (callee.kind !== "field" || callee.name === null) return null;
  const receiver = callee.of.kind === "index" ? callee.of.of : callee.of;
  const binding = receiver.kind === "name" ? bindingAt(spot, receiver.text) : undefined;
  if (binding?.b !== "instance" && binding?.b !== "family") return null;
  const operation = callee.name.text;
  const known = binding.manifest.operations[operation]?.params.some((param) => param.name === name.text);
  return known === true ? { is: "operation parameter", manifest: binding.manifest, operation, name: name.text } : null;
}

/** A parameter of an operation or an action, by its label. */
function paramOf(analysis: Analysis, { module, node }: Declared, name: string): Meaning | null {
  const file = analysis.file(module);
  if (file === null || !("params" in node) || !("result" in node)) return null;
  const param = node.params.find((each) => each.name.text === name);
  return param === undefined ? null : declaredHere(file, param.name);
}

function ofProperty({ nodes, observed }: Spot, name: tree.Name): Meaning | null {
  const body = nodes.findLast((node) => "closed" in node);
  const block = body !== undefined && "closed" in body ? observed?.observer.bodies.get(body.members)?.block : null;
  return block == null ? null : { is: "property", block, name: name.text };
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
