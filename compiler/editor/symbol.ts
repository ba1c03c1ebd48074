/** What a name in a file stands for. */
import type * as tree from "../../language/tree.ts";
import type { Span } from "../../language/tree.ts";
import type { Node } from "../../language/walk.ts";
import type { Parsed } from "../check/context.ts";
import { enumIn } from "../check/expr.ts";
import type { Manifest } from "../manifest.ts";
import type { BlockName } from "../schema/blocks.ts";
import { placeOfField } from "../types/field-places.ts";
import { methodsOf } from "../types/methods.ts";
import { fieldsOf } from "../types/relations.ts";
import type { Field, Type } from "../types/type.ts";
import { type Analysis, type Spot, scopeAt } from "./analysis.ts";
import { manifestOf, offeredBy } from "./called.ts";
import { type Declared, declarationAt, exportedBy, itemOfId, throughImports } from "./declared.ts";
import { bindingAt, declaredIn, namesAt, visibleIn } from "./visible.ts";

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

/** The declaration that a name means as the scopes at the spot have it, through imports. */
export function declaredAs(analysis: Analysis, spot: Spot, text: string): Declared | null {
  const span = declaredIn(scopeAt(spot), spot, text);
  return span === null ? null : throughImports(analysis, spot.file, declarationAt(spot.file, span));
}

/** The same, and what the language itself puts there. */
function ofScope(analysis: Analysis, spot: Spot, text: string): Meaning | null {
  const declared = declaredAs(analysis, spot, text);
  if (declared !== null) return { is: "declared", declared };
  const binding = bindingAt(spot, text);
  return binding?.b === "value" ? { is: "given", name: text, type: binding.type } : null;
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
  const binding = node.of.kind === "name" ? bindingAt(spot, node.of.text) : undefined;
  if (binding?.b === "enum") return memberOf(analysis, binding.type, name.text);
  const offering = manifestOf(namesAt(spot), node.of);
  if (offering !== null)
    return Object.hasOwn(offering.manifest.operations, name.text)
      ? { is: "operation", manifest: offering.manifest, name: name.text }
      : null;
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
  const offered = offeredBy(namesAt(spot), call);
  if (offered?.operation.params.some((param) => param.name === name.text) !== true) return null;
  return { is: "operation parameter", manifest: offered.manifest, operation: offered.name, name: name.text };
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
