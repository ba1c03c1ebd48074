/** What a name means, in code and in words: for hover, completion and signatures. */
import type * as tree from "../../language/tree.ts";
import type { Node } from "../../language/walk.ts";
import type { Binding, OperationInfo, OperationParam } from "../check/scope.ts";
import type { Manifest, ManifestOperation, ManifestParam } from "../manifest.ts";
import { showExpr } from "../render/show-expr.ts";
import { brief, showValue } from "../render/show-value.ts";
import { BLOCKS, type BlockSpec } from "../schema/blocks.ts";
import { type Method, type MethodParam, methodsOf } from "../types/methods.ts";
import { base } from "../types/relations.ts";
import { briefType, showType, type Type } from "../types/type.ts";
import type { Analysis } from "./analysis.ts";
import type { Declared } from "./declared.ts";
import type { Meaning } from "./symbol.ts";

export interface Description {
  /** In the language's own writing; one line or several. */
  readonly code: string;
  /** What its author says of it, Markdown. */
  readonly doc: string | null;
  /** Facts worth knowing, a line each, without a full stop: `writes file:{path}`. */
  readonly notes: readonly string[];
}

export function describe(analysis: Analysis, meaning: Meaning): Description {
  switch (meaning.is) {
    case "declared":
      return describeDeclared(analysis, meaning.declared);
    case "operation":
      return describeOperation(meaning.manifest, meaning.name);
    case "operation parameter": {
      const param = meaning.manifest.operations[meaning.operation]?.params.find(({ name }) => name === meaning.name);
      return param === undefined ? plain(meaning.name) : describeManifestParam(param);
    }
    case "provider":
      return describeProvider(meaning.manifest);
    case "field":
      return {
        code: `${meaning.field.name}${meaning.field.optional ? "?" : ""}: ${briefType(meaning.field.type)}`,
        doc: meaning.field.doc,
        notes: [],
      };
    case "method":
      return describeMethod(meaning.of, meaning.name);
    case "property":
      return describeProperty(BLOCKS[meaning.block], meaning.name);
    case "type name":
      return { code: meaning.name, doc: null, notes: typeNotes(meaning.type, meaning.name) };
    case "word":
      return { code: `${meaning.name}: ${briefType(meaning.type)}`, doc: null, notes: [] };
    case "given":
      return { code: `${meaning.name}: ${briefType(meaning.type)}`, doc: null, notes: [] };
    case "file":
      return { code: meaning.path, doc: null, notes: [] };
  }
}

const plain = (code: string): Description => ({ code, doc: null, notes: [] });

/** What a type stands for, where its name does not say it. */
function typeNotes(type: Type, name: string): string[] {
  const shown = showType(type.kind === "refined" ? type.base : type);
  return shown === name ? [] : [`is ${shown}`];
}

function describeProvider(manifest: Manifest): Description {
  const names = Object.keys(manifest.operations);
  return {
    code: `use ${manifest.name}`,
    doc: manifest.doc,
    notes: [`version ${manifest.version}`, `offers ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`],
  };
}

/** A provider's operation, named as the file calls its instance. */
export function describeOperation(manifest: Manifest, name: string, instance = manifest.name): Description {
  const operation = manifest.operations[name];
  if (operation === undefined) return plain(`${instance}.${name}`);
  return {
    code: `${instance}.${name}(${operation.params.map(manifestParam).join(", ")}) -> ${briefType(operation.result)}`,
    doc: operation.doc,
    notes: [
      `${effectWords(operation.effect)} ${operation.resource}`,
      ...(operation.undo ? ["can be undone by itself: rollback auto"] : []),
      ...repeatNotes(operation.repeat),
    ],
  };
}

function effectWords(effect: ManifestOperation["effect"]): string {
  return effect === "read" ? "reads" : effect === "write" ? "writes" : "destroys";
}

