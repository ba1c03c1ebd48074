/** Actions: parameters, properties, body, result. */
import type * as tree from "../../language/tree.ts";
import { substitute } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import type { Action, ActionParam, Requirement } from "../program.ts";
import { BLOCKS, type BlockSpec, ON_FAILURE } from "../schema/blocks.ts";
import { holdsSecret, keptType, optionalOf } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { notReserved, runBinding } from "./bind.ts";
import { checkBlock, constantOf, demand, placesOf } from "./block.ts";
import { at, type Context, isConst, newActionState, report, reportTaken, secretAt, watch, within } from "./context.ts";
import { checkAs, checkExpr } from "./expr.ts";
import { checkHooks } from "./hooks.ts";
import { checkLimit, checkLock } from "./limits.ts";
import { firstFailing } from "./refine.ts";
import { type ActionSignature, type Binding, Scope } from "./scope.ts";
import { checkSequence } from "./statements.ts";
import { checkRequirement, resolveType } from "./types.ts";

/** Actions that wait for one another to be checked each take that much of the depth expressions may have: they use more of the stack. */
const ACTION_NESTING = 16;

/** What a step that runs it needs to know; the action itself is kept for the program. */
export function resolveAction(cx: Context, item: tree.ActionItem): Binding {
  const { nesting, diagnostics, bodies } = cx.project;
  nesting.now += ACTION_NESTING;
  const before = diagnostics.length;
  const { action, depth } = checkActionItem(cx, item);
  nesting.now -= ACTION_NESTING;
  cx.project.actions.set(item, action);
  const within = ({ span }: { readonly span: tree.Span }): boolean =>
    span.start >= item.span.start && span.start <= item.span.end;
  const mistaken = diagnostics.slice(before).some((d) => d.severity === "error" && within(d));
  const { id, name, params, lock, timeout, body, resultType } = action;
  if (!mistaken && !cx.module.faults.some(within)) bodies.set(id, { params, lock, timeout, body });
  const signature: ActionSignature = {
    id,
    name,
    params: params.map(({ name, type, default: otherwise, optional, where }) => ({
      name,
      type,
      default: otherwise,
      optional,
      where,
    })),
    result: resultType,
    depth,
  };
  return { b: "action", action: signature };
}

export function checkAction(cx: Context, item: tree.ActionItem): Action {
  return checkActionItem(cx, item).action;
}

function checkActionItem(cx: Context, item: tree.ActionItem): { readonly action: Action; readonly depth: number } {
  const name = item.name?.text ?? "?";
  const place = item.name?.span ?? item.span;
  const id = `${cx.module.path}#${name}`;
  const state = newActionState();
  const scope = new Scope(cx.scope);
  const inner: Context = { ...cx, scope, action: state };
  const params = item.params.map((param) => checkParam(inner, param, id));
  addRun(inner);
  const block = checkBlock(inner, "action", item.body, place);
  const spec: BlockSpec = BLOCKS.action;
  const returns = block.statements.filter((s) => s.kind === "return");
  const events = block.statements.filter((s) => s.kind === "on");
  const flow = block.statements.filter((s) => s.kind !== "return" && s.kind !== "on");
  const { statements: body, after } = checkSequence(inner, flow, spec.statements, spec.what);
  const hooks = checkHooks(inner, cx.scope, events);
  const resultType = item.result === null ? null : keptType(resolveType(cx, item.result));
  for (const extra of returns.slice(1))
    report(inner, "duplicate-statement", extra.span, { what: "a return", where: "this action" });
  const value = (property: string): Expr | null => block.values.get(property) ?? null;
  const onFailure = constantOf(block, "on_failure", ON_FAILURE.members[0] ?? "undo");
  const action: Action = {
    id,
    name,
    module: cx.module.path,
    doc: item.doc,
    at: at(cx, place),
    params,
    title: value("title"),
    risk: value("risk"),
    owner: value("owner"),
    tags: value("tags"),
    timeout: value("timeout"),
    window: value("window"),
    lock: checkLock(inner, block),
    limit: checkLimit(inner, block),
    hooks,
    places: placesOf(inner, block),
    onFailure: onFailure === "halt" || onFailure === "continue" ? onFailure : "rollback",
    body,
    ...checkReturn(after, returns[0], resultType, place),
  };
  return { action, depth: 1 + Math.max(0, ...state.nested.map((each) => each.depth)) };
}

