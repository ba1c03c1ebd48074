/** The statements of an action's body, checked and lowered in order. */
import { isForeign, isReserved } from "../../language/tokens.ts";
import type * as tree from "../../language/tree.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { Statement } from "../program.ts";
import { BLOCKS, STATEMENT_WORDS } from "../schema/blocks.ts";
import { BOOL, base, DURATION, holdsSecret, INT, STRING } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { checkApproval } from "./approvals.ts";
import { declare, effectVerb, newVar, tellDecided } from "./bind.ts";
import { atLeast, demand, head } from "./block.ts";
import { checkOperationCall } from "./calls.ts";
import { at, type Context, placed, report, sourceText, stageOf, watch, within } from "./context.ts";
import { checkAs, checkExpr, coerce, describe } from "./expr.ts";
import { Scope } from "./scope.ts";
import { checkCheck, checkStep } from "./steps.ts";
import { checkRequirement, resolveType } from "./types.ts";

/** Statements of one block; what it binds is added to `cx.scope`. */
export function checkStatements(
  cx: Context,
  nodes: readonly tree.Statement[],
  allowed: readonly tree.Statement["kind"][],
  where: string,
): Statement[] {
  const out: Statement[] = [];
  for (const node of nodes) {
    if (!allowed.includes(node.kind)) {
      // Of a word of the language, or of another, the parser has told already.
      if (node.kind === "property" && (isReserved(node.name.text) || isForeign(node.name.text))) continue;
      report(cx, "misplaced", head(node), {
        what: node.kind === "property" ? `the property ${node.name.text}` : STATEMENT_WORDS[node.kind],
        where,
      });
      continue;
    }
    const statement = checkStatement(cx, node);
    if (statement !== null) out.push(placed(cx, statement, head(node)));
  }
  return out;
}

const FLOW = BLOCKS.flow.statements;

function checkStatement(cx: Context, node: tree.Statement): Statement | null {
  switch (node.kind) {
    case "let":
      return checkLet(cx, node);
    case "fact":
      return checkFact(cx, node);
    case "step":
      return checkStep(cx, node);
    case "check":
      return checkCheck(cx, node);
    case "require":
      return { s: "require", requirement: checkRequirement(cx, node.condition, node.message) };
    case "approve":
      return checkApproval(cx, node);
    case "wait": {
      const duration = checkAs(cx, node.duration, DURATION, "the time to wait");
      demand(cx, duration, "plan", "the time to wait", node.duration.span);
      atLeast(cx, duration, 0, "the time to wait", node.duration.span);
      return { s: "wait", duration, at: at(cx, node.span) };
    }
    case "if":
      return checkIf(cx, node);
    case "for":
      return checkFor(cx, node);
    case "parallel":
      return checkParallel(cx, node);
    case "on":
      report(cx, "not-yet", head(node), { what: "on" });
      return null;
    default:
      return null;
  }
}

function checkLet(cx: Context, node: tree.LetStatement): Statement | null {
  const declared = node.type === null ? null : resolveType(cx, node.type);
  const typed = checkExpr(cx, node.value, declared);
  const value = declared === null ? typed.expr : coerce(cx, typed, declared, "the value", node.value.span);
  if (node.name === null) return null;
  const type = declared ?? typed.type;
  const stage = stageOf(cx, value);
  if (stage === "check") {
    if (declare(cx, node.name, type, value, "plan")) watch(cx, "let", node.name);
    return null;
  }
  // A var of its own, not its value at each use: a chain of lets would otherwise double with each link.
  const { id, expr } = newVar(cx, node.name.text, stage);
  if (declare(cx, node.name, type, expr, stage)) watch(cx, "let", node.name);
  return { s: "let", id, value };
}

function checkFact(cx: Context, node: tree.FactStatement): Statement | null {
  const what = `fact ${node.name?.text ?? ""}`.trim();
  const called = checkOperationCall(cx, node.call, what);
  if (node.name === null || called === null) {
    if (node.name !== null && cx.scope.declared(node.name.text) === undefined)
      cx.scope.add(node.name.text, node.name.span, { b: "broken" });
    return null;
  }
  const { call, type } = called;
  if (call.effect !== "read")
    report(cx, "fact-writes", node.call.span, { callee: call.shown, effect: effectVerb(call.effect) });
  if (holdsSecret(type))
    report(cx, "secret-leak", node.call.span, { what: "the result", where: "the plan, which holds all facts" });
  for (const arg of call.args) demand(cx, arg.value, "plan", `the argument ${arg.name} of a fact`, node.call.span);
  const { id, expr } = newVar(cx, node.name.text, "plan");
  if (declare(cx, node.name, type, expr, "plan")) watch(cx, "fact", node.name);
  return { s: "fact", id, name: node.name.text, call, type, at: at(cx, node.span) };
}

