/** Declarations at the top of a file, resolved when first asked for, so that their order does not matter. */
import type * as tree from "../../language/tree.ts";
import type { Expr } from "../ir/expr.ts";
import type { Effect, Repeat } from "../manifest.ts";
import type { Approver } from "../program.ts";
import { EFFECTS, REPEATS } from "../schema/blocks.ts";
import { cutTo } from "../types/cut.ts";
import { identityKey } from "../types/identity.ts";
import { assignable, keptAs, keptType, optionalOf, widen } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { resolveAction } from "./actions.ts";
import { notReserved } from "./bind.ts";
import { checkBlock, constantOf } from "./block.ts";
import { type CheckedCall, checkOperationCall } from "./calls.ts";
import { at, type Context, isConst, isSettled, NO_VALUE, report, reportTaken, watch, within } from "./context.ts";
import { dataFormat, resolveData } from "./data.ts";
import { checkAs, checkExpr, coerce } from "./expr.ts";
import { type Binding, type OperationParam, Scope } from "./scope.ts";
import { resolveSecret } from "./secrets.ts";
import { checkRefinement, resolveType } from "./types.ts";
import { checkUse } from "./use.ts";
import { resolveWindow } from "./windows.ts";

const BROKEN: Binding = { b: "broken" };

/** What the declaration stands for. Actions and guardrails are checked elsewhere; here they are only names. */
export function resolveItem(cx: Context, item: Exclude<tree.Item, tree.ImportItem>): Binding {
  switch (item.kind) {
    case "use":
      return checkUse(cx, item);
    case "let":
      return resolveLet(cx, item);
    case "enum":
      return resolveEnum(cx, item);
    case "type":
      return resolveTypeItem(cx, item);
    case "approver":
      return resolveApprover(cx, item);
    case "operation":
      return resolveOperation(cx, item);
    case "window":
      return resolveWindow(cx, item);
    case "secret":
      return resolveSecret(cx, item);
    case "test":
      // It has no name, so nothing can stand for it.
      return BROKEN;
    case "guardrail":
      return { b: "guardrail", guardrail: null };
    case "action":
      return resolveAction(cx, item);
  }
}

function resolveLet(cx: Context, item: tree.LetStatement): Binding {
  const declared = item.type === null ? null : resolveType(cx, item.type);
  const format = dataFormat(cx, item.value);
  if (format !== null) return resolveData(cx, item, format, declared);
  const typed = checkExpr(cx, item.value, declared);
  const expr =
    declared === null ? typed.expr : coerce(cx, typed, declared, "the value", item.value.span, item.type?.span);
  if (typed.type.kind === "error") return BROKEN;
  if (!isConst(expr)) {
    if (!isSettled(expr)) report(cx, "not-constant", item.value.span, { what: "a let at the top of a file" });
    return BROKEN;
  }
  const of = item.value.kind === "name" ? cx.scope.lookup(item.value.text) : undefined;
  // Another name for the same map is the same map.
  const same = declared === null && of?.b === "value" ? of.home : undefined;
  const home = same ?? `${cx.module.path}#${item.name?.text ?? "?"}`;
  const type = declared === null ? typed.type : keptAs(typed.type, declared);
  return { b: "value", type, expr, stage: "check", home };
}

function resolveEnum(cx: Context, item: tree.EnumItem): Binding {
  const name = item.name?.text ?? "?";
  const members: string[] = [];
  for (const member of item.members) {
    if (members.includes(member.name.text)) report(cx, "duplicate-field", member.name.span, { name: member.name.text });
    else members.push(member.name.text);
  }
  if (members.length === 0) report(cx, "empty-enum", item.name?.span ?? item.span, { name });
  return { b: "enum", type: { kind: "enum", id: `${cx.module.path}#${name}`, name, members } };
}

function resolveTypeItem(cx: Context, item: tree.TypeItem): Binding {
  const name = item.name?.text ?? "?";
  const base = resolveType(cx, item.type);
  if (item.where === null || base.kind === "error") return { b: "type", type: base };
  const id = `${cx.module.path}#${name}`;
  const requirement = checkRefinement(cx, item.where, [
    { name: "it", type: base, expr: { k: "ref", root: "it", name: "" } },
  ]);
  cx.project.refinements.set(id, [requirement]);
  return { b: "type", type: { kind: "refined", id, name, base } };
}

function resolveApprover(cx: Context, item: tree.ApproverItem): Binding {
  const name = item.name?.text ?? "?";
  const place = item.name?.span ?? item.span;
  const block = checkBlock(cx, "approver", item.body, place);
  const included = strings(constantOf(block, "includes", [])).flatMap(
    (id) => cx.project.approvers.get(id)?.members ?? [],
  );
  const members = people([...strings(constantOf(block, "members", [])), ...included]);
  const nobody = strings(constantOf(block, "members", [])).some((m) => m.trim() === "");
  const broken = ["members", "includes"].some((p) => block.nodes.has(p) && !isConst(block.values.get(p) ?? NO_VALUE));
  // Of a group that it includes, and that has nobody, it is told already.
  const includes = strings(constantOf(block, "includes", []));
  if (!nobody && !broken && includes.length === 0 && members.length === 0)
    report(cx, "approver-empty", place, { name });
  const title = constantOf(block, "title", name);
  const approver: Approver = {
    id: `${cx.module.path}#${name}`,
    name,
    title: typeof title === "string" ? title : name,
    members,
    at: at(cx, place),
  };
  return { b: "approver", approver };
}

