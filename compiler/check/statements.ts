/** The statements of an action's body, checked and lowered in order. */
import { isForeign, isReserved } from "../../language/tokens.ts";
import type * as tree from "../../language/tree.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { Call, Statement } from "../program.ts";
import { BLOCKS, STATEMENT_WORDS } from "../schema/blocks.ts";
import { PLACES } from "../schema/places.ts";
import { BOOL, base, ERROR, fieldsOf, formatOf, holdsSecret, keptAs, STRING } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { checkApproval } from "./approvals.ts";
import { declare, effectVerb, newVar, tellDecided } from "./bind.ts";
import { checkPlace, demand, head } from "./block.ts";
import { checkOperationCall } from "./calls.ts";
import {
  at,
  type Context,
  firstRunRef,
  isConst,
  placed,
  report,
  reportTaken,
  sourceOf,
  sourceText,
  stageOf,
  watch,
  within,
} from "./context.ts";
import { checkAs, checkExpr, coerce, describe } from "./expr.ts";
import { whereHolds } from "./present.ts";
import { Scope } from "./scope.ts";
import { checkCheck, checkStep } from "./steps.ts";
import { checkRequirement, homeOf, resolveType } from "./types.ts";

/** Statements of one block; what it binds is added to `cx.scope`. */
export function checkStatements(
  cx: Context,
  nodes: readonly tree.Statement[],
  allowed: readonly tree.Statement["kind"][],
  where: string,
): Statement[] {
  return checkSequence(cx, nodes, allowed, where).statements;
}

/** `checkStatements`; `after` knows besides what the requirements among them have made sure of. */
export function checkSequence(
  cx: Context,
  nodes: readonly tree.Statement[],
  allowed: readonly tree.Statement["kind"][],
  where: string,
): { readonly statements: Statement[]; readonly after: Context } {
  cx.project.observer?.bodies.set(nodes, { scope: cx.scope, block: null, statements: allowed });
  let here = cx;
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
    const statement = checkStatement(here, node);
    if (statement === null) continue;
    out.push(placed(cx, statement, head(node)));
    // What only the run knows may be read together with the requirement, so that makes sure of nothing.
    if (
      statement.s === "require" &&
      node.kind === "require" &&
      firstRunRef(cx, statement.requirement.condition) === null
    )
      here = whereHolds(here, statement.requirement.condition, true);
  }
  return { statements: out, after: here };
}

const UNBOUNDED = "say at most and a number after it, so that the plan knows how many there can be";
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
    case "require": {
      const requirement = checkRequirement(cx, node.condition, node.message);
      // One that holds today may be there for the data it is over; one that never holds lets nothing run.
      if (isConst(requirement.condition) && requirement.condition.v === false)
        tellDecided(cx, requirement.condition, node.condition, "requirement");
      return { s: "require", requirement };
    }
    case "approve":
      return checkApproval(cx, node);
    case "wait": {
      const duration = checkPlace(cx, node.duration, PLACES.wait);
      return { s: "wait", duration, at: at(cx, node.span) };
    }
    case "if":
      return checkIf(cx, node);
    case "for":
      return checkFor(cx, node);
    case "parallel":
      return checkParallel(cx, node);
    default:
      return null;
  }
}

function checkLet(cx: Context, node: tree.LetStatement): Statement | null {
  const declared = node.type === null ? null : resolveType(cx, node.type);
  const typed = checkExpr(cx, node.value, declared);
  const value =
    declared === null ? typed.expr : coerce(cx, typed, declared, "the value", node.value.span, node.type?.span);
  if (node.name === null) return null;
  const type = declared === null ? typed.type : keptAs(typed.type, declared);
  const stage = stageOf(cx, value);
  if (stage === "check") {
    if (declare(cx, node.name, type, value, "plan")) watch(cx, "let", node.name);
    return null;
  }
  // A var of its own, not its value at each use: a chain of lets would otherwise double with each link.
  const { id, expr } = newVar(cx, node.name.text, stage);
  const source = stage === "run" ? sourceOf(cx, value) : null;
  if (source !== null) cx.action?.sources.set(id, source);
  if (declare(cx, node.name, type, expr, stage)) watch(cx, "let", node.name);
  return { s: "let", id, value };
}

