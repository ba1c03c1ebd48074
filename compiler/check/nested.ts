/** Steps that run another action: its arguments, its result, and what it brings along itself. */
import type * as tree from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EvaluationError, reduce, substitute } from "../ir/evaluate.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { CallArg, NestedStmt } from "../program.ts";
import { BOOL, optionalOf } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { checkAfter, declare, newVar, tellDecided } from "./bind.ts";
import { checkBlock, head } from "./block.ts";
import { checkArgs } from "./calls.ts";
import { at, type Context, fold, isConst, placed, report } from "./context.ts";
import { checkAs } from "./expr.ts";
import { whereHolds } from "./present.ts";
import type { ActionSignature } from "./scope.ts";

/** Actions within actions: deeper is no plan that anybody follows. */
export const MAX_ACTIONS = 32;

const NOTHING: Type = { kind: "record", fields: [] };

/** The action that `call` names; null where it names none. */
export function calledAction(cx: Context, call: tree.Expr): ActionSignature | null {
  if (call.kind !== "call" || call.callee.kind !== "name") return null;
  const binding = cx.scope.lookup(call.callee.text);
  return binding?.b === "action" ? binding.action : null;
}

export function checkNested(
  cx: Context,
  node: tree.StepStatement,
  call: tree.CallExpr,
  action: ActionSignature,
): NestedStmt | null {
  const name = node.name?.text ?? "?";
  const when = node.when === null ? null : checkAs(cx, node.when, BOOL, "the condition");
  tellDecided(cx, when, node.when);
  const after = checkAfter(cx, node.after);
  const args = checkArguments(when === null ? cx : whereHolds(cx, when, true), call, action);
  checkBody(cx, node, name, action);
  if (cx.action?.hook != null) report(cx, "hook-runs-action", call.callee.span, { action: action.name });
  else if (action.depth < MAX_ACTIONS) cx.action?.nested.push(action);
  else
    report(
      cx,
      "too-deep",
      call.callee.span,
      { limit: String(MAX_ACTIONS) },
      { help: "run fewer actions in one another" },
    );
  const { id, expr } = newVar(cx, name, "run");
  cx.action?.steps.add(id);
  if (node.name !== null) {
    const result = action.result ?? NOTHING;
    declare(
      cx,
      node.name,
      when === null || (isConst(when) && when.v === true) ? result : optionalOf(result),
      expr,
      "run",
    );
  }
  if (args === null) return null;
  return { s: "nested", id, name, doc: node.doc, at: at(cx, node.span), action: action.id, args, when, after };
}

/** One for each parameter: what is not given has its default, or is none. */
export function checkArguments(cx: Context, call: tree.CallExpr, action: ActionSignature): CallArg[] | null {
  const given = checkArgs(cx, call, action.name, action.params);
  if (given === null) return null;
  const values = new Map<string, Expr>();
  const env = {
    ref: (root: string, name: string): Expr | undefined =>
      root === "var" && name.startsWith("input:") ? values.get(name.slice("input:".length)) : undefined,
  };
  const args = action.params.map((param): CallArg => {
    const value = given.find((a) => a.name === param.name)?.value ?? constant(null);
    // A default may read the parameters before it.
    const written = call.args.some((a) => a.label?.text === param.name);
    const own = written ? value : fold(cx, substitute(value, env), call.span);
    values.set(param.name, own);
    return placed(
      cx,
      { name: param.name, value: own, type: param.optional ? optionalOf(param.type) : param.type },
      spanOf(call, param.name),
    );
  });
  for (const param of action.params) tellRefused(cx, call, param, env);
  return args;
}

function spanOf(call: tree.CallExpr, name: string): tree.Span {
  return call.args.find((a) => a.label?.text === name)?.value.span ?? call.span;
}

function sameSpan(cx: Context, { module, span }: Diagnostic, other: tree.Span): boolean {
  return module === cx.module.path && span.start === other.start && span.end === other.end;
}

/** What the action requires of its inputs, where the arguments decide it. */
function tellRefused(
  cx: Context,
  call: tree.CallExpr,
  param: ActionSignature["params"][number],
  env: { ref: (root: string, name: string) => Expr | undefined },
): void {
  const value = env.ref("var", `input:${param.name}`);
  if (value === undefined || (isConst(value) && value.v === null)) return;
  for (const { condition, message, text } of param.where) {
    if (known(condition, env) !== false) continue;
    // What the type of the input asks for is told where the argument is held to the type.
    if (cx.project.diagnostics.some((d) => d.code === "refinement-fails" && sameSpan(cx, d, spanOf(call, param.name))))
      return;
    const words = message === null ? null : known(message, env);
    const why = typeof words === "string" ? words : `it must hold that ${text}`;
    report(cx, "refinement-fails", spanOf(call, param.name), { type: param.name, why });
    return;
  }
}

/** The value of `expr`, if all that it takes is known; undefined otherwise. */
function known(expr: Expr, env: { ref: (root: string, name: string) => Expr | undefined }): Value | undefined {
  try {
    const reduced = reduce(expr, env);
    return isConst(reduced) ? reduced.v : undefined;
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

const OWN = ["timeout", "lease", "retry", "rollback", "irreversible"];

/** Each step of the action says for itself how it is tried and undone; here is nothing to say of it. */
function checkBody(cx: Context, node: tree.StepStatement, step: string, action: ActionSignature): void {
  if (node.body === null) return;
  const wordOf = (s: tree.Statement): string => (s.kind === "property" || s.kind === "block" ? s.name.text : s.kind);
  const rest: tree.Statement[] = [];
  for (const member of node.body.members) {
    const word = wordOf(member);
    if (!OWN.includes(word)) rest.push(member);
    else report(cx, "action-has-its-own", head(member), { step, action: action.name, what: word });
  }
  checkBlock(cx, "nested", { ...node.body, members: rest }, node.span);
}
