/** From statements to the nodes of a plan: branches chosen, loops unrolled, order made explicit. */

import { exprSize, freeRefs, isConst, walkExpr } from "../ir/evaluate.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { PlanNode } from "../plan/plan.schema.ts";
import type { CheckStmt, ForStmt, Statement, StepStmt } from "../program.ts";
import { expandApproval } from "./approvals.ts";
import { exits, newFrontier, passBarrier } from "./frontier.ts";
import { expandRollback } from "./rollback.ts";
import {
  inner,
  messageOf,
  numberAt,
  type Place,
  planCall,
  planRequirement,
  problem,
  reduceAt,
  textAt,
  valueAt,
} from "./state.ts";

const MINUTE = 60_000;
export const DEFAULT_TIMEOUT = 5 * MINUTE;
const DEFAULT_EVERY = 5_000;
const DEFAULT_BACKOFF = { from: 1_000, to: 30_000 };
/** More than this is not a plan anybody reviews; it bounds what a list from outside can do. */
const MAX_ELEMENTS = 100_000;

export function expandStatements(place: Place, statements: readonly Statement[]): void {
  for (const statement of statements) expandStatement(place, statement);
}

function expandStatement(place: Place, statement: Statement): void {
  switch (statement.s) {
    case "let":
      return expandLet(place, statement);
    case "fact":
      return expandFact(place, statement);
    case "step":
      return expandStep(place, statement);
    case "check":
      return expandCheck(place, statement);
    case "require":
      return expandRequire(place, statement.requirement);
    case "approve":
      return expandApproval(place, statement);
    case "wait": {
      const duration = numberAt(place, statement.duration, 0, "the time to wait", statement.at);
      const id = `${place.prefix}wait@${statement.at.split(":").slice(-2).join(":")}`;
      addBarrier(place, { kind: "wait", id, at: statement.at, after: order(place), when: [...place.when], duration });
      return;
    }
    case "if":
      return expandIf(place, statement);
    case "for":
      return expandFor(place, statement);
    case "parallel":
      return expandParallel(place, statement);
  }
}

/** What only the run knows is put in at each use; a chain of such lets may double with each link, so it is bounded. */
const MAX_EXPR = 20_000;

function expandLet(place: Place, statement: Extract<Statement, { s: "let" }>): void {
  const value = reduceAt(place, statement.value, place.x.action.at);
  if (exprSize(value) <= MAX_EXPR) {
    place.vars.set(statement.id, value);
    return;
  }
  problem(
    place,
    "program",
    "let",
    `the let ${statement.id} grows too large: what it is made of is not known before the run`,
    place.x.action.at,
    "compute it in smaller parts",
  );
  place.vars.set(statement.id, constant(null));
}

function expandFact(place: Place, statement: Extract<Statement, { s: "fact" }>): void {
  const { x } = place;
  const id = `${place.prefix}${statement.id}`;
  const call = planCall(place, statement.call, statement.at);
  const known = call.args.every((arg) => arg.value.is === "known");
  if (known && x.facts.has(id)) {
    const value = x.facts.get(id) ?? null;
    place.vars.set(statement.id, constant(value));
    x.planFacts.push({ id, at: statement.at, call, value, type: statement.type, used: usedPaths(place, statement.id) });
    return;
  }
  // Unknown for now: what depends on it stays deferred, and is expanded again once the fact is read.
  place.vars.set(statement.id, { k: "ref", root: "var", name: `fact:${id}` });
  if (known) x.needs.push({ id, at: statement.at, call });
  else if (x.needs.length === 0)
    problem(place, "program", `fact ${id}`, `fact ${id} needs a value that only the run knows`, statement.at);
}

