/** Calls of operations: a provider's, or the team's own over one. */

import type * as tree from "../../language/tree.ts";
import { EvaluationError, equal, reduceOutermost, substitute } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { Manifest, ManifestOperation } from "../manifest.ts";
import type { Call, CallArg } from "../program.ts";
import { resourceParts } from "../resource.ts";
import { base, holdsSecret, keptType, optionalOf } from "../types/relations.ts";
import { briefType, type Type } from "../types/type.ts";
import { demand } from "./block.ts";
import { type Context, foldAll, isConst, NO_VALUE, nearestTo, report, secretAt, sourceText } from "./context.ts";
import { checkExpr, coerce } from "./expr.ts";
import { elsewhere, reportUnknownName, thereIs } from "./hints.ts";
import { chooseInstance, settingOf, type Target } from "./instances.ts";
import type { WantedParam } from "./observer.ts";
import { kindOf, type OperationInfo, type OperationParam } from "./scope.ts";
import { checkTemplate } from "./template.ts";

export interface CheckedCall {
  readonly call: Call;
  /** Of the step, fact or check: after the team's own `returns`. */
  readonly type: Type;
  /** What the provider says of the operation it comes down to; null for a team's own. */
  readonly offered: { readonly provider: string; readonly operation: ManifestOperation } | null;
}

/** Checks `node` as a call of an operation; null once a mistake is told. `what` is "step scale" and the like. */
export function checkOperationCall(cx: Context, node: tree.Expr, what: string): CheckedCall | null {
  if (node.kind === "missing") return null;
  if (node.kind !== "call") {
    report(cx, "call-expected", node.span, { what });
    return null;
  }
  const callee = node.callee;
  if (callee.kind === "field" && callee.of.kind === "name") return checkProviderCall(cx, node, callee, callee.of, null);
  if (callee.kind === "name") return checkNamedCall(cx, node, callee, what);
  if (callee.kind === "field" && callee.of.kind === "index" && callee.of.of.kind === "name")
    return checkProviderCall(cx, node, callee, callee.of.of, callee.of);
  report(cx, "call-expected", callee.span, { what });
  return null;
}

function checkProviderCall(
  cx: Context,
  node: tree.CallExpr,
  callee: tree.FieldExpr,
  of: tree.NameExpr,
  chosen: tree.IndexExpr | null,
): CheckedCall | null {
  const binding = cx.scope.lookup(of.text);
  if (binding === undefined) {
    if (cx.project.manifests.has(of.text)) {
      report(cx, "unknown-name", of.span, { name: of.text, near: "", provider: of.text });
      return null;
    }
    const near = nearestTo(cx, of.text, cx.scope.names());
    const extra = providerHelp(cx, of.text, near);
    report(cx, "unknown-name", of.span, { name: of.text, near }, extra);
    return null;
  }
  if (binding.b === "broken") return null;
  if (binding.b !== "instance" && binding.b !== "family") {
    report(cx, "not-callable", node.callee.span, { what: `${of.text}, ${kindOf(binding)},` });
    return null;
  }
  if (callee.name === null) return null;
  const name = callee.name.text;
  const { manifest } = binding;
  const target = chooseInstance(cx, binding, of, chosen);
  const operation = Object.hasOwn(manifest.operations, name) ? manifest.operations[name] : undefined;
  if (operation === undefined) {
    const operations = Object.keys(manifest.operations);
    const near = nearestTo(cx, name, operations);
    report(
      cx,
      "unknown-operation",
      callee.name.span,
      { provider: of.text, name, near },
      thereIs(`${of.text} offers`, operations, near),
    );
    return null;
  }
  const shown = `${of.text}.${name}`;
  const args = checkArgs(cx, node, shown, wantedBy(operation));
  if (args === null || target === null) return null;
  const call = providerCall(target, manifest, name, operation, args, shown);
  return { call, type: call.resultType, offered: { provider: manifest.name, operation } };
}

const wanted = new WeakMap<ManifestOperation, readonly WantedParam[]>();

/** What an operation takes; made once for each. */
function wantedBy(operation: ManifestOperation): readonly WantedParam[] {
  const known = wanted.get(operation);
  if (known !== undefined) return known;
  const params = operation.params.map((p) => ({
    ...p,
    type: keptType(p.type),
    optional: !p.required,
    default: p.default === null ? null : constant(p.default),
  }));
  wanted.set(operation, params);
  return params;
}

function providerHelp(cx: Context, name: string, near: string): { readonly help?: string } {
  const other = elsewhere(cx, name);
  if (other !== "") return { help: other };
  const { help } = thereIs("providers are", [...cx.project.manifests.keys()].sort(), near);
  return help === undefined ? {} : { help: `${help}; add use … at the top of the file` };
}

