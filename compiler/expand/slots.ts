/**
 * A `for` over a list that only the run knows: `at most` says how many slots the plan has for its elements. A slot without
 * an element is skipped, and the run is held to what the plan has room for before it begins with the first.
 */
import { canonicalJson } from "../canonical.ts";
import { EvaluationError, freeRefs, isConst, reduce, walkExpr } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { Knowable, PlanRequirement } from "../plan/plan.schema.ts";
import type { Call, ForStmt } from "../program.ts";
import { addRead, dependencies } from "./order.ts";
import { envOf, inner, knowable, numberAt, type Place, problem, reduceAt, restsOnFacts } from "./state.ts";

/** More slots than this in one loop are no plan anybody reviews. */
export const MAX_SLOTS = 10_000;

/** What a loop goes over, once. */
export interface Element {
  /** As it stands in ids. */
  readonly key: string;
  /** What it is called. */
  readonly shown: Knowable;
  readonly value: Expr;
  /** Whether there is one, where only the run knows that. */
  readonly when: readonly Expr[];
}

const op = (name: string, ...args: readonly Expr[]): Expr => ({ k: "op", op: name, args, at: null });
const text = (...parts: readonly (string | Expr)[]): Expr => ({
  k: "text",
  parts: parts.map((part) => (typeof part === "string" ? part : { e: part, as: "plain" as const })),
});

const fn = (param: string, of: Expr): Expr => ({ k: "fn", params: [param], body: of });
const local = (name: string): Expr => ({ k: "ref", root: "local", name });

/** The parts of a key that is a path. */
const steps = (key: Expr): Expr => op("string.split", text(key), constant("/"));

/**
 * A key without the detours that names of resources are freed of (`compiler/resource.ts`): elements that run together are told
 * apart by it.
 */
function plainKey(key: Expr): Expr {
  const some = op("not", op("list.has", constant(["", "."]), local("step")));
  return op("list.join", op("list.filter", steps(key), fn("step", some)), constant("/"));
}

const staysBelow = (key: Expr): Expr => op("not", op("list.has", steps(key), constant("..")));

/** The list, where only the run knows it and the plan has slots for it; null where it is known, or facts are still missing. */
export function openList(place: Place, statement: ForStmt): Expr | null {
  if (statement.atMost === null) return null;
  const over = reduceAt(place, statement.over, statement.at);
  return isConst(over) || restsOnFacts(over) ? null : over;
}

/** `together` says that some of them run at the same time. */
export function slotsOf(place: Place, statement: ForStmt, over: Expr, together: boolean): Element[] {
  const most = boundOf(place, statement);
  const count = op("list.length", over);
  demand(place, statement, "at_most", {
    condition: op("le", count, constant(most)),
    message: text("there are ", count, ` elements here; at most ${most} are allowed`),
    text: `at most ${most}`,
    at: statement.at,
  });
  if (!statement.allowEmpty)
    demand(place, statement, "some", {
      condition: op("gt", count, constant(0)),
      message: constant("there is nothing to go over: the list is empty"),
      text: "the list is not empty",
      at: statement.at,
    });
  const element: Expr = { k: "ref", root: "local", name: "element" };
  const key = keyAt(place, statement, element);
  const differ = (by: Expr): Expr =>
    op("eq", op("list.length", op("list.unique", op("list.map", over, fn("element", by)))), count);
  const written = together ? writtenBy(place, statement, element) : [];
  demand(place, statement, "keys", {
    condition: together
      ? [op("list.all", over, fn("element", staysBelow(key))), ...written.map(differ)].reduce(
          (all, one) => op("and", all, one),
          differ(text(plainKey(key))),
        )
      : differ(key),
    message: constant(
      together
        ? "two elements have the same key, or keys that may lead to the same place"
        : "two elements have the same key",
    ),
    text: "keys differ",
    at: statement.at,
  });
  return Array.from({ length: most }, (_, index): Element => {
    const value: Expr = { k: "op", op: "list.at", args: [over, constant(index)], at: statement.at };
    return {
      key: `#${index + 1}`,
      value,
      shown: knowable(keyAt(place, statement, value)),
      when: [op("gt", count, constant(index))],
    };
  });
}

/**
 * What each element writes, in its one spelling, as far as its name is made of the element alone: keys may differ that name one
 * thing there, as hosts do in upper and lower case.
 */
function writtenBy(place: Place, statement: ForStmt, element: Expr): Expr[] {
  const here = inner(place);
  here.vars.set(statement.id, element);
  const found = new Map<string, Expr>();
  for (const { effect, resource } of callsIn(statement.body)) {
    const name = effect === "read" ? null : quietly(() => reduce(resource, envOf(here)));
    if (name === null || name.k !== "text" || freeRefs(name).length > 0 || !isOf(name, element)) continue;
    found.set(canonicalJson(name), op("resource.plain", name));
  }
  return [...found.values()];
}

/** The calls of statements and of their rollbacks. */
function callsIn(part: unknown): Call[] {
  if (typeof part !== "object" || part === null) return [];
  if (Array.isArray(part)) return part.flatMap(callsIn);
  if ("resource" in part && "operation" in part && "args" in part) return [part as Call];
  return Object.values(part).flatMap(callsIn);
}

function isOf(expr: Expr, element: Expr): boolean {
  let found = false;
  walkExpr(expr, (e) => {
    found ||= e === element;
  });
  return found;
}

/** null where it fails: that is told where it is planned. */
function quietly(compute: () => Expr): Expr | null {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return null;
  }
}

/** How many elements there may be; also for a list that is known, which it then bounds. */
export function boundOf(place: Place, statement: ForStmt): number {
  return numberAt(place, statement.atMost, 1, "at most", statement.at, { least: 1, most: MAX_SLOTS });
}

function keyAt(place: Place, statement: ForStmt, element: Expr): Expr {
  if (statement.key === null) return element;
  const here = inner(place);
  here.vars.set(statement.id, element);
  return reduceAt(here, statement.key, statement.at);
}

/** Decided when the list is known, and before the loop does anything. */
function demand(place: Place, statement: ForStmt, what: string, requirement: PlanRequirement): void {
  const { condition } = requirement;
  if (isConst(condition)) {
    const message = requirement.message !== null && isConst(requirement.message) ? requirement.message.v : null;
    if (condition.v !== true) problem(place, "refused", "for", String(message ?? requirement.text), statement.at);
    return;
  }
  addRead(place, {
    kind: "require",
    id: `${place.prefix}${statement.id}.${what}`,
    at: statement.at,
    part: place.part,
    element: place.element,
    after: dependencies(place, [condition, ...place.when], [], true),
    when: [...place.when],
    requirement,
  });
}