/** The fields of a fact that the action reads anywhere: only a change of those makes a plan stale. */
function usedPaths(place: Place, factId: string): string[][] {
  const paths = new Map<string, string[]>();
  const visit = (expr: Expr): void => {
    const inside = new Set<Expr>();
    walkExpr(expr, (e) => {
      if (inside.has(e) && e.k !== "ref") return;
      const path: string[] = [];
      let at: Expr = e;
      while (at.k === "field") {
        path.unshift(at.name);
        at = at.of;
        inside.add(at);
      }
      if (at.k !== "ref" || at.root !== "var" || at.name !== factId || (e.k === "ref" && inside.has(e))) return;
      paths.set(JSON.stringify(path), path);
    });
  };
  visitExprs(place.x.action, visit);
  const all = [...paths.values()];
  return all.some((p) => p.length === 0) ? [[]] : all.sort((a, b) => (a.join(".") < b.join(".") ? -1 : 1));
}

/** Every IR expression within any part of the program. */
function visitExprs(part: unknown, visit: (expr: Expr) => void): void {
  if (typeof part !== "object" || part === null) return;
  if (Array.isArray(part)) {
    for (const each of part) visitExprs(each, visit);
  } else if ("k" in part && typeof part.k === "string") visit(part as Expr);
  else for (const each of Object.values(part)) visitExprs(each, visit);
}

/** Conditions of a node: null where one is known to be false. */
function conditions(place: Place, when: Expr | null, at: string): Expr[] | null {
  if (when === null) return [...place.when];
  const condition = reduceAt(place, when, at);
  if (!isConst(condition)) return [...place.when, condition];
  return condition.v === true ? [...place.when] : null;
}

function expandStep(place: Place, step: StepStmt): void {
  const when = conditions(place, step.when, step.at);
  if (when === null) {
    place.vars.set(step.id, constant(null));
    return;
  }
  const id = `${place.prefix}${step.id}`;
  const call = planCall(place, step.call, step.at);
  const backoff =
    step.retry?.backoff == null ? DEFAULT_BACKOFF : valueAt(place, step.retry.backoff, "backoff", step.at);
  const range = backoff as { readonly from?: number; readonly to?: number } | null;
  const node: PlanNode = {
    kind: "step",
    id,
    at: step.at,
    after: [],
    when,
    doc: step.doc,
    call,
    timeout: numberAt(place, step.timeout, DEFAULT_TIMEOUT, "timeout", step.at),
    retry: {
      attempts: Math.max(1, numberAt(place, step.retry?.attempts ?? null, 1, "attempts", step.at)),
      backoffMin: range?.from ?? DEFAULT_BACKOFF.from,
      backoffMax: range?.to ?? DEFAULT_BACKOFF.to,
    },
    rollback: step.rollback === null ? null : expandRollback(place, step.rollback, step.at),
    irreversible: step.irreversible === null ? null : textAt(place, step.irreversible, "the reason", step.at),
    preview: null,
  };
  const exprs = [...deferred(call), ...when];
  const placed = { ...node, after: dependencies(place, exprs, named(place, step.after), call.effect === "read") };
  if (call.effect === "read") addRead(place, placed);
  else {
    place.x.writesSeen = true;
    addBarrier(place, placed);
  }
  place.vars.set(step.id, { k: "ref", root: "step", name: id });
}

function deferred(call: ReturnType<typeof planCall>): Expr[] {
  return [...call.args.map((arg) => arg.value), call.resource].flatMap((v) => (v.is === "deferred" ? [v.expr] : []));
}

function expandCheck(place: Place, check: CheckStmt): void {
  const when = conditions(place, check.when, check.at);
  if (when === null) {
    place.vars.set(check.id, constant(null));
    return;
  }
  const id = `${place.prefix}${check.id}`;
  const call = planCall(place, check.call, check.at);
  const requires = check.requires.map((r) => planRequirement(place, r));
  const within = numberAt(place, check.within, DEFAULT_TIMEOUT, "within", check.at);
  const exprs = [...deferred(call), ...when, ...requires.map((r) => r.condition)];
  addBarrier(place, {
    kind: "check",
    id,
    at: check.at,
    after: dependencies(place, exprs, named(place, check.after), false),
    when,
    doc: check.doc,
    call,
    requires,
    hold: numberAt(place, check.hold, 0, "hold", check.at),
    every: Math.max(100, numberAt(place, check.every, DEFAULT_EVERY, "every", check.at)),
    within,
    timeout: Math.min(within, MINUTE),
  });
  place.vars.set(check.id, { k: "ref", root: "step", name: id });
}