function repeatNotes(repeat: ManifestOperation["repeat"]): string[] {
  switch (repeat) {
    case "idempotent":
      return [];
    case "keyed":
      return ["may be repeated with the same key"];
    case "once":
      return ["may not be repeated: an unknown outcome is put to a person"];
  }
}

/** `path: string`, `mode?: string`. */
export function manifestParam({ name, type, required, default: fallback }: ManifestParam): string {
  const shown = briefType(type);
  if (fallback !== null) return `${name}: ${shown} = ${showValue(fallback, type)}`;
  return `${name}${required ? "" : "?"}: ${shown}`;
}

export function describeManifestParam(param: ManifestParam): Description {
  return {
    code: manifestParam(param),
    doc: param.doc === "" ? null : param.doc,
    notes: param.template === null ? [] : [`${param.template}: only text written here, with holes`],
  };
}

function describeMethod(of: Type, name: string): Description {
  const { methods, element } = methodsOf(of);
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  return method === undefined
    ? plain(name)
    : { code: methodSignature(name, method, element), doc: method.doc, notes: [`of ${briefType(of)}`] };
}

/** `filter(where: string => bool) -> list<string>`. */
export function methodSignature(name: string, method: Method, element: Type): string {
  const result = briefType(method.result(element, { kind: "error" }));
  return `${name}(${methodParams(method, element).join(", ")}) -> ${result}`;
}

export function methodParams({ params }: Method, element: Type): string[] {
  return params.map((param) => methodParam(param, element));
}

function methodParam(param: MethodParam, element: Type): string {
  switch (param.kind) {
    case "value":
      return `${param.name}: ${briefType(param.type === "element" ? element : param.type)}`;
    case "pattern":
      return `${param.name}: string`;
    case "lambda":
      return `${param.name}: ${briefType(element)} => ${param.gives === null ? "…" : briefType(param.gives)}`;
  }
}

function describeProperty(block: BlockSpec, name: string): Description {
  const property = Object.hasOwn(block.properties, name) ? block.properties[name] : undefined;
  if (property === undefined) return plain(name);
  const type = property.type.kind === "error" ? "" : `: ${briefType(property.type)}`;
  return {
    code: `${name}${type}`,
    doc: property.doc,
    notes: [`${property.required ? "needed" : "may stand"} in ${block.what}`, ...membersOf(property.type)],
  };
}

function membersOf(type: Type): string[] {
  const plainType = base(type);
  return plainType.kind === "enum" ? [`one of ${plainType.members.join(", ")}`] : [];
}

function describeDeclared(analysis: Analysis, declared: Declared): Description {
  const binding = analysis.whole(declared.module)?.scope.own(declared.name);
  const top =
    binding?.start === declared.span.start ? analysis.whole(declared.module)?.scope.peek(declared.name) : null;
  if (top != null) return describeBinding(declared.name, declared.node, top);
  return describeLocal(analysis, declared);
}

const docOf = (node: Node): string | null => ("doc" in node ? node.doc : null);

/** What a name at the top of a file stands for. */
export function describeBinding(name: string, node: Node | null, binding: Binding): Description {
  const doc = node === null ? null : docOf(node);
  switch (binding.b) {
    case "value": {
      const value = binding.expr.k === "const" ? ` = ${showValue(binding.expr.v, binding.type)}` : "";
      return { code: brief(`let ${name}: ${briefType(binding.type)}${value}`, 400), doc, notes: [] };
    }
    case "instance":
    case "family":
      return { ...describeProvider(binding.manifest), code: useCode(name, binding.manifest) };
    case "enum":
      return { code: `enum ${name} { ${binding.type.members.join(", ")} }`, doc, notes: [] };
    case "type":
      return {
        code: `type ${name} = ${showType(binding.type.kind === "refined" ? binding.type.base : binding.type)}`,
        doc,
        notes: [],
      };
    case "approver": {
      const { title, members } = binding.approver;
      const people = members.length === 0 ? "nobody" : members.slice(0, 8).join(", ");
      return {
        code: `approver ${name}`,
        doc,
        notes: [...(title === name ? [] : [title]), `${people}${members.length > 8 ? ", …" : ""}`],
      };
    }
    case "window":
      return { code: `window ${name}`, doc: doc ?? binding.window.doc, notes: [`in ${binding.window.timezone}`] };
    case "secret":
      return { code: `secret ${name}`, doc, notes: ["read when a call needs it, shown nowhere"] };
    case "operation":
      return { ...describeOwn(binding.operation), doc };
    case "action": {
      const { params, result } = binding.action;
      const given = params.map(ownParam).join(", ");
      return {
        code: `action ${name}(${given})${result === null ? "" : ` -> ${briefType(result)}`}`,
        doc,
        notes: node === null ? [] : actionNotes(node),
      };
    }
    case "guardrail":
      return { code: `guardrail ${name}`, doc, notes: [] };
    case "broken":
      return { code: name, doc, notes: ["there is a mistake in it"] };
  }
}

