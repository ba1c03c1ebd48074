/** Guardrails that no action of the project can be judged by: their inputs, or their `when`, fit none. */
import type * as tree from "../../language/tree.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { diagnose } from "../diagnostics/registry.ts";
import { EvaluationError, isConst, reduce } from "../ir/evaluate.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { Action, Guardrail } from "../program.ts";
import { briefType } from "../types/type.ts";
import { nearestWithin } from "./context.ts";
import { matches } from "./guardrails.ts";

type Budget = { work: number };

export function tellMatchesNothing(
  module: string,
  span: tree.Span,
  guardrail: Guardrail,
  actions: readonly Action[],
  budget: Budget,
): Diagnostic[] {
  const found = matchesNothing(guardrail, actions, budget);
  if (found === null) return [];
  const extra = found.help === "" ? {} : { help: found.help };
  return [diagnose("guardrail-matches-nothing", module, span, { name: guardrail.name, why: found.why }, extra)];
}

/** Why no action can be judged by it; null where one may be, or there is none. */
export function matchesNothing(
  guardrail: Guardrail,
  actions: readonly Action[],
  budget: Budget = { work: 0 },
): Cause | null {
  if (actions.length === 0) return null;
  const fitting = actions.filter((action) => matches(guardrail, action));
  return fitting.length === 0 ? inputsOfNone(guardrail, actions, budget) : whenOfNone(guardrail, fitting, budget);
}

export interface Cause {
  readonly why: string;
  /** "" for what is said of all of them. */
  readonly help: string;
}

function inputsOfNone(guardrail: Guardrail, actions: readonly Action[], budget: Budget): Cause {
  const names = actions.flatMap((a) => a.params.map((p) => p.name));
  const lacking = guardrail.inputs.find((i) => !names.includes(i.name));
  const near = lacking === undefined ? "" : nearestWithin(budget, lacking.name, names);
  const wanted = guardrail.inputs.map((i) => `${i.name}: ${briefType(i.type)}`).join(", ");
  return { why: `none has the inputs { ${wanted} }`, help: near === "" ? "" : `did you mean the input ${near}?` };
}

/** Actions that one guardrail is held against; of a project with more nothing is said. */
const MAX_ACTIONS = 2000;

function whenOfNone({ when, inputs }: Guardrail, actions: readonly Action[], budget: Budget): Cause | null {
  // What is never so in itself is told at the condition.
  if (when === null || isConst(when) || actions.length > MAX_ACTIONS) return null;
  const known = actions.map((action) => ({ action, expr: knownOf(action) }));
  const fails = (part: Expr): boolean => known.every(({ expr }) => neverHolds(part, expr));
  if (!fails(when)) return null;
  const part = partsOf(when).find(fails) ?? when;
  const whose = inputs.length === 0 ? "no action" : "no action with such inputs";
  return (
    causeOf(part, whose, actions, budget) ?? {
      why: `${whose} fulfils its when`,
      help: "let when hold for an action, or take the guardrail away",
    }
  );
}

const partsOf = (when: Expr): readonly Expr[] =>
  when.k === "op" && when.op === "and" ? when.args.flatMap(partsOf) : [when];

/** What guardrails see as `action`, as far as the file says it: the rest stays open. */
function knownOf({ name, module, risk, tags, owner }: Action): Expr {
  const none = constant(null);
  const fields = { name: constant(name), module: constant(module), risk: risk ?? none, tags: tags ?? constant([]) };
  return { k: "record", fields: { ...fields, owner: owner ?? none } };
}

function neverHolds(condition: Expr, action: Expr): boolean {
  try {
    const held = reduce(condition, {
      ref: (root, name) => (root === "var" && name === "action" ? action : undefined),
    });
    return isConst(held) && held.v === false;
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}

/** `action.FIELD == value` and `action.tags.contains(value)` in words; null where it is more than that. */
function causeOf(part: Expr, whose: string, actions: readonly Action[], budget: Budget): Cause | null {
  const [of, asked] = part.k === "op" ? sides(part.args) : [];
  if (part.k !== "op" || (part.op !== "eq" && part.op !== "list.has")) return null;
  if (of?.k !== "field" || of.of.k !== "ref" || of.of.root !== "var" || of.of.name !== "action") return null;
  if (asked === undefined || !isConst(asked) || typeof asked.v !== "string") return null;
  const value = asked.v;
  const cause = (why: string, there: readonly Value[]): Cause => {
    const texts = there.filter((each) => typeof each === "string");
    const near = nearestWithin(budget, value, texts);
    const help = near === "" ? "let when hold for an action, or take the guardrail away" : `did you mean ${near}?`;
    return { why: `${whose} ${why}`, help };
  };
  switch (of.name) {
    case "tags":
      return part.op === "eq"
        ? null
        : cause(
            `has the tag ${value}`,
            actions.flatMap(({ tags }) => textsIn(tags)),
          );
    case "name":
      return cause(
        `is named ${value}`,
        actions.map(({ name }) => name),
      );
    case "module":
      return cause(
        `stands in ${value}`,
        actions.map(({ module }) => module),
      );
    case "risk":
      return cause(`has the risk ${value}`, []);
    case "owner":
      return cause(`is owned by ${value.split("#").at(-1)}`, []);
    default:
      return null;
  }
}

/** What is asked of first, the constant last. */
function sides(args: readonly Expr[]): readonly Expr[] {
  const [left, right] = args;
  return left !== undefined && right !== undefined && isConst(left) ? [right, left] : args;
}

function textsIn(tags: Expr | null): readonly Value[] {
  if (tags?.k === "list") return tags.items.flatMap((item) => (isConst(item) ? [item.v] : []));
  return tags !== null && isConst(tags) && Array.isArray(tags.v) ? tags.v : [];
}