function expandRequire(place: Place, requirement: Extract<Statement, { s: "require" }>["requirement"]): void {
  const reduced = planRequirement(place, requirement);
  const { condition } = reduced;
  if (isConst(condition) && place.when.length === 0) {
    if (condition.v !== true) problem(place, "refused", "require", messageOf(reduced), requirement.at);
    return;
  }
  if (place.x.needs.length > 0) return;
  const id = `${place.prefix}require@${requirement.at.split(":").slice(-2).join(":")}`;
  addRead(place, {
    kind: "require",
    id,
    at: requirement.at,
    after: dependencies(place, [condition, ...place.when], [], true),
    when: [...place.when],
    requirement: reduced,
  });
}

function expandIf(place: Place, statement: Extract<Statement, { s: "if" }>): void {
  const condition = reduceAt(place, statement.condition, statement.at);
  const branch = (body: readonly Statement[], when: readonly Expr[]): void =>
    compound(place, body, (frontier) => expandStatements(inner(place, { when, frontier }), body));
  if (isConst(condition)) {
    branch(condition.v === true ? statement.then : statement.else, place.when);
    return;
  }
  // Not known yet: both ways are planned, and the run takes one.
  branch(statement.then, [...place.when, condition]);
  if (statement.else.length > 0)
    branch(statement.else, [...place.when, { k: "op", op: "not", args: [condition], at: null }]);
}

/** A statement that holds others: a barrier if one of them is. */
function compound(place: Place, body: readonly Statement[], expand: (frontier: Place["frontier"]) => void): void {
  if (!holdsBarrier(body)) {
    expand(place.frontier);
    return;
  }
  const frontier = newFrontier(exits(place.frontier));
  expand(frontier);
  passBarrier(place.frontier, exits(frontier));
}

function holdsBarrier(body: readonly Statement[]): boolean {
  return body.some((s) => {
    switch (s.s) {
      case "step":
        return s.call.effect !== "read";
      case "check":
      case "approve":
      case "wait":
        return true;
      case "if":
        return holdsBarrier(s.then) || holdsBarrier(s.else);
      case "for":
        return holdsBarrier(s.body);
      case "parallel":
        return s.branches.some(holdsBarrier);
      default:
        return false;
    }
  });
}

function expandFor(place: Place, statement: ForStmt): void {
  const elements = elementsOf(place, statement);
  if (elements === null) return;
  const batch = Math.max(1, numberAt(place, statement.batch, 1, "the size of a batch", statement.at));
  const every = numberAt(place, statement.every, 0, "the pause between batches", statement.at);
  const one = (element: { readonly key: string; readonly value: Value }, frontier: Place["frontier"]): void => {
    const here = inner(place, { prefix: `${place.prefix}${statement.id}[${element.key}].`, frontier });
    here.vars.set(statement.id, constant(element.value));
    expandStatements(here, statement.body);
  };
  compound(place, statement.body, (frontier) => {
    if (!holdsBarrier(statement.body)) {
      for (const element of elements) one(element, frontier);
      return;
    }
    for (let first = 0; first < elements.length; first += batch) {
      const wave = elements.slice(first, first + batch);
      if (first > 0) between(place, frontier, statement, first / batch, every, wave.length);
      const start = exits(frontier);
      const ends: string[] = [];
      for (const element of wave) {
        const own = newFrontier(start);
        one(element, own);
        ends.push(...exits(own));
      }
      passBarrier(frontier, [...new Set(ends)]);
    }
  });
}

