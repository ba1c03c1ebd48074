/**
 * Steps that may run at the same time and surely touch one thing, one of them writing. Only `parallel` and `batch` take
 * order away, so it is their parts that are held against each other. What cannot be told here is told with values at
 * hand, when the action is planned; what is said here holds for every plan.
 */
import type { Span } from "../../language/tree.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { ForStmt, Rollback, Statement } from "../program.ts";
import { acrossElements, betweenParts, type Tell } from "./conflicts.ts";
import type { Flow } from "./flow.ts";
import { type Condition, type Systems, type Touch, touchOf } from "./touches.ts";

export interface RaceWorld {
  readonly flow: Flow;
  readonly systems: Systems;
  readonly spanOf: (lowered: object) => Span | undefined;
  readonly tell: Tell;
  /** Whether what stands under `path` differs for all that a loop over `over` can meet. */
  readonly distinct: (over: Expr, path: readonly string[]) => boolean;
}

/** Lists in the source are gone through element by element, as long as there are no more statements than these. */
const MAX_EXACT = 20_000;

export function proveRaces(world: RaceWorld, body: readonly Statement[]): void {
  walk({ ...world, left: { statements: MAX_EXACT } }, body, []);
}

interface Walk extends RaceWorld {
  readonly left: { statements: number };
}

type Conditions = readonly Condition[];

function walk(x: Walk, body: readonly Statement[], conditions: Conditions): Touch[] {
  const touches: Touch[] = [];
  for (const statement of body) {
    for (const touch of touchesOf(x, statement, conditions)) touches.push(touch);
    x.flow.bind(statement);
  }
  return touches;
}

function touchesOf(x: Walk, statement: Statement, conditions: Conditions): readonly Touch[] {
  switch (statement.s) {
    case "step":
    case "check": {
      const under = given(x, statement.when, true, conditions);
      if (under === null) return [];
      const span = x.spanOf(statement);
      if (span === undefined) return [];
      const own = { call: statement.call, by: statement.name, span, undo: false, conditions: under };
      const undo = statement.s === "step" ? undoOf(x, statement.name, statement.rollback, span, under) : [];
      return [touchOf(x.flow, x.systems, own), ...undo];
    }
    case "if":
      return [true, false].flatMap((holds) => {
        const under = given(x, statement.condition, holds, conditions);
        return under === null ? [] : walk(x, holds ? statement.then : statement.else, under);
      });
    case "parallel": {
      const parts = statement.branches.map((branch) => walk(x, branch, conditions));
      betweenParts(parts, x.tell, { sure: true, loop: null, place: x.spanOf(statement) ?? null });
      return parts.flat();
    }
    case "for":
      return forTouches(x, statement, conditions);
    // What a nested action touches is known when it is planned, and told then. Facts are read before anything runs.
    case "nested":
    case "fact":
    case "let":
    case "require":
    case "approve":
    case "wait":
      return [];
  }
}

/** Rollbacks of steps that ran together run together. `auto` touches what its step touches. */
function undoOf(x: Walk, step: string, rollback: Rollback | null, span: Span, conditions: Conditions): Touch[] {
  if (rollback?.kind !== "calls") return [];
  return rollback.calls.map((each) =>
    touchOf(x.flow, x.systems, {
      call: each.call,
      by: `the rollback of ${step}`,
      span: x.spanOf(each) ?? span,
      undo: true,
      conditions,
    }),
  );
}

/** The conditions with one more; null where it is known not to hold. */
function given(x: Walk, condition: Expr | null, holds: boolean, conditions: Conditions): Conditions | null {
  if (condition === null) return conditions;
  if (holds ? x.flow.isFalse(condition) : x.flow.isTrue(condition)) return null;
  if (holds ? x.flow.isTrue(condition) : x.flow.isFalse(condition)) return conditions;
  if (condition.k === "op" && condition.op === "not" && condition.args[0] !== undefined)
    return given(x, condition.args[0], !holds, conditions);
  const { key, loops } = x.flow.known(condition);
  return [...conditions, { key: `${holds ? "" : "!"}${key}`, loops }];
}

function forTouches(x: Walk, loop: ForStmt, conditions: Conditions): Touch[] {
  const elements = x.flow.constantOf(loop.over);
  const said = loop.batch === null ? 1 : x.flow.constantOf(loop.batch);
  const batch = typeof said === "number" ? said : null;
  x.left.statements -= Array.isArray(elements) ? elements.length * (loop.body.length + 1) : 0;
  if (Array.isArray(elements) && x.left.statements >= 0) return oneByOne(x, loop, elements, batch, conditions);
  const over = x.flow.known(loop.over);
  x.flow.enter(loop.id, loop.over);
  const under = loop.allowEmpty ? [...conditions, { key: `some ${over.key}`, loops: over.loops }] : conditions;
  const touches = walk(x, loop.body, under);
  if (batch === 1) return touches;
  const key = x.flow.known(loop.key ?? { k: "ref", root: "var", name: loop.id });
  const place = x.spanOf(loop) ?? null;
  acrossElements(touches, x.tell, {
    sure: batch !== null,
    loop: loop.name,
    id: loop.id,
    place,
    key,
    distinct: (path) => x.distinct(loop.over, path),
  });
  return touches;
}

/** The elements stand in the source: each is looked at as it is, in the batches it runs in. */
function oneByOne(
  x: Walk,
  loop: ForStmt,
  elements: readonly Value[],
  batch: number | null,
  conditions: Conditions,
): Touch[] {
  const parts = elements.map((value) => {
    x.flow.element(loop.id, constant(value));
    return walk(x, loop.body, conditions);
  });
  const size = batch ?? parts.length;
  for (let first = 0; size > 1 && first < parts.length; first += size)
    betweenParts(parts.slice(first, first + size), x.tell, {
      sure: batch !== null,
      loop: loop.name,
      place: x.spanOf(loop) ?? null,
    });
  return parts.flat();
}