/** Each person once, whatever the case their name is written in: one person must not count as two. Sorted. */
function people(names: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const name of names.map((n) => n.trim())) {
    const key = identityKey(name);
    if (key !== "" && !byKey.has(key)) byKey.set(key, name);
  }
  return [...byKey.values()].sort();
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((v) => typeof v === "string") : [];
}

function resolveOperation(cx: Context, item: tree.OperationItem): Binding {
  const name = item.name?.text ?? "?";
  const place = item.name?.span ?? item.span;
  const scope = new Scope(cx.scope);
  const inner = within(cx, scope);
  const params = item.params.map((param) => operationParam(inner, param));
  const block = checkBlock(inner, "operation", item.body, place, ["returns"]);
  const callNode = block.nodes.get("call");
  const called = callNode === undefined ? null : checkOperationCall(inner, callNode.value, name);
  if (called === null) return BROKEN;
  const result = item.result === null ? null : resolveType(cx, item.result);
  const { returns, type } = operationResult(
    inner,
    block.nodes.get("returns"),
    called.call.returns,
    called.type,
    result,
    place,
  );
  const word = <T extends string>(property: string, words: readonly string[], own: T): T => {
    const said = constantOf(block, property, own);
    return typeof said === "string" && words.includes(said) ? (said as T) : own;
  };
  const effect = word<Effect>("effect", EFFECTS.members, called.call.effect);
  const repeat = word<Repeat>("repeat", REPEATS.members, called.call.repeat);
  holdToProvider(inner, called, block, { effect, repeat });
  const resource = block.values.get("resource") ?? called.call.resource;
  const call = {
    ...called.call,
    effect,
    repeat,
    resource,
    returns,
    undo: called.call.undo && effect === called.call.effect,
  };
  return {
    b: "operation",
    operation: { name, params, result: type, effect, repeat, call },
  };
}

function operationParam(cx: Context, param: tree.Param): OperationParam {
  notReserved(cx, param.name);
  const type = keptType(resolveType(cx, param.type));
  const name = param.name.text;
  const value = param.optional ? optionalOf(type) : type;
  const before = cx.scope.own(name);
  const taken = before !== undefined;
  if (taken) reportTaken(cx, param.name, before);
  const ref: Expr = { k: "ref", root: "var", name: `param:${name}` };
  const fallback = param.default === null ? null : checkAs(cx, param.default, value, name);
  cx.scope.add(name, param.name.span, { b: "value", type: value, expr: ref, stage: "plan" });
  if (!taken) watch(cx, "parameter", param.name);
  const where = param.where === null ? null : paramCondition(cx, param, param.where, type, ref);
  return { name, type, default: fallback, optional: param.optional, where };
}

/** A default that the condition refuses is told here, an argument where it is given. */
function paramCondition(
  cx: Context,
  param: tree.Param,
  node: tree.Refinement,
  type: Type,
  ref: Expr,
): OperationParam["where"] {
  const name = param.name.text;
  const names = [name, ...(cx.scope.declared("it") === undefined ? ["it"] : [])];
  const where = checkRefinement(
    cx,
    node,
    names.map((each) => ({ name: each, type, expr: ref })),
  );
  cx.scope.markUsed(name);
  return where;
}

/** The team's own result; `call` is the provider's there. */
function operationResult(
  cx: Context,
  node: tree.Property | undefined,
  before: Expr | null,
  from: Type,
  declared: Type | null,
  place: tree.Span,
): { readonly returns: Expr | null; readonly type: Type } {
  if (node === undefined) {
    if (declared !== null && !assignable(from, declared))
      report(cx, "missing-property", place, { block: "an operation with this result", name: "returns" });
    const whole: Expr = before ?? { k: "ref", root: "it", name: "" };
    const cut = declared === null ? whole : cutTo(whole, from, declared);
    return { returns: cut === whole ? before : cut, type: declared === null ? from : keptAs(from, declared) };
  }
  const scope = new Scope(cx.scope);
  scope.add("call", node.span, {
    b: "value",
    type: from,
    expr: before ?? { k: "ref", root: "it", name: "" },
    stage: "run",
  });
  const inner = within(cx, scope);
  if (declared !== null) {
    const typed = checkExpr(inner, node.value, declared);
    const returns = coerce(inner, typed, declared, "the result", node.value.span);
    return { returns, type: keptAs(typed.type, declared) };
  }
  const { expr, type } = checkExpr(inner, node.value, null);
  return { returns: expr, type: widen(type) };
}

/** Effect and repeat are the provider's to know, unless it says that they depend on what is run. */
function holdToProvider(
  cx: Context,
  { call, offered }: CheckedCall,
  block: ReturnType<typeof checkBlock>,
  said: { effect: Effect; repeat: Repeat },
): void {
  if (offered === null || offered.operation.declarable) return;
  for (const property of ["effect", "repeat"] as const) {
    const node = block.nodes.get(property);
    if (node === undefined || said[property] === call[property]) continue;
    report(cx, "effect-not-yours", node.value.span, {
      operation: `${offered.provider}.${call.operation}`,
      property,
      is: call[property],
      said: said[property],
    });
  }
}
