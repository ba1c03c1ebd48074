/** A step that runs another action: expanded in place, as a part of the plan under the step's name. */
import { isConst } from "../ir/evaluate.ts";
import { constant, type Expr } from "../ir/expr.ts";
import { exprFits } from "../ir/size.ts";
import type { NestedStmt } from "../program.ts";
import { exits, newFrontier, passBarrier } from "./frontier.ts";
import { endsOf, named } from "./order.ts";
import { expandPart } from "./part.ts";
import { demandInputs } from "./requires.ts";
import { inner, type Place, problem, reduceAt } from "./state.ts";

/** `reads` says that nothing in the action is a barrier: then it does not hold up what is written after it. */
export function expandNested(place: Place, step: NestedStmt, reads: boolean): void {
  const condition = step.when === null ? constant(true) : reduceAt(place, step.when, step.at);
  const action = place.x.program.actions.find(({ id }) => id === step.action);
  if (action === undefined) problem(place, "program", "step", `there is no action ${step.action}`, step.at);
  if (action === undefined || (isConst(condition) && condition.v !== true)) {
    place.vars.set(step.id, constant(null));
    return;
  }
  const sure = isConst(condition);
  const id = `${place.prefix}${step.id}`;
  const start = [...new Set([...(reads ? place.frontier.entry : exits(place.frontier)), ...named(place, step.after)])];
  const frontier = newFrontier(start);
  const here: Place = {
    ...inner(place, {
      prefix: `${id}.`,
      part: id,
      trail: `${place.trail}${step.id}.`,
      frontier,
      when: sure ? place.when : [...place.when, condition],
    }),
    action,
    vars: varsOf(place, step),
  };
  demandInputs(here);
  const { returns } = expandPart(here);
  const ends = exits(frontier);
  if (reads) place.frontier.open.push(...frontier.open);
  else passBarrier(place.frontier, ends);
  place.vars.set(endsOf(step.id), { k: "list", items: ends.map((name) => ({ k: "ref", root: "step", name })) });
  const result: Expr = returns ?? { k: "record", fields: {} };
  place.vars.set(
    step.id,
    sure ? result : { k: "op", op: "if", args: [condition, result, constant(null)], at: step.at },
  );
}

/** The action sees its own inputs, who asks and why, and nothing of what is around the step. */
function varsOf(place: Place, step: NestedStmt): Map<string, Expr> {
  const vars = new Map<string, Expr>();
  for (const { name, value } of step.args) {
    const given = reduceAt(place, value, step.at);
    const fits = exprFits(given);
    if (!fits) problem(place, "program", "step", `what ${step.name} is given as ${name} grows too large`, step.at);
    vars.set(`input:${name}`, fits ? given : constant(null));
  }
  for (const name of ["run:requester", "run:reason"]) {
    const value = place.vars.get(name);
    if (value !== undefined) vars.set(name, value);
  }
  return vars;
}
