/** What must hold: decided when the action is planned, or in the run before the next barrier. */
import { isConst } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { Requirement } from "../program.ts";
import { addRead, dependencies } from "./order.ts";
import { messageOf, type Place, planRequirement, problem } from "./state.ts";

export function expandRequire(place: Place, requirement: Requirement): void {
  const id = `${place.prefix}require@${requirement.at.split(":").slice(-2).join(":")}`;
  demand(place, requirement, id, "require");
}

/** What an action that a step runs asks of its inputs, with what it is given. An input that is none is asked nothing. */
export function demandInputs(place: Place): void {
  for (const param of place.action.params) {
    const value = place.vars.get(`input:${param.name}`) ?? constant(null);
    if (isConst(value) && value.v === null) continue;
    param.where.forEach((where, i) => {
      const asked = param.optional && !isConst(value) ? { ...where, condition: orNone(value, where.condition) } : where;
      const id = `${place.prefix}${param.name}.where${i === 0 ? "" : `~${i + 1}`}`;
      demand(place, asked, id, `input ${param.name} of ${place.part}`);
    });
  }
}

function orNone(value: Expr, condition: Expr): Expr {
  const some: Expr = { k: "op", op: "is_some", args: [value], at: null };
  return { k: "op", op: "or", args: [{ k: "op", op: "not", args: [some], at: null }, condition], at: null };
}

function demand(place: Place, requirement: Requirement, id: string, what: string): void {
  const reduced = planRequirement(place, requirement);
  const { condition } = reduced;
  if (isConst(condition) && (condition.v === true || place.when.length === 0)) {
    if (condition.v !== true) problem(place, "refused", what, messageOf(reduced), requirement.at);
    return;
  }
  if (place.x.needs.length > 0) return;
  addRead(place, {
    kind: "require",
    id,
    at: requirement.at,
    part: place.part,
    element: place.element,
    after: dependencies(place, [condition, ...place.when], [], true),
    when: [...place.when],
    requirement: reduced,
  });
}