function checkFact(cx: Context, node: tree.FactStatement): Statement | null {
  const read = checkRead(cx, node);
  if (read === null || node.name === null) return null;
  const { id, expr } = newVar(cx, node.name.text, "plan");
  if (declare(cx, node.name, read.type, expr, "plan")) watch(cx, "fact", node.name);
  return { s: "fact", id, name: node.name.text, ...read, at: at(cx, node.span) };
}

/** What a fact reads, of arguments known at plan; null once a mistake is told, its name silent at every use. */
export function checkRead(cx: Context, node: tree.FactStatement): { readonly call: Call; readonly type: Type } | null {
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
  return { call, type };
}

function checkIf(cx: Context, node: tree.IfStatement): Statement {
  const condition = checkAs(cx, node.condition, BOOL, "the condition");
  tellDecided(cx, condition, node.condition, "condition");
  const flow = cx.action?.hook == null ? FLOW : BLOCKS.hook.statements;
  const then = block(whereHolds(cx, condition, true), node.then, flow);
  const no = whereHolds(cx, condition, false);
  const otherwise =
    node.else === null ? [] : "kind" in node.else ? [checkIf(no, node.else)] : block(no, node.else, flow);
  return { s: "if", condition, then, else: otherwise, at: at(cx, node.span) };
}

function block(cx: Context, body: tree.Body | null, allowed: readonly tree.Statement["kind"][]): Statement[] {
  if (body === null) return [];
  return checkStatements(within(cx, new Scope(cx.scope)), body.members, allowed, "this block");
}

function checkFor(cx: Context, node: tree.ForStatement): Statement | null {
  const over = checkExpr(cx, node.over, null);
  const from = firstRunRef(cx, over.expr);
  if (from !== null && node.atMost === null)
    report(cx, "not-known-at-plan", node.over.span, { what: PLACES.over.what, from }, { help: UNBOUNDED });
  const elements = elementsOf(cx, node, over.type, over.expr);
  if (elements === null || node.name === null) return null;
  const scope = new Scope(cx.scope);
  const inner = within(cx, scope);
  const stage = from === null ? "plan" : "run";
  const { id, expr } = newVar(cx, node.name.text, stage);
  declare(inner, node.name, elements.type, expr, stage);
  const key = node.key === null ? null : checkKey(inner, node.key, "the key");
  if (node.key === null && elements.key === null)
    report(cx, "key-needed", head(node), { what: describe(elements.type) });
  const batch = node.batch && checkPlace(cx, node.batch, PLACES.batch);
  const every = node.every && checkPlace(cx, node.every, PLACES.every);
  const tolerate = node.tolerate && checkPlace(cx, node.tolerate, PLACES.tolerate);
  if (node.tolerate !== null && cx.action?.hook != null)
    report(cx, "hook-undoes", node.tolerate.span, { step: `the for over ${node.name.text}`, what: "tolerate" });
  const atMost = node.atMost && checkPlace(cx, node.atMost, PLACES.at_most);
  tellCounts(cx, node, elements.over, { tolerate, atMost });
  const flow = cx.action?.hook == null ? FLOW : BLOCKS.hook.statements;
  const body =
    node.body === null ? [] : checkStatements(within(cx, new Scope(scope)), node.body.members, flow, "a for");
  const own = elements.key === null ? null : elements.key(expr);
  return {
    s: "for",
    id,
    name: node.name.text,
    over: elements.over,
    key: key ?? own,
    batch,
    every,
    tolerate,
    atMost,
    allowEmpty: node.allowEmpty,
    body,
    at: at(cx, node.span),
  };
}