function checkReturn(
  cx: Context,
  node: tree.Statement | undefined,
  declared: Type | null,
  place: tree.Span,
): { returns: Expr | null; resultType: Type | null } {
  if (node?.kind !== "return") {
    if (declared !== null)
      report(cx, "expected", place, { what: "a return statement", after: "the steps of an action that has a result" });
    return { returns: null, resultType: declared };
  }
  if (declared !== null) return { returns: checkAs(cx, node.value, declared, "the result"), resultType: declared };
  const typed = checkExpr(cx, node.value, null);
  if (holdsSecret(typed.type))
    report(cx, "secret-leak", node.value.span, {
      what: secretAt(cx, node.value.span),
      where: "the result, which is shown and kept",
    });
  return { returns: typed.expr, resultType: typed.type };
}

const RUN = runBinding([]);

/** `run`: who asked, and why. */
function addRun(cx: Context): void {
  const taken = cx.scope.own("run");
  if (taken !== undefined) report(cx, "duplicate-name", taken, { name: "run" });
  else cx.scope.add("run", { start: 0, end: 0 }, RUN);
}

function checkParam(cx: Context, param: tree.Param, action: string): ActionParam {
  const name = param.name.text;
  notReserved(cx, param.name);
  const type = keptType(resolveType(cx, param.type));
  const seen = param.optional ? optionalOf(type) : type;
  const ref: Expr = { k: "ref", root: "var", name: `input:${name}` };
  cx.action?.stages.set(`input:${name}`, "plan");
  const fallback = param.default === null ? null : checkAs(cx, param.default, seen, name);
  if (fallback !== null && param.default !== null)
    demand(cx, fallback, "plan", `the default of ${name}`, param.default.span);
  const before = cx.scope.declared(name);
  if (before !== undefined) {
    reportTaken(cx, param.name, before);
    // What is read by that name here is this input: it would be another thing of that name otherwise.
    if (cx.scope.own(name) === undefined) cx.scope.add(name, param.name.span, { b: "broken" });
  } else {
    cx.scope.add(name, param.name.span, { b: "value", type: seen, expr: ref, stage: "plan" });
    watch(cx, "input", param.name, action);
  }
  const where = [...refinementsOf(cx, type, ref)];
  if (param.where !== null) {
    const scope = new Scope(cx.scope);
    if (param.optional) scope.add(name, param.name.span, { b: "value", type, expr: ref, stage: "plan" });
    if (cx.scope.declared("it") === undefined)
      scope.add("it", param.where.span, { b: "value", type, expr: ref, stage: "plan" });
    where.push(checkRequirement(within(cx, scope), param.where.condition, param.where.message));
    // What the input requires is said of it, and that is a use: some inputs are for those who read the plan.
    cx.scope.markUsed(name);
  }
  checkDefault(cx, param, fallback, where);
  return {
    name,
    doc: param.doc,
    type,
    optional: param.optional,
    default: fallback,
    where,
    at: at(cx, param.name.span),
  };
}

/** A default that its own conditions refuse. */
function checkDefault(cx: Context, param: tree.Param, fallback: Expr | null, where: readonly Requirement[]): void {
  if (fallback === null || param.default === null || !isConst(fallback) || fallback.v === null) return;
  const name = `input:${param.name.text}`;
  const { start } = param.default.span;
  // What its type refuses was told where the default was held to the type.
  if (
    cx.project.diagnostics.some(
      (d) => d.code === "refinement-fails" && d.module === cx.module.path && d.span.start === start,
    )
  )
    return;
  const why = firstFailing(where, fallback.v, (root, ref) => root === "var" && ref === name);
  if (why !== null) report(cx, "refinement-fails", param.default.span, { type: param.name.text, why });
}

/** The conditions of a refined type, with the input put in for `it`. */
function refinementsOf(cx: Context, type: Type, ref: Expr): Requirement[] {
  if (type.kind === "optional") return refinementsOf(cx, type.of, ref);
  if (type.kind !== "refined") return [];
  const env = { ref: (root: string) => (root === "it" ? ref : undefined) };
  const own = (cx.project.refinements.get(type.id) ?? []).map((r) => ({
    ...r,
    condition: substitute(r.condition, env),
    message: r.message === null ? null : substitute(r.message, env),
  }));
  return [...refinementsOf(cx, type.base, ref), ...own];
}
