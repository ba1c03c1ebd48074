/**
 * Steps that may run at the same time and surely touch one thing, one of them writing. Only `parallel` and `batch` take
 * order away, so it is their parts that are held against each other. What cannot be told here is told with values at
 * hand, when the action is planned; what is said here holds for every plan.
 */
import type { Span } from "../../language/tree.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { ActionParam, ForStmt, Hook, NestedStmt, Rollback, Statement } from "../program.ts";
import { type Briefs, isConcurrent, noBriefs } from "./brief.ts";
import { acrossElements, betweenParts, type Tell } from "./conflicts.ts";
import { Flow } from "./flow.ts";
import { type Condition, type Systems, type Touch, touchOf } from "./touches.ts";

export interface RaceWorld {
  readonly systems: Systems;
  readonly spanOf: (lowered: object) => Span | undefined;
  readonly tell: Tell;
  /** Whether what stands under `path` differs for all that a loop over `over` can meet. */
  readonly distinct: (params: readonly ActionParam[], over: Expr, path: readonly string[]) => boolean;
  /** Actions that are run by steps; none, if they are left out. */
  readonly briefs?: Briefs;
  readonly bodies?: (action: string) => Body | undefined;
}

interface Body {
  readonly params: readonly ActionParam[];
  readonly body: readonly Statement[];
  readonly hooks?: readonly Hook[];
}

/** Lists in the source are gone through element by element, as long as there are no more statements than these. */
const MAX_EXACT = 20_000;
/** Statements of actions that are run by steps; beyond, nothing is said of them. */
const MAX_NESTED = 20_000;

/** What runs beside the run as it goes on; other hooks run when it is over. */
const BESIDE: readonly Hook["event"][] = ["start", "approval_requested"];

export function proveRaces(world: RaceWorld, { params, body, hooks = [] }: Body): void {
  const briefs = world.briefs ?? noBriefs;
  const together = hooks.some(({ event }) => BESIDE.includes(event));
  if (!together && ![body, ...hooks.map((hook) => hook.body)].some((each) => isConcurrent(each, briefs))) return;
  const left = { statements: MAX_EXACT, nested: MAX_NESTED };
  const flow = new Flow(params);
  const x: Walk = { ...world, flow, params, briefs, left, together, reads: together, within: "" };
  const touches = walk(x, body, []).filter(inSight);
  for (const hook of hooks) {
    const told = walk(x, hook.body, []).filter(inSight);
    // How long a hook takes nobody knows, so whether they meet is a matter of time.
    if (BESIDE.includes(hook.event))
      betweenParts([touches, told], x.tell, { sure: false, loop: null, hook: hook.event, place: placeOf(x, hook) });
  }
}

/** Hooks are held against what is known to be touched: they tell people, and mostly of what the run made known. */
const inSight = (touch: Touch): boolean => !touch.undo && touch.resource.run === "no";

interface Walk extends RaceWorld {
  readonly flow: Flow;
  /** Of the action that is looked at. */
  readonly params: readonly ActionParam[];
  readonly briefs: Briefs;
  readonly left: { statements: number; nested: number };
  /** Whether anything runs beside the statements: else what they touch is of no interest. */
  readonly together: boolean;
  /** Whether reads matter too: elements of a loop that race with a read of another race with its write. */
  readonly reads: boolean;
  /** `roll.` within the action that the step `roll` runs; empty in the outermost. */
  readonly within: string;
}

type Conditions = readonly Condition[];

function walk(x: Walk, body: readonly Statement[], conditions: Conditions): Touch[] {
  const touches: Touch[] = [];
  for (const statement of body) {
    if (x.within !== "" && --x.left.nested < 0) return touches;
    for (const touch of touchesOf(x, statement, conditions)) touches.push(touch);
    x.flow.bind(statement);
  }
  return touches;
}

