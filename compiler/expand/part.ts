/** A part of a plan: the action itself, or one that a step of it runs. */
import { isConst } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import { exprFits } from "../ir/size.ts";
import type { Plan, PlanPart } from "../plan/plan.schema.ts";
import type { Action } from "../program.ts";
import { expandApart } from "./apart.ts";
import { knowable, numberAt, type Place, problem, reduceAt, SOME_TIME, valueAt } from "./state.ts";
import { expandStatements } from "./statements.ts";

export interface ExpandedPart {
  readonly part: PlanPart;
  /** What it gives, over the results of its steps; null for nothing. */
  readonly returns: Expr | null;
}

/** `place` is that of the action: its inputs are bound, and nothing else. */
export function expandPart(place: Place): ExpandedPart {
  const { action, x } = place;
  const at = action.places.timeout ?? action.at;
  const windows = expandApart(place);
  const part: PlanPart = {
    id: place.part,
    action: describe(place, action),
    inputs: action.params.map(({ name, type }) => ({
      name,
      type,
      value: knowable(place.vars.get(`input:${name}`) ?? { k: "const", v: null }),
    })),
    when: [...place.when],
    windows: [...windows],
    timeout: action.timeout === null ? null : numberAt(place, action.timeout, 1, "timeout", at, SOME_TIME),
  };
  x.parts.push(part);
  expandStatements({ ...place, windows }, action.body);
  return { part, returns: action.returns === null ? null : returned(place, action.returns) };
}

/** What only the run knows is put in at each use: what actions give to one another may double with each, so it is bounded. */
function returned(place: Place, returns: Expr): Expr {
  const { action } = place;
  const result = reduceAt(place, returns, action.at);
  if (exprFits(result)) return result;
  const message = `what ${action.name} returns grows too large: what it is made of is not known before the run`;
  problem(place, "program", "return", message, action.at, "return less, or compute it in smaller parts");
  return constant(null);
}

/** Words about an action. Of one that a step runs they may rest on what only the run knows: then its name stands for them. */
function describe(place: Place, action: Action): Plan["action"] {
  const own = place.part === "";
  const value = (expr: Expr | null, what: string) => {
    if (expr === null) return null;
    if (own) return valueAt(place, expr, what, action.places[what] ?? action.at);
    const reduced = reduceAt(place, expr, action.at);
    return isConst(reduced) ? reduced.v : null;
  };
  const text = (expr: Expr | null, what: string): string | null => {
    const found = value(expr, what);
    return typeof found === "string" ? found : null;
  };
  const tags = value(action.tags, "tags");
  return {
    id: action.id,
    name: action.name,
    module: action.module,
    title: text(action.title, "title") ?? action.name,
    doc: action.doc,
    risk: text(action.risk, "risk"),
    owner: text(action.owner, "owner"),
    tags: Array.isArray(tags) ? tags.filter((t): t is string => typeof t === "string") : [],
    at: action.at,
  };
}