/** Between two batches: a pause if one is asked for, else a join where it saves edges. */
function between(
  place: Place,
  frontier: Place["frontier"],
  statement: ForStmt,
  wave: number,
  every: number,
  next: number,
): void {
  const after = exits(frontier).map((id) => ({ id, why: "order" as const }));
  const base = { at: statement.at, after, when: [...place.when] };
  const id = `${place.prefix}${statement.id}[batch ${wave + 1}]`;
  if (every > 0) place.x.nodes.push({ kind: "wait", id, ...base, duration: every });
  else if (after.length > 1 && next > 1) place.x.nodes.push({ kind: "join", id, ...base });
  else return;
  passBarrier(frontier, [id]);
}

function elementsOf(place: Place, statement: ForStmt): { readonly key: string; readonly value: Value }[] | null {
  const over = valueAt(place, statement.over, "what this for goes over", statement.at);
  if (!Array.isArray(over)) return null;
  if (over.length === 0 && !statement.allowEmpty) {
    problem(
      place,
      "refused",
      "for",
      "there is nothing to go over: the list is empty",
      statement.at,
      "if that is fine, write allow empty after the list",
    );
  }
  if (over.length > MAX_ELEMENTS) {
    problem(
      place,
      "refused",
      "for",
      `there are ${over.length} elements; at most ${MAX_ELEMENTS} can be planned`,
      statement.at,
    );
    return null;
  }
  const seen = new Set<string>();
  return over.map((value: Value) => {
    const here = inner(place);
    here.vars.set(statement.id, constant(value));
    const raw = statement.key === null ? value : valueAt(here, statement.key, "the key", statement.at);
    const key = keyText(raw);
    if (seen.has(key))
      problem(
        place,
        "refused",
        "for",
        `two elements have the key ${key}`,
        statement.at,
        "make the key tell them apart",
      );
    seen.add(key);
    return { key, value };
  });
}

/** Keys stand in ids: plain ones as they are, all others as JSON text. */
function keyText(value: Value): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\w.@:/+%-]+$/.test(text) ? text : JSON.stringify(text);
}

function expandParallel(place: Place, statement: Extract<Statement, { s: "parallel" }>): void {
  const bodies = statement.branches;
  compound(place, bodies.flat(), (frontier) => {
    const start = exits(frontier);
    const ends: string[] = [];
    for (const body of bodies) {
      const own = newFrontier(start);
      const here = inner(place, { frontier: own });
      expandStatements(here, body);
      for (const s of body)
        if (s.s === "step" || s.s === "check") place.vars.set(s.id, here.vars.get(s.id) ?? constant(null));
      ends.push(...exits(own));
    }
    passBarrier(frontier, [...new Set(ends)]);
  });
}

// ---------------------------------------------------------------------------------------------------- ordering

type After = PlanNode["after"];

function order(place: Place): After {
  return exits(place.frontier).map((id) => ({ id, why: "order" }));
}

/** What a node waits for: its place in the order, the results it reads, the steps named after `after`. */
function dependencies(place: Place, exprs: readonly Expr[], after: readonly string[], read: boolean): After {
  const why = new Map<string, After[number]["why"]>();
  for (const id of read ? place.frontier.entry : exits(place.frontier)) why.set(id, "order");
  for (const id of after) why.set(id, "after");
  for (const expr of exprs) for (const ref of freeRefs(expr)) if (ref.root === "step") why.set(ref.name, "data");
  return [...why].map(([id, reason]) => ({ id, why: reason }));
}

function named(place: Place, ids: readonly string[]): string[] {
  return ids.flatMap((id) => {
    const expr = place.vars.get(id);
    return expr?.k === "ref" && expr.root === "step" ? [expr.name] : [];
  });
}

function addRead(place: Place, node: PlanNode): void {
  place.x.nodes.push(node);
  place.frontier.open.push(node.id);
}

export function addBarrier(place: Place, node: PlanNode): void {
  place.x.nodes.push(node);
  passBarrier(place.frontier, [node.id]);
}