function touchesOf(x: Walk, statement: Statement, conditions: Conditions): readonly Touch[] {
  switch (statement.s) {
    case "step":
    case "check": {
      if (!x.together || (!x.reads && statement.call.effect === "read")) return [];
      const under = given(x, statement.when, true, conditions);
      if (under === null) return [];
      const span = x.spanOf(statement);
      if (span === undefined) return [];
      const by = `${x.within}${statement.name}`;
      const own = { call: statement.call, by, span, undo: false, conditions: under };
      const undo = statement.s === "step" ? undoOf(x, by, statement.rollback, span, under) : [];
      return [touchOf(x.flow, x.systems, own), ...undo];
    }
    case "if":
      return [true, false].flatMap((holds) => {
        const under = given(x, statement.condition, holds, conditions);
        return under === null ? [] : walk(x, holds ? statement.then : statement.else, under);
      });
    case "parallel": {
      const beside = x.together || statement.branches.length > 1 ? { ...x, together: true, reads: true } : x;
      const parts = statement.branches.map((branch) => walk(beside, branch, conditions));
      betweenParts(parts, x.tell, { sure: true, loop: null, place: placeOf(x, statement) });
      return parts.flat();
    }
    case "for":
      return forTouches(x, statement, conditions);
    case "nested":
      return nestedTouches(x, statement, conditions);
    // Facts are read before anything runs.
    case "fact":
    case "let":
    case "require":
    case "approve":
    case "wait":
      return [];
  }
}

/** The place of what lets parts meet; within an action that is run, the step that runs it is the place of all. */
function placeOf(x: Walk, statement: Statement | Hook): Span | null {
  return x.within === "" ? (x.spanOf(statement) ?? null) : null;
}

/** What an action touches that is run with these arguments. */
function nestedTouches(x: Walk, step: NestedStmt, conditions: Conditions): Touch[] {
  const concurrent = x.briefs(step.action)?.concurrent === true;
  const under = given(x, step.when, true, conditions);
  const span = x.spanOf(step);
  if ((!x.together && !concurrent) || under === null || span === undefined) return [];
  const action = x.bodies?.(step.action);
  if (action === undefined) return [];
  const inner: Walk = {
    ...x,
    flow: x.flow.inside(step),
    params: action.params,
    within: `${x.within}${step.name}.`,
    spanOf: () => span,
    // What the action does for any inputs is told there; here, only what these arguments make of it.
    tell: concurrent && !racesItself(x, action) ? x.tell : () => {},
  };
  return walk(inner, action.body, under);
}

function racesItself(x: Walk, action: Body): boolean {
  let told = false;
  const tell: Tell = () => {
    told = true;
  };
  const flow = new Flow(action.params);
  const inner = {
    ...x,
    flow,
    params: action.params,
    within: "?",
    spanOf: () => NOWHERE,
    tell,
    together: false,
    reads: false,
  };
  walk(inner, action.body, []);
  return told;
}

const NOWHERE: Span = { start: 0, end: 0 };

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
  const said = loop.batch === null ? 1 : x.flow.constantOf(loop.batch);
  const batch = typeof said === "number" ? said : null;
  if (!x.together && batch === 1 && !isConcurrent(loop.body, x.briefs)) return [];
  const elements = x.flow.constantOf(loop.over);
  const beside = x.together || batch !== 1 ? { ...x, together: true, reads: true } : x;
  x.left.statements -= Array.isArray(elements) ? elements.length * (loop.body.length + 1) : 0;
  if (Array.isArray(elements) && x.left.statements >= 0) return oneByOne(beside, loop, elements, batch, conditions);
  const over = x.flow.known(loop.over);
  x.flow.enter(loop.id, loop.over);
  const under = loop.allowEmpty ? [...conditions, { key: `some ${over.key}`, loops: over.loops }] : conditions;
  const touches = walk({ ...beside, reads: x.reads }, loop.body, under);
  if (batch === 1) return touches;
  // Of a list whose length only the plan knows there may be one element, or none.
  const several = Array.isArray(elements) && elements.length > 1;
  const key = x.flow.known(loop.key ?? { k: "ref", root: "var", name: loop.id });
  const place = placeOf(x, loop);
  acrossElements(touches, x.tell, {
    sure: batch !== null && several,
    loop: loop.name,
    id: x.flow.idOf(loop.id),
    place,
    key,
    distinct: (path) => x.distinct(x.params, loop.over, path),
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
      place: placeOf(x, loop),
    });
  return parts.flat();
}
