/** Langium 4 with the grammar beside this file, its scopes for parameters and members, and a validator of names and types. */
import {
  type AstNode,
  AstUtils,
  CstUtils,
  DefaultScopeProvider,
  DocumentState,
  EMPTY_SCOPE,
  type LangiumCoreServices,
  type LangiumDocument,
  type Reference,
  type ReferenceInfo,
  type Scope,
  URI,
  type ValidationAcceptor,
} from "langium";
import { createServicesForGrammar } from "langium/grammar";
import { preludeOf, type SourceFile } from "../corpus.ts";
import type { Compiler, Size } from "../peer.ts";
import { GRAMMAR } from "./grammar.ts";

interface Named extends AstNode {
  readonly name: string;
}
interface TypeRef extends AstNode {
  readonly scalar?: "string" | "int" | "bool";
  readonly ref?: Reference<Named>;
}
interface Field extends Named {
  readonly type: TypeRef;
}
interface Param extends Field {
  readonly default?: AstNode;
}
interface Declaration extends Named {
  readonly members?: Named[];
  readonly fields?: Field[];
  readonly params?: Param[];
}
interface Let extends Named {
  readonly type?: TypeRef;
  readonly value: AstNode;
}
interface Argument extends AstNode {
  readonly param: Reference<Param>;
  readonly value: AstNode;
}
interface Step extends Named {
  readonly operation: Reference<Declaration>;
  readonly args: Argument[];
}
interface Require extends AstNode {
  readonly condition: AstNode;
  readonly message: AstNode;
}
interface Binary extends AstNode {
  readonly op: string;
  readonly left: AstNode;
  readonly right: AstNode;
}
interface Access extends AstNode {
  readonly of: AstNode;
  readonly member: Reference<Named>;
}
interface Ref extends AstNode {
  readonly target: Reference<Named>;
}
interface RecordValue extends AstNode {
  readonly fields: (Named & { readonly value: AstNode })[];
}

const is = <T extends AstNode>(node: AstNode | undefined, type: string): node is T => node?.$type === type;

/** A scalar, `list`, `unknown`, or the enum or record itself. */
type Type = string | Declaration;

const typeOfRef = (ref: TypeRef): Type => ref.scalar ?? (ref.ref?.ref as Declaration | undefined) ?? "unknown";

/** By expression, while one build lasts. */
let known = new WeakMap<AstNode, Type>();

function typeOf(node: AstNode): Type {
  const found = known.get(node) ?? infer(node);
  known.set(node, found);
  return found;
}

function infer(node: AstNode): Type {
  if (node.$type === "Text") return "string";
  if (node.$type === "Num") return "int";
  if (node.$type === "ListValue") return "list";
  if (is<Ref>(node, "Ref")) return typeOfValue(node.target.ref);
  if (is<Access>(node, "Access")) {
    const member = node.member.ref;
    if (is<Field>(member, "Field")) return typeOfRef(member.type);
    return is<Named>(member, "Member") ? ((member.$container as Declaration | undefined) ?? "unknown") : "unknown";
  }
  if (is<Binary>(node, "Binary")) {
    if (["&&", "==", "!=", "<", "<=", ">", ">="].includes(node.op)) return "bool";
    return node.op === "+" && (typeOf(node.left) === "string" || typeOf(node.right) === "string") ? "string" : "int";
  }
  return "unknown";
}

function typeOfValue(value: AstNode | undefined): Type {
  if (is<Param>(value, "Param")) return typeOfRef(value.type);
  if (is<Let>(value, "Let")) return value.type === undefined ? typeOf(value.value) : typeOfRef(value.type);
  return is<Declaration>(value, "Enum") ? value : "unknown";
}

/** Parameters of the operation that is called, members of what stands before the dot, and all else as Langium finds it. */
class Scopes extends DefaultScopeProvider {
  override getScope(context: ReferenceInfo): Scope {
    const { container, property } = context;
    if (is<Argument>(container, "Argument") && property === "param") {
      const step = container.$container as Step | undefined;
      return this.createScopeForNodes(step?.operation.ref?.params ?? []);
    }
    if (is<Access>(container, "Access") && property === "member") {
      const type = typeOf(container.of);
      return typeof type === "string" ? EMPTY_SCOPE : this.createScopeForNodes(type.members ?? type.fields ?? []);
    }
    return super.getScope(context);
  }
}

const same = (a: Type, b: Type): boolean => a === b;
const shown = (type: Type): string => (typeof type === "string" ? type : type.name);