const useCode = (name: string, manifest: Manifest): string =>
  name === manifest.name ? `use ${name}` : `use ${manifest.name} as ${name}`;

function describeOwn({ name, params, result, effect, repeat, call }: OperationInfo): Description {
  return {
    code: `operation ${name}(${params.map(ownParam).join(", ")}) -> ${briefType(result)}`,
    doc: null,
    notes: [
      `${effectWords(effect)} ${brief(showExpr(call.resource).replace(/\$\{param:/g, "${"), 80)}`,
      `calls ${call.shown}`,
      ...(call.undo ? ["can be undone by itself: rollback auto"] : []),
      ...repeatNotes(repeat),
    ],
  };
}

/** `path: string`, `mode?: string`, `n: int = 3`. */
export function ownParam({
  name,
  type,
  optional,
  default: fallback,
}: Pick<OperationParam, "name" | "type" | "optional" | "default">): string {
  if (fallback !== null) return `${name}: ${briefType(type)} = ${brief(showExpr(fallback, type), 40)}`;
  return `${name}${optional ? "?" : ""}: ${briefType(type)}`;
}

/** What of an action's properties is written plainly. */
function actionNotes(node: Node): string[] {
  if (!("kind" in node) || node.kind !== "action") return [];
  const notes: string[] = [];
  for (const member of node.body?.members ?? []) {
    if (member.kind !== "property") continue;
    const { value } = member;
    if (member.name.text === "risk" && value.kind === "name") notes.push(`risk ${value.text}`);
    if (member.name.text === "owner" && value.kind === "name") notes.push(`owner ${value.text}`);
  }
  const steps = node.body?.members.filter(({ kind }) => kind === "step").length ?? 0;
  const approvals = node.body?.members.filter(({ kind }) => kind === "approve").length ?? 0;
  if (steps > 0) notes.push(`${steps} ${steps === 1 ? "step" : "steps"}`);
  if (approvals > 0) notes.push(`${approvals} ${approvals === 1 ? "approval" : "approvals"}`);
  return notes;
}

/** What is declared within something else. */
function describeLocal(analysis: Analysis, declared: Declared): Description {
  const { as, name, node } = declared;
  const doc = docOf(node);
  const type = typeOfLocal(analysis, declared);
  const typed = `${name}${type === null ? "" : `: ${briefType(type)}`}`;
  switch (as) {
    case "member":
      return { code: memberCode(node, name), doc: memberDoc(node, name), notes: memberNotes(node, name) };
    case "field":
      return { code: typed, doc, notes: ["a field"] };
    case "input":
    case "parameter":
      return {
        code: `${typed}${fallbackOf(analysis, declared)}`,
        doc,
        notes: [as === "input" ? "an input" : "a parameter", ...fallbackNotes(analysis, declared)],
      };
    case "step":
    case "check":
    case "fact":
      return { code: `${as} ${typed}`, doc, notes: callNotes(analysis, declared) };
    case "let": {
      const value = "value" in node ? knownValue(analysis, declared.module, node.value as tree.Expr) : null;
      return { code: brief(`let ${typed}${value === null ? "" : ` = ${value}`}`, 400), doc, notes: [] };
    }
    case "each":
      return { code: typed, doc, notes: ["each in turn"] };
    case "alias":
    case "provider":
    case "enum":
    case "type":
    case "approver":
    case "window":
    case "secret":
    case "operation":
    case "guardrail":
    case "action":
      return { code: `${as === "alias" ? "" : `${as} `}${name}`, doc, notes: [] };
  }
}

