/**
 * A `for` over a list that only the run knows: `at most` says how many slots the plan has for its elements. A slot without
 * an element is skipped, and the run is held to what the plan has room for before it begins with the first.
 */
import { isConst } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { PlanRequirement } from "../plan/plan.schema.ts";
import type { ForStmt } from "../program.ts";
import type { Element } from "./loops.ts";
import { addRead, dependencies } from "./order.ts";
import { inner, knowable, numberAt, type Place, problem, reduceAt, restsOnFacts } from "./state.ts";

/** More slots than this in one loop are no plan anybody reviews. */
export const MAX_SLOTS = 10_000;

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
  const keys = op("list.map", over, fn("element", together ? text(plainKey(key)) : key));
  const differ = op("eq", op("list.length", op("list.unique", keys)), count);
  demand(place, statement, "keys", {
    condition: together ? op("and", differ, op("list.all", over, fn("element", staysBelow(key)))) : differ,
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