function checkIf(cx: Context, node: tree.IfStatement): Statement {
  const condition = checkAs(cx, node.condition, BOOL, "the condition");
  tellDecided(cx, condition, node.condition, "condition");
  const then = block(cx, node.then);
  const otherwise = node.else === null ? [] : "kind" in node.else ? [checkIf(cx, node.else)] : block(cx, node.else);
  return { s: "if", condition, then, else: otherwise, at: at(cx, node.span) };
}

function block(cx: Context, body: tree.Body | null): Statement[] {
  if (body === null) return [];
  return checkStatements(within(cx, new Scope(cx.scope)), body.members, FLOW, "this block");
}

function checkFor(cx: Context, node: tree.ForStatement): Statement | null {
  const over = checkExpr(cx, node.over, null);
  demand(cx, over.expr, "plan", "what a for goes over", node.over.span);
  for (const [what, part] of [
    ["tolerate", node.tolerate],
    ["at most", node.atMost],
  ] as const) {
    if (part !== null) report(cx, "not-yet", part.span, { what: `${what} of a for` });
  }
  const elements = elementsOf(cx, node, over.type, over.expr);
  if (elements === null || node.name === null) return null;
  const scope = new Scope(cx.scope);
  const inner = within(cx, scope);
  const { id, expr } = newVar(cx, node.name.text, "plan");
  declare(inner, node.name, elements.type, expr, "plan");
  const key = node.key === null ? null : checkKey(inner, node.key);
  if (node.key === null && elements.key === null)
    report(cx, "key-needed", head(node), { what: describe(elements.type) });
  const plan = (value: tree.Expr | null, type: Type, what: string, least: number): Expr | null => {
    if (value === null) return null;
    const checked = checkAs(cx, value, type, what);
    demand(cx, checked, "plan", what, value.span);
    atLeast(cx, checked, least, what, value.span);
    return checked;
  };
  const batch = plan(node.batch, INT, "the size of a batch", 1);
  const every = plan(node.every, DURATION, "the pause between batches", 0);
  const body =
    node.body === null ? [] : checkStatements(within(cx, new Scope(scope)), node.body.members, FLOW, "a for");
  const own = elements.key === null ? null : elements.key(expr);
  return {
    s: "for",
    id,
    name: node.name.text,
    over: elements.over,
    key: key ?? own,
    batch,
    every,
    tolerate: null,
    atMost: null,
    allowEmpty: node.allowEmpty,
    body,
    at: at(cx, node.span),
  };
}

interface Elements {
  readonly type: Type;
  readonly over: Expr;
  /** The key an element has of itself. */
  readonly key: ((element: Expr) => Expr) | null;
}

function elementsOf(cx: Context, node: tree.ForStatement, type: Type, over: Expr): Elements | null {
  const plain = base(type);
  switch (plain.kind) {
    case "list": {
      const simple = ["string", "int", "decimal", "percent", "enum", "url", "identity", "literal", "refined"].includes(
        plain.of.kind,
      );
      const member = plain.of.kind === "one_of";
      return {
        type: plain.of,
        over,
        key: simple ? (e) => e : member ? (e) => ({ k: "field", of: e, name: "key", safe: false }) : null,
      };
    }
    case "map":
      return {
        type: {
          kind: "one_of",
          id: `${cx.module.path}#${sourceText(cx, node.over.span)}`,
          name: sourceText(cx, node.over.span),
          keys: [],
          of: plain.of,
        },
        over: { k: "op", op: "map.members", args: [over], at: at(cx, node.over.span) },
        key: (e) => ({ k: "field", of: e, name: "key", safe: false }),
      };
    case "error":
      return { type: plain, over: constant([]), key: (e) => e };
    default:
      report(cx, "not-a-list", node.over.span, { found: describe(type) });
      return null;
  }
}

function checkKey(cx: Context, node: tree.Expr): Expr {
  const typed = checkExpr(cx, node, null);
  const plain = base(typed.type);
  if (["int", "enum", "url", "identity", "percent"].includes(plain.kind)) return typed.expr;
  return coerce(cx, typed, STRING, "the key", node.span);
}

function checkParallel(cx: Context, node: tree.ParallelStatement): Statement {
  const branches: Statement[][] = [];
  const bound: Scope[] = [];
  for (const member of node.body?.members ?? []) {
    // Each branch has a scope of its own: what runs beside it has not surely come before it.
    const scope = new Scope(cx.scope);
    const inner = within(cx, scope);
    if (member.kind === "branch") branches.push(checkStatements(inner, member.body?.members ?? [], FLOW, "a branch"));
    else branches.push(checkStatements(inner, [member], ["step", "check", "if", "for"], "parallel"));
    if (member.kind === "step" || member.kind === "check") bound.push(scope);
  }
  for (const scope of bound) scope.exportTo(cx.scope, (name, span) => report(cx, "duplicate-name", span, { name }));
  return { s: "parallel", branches, at: at(cx, node.span) };
}
