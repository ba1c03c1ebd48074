/** What the statements of an action share: names bound to vars, effects in words. */
import { isReserved } from "../../language/tokens.ts";
import type * as tree from "../../language/tree.ts";
import type { Expr } from "../ir/expr.ts";
import { keptAs, optionalOf, STRING } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { type Context, freshId, isConst, nearestTo, report, reportTaken, stageOf, watch } from "./context.ts";
import { checkExpr, coerce } from "./expr.ts";
import { snake } from "./naming.ts";
import type { ValueBinding } from "./scope.ts";
import { resolveType } from "./types.ts";

/** Adds a name to the scope unless it is taken, here or around: one name for one thing. Whether it was added. */
export function declare(cx: Context, name: tree.Name, type: Type, expr: Expr, stage: "plan" | "run"): boolean {
  snake(cx, name);
  const before = cx.scope.declared(name.text);
  if (before !== undefined) {
    reportTaken(cx, name, before);
    return false;
  }
  cx.scope.add(name.text, name.span, { b: "value", type, expr, stage });
  return true;
}

/** A condition that is always so, or never: what it guards is not what a reader takes it for. */
export function tellDecided(cx: Context, condition: Expr | null, node: tree.Expr | null, what = "when"): void {
  if (condition === null || node === null || !isConst(condition) || typeof condition.v !== "boolean") return;
  report(cx, "when-decided", node.span, { what, value: String(condition.v) });
}

/** A var of its own for `name`, known at `stage`. */
export function newVar(cx: Context, name: string, stage: "plan" | "run"): { readonly id: string; readonly expr: Expr } {
  const id = freshId(cx, name);
  cx.action?.stages.set(id, stage);
  return { id, expr: { k: "ref", root: "var", name: id } };
}

export function effectVerb(effect: "read" | "write" | "destroy"): string {
  return effect === "read" ? "reads" : effect === "write" ? "writes" : "destroys";
}

/** A label may be any word, so the parser takes one here; but a parameter of that name could never be read. */
export function notReserved(cx: Context, name: tree.Name): void {
  if (isReserved(name.text)) report(cx, "reserved-word", name.span, { word: name.text, as: "name" });
}

/** A let whose value is put in at each use: where there is no plan that could hold it. */
export function bindLet(cx: Context, node: tree.LetStatement): void {
  const declared = node.type === null ? null : resolveType(cx, node.type);
  const typed = checkExpr(cx, node.value, declared);
  const expr =
    declared === null ? typed.expr : coerce(cx, typed, declared, "the value", node.value.span, node.type?.span);
  const type = declared === null ? typed.type : keptAs(typed.type, declared);
  if (node.name === null) return;
  const before = cx.scope.declared(node.name.text);
  if (before !== undefined) reportTaken(cx, node.name, before);
  else {
    cx.scope.add(node.name.text, node.name.span, { b: "value", type, expr, stage: stageOf(cx, expr) });
    watch(cx, "let", node.name);
  }
}

/** Ids of the steps and checks named after `after`. */
export function checkAfter(cx: Context, names: readonly tree.Name[]): string[] {
  const ids: string[] = [];
  for (const name of names) {
    const binding = cx.scope.lookup(name.text);
    const ref =
      binding?.b === "value" && binding.expr.k === "ref" && binding.expr.root === "var" ? binding.expr.name : null;
    if (ref !== null && cx.action?.steps.has(ref) === true) ids.push(ref);
    else if (binding?.b !== "broken") {
      const names = [...cx.scope.names()].filter((each) => cx.action?.steps.has(each) === true);
      report(cx, "after-unknown", name.span, { name: name.text, near: nearestTo(cx, name.text, names) });
    }
  }
  return ids;
}

/** `run` with more than every action sees of it. */
export function runBinding(
  more: readonly { readonly name: string; readonly type: Type; readonly expr: Expr }[],
): ValueBinding {
  const fields: readonly { readonly name: string; readonly type: Type; readonly expr: Expr }[] = [
    { name: "requester", type: { kind: "identity" }, expr: { k: "ref", root: "var", name: "run:requester" } },
    { name: "reason", type: optionalOf(STRING), expr: { k: "ref", root: "var", name: "run:reason" } },
    { name: "now", type: { kind: "time" }, expr: { k: "ref", root: "run", name: "now" } },
    ...more,
  ];
  return {
    b: "value",
    type: { kind: "record", fields: fields.map(({ name, type }) => ({ name, type, optional: false, doc: null })) },
    expr: { k: "record", fields: Object.fromEntries(fields.map(({ name, expr }) => [name, expr])) },
    stage: "plan",
  };
}