function expectType(node: AstNode, wanted: Type, accept: ValidationAcceptor): void {
  if (is<RecordValue>(node, "RecordValue")) {
    if (typeof wanted === "string" || wanted.fields === undefined)
      return accept("error", "no record belongs here", { node });
    for (const { name, value } of node.fields) {
      const field = wanted.fields.find((each) => each.name === name);
      if (field === undefined) accept("error", `${wanted.name} has no field ${name}`, { node });
      else expectType(value, typeOfRef(field.type), accept);
    }
    for (const { name } of wanted.fields)
      if (!node.fields.some((each) => each.name === name)) accept("error", `${name} is missing`, { node });
    return;
  }
  const found = typeOf(node);
  if (!same(found, wanted)) accept("error", `${shown(wanted)} expected, ${shown(found)} found`, { node });
}

const CHECKS = {
  Model: (model: AstNode & { readonly declarations: Named[] }, accept: ValidationAcceptor) => {
    const seen = new Set<string>();
    for (const each of model.declarations) {
      if (seen.has(each.name)) accept("error", `${each.name} is declared twice`, { node: each });
      seen.add(each.name);
    }
  },
  Let: (node: Let, accept: ValidationAcceptor) => {
    if (node.type !== undefined) expectType(node.value, typeOfRef(node.type), accept);
  },
  Param: (node: Param, accept: ValidationAcceptor) => {
    if (node.default !== undefined) expectType(node.default, typeOfRef(node.type), accept);
  },
  Require: (node: Require, accept: ValidationAcceptor) => {
    expectType(node.condition, "bool", accept);
    expectType(node.message, "string", accept);
  },
  Binary: (node: Binary, accept: ValidationAcceptor) => {
    const [left, right] = [typeOf(node.left), typeOf(node.right)];
    if (node.op === "==" || node.op === "!=") {
      if (!same(left, right)) accept("error", `${shown(left)} is never ${shown(right)}`, { node });
    } else if (node.op === "&&") {
      expectType(node.left, "bool", accept);
      expectType(node.right, "bool", accept);
    } else if (node.op !== "+" && (left !== "int" || right !== "int")) {
      accept("error", `${node.op} is for ints`, { node });
    }
  },
  Step: (node: Step, accept: ValidationAcceptor) => {
    const params = node.operation.ref?.params ?? [];
    for (const { param, value } of node.args)
      if (param.ref !== undefined) expectType(value, typeOfRef(param.ref.type), accept);
    for (const param of params)
      if (param.default === undefined && !node.args.some((arg) => arg.param.ref === param))
        accept("error", `${param.name} is missing`, { node });
  },
};

/** With another module for what languages share: that of a server. */
export async function services(
  sharedModule: Parameters<typeof createServicesForGrammar>[0]["sharedModule"] = {},
): ReturnType<typeof createServicesForGrammar> {
  const made = await createServicesForGrammar({
    grammar: GRAMMAR,
    sharedModule,
    languageMetaData: { languageId: "runbook", fileExtensions: [".run"], caseInsensitive: false, mode: "production" },
    module: { references: { ScopeProvider: (all: LangiumCoreServices) => new Scopes(all) } },
  });
  made.validation.ValidationRegistry.register(CHECKS);
  return made;
}

const language = await services();
const {
  LangiumDocuments: documents,
  LangiumDocumentFactory: factory,
  DocumentBuilder: builder,
} = language.shared.workspace;

function parse(files: readonly SourceFile[]) {
  return files.map(({ text }) => {
    const result = language.parser.LangiumParser.parse(text);
    const [error] = [...result.lexerErrors, ...result.parserErrors];
    if (error !== undefined) throw new Error(error.message);
    return result;
  });
}

async function check(files: readonly SourceFile[]): Promise<LangiumDocument[]> {
  known = new WeakMap();
  const before = documents.all.map(({ uri }) => uri).toArray();
  if (before.length > 0) await builder.update([], before);
  const all = [...preludeOf("langium"), ...files].map(({ path, text }) =>
    factory.fromString(text, URI.parse(`memory:///${path}`)),
  );
  for (const document of all) documents.addDocument(document);
  await builder.build(all, { validation: true });
  for (const document of all) {
    const [first] = document.diagnostics ?? [];
    if (first !== undefined) throw new Error(`${document.uri}: ${first.message}`);
    if (document.state !== DocumentState.Validated) throw new Error(`${document.uri} was not validated`);
  }
  return all;
}

function size(files: readonly SourceFile[]): Size {
  let nodes = 0;
  let tokens = 0;
  for (const { value } of parse(files)) {
    for (const _ of AstUtils.streamAst(value)) nodes += 1;
    if (value.$cstNode !== undefined)
      for (const leaf of CstUtils.flattenCst(value.$cstNode)) if (!leaf.hidden) tokens += 1;
  }
  return { tokens, nodes };
}

export default { parse, check, size } satisfies Compiler;