function providerCall(
  target: Target,
  manifest: Manifest,
  name: string,
  operation: ManifestOperation,
  args: readonly CallArg[],
  shown: string,
): Call {
  const literal = operation.resultWhen.find((r) => {
    const arg = args.find((a) => a.name === r.param)?.value;
    return arg?.k === "const" && arg.v === r.is;
  });
  return {
    instance: target.instance,
    member: target.member,
    operation: name,
    shown,
    // What the provider fills in itself is not repeated: a plan shows what was asked for.
    args: args.filter((arg) => !isDefault(arg, operation)),
    effect: operation.effect,
    repeat: operation.repeat,
    atomic: operation.atomic,
    undo: operation.undo,
    ...(operation.expires === true ? { expires: true } : {}),
    preview: operation.preview,
    resource: resourceExpr(operation, args, target, manifest.name),
    resultType: literal?.result ?? operation.result,
    returns: null,
  };
}

function isDefault(arg: CallArg, operation: ManifestOperation): boolean {
  const param = operation.params.find((p) => p.name === arg.name);
  return param !== undefined && param.default !== null && isConst(arg.value) && equal(arg.value.v, param.default);
}

const nameParts = new WeakMap<ManifestOperation, ReturnType<typeof resourceParts>>();

/** The parts of the name of what an operation touches; taken apart once for each. */
function namePartsOf(operation: ManifestOperation): ReturnType<typeof resourceParts> {
  const parts = nameParts.get(operation) ?? resourceParts(operation.resource);
  nameParts.set(operation, parts);
  return parts;
}

/** `file:{path}` with the arguments put in. */
function resourceExpr(operation: ManifestOperation, args: readonly CallArg[], target: Target, provider: string): Expr {
  const parts = namePartsOf(operation).map((part) => {
    if (typeof part === "string") return part;
    const value = args.find((arg) => arg.name === part.param)?.value ?? constant(provider);
    const base = part.from === null ? null : settingOf(target, part.from);
    const e: Expr =
      base === null ? value : safeReduce({ k: "op", op: "url.from", args: [value, safeReduce(base)], at: null });
    return { e, as: "plain" as const };
  });
  return safeReduce({ k: "text", parts });
}

function safeReduce(expr: Expr): Expr {
  try {
    return reduceOutermost(expr);
  } catch (error) {
    if (error instanceof EvaluationError) return expr;
    throw error;
  }
}

/** What the operation says must hold of `value`: told here if it cannot, else looked at when the value is known. */
function held(cx: Context, param: OperationParam, value: Expr, span: tree.Span): Expr {
  const { where, name } = param;
  if (where === null || (isConst(value) && value.v === null)) return value;
  const env = {
    ref: (root: string, ref: string): Expr | undefined =>
      root === "var" && ref === `param:${name}` ? value : undefined,
  };
  const missing: Expr = { k: "op", op: "not", args: [{ k: "op", op: "is_some", args: [value], at: null }], at: null };
  const condition = substitute(where.condition, env);
  const holds: Expr = param.optional ? { k: "op", op: "or", args: [missing, condition], at: null } : condition;
  const words = where.message === null ? constant(`it must hold that ${where.text}`) : substitute(where.message, env);
  const decided = foldAll(cx, holds, span);
  if (isConst(decided) && decided.v === false) {
    const why = foldAll(cx, words, span);
    report(cx, "refinement-fails", span, { type: name, why: isConst(why) ? String(why.v) : where.text });
    return value;
  }
  const message: Expr = { k: "text", parts: [`${name}: `, { e: words, as: "plain" }] };
  return foldAll(cx, { k: "op", op: "ensure", args: [decided, message, value], at: where.at }, span);
}

/** Tells of `exec.run("systemctl", "restart", host)`: one list, written as if it were several arguments. */
function tellWords(cx: Context, { args }: tree.CallExpr, shown: string, first: WantedParam | undefined): boolean {
  const [head, last] = [args[0], args.at(-1)];
  if (first === undefined || base(first.type).kind !== "list" || head === undefined || last === undefined) return false;
  if (args.some(({ label }) => label !== null) || (head.value.kind !== "string" && args.length === 1)) return false;
  if (head.value.kind === "list") return false;
  const span = { start: head.span.start, end: last.span.end };
  const written = `${first.name}: [${args.map(({ value }) => sourceText(cx, value.span)).join(", ")}]`;
  const fixes = [
    { title: `write ${written}`, suggested: true as const, edits: [{ module: cx.module.path, span, text: written }] },
  ];
  report(cx, "label-needed", span, { callee: shown, param: first.name }, { help: `write ${written}`, fixes });
  return true;
}