/** Where the elements are known: more than there may be, or so few that all may fail. */
function tellCounts(
  cx: Context,
  node: tree.ForStatement,
  over: Expr,
  { tolerate, atMost }: { readonly tolerate: Expr | null; readonly atMost: Expr | null },
): void {
  const number = (expr: Expr | null): number | null =>
    expr !== null && isConst(expr) && typeof expr.v === "number" ? expr.v : null;
  const [least, most] = [number(tolerate), number(atMost)];
  const count = isConst(over) && Array.isArray(over.v) ? over.v.length : over.k === "list" ? over.items.length : null;
  if (count !== null && most !== null && count > most && node.atMost !== null)
    report(cx, "for-over-bound", node.atMost.span, { count: String(count), most: String(most) });
  const all = count ?? most;
  if (all !== null && all > 0 && least !== null && least >= all && node.tolerate !== null)
    report(cx, "tolerates-all", node.tolerate.span, { count: String(all), tolerate: String(least) });
}

/** What is called by itself in the ids of a plan. */
const SIMPLE: readonly Type["kind"][] = [
  "string",
  "int",
  "decimal",
  "percent",
  "duration",
  "size",
  "enum",
  "url",
  "identity",
  "literal",
  "refined",
];

/** A key as people read it: `10%`, `5m`. */
function asKey(key: Expr, type: Type): Expr {
  const as = formatOf(type);
  return as === null || as === "plain" ? key : { k: "text", parts: [{ e: key, as }] };
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
      if (plain.of.kind === "error") return { type: plain.of, over, key: (e) => e };
      const simple = SIMPLE.includes(plain.of.kind);
      const member = plain.of.kind === "one_of";
      return {
        type: plain.of,
        over,
        key: simple
          ? (e) => asKey(e, plain.of)
          : member
            ? (e) => ({ k: "field", of: e, name: "key", safe: false })
            : null,
      };
    }
    case "map": {
      const records = fieldsOf(plain.of);
      if (records?.some((f) => f.name === "key") === true) {
        report(cx, "key-taken", node.over.span, { map: sourceText(cx, node.over.span) });
        return { type: ERROR, over: constant([]), key: (e) => e };
      }
      return {
        type: {
          kind: "one_of",
          id: homeOf(cx, node.over),
          name: sourceText(cx, node.over.span),
          keys: [],
          of: plain.of,
        },
        over: {
          k: "op",
          op: "map.members",
          args: [over, constant(records !== null)],
          at: at(cx, node.over.span),
        },
        key: (e) => ({ k: "field", of: e, name: "key", safe: false }),
      };
    }
    case "error":
      return { type: plain, over: constant([]), key: (e) => e };
    default:
      report(cx, "not-a-list", node.over.span, { found: describe(type) }, overHelp(node.over));
      return null;
  }
}

/** A range of a few numbers is written out. */
function overHelp(over: tree.Expr): { readonly help?: string } {
  if (over.kind !== "range") return {};
  const [from, to] = [over.from, over.to].map((end) => (end.kind === "number" ? end.value : null));
  const few = from != null && to != null && to > from && to - from < 10;
  const values = few ? Array.from({ length: to - from + 1 }, (_, index) => from + index).join(", ") : "1, 2, 3";
  return { help: `write out what it goes over, such as [${values}]: a reviewer sees how many there are` };
}

/** Text, or what is written as text without doubt. */
export function checkKey(cx: Context, node: tree.Expr, what: string): Expr {
  const typed = checkExpr(cx, node, null);
  const plain = base(typed.type);
  if (["int", "enum", "url", "identity", "percent", "duration", "size"].includes(plain.kind))
    return asKey(typed.expr, plain);
  return coerce(cx, typed, STRING, what, node.span);
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
  for (const scope of bound)
    scope.exportTo(cx.scope, (text, span) => reportTaken(cx, { text, span }, cx.scope.own(text) ?? span));
  return { s: "parallel", branches, at: at(cx, node.span) };
}