function memberCode(node: Node, name: string): string {
  return "kind" in node && node.kind === "enum" && node.name !== null ? `${node.name.text}.${name}` : name;
}

function memberDoc(node: Node, name: string): string | null {
  if (!("kind" in node) || node.kind !== "enum") return null;
  return node.members.find((member) => member.name.text === name)?.doc ?? null;
}

/** Members compare in the order they are listed in. */
function memberNotes(node: Node, name: string): string[] {
  if (!("kind" in node) || node.kind !== "enum" || node.members.length < 2) return [];
  const names = node.members.map((member) => member.name.text);
  return [`${names.indexOf(name) + 1} of ${names.length}: ${brief(names.join(" < "), 120)}`];
}

/** What an expression comes to, where that is known without a plan. */
export function knownValue(analysis: Analysis, module: string, expr: tree.Expr): string | null {
  const seen = analysis.spot(module, expr.span.start)?.observed?.observer.exprs.get(expr);
  return seen?.expr.k === "const" && seen.type.kind !== "error" ? brief(showValue(seen.expr.v, seen.type), 200) : null;
}

/** What a default comes to that does not say so itself. */
function fallbackNotes(analysis: Analysis, { module, node }: Declared): string[] {
  if (!("default" in node) || node.default === null || !COMPUTED.has(node.default.kind)) return [];
  const value = knownValue(analysis, module, node.default);
  return value === null ? [] : [`${value}, if it is left out`];
}

const COMPUTED: ReadonlySet<string> = new Set(
  "string list record range unary binary conditional field index call match paren name".split(" "),
);

function fallbackOf(analysis: Analysis, { module, node }: Declared): string {
  const file = analysis.file(module);
  if (file === null || !("default" in node) || node.default === null) return "";
  return ` = ${brief(file.text.slice(node.default.span.start, node.default.span.end), 60)}`;
}

/** What a step, check or fact calls. */
function callNotes(analysis: Analysis, { module, node }: Declared): string[] {
  const file = analysis.file(module);
  if (file === null || !("kind" in node)) return [];
  if (node.kind !== "step" && node.kind !== "check" && node.kind !== "fact") return [];
  if (node.call.kind !== "call") return [];
  const { span } = node.call.callee;
  const conditional = node.kind !== "fact" && node.when !== null ? ["only if its condition holds"] : [];
  return [`the result of ${brief(file.text.slice(span.start, span.end), 60)}`, ...conditional];
}

/** As the scopes around it have it. */
export function typeOfLocal(analysis: Analysis, { module, name, span, node }: Declared): Type | null {
  const observed = analysis.spot(module, span.start)?.observed;
  if (observed == null) return null;
  if ("type" in node && node.type !== null && typeof node.type === "object" && "span" in node.type) {
    const written = observed.observer.types.get(node.type as tree.TypeNode)?.type;
    if (written !== undefined) return written;
  }
  const scopes = [
    ...[...observed.observer.bodies.values()].map(({ scope }) => scope),
    ...[...observed.observer.exprs.values()].map(({ scope }) => scope),
  ];
  for (const inner of scopes)
    for (let scope: typeof inner | null = inner; scope !== null; scope = scope.parent) {
      const binding = scope.own(name)?.start === span.start ? scope.peek(name) : undefined;
      if (binding?.b === "value") return binding.type;
    }
  return null;
}