/** Arguments by label, each once, none missing; in the order of the parameters. Null once a mistake leaves it unclear. */
export function checkArgs(
  cx: Context,
  node: tree.CallExpr,
  shown: string,
  params: readonly WantedParam[],
): CallArg[] | null {
  cx.project.observer?.calls.set(node, { scope: cx.scope, shown, params });
  if (tellWords(cx, node, shown, params[0])) return null;
  const given = new Map<string, Expr>();
  /** Named wrongly or not at all, and told so: not missing too. */
  const meant: string[] = [];
  let fine = true;
  for (const [index, arg] of node.args.entries()) {
    if (arg.label === null) {
      report(cx, "label-needed", arg.span, { callee: shown, param: params[index]?.name ?? "" });
      meant.push(params[index]?.name ?? "");
      fine &&= params[index] !== undefined;
      continue;
    }
    const name = arg.label.text;
    const param = params.find((p) => p.name === name);
    if (param === undefined) {
      const names = params.map((p) => p.name);
      const near = nearestTo(cx, name, names);
      report(
        cx,
        "unknown-argument",
        arg.label.span,
        { callee: shown, name, near },
        thereIs(`${shown} takes`, names, near),
      );
      // What is like no parameter may be any of those that are missing.
      meant.push(near);
      fine &&= near !== "";
      continue;
    }
    if (given.has(name)) {
      report(cx, "duplicate-field", arg.label.span, { name });
      continue;
    }
    const type = param.optional && param.default === null ? optionalOf(param.type) : param.type;
    const { template } = param;
    const value =
      template == null
        ? checkArg(cx, arg.value, type, shown, params, name)
        : checkTemplate(cx, arg.value, { name, template, optional: param.optional });
    given.set(name, value);
  }
  const missing = params.filter((p) => !given.has(p.name) && !p.optional && p.default === null).map((p) => p.name);
  const untold = missing.filter((name) => !meant.includes(name));
  if (untold.length > 0 && fine)
    report(
      cx,
      "missing-argument",
      node.callee.span,
      { callee: shown, names: untold.join(", ") },
      { help: `it takes ${signature(shown, params)}` },
    );
  if (missing.length > 0) return null;
  return params.flatMap((p) => {
    const value = given.get(p.name) ?? p.default;
    if (value === null || (isConst(value) && value.v === null)) return [];
    return [{ name: p.name, value, type: p.type }];
  });
}

/** What is called and what it takes, as the reference writes it: `file.write(path: string, content: string, mode?: string, public?: bool)`. */
function signature(shown: string, params: readonly WantedParam[]): string {
  const listed = params.slice(0, 8).map((p) => {
    const may = p.optional || p.default !== null ? "?" : "";
    return `${p.name}${may}: ${briefType(p.type.kind === "optional" ? p.type.of : p.type)}`;
  });
  return `${shown}(${listed.join(", ")}${params.length > listed.length ? ", …" : ""})`;
}

/** `checkAs`, which tells of a secret whether the operation takes one at all. */
function checkArg(
  cx: Context,
  node: tree.Expr,
  type: Type,
  shown: string,
  params: readonly WantedParam[],
  name: string,
): Expr {
  const typed = checkExpr(cx, node, type);
  if (typed.type.kind !== "secret" || holdsSecret(type)) return coerce(cx, typed, type, name, node.span);
  const takers = params.filter((param) => holdsSecret(param.type)).map((param) => param.name);
  const help =
    takers.length === 0
      ? `${shown} has no parameter that takes a secret: use an operation that has one, or let the program it calls read the secret itself`
      : `hand it to ${takers.join(", ").replace(/, ([^,]*)$/, " or $1")}, which ${takers.length === 1 ? "takes" : "take"} a secret`;
  report(cx, "secret-leak", node.span, { what: secretAt(cx, node.span), where: `${name} of ${shown}` }, { help });
  return NO_VALUE;
}

function checkNamedCall(cx: Context, node: tree.CallExpr, callee: tree.NameExpr, what: string): CheckedCall | null {
  const binding = cx.scope.lookup(callee.text);
  switch (binding?.b) {
    case undefined:
      reportUnknownName(cx, callee.text, callee.span);
      return null;
    case "operation":
      return callOwn(cx, node, binding.operation);
    case "action":
      report(
        cx,
        "call-expected",
        callee.span,
        { what },
        { help: `${callee.text} is an action, which only a step can run` },
      );
      return null;
    case "broken":
      return null;
    default:
      report(cx, "call-expected", callee.span, { what });
      return null;
  }
}

/** The provider's call within the team's operation, with its parameters replaced by the arguments given. */
function callOwn(cx: Context, node: tree.CallExpr, operation: OperationInfo): CheckedCall | null {
  const args = checkArgs(cx, node, operation.name, operation.params);
  if (args === null) return null;
  const values = new Map(
    operation.params.map((param) => {
      const value = args.find((a) => a.name === param.name)?.value ?? constant(null);
      const place = node.args.find((a) => a.label?.text === param.name)?.value.span ?? node.span;
      return [param.name, held(cx, param, value, place)] as const;
    }),
  );
  const env = {
    ref: (root: string, name: string): Expr | undefined =>
      root === "var" && name.startsWith("param:")
        ? (values.get(name.slice("param:".length)) ?? constant(null))
        : undefined,
  };
  const put = (expr: Expr): Expr => foldAll(cx, substitute(expr, env), node.span);
  const inner = operation.call;
  const call: Call = {
    ...inner,
    shown: operation.name,
    effect: operation.effect,
    repeat: operation.repeat,
    args: inner.args
      .map((a) => ({ ...a, value: put(a.value) }))
      .filter((a) => !(isConst(a.value) && a.value.v === null)),
    member: inner.member === null ? null : put(inner.member),
    resource: put(inner.resource),
    returns: inner.returns === null ? null : put(inner.returns),
  };
  if (call.member !== null) demand(cx, call.member, "plan", `the choice of ${call.instance}`, node.span);
  return { call, type: operation.result, offered: null };
}
