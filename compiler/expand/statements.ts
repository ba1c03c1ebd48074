/** From statements to the nodes of a plan: branches chosen, loops unrolled, order made explicit. */

import { isConst } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import { isRecord } from "../ir/ops.ts";
import { exprFits } from "../ir/size.ts";
import type { PlanNode } from "../plan/plan.schema.ts";
import type { CheckStmt, Program, Statement, StepStmt } from "../program.ts";
import { expandApproval } from "./approvals.ts";
import { MAX_NODES, MAX_STATEMENTS, TooLarge } from "./bounds.ts";
import { expandFact } from "./facts.ts";
import { exits, newFrontier, passBarrier } from "./frontier.ts";
import { expandFor } from "./loops.ts";
import { expandNested } from "./nested.ts";
import { addBarrier, addRead, DEFAULT_TIMEOUT, dependencies, endsOf, named, order } from "./order.ts";
import { expandRequire } from "./requires.ts";
import { expandRollback } from "./rollback.ts";
import {
  ANY_TIME,
  inner,
  numberAt,
  type Place,
  planCall,
  planRequirement,
  problem,
  reduceAt,
  SOME_TIME,
  textAt,
  valueAt,
} from "./state.ts";

const MINUTE = 60_000;
const DEFAULT_EVERY = 5_000;
const DEFAULT_BACKOFF = { from: 1_000, to: 30_000 };

export function expandStatements(place: Place, statements: readonly Statement[]): void {
  for (const statement of statements) expandStatement(place, statement);
}

function expandStatement(place: Place, statement: Statement): void {
  const { x } = place;
  if (++x.size.statements > MAX_STATEMENTS || x.nodes.length > MAX_NODES) throw new TooLarge();
  switch (statement.s) {
    case "let":
      return expandLet(place, statement);
    case "fact":
      return expandFact(place, statement);
    case "step":
      return expandStep(place, statement);
    case "nested":
      return expandNested(place, statement, !holdsBarrier(place.x.program, [statement]));
    case "check":
      return expandCheck(place, statement);
    case "require":
      return expandRequire(place, statement.requirement);
    case "approve":
      return expandApproval(place, statement);
    case "wait": {
      const duration = numberAt(place, statement.duration, 0, "the time to wait", statement.at, ANY_TIME);
      const id = `${place.prefix}wait@${statement.at.split(":").slice(-2).join(":")}`;
      addBarrier(place, {
        kind: "wait",
        id,
        at: statement.at,
        part: place.part,
        element: place.element,
        after: order(place),
        when: [...place.when],
        duration,
      });
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
function expandLet(place: Place, statement: Extract<Statement, { s: "let" }>): void {
  const value = reduceAt(place, statement.value, place.action.at);
  if (exprFits(value)) {
    place.vars.set(statement.id, value);
    return;
  }
  problem(
    place,
    "program",
    "let",
    `the let ${statement.id} grows too large: what it is made of is not known before the run`,
    place.action.at,
    "compute it in smaller parts",
  );
  place.vars.set(statement.id, constant(null));
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
  const node: PlanNode = {
    kind: "step",
    id,
    at: step.at,
    part: place.part,
    element: place.element,
    after: [],
    when,
    doc: step.doc,
    call,
    timeout: numberAt(place, step.timeout, DEFAULT_TIMEOUT, "timeout", step.at, SOME_TIME),
    retry: {
      attempts: numberAt(place, step.retry?.attempts ?? null, 1, "attempts", step.at, { least: 1, most: 1000 }),
      ...backoffOf(place, step),
    },
    rollback: step.rollback === null ? null : expandRollback(place, step.rollback, step.at),
    irreversible: step.irreversible === null ? null : textAt(place, step.irreversible, "the reason", step.at),
    lease:
      step.lease === null ? null : numberAt(place, step.lease, 1, "lease", step.places.lease ?? step.at, SOME_TIME),
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

/** The first pause before another attempt and the longest, in milliseconds. */
function backoffOf(place: Place, step: StepStmt): { backoffMin: number; backoffMax: number } {
  const usual = { backoffMin: DEFAULT_BACKOFF.from, backoffMax: DEFAULT_BACKOFF.to };
  if (step.retry?.backoff == null) return usual;
  const range = valueAt(place, step.retry.backoff, "backoff", step.at);
  if (!isRecord(range) || typeof range.from !== "number" || typeof range.to !== "number") return usual;
  if (range.from >= 0 && range.from <= range.to && range.to <= ANY_TIME.most)
    return { backoffMin: range.from, backoffMax: range.to };
  const shown = `${formatDuration(range.from)}..${formatDuration(range.to)}`;
  problem(
    place,
    "program",
    "backoff",
    `backoff is ${shown} here: it goes from the first pause to the longest`,
    step.at,
  );
  return usual;
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
  const within = numberAt(place, check.within, DEFAULT_TIMEOUT, "within", check.at, SOME_TIME);
  const hold = numberAt(place, check.hold, 0, "hold", check.at, ANY_TIME);
  if (hold >= within) {
    const [long, short] = [formatDuration(hold), formatDuration(within)];
    problem(
      place,
      "program",
      `check ${id}`,
      `${id} can never hold for ${long} within ${short}: to hold that long takes longer than that`,
      check.at,
      "make within longer than hold",
    );
  }
  const exprs = [...deferred(call), ...when, ...requires.map((r) => r.condition)];
  addBarrier(place, {
    kind: "check",
    id,
    at: check.at,
    part: place.part,
    element: place.element,
    after: dependencies(place, exprs, named(place, check.after), false),
    when,
    doc: check.doc,
    call,
    requires,
    hold,
    every: Math.max(100, numberAt(place, check.every, DEFAULT_EVERY, "every", check.at, SOME_TIME)),
    within,
    timeout: Math.min(within, MINUTE),
  });
  place.vars.set(check.id, { k: "ref", root: "step", name: id });
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
export function compound(
  place: Place,
  body: readonly Statement[],
  expand: (frontier: Place["frontier"]) => void,
): void {
  if (!holdsBarrier(place.x.program, body)) {
    expand(place.frontier);
    return;
  }
  const frontier = newFrontier(exits(place.frontier));
  expand(frontier);
  passBarrier(place.frontier, exits(frontier));
}

export function holdsBarrier(program: Program, body: readonly Statement[]): boolean {
  return body.some((s) => isBarrier(program, s));
}

function isBarrier(program: Program, s: Statement): boolean {
  switch (s.s) {
    case "step":
      return s.call.effect !== "read";
    case "nested":
      return holdsBarrier(program, program.actions.find(({ id }) => id === s.action)?.body ?? []);
    case "check":
    case "approve":
    case "wait":
      return true;
    case "if":
      return holdsBarrier(program, s.then) || holdsBarrier(program, s.else);
    case "for":
      return holdsBarrier(program, s.body);
    case "parallel":
      return s.branches.some((branch) => holdsBarrier(program, branch));
    case "let":
    case "fact":
    case "require":
      return false;
  }
}

/** What a branch has bound is seen after it. */
function bind(place: Place, branch: Place, id: string): void {
  place.vars.set(id, branch.vars.get(id) ?? constant(null));
  const ends = branch.vars.get(endsOf(id));
  if (ends !== undefined) place.vars.set(endsOf(id), ends);
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
      for (const s of body) if (s.s === "step" || s.s === "check" || s.s === "nested") bind(place, here, s.id);
      ends.push(...exits(own));
    }
    passBarrier(frontier, [...new Set(ends)]);
  });
}
