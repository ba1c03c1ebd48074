/** Facts: reads at plan time, and what of them the plan depends on. */
import { walkChains } from "../ir/chains.ts";
import { define, freeRefs, isConst } from "../ir/evaluate.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import type { Action, Statement } from "../program.ts";
import { type Place, planCall, problem, reduceAt, restsOnFacts } from "./state.ts";

export function expandFact(place: Place, statement: Extract<Statement, { s: "fact" }>): void {
  const { x } = place;
  const id = `${place.prefix}${statement.id}`;
  const call = planCall(place, statement.call, statement.at);
  const { member } = statement.call;
  const chosen = member === null || isConst(reduceAt(place, member, statement.at));
  const known = chosen && call.args.every((arg) => arg.value.is === "known");
  if (known && x.facts.has(id)) {
    const value = x.facts.get(id) ?? null;
    place.vars.set(statement.id, constant(value));
    const used = usedPaths(place, statement.id);
    x.planFacts.push({ id, at: statement.at, call, value: only(value, used), type: statement.type, used });
    return;
  }
  // Unknown for now: what depends on it stays deferred, and is expanded again once the fact is read.
  place.vars.set(statement.id, { k: "ref", root: "var", name: `fact:${id}` });
  if (x.unread !== null && (known || call.args.every(({ value }) => value.is === "known" || isOfFacts(value.expr))))
    x.unread.push({ id, at: statement.at, call });
  // Whether it is read at all may rest on facts that are read first.
  else if (place.when.some(restsOnFacts)) return;
  else if (known) x.needs.push({ id, at: statement.at, call });
  else if (x.needs.length === 0)
    problem(place, "program", `fact ${id}`, `fact ${id} needs a value that only the run knows`, statement.at);
}

/** Whether a value would be known once facts are read. */
const isOfFacts = (expr: Expr): boolean =>
  freeRefs(expr).every(({ root, name }) => root === "var" && name.startsWith("fact:"));

/** Of a value, what lies on the paths: a plan keeps no more of the world than it rests on. */
function only(value: Value, paths: readonly (readonly string[])[]): Value {
  if (paths.length === 0) return null;
  if (paths.some((path) => path.length === 0) || !isRecord(value)) return value;
  const kept: Record<string, Value> = {};
  for (const name of new Set(paths.map((path) => path[0] ?? ""))) {
    const rest = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    if (Object.hasOwn(value, name)) define(kept, name, only(value[name] ?? null, rest));
  }
  return kept;
}

/** The fields of a fact that the action reads anywhere: only a change of those makes a plan stale. */
function usedPaths(place: Place, factId: string): string[][] {
  const { used } = place.x;
  const key = `${place.action.id} ${factId}`;
  const known = used.get(key) ?? findPaths(place.action, factId);
  used.set(key, known);
  return known;
}

function findPaths(action: Action, factId: string): string[][] {
  const paths = new Map<string, string[]>();
  visitExprs(action, (expr) => {
    walkChains(expr, ({ root, path }) => {
      if (root.k === "ref" && root.root === "var" && root.name === factId) paths.set(JSON.stringify(path), [...path]);
    });
  });
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
