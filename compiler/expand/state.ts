/** What expansion carries along. */

import { type Env, EvaluationError, freeRefs, isConst, reduce } from "../ir/evaluate.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import type {
  Knowable,
  Plan,
  PlanCall,
  PlanFact,
  PlanLoop,
  PlanNode,
  PlanPart,
  PlanWindow,
} from "../plan/plan.schema.ts";
import type { Action, Call, Program, Requirement } from "../program.ts";
import { plainResource } from "../resource.ts";
import type { Frontier } from "./frontier.ts";
import type { Problem } from "./problem.ts";

export interface FactNeed {
  readonly id: string;
  readonly at: string;
  readonly call: PlanCall;
  /** A guardrail asks for it: that it cannot be read keeps nobody from planning. */
  readonly ofGuardrail?: true;
}

/** Shared while one action is expanded, those that it runs among it; its collections grow. */
export interface Expansion {
  readonly program: Program;
  readonly requester: string;
  /** Texts of calendars, by their paths within the project. */
  readonly texts: ReadonlyMap<string, string>;
  /** Values of facts read so far, by fact id. */
  readonly facts: ReadonlyMap<string, Value>;
  readonly nodes: PlanNode[];
  readonly parts: PlanPart[];
  readonly loops: PlanLoop[];
  /** By id. */
  readonly windows: Map<string, PlanWindow>;
  readonly locks: Set<string>;
  /** By action and key. */
  readonly limits: Map<string, Plan["limits"][number]>;
  readonly planFacts: PlanFact[];
  readonly needs: FactNeed[];
  /** Facts that are not read, where that is asked for; else null. */
  readonly unread: FactNeed[] | null;
  readonly problems: Problem[];
  /** Something was put in for a value that rests on facts which are still to be read: what is found to be wrong then may be right. */
  assumed: boolean;
  /** Approvals already placed, so that one covers all elements of a `for`. */
  readonly approvals: Map<string, string>;
  /** What actions read of each fact, by the action's id and the fact's: found once, used for each element of a `for`. */
  readonly used: Map<string, string[][]>;
  /** From the condition of a slot of a loop to that of the first: what is asked once for all elements is asked in the first. */
  readonly firstSlot: WeakMap<Expr, Expr>;
  /** From the id of an element of one of the `loops` to that of the element it lies in. */
  readonly within: Map<string, string | null>;
  readonly size: { statements: number };
  writesSeen: boolean;
}

/** Where in the program expansion stands. */
export interface Place {
  readonly x: Expansion;
  readonly action: Action;
  /** Prefix of ids: `host[web-1].`. */
  readonly prefix: string;
  /** Id of the plan's part this is in, `` for the action itself. */
  readonly part: string;
  /** The steps that run the actions this is in, whatever elements of loops they are in. */
  readonly trail: string;
  /** Ids of the windows that must be open for what this part writes. */
  readonly windows: readonly string[];
  /** Id of the innermost element of one of the plan's `loops`. */
  readonly element: string | null;
  readonly vars: Map<string, Expr>;
  /** Conditions not known yet under which this place is reached. */
  readonly when: readonly Expr[];
  readonly frontier: Frontier;
}

export function envOf(place: Place): Env {
  return { ref: (root, name) => (root === "var" ? place.vars.get(name) : undefined) };
}

/** A scope within: what it binds is not seen outside. */
export function inner(place: Place, changes: Partial<Omit<Place, "vars">> = {}): Place {
  return { ...place, ...changes, vars: new Map(place.vars) };
}

export function reduceAt(place: Place, expr: Expr, at: string): Expr {
  try {
    return reduce(expr, envOf(place));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    problem(place, "program", "evaluation", error.message, error.at ?? at);
    return constant(null);
  }
}

/** A value that must be known now; null with a problem noted if it is not. While facts are missing it is assumed to be null. */
export function valueAt(place: Place, expr: Expr, what: string, at: string): Value {
  const reduced = reduceAt(place, expr, at);
  if (isConst(reduced)) return reduced.v;
  if (place.x.unread !== null && isUnread(place, reduced, what, at)) return null;
  if (place.x.needs.length > 0) place.x.assumed = true;
  else {
    const help = place.part === "" ? null : `${place.part} runs this action: give it what is known then`;
    problem(place, "program", what, `${what} is not known when the action is planned`, at, help);
  }
  return null;
}

/** Whether a fact that is not read yet stands in it. */
export const restsOnFacts = (expr: Expr): boolean =>
  freeRefs(expr).some(({ root, name }) => root === "var" && name.startsWith("fact:"));

/** Whether it is a fact that was not read which keeps a value from being known; that is told then. */
function isUnread(place: Place, expr: Expr, what: string, at: string): boolean {
  const fact = freeRefs(expr).find(({ root, name }) => root === "var" && name.startsWith("fact:"));
  if (fact === undefined) return false;
  const message = `${what} depends on the fact ${fact.name.slice("fact:".length)}, which is not read offline`;
  problem(place, "program", what, message, at, "plan without --offline");
  return true;
}

/** What a number may be at least and at most, both included. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Ten years in milliseconds: longer is a slip of the pen. */
const LONGEST = 3_660 * 86_400_000;
/** Of durations that must be some time. */
export const SOME_TIME: Bounds = { least: 1, most: LONGEST };
/** Of durations that may be none. */
export const ANY_TIME: Bounds = { least: 0, most: LONGEST };

/** A number known now and within `bounds`; `otherwise` where `expr` is null, or a problem was noted. */
export function numberAt(
  place: Place,
  expr: Expr | null,
  otherwise: number,
  what: string,
  at: string,
  bounds: Bounds,
): number {
  if (expr === null) return otherwise;
  const value = valueAt(place, expr, what, at);
  if (typeof value !== "number") return otherwise;
  if (value >= bounds.least && value <= bounds.most) return value;
  const shown = bounds.most === LONGEST ? formatDuration(value) : String(value);
  const limit =
    value > bounds.most
      ? `it may be ${bounds.most === LONGEST ? "ten years" : bounds.most} at most`
      : bounds.least === 0
        ? "it must not be negative"
        : bounds.most === LONGEST
          ? "it must be some time"
          : `it must be at least ${bounds.least}`;
  problem(place, "program", what, `${what} is ${shown} here: ${limit}`, at);
  return otherwise;
}

export function textAt(place: Place, expr: Expr, what: string, at: string): string {
  const value = valueAt(place, expr, what, at);
  return typeof value === "string" ? value : "";
}

export function problem(
  place: Place,
  kind: Problem["kind"],
  what: string,
  message: string,
  at: string | null,
  help: string | null = null,
): void {
  // A value that stands in an argument and in the name of the resource fails in both.
  const told = place.x.problems.some((p) => p.what === what && p.message === message && p.at === at);
  if (!told) place.x.problems.push({ kind, what, message, at, help });
}

export function knowable(expr: Expr): Knowable {
  return isConst(expr) ? { is: "known", value: expr.v } : { is: "deferred", expr };
}

export function planCall(place: Place, call: Call, at: string): PlanCall {
  const instance = instanceAt(place, call, at);
  return {
    instance,
    operation: call.operation,
    shown: call.shown.startsWith(`${call.instance}.`)
      ? `${instance}${call.shown.slice(call.instance.length)}`
      : call.shown,
    args: call.args.map((arg) => ({ name: arg.name, type: arg.type, value: knowable(reduceAt(place, arg.value, at)) })),
    effect: call.effect,
    repeat: call.repeat,
    atomic: call.atomic,
    undo: call.undo,
    ...(call.expires === true ? { expires: true } : {}),
    resource: named(knowable(reduceAt(place, call.resource, at))),
    returns: call.returns === null ? null : reduceAt(place, call.returns, at),
    resultType: call.resultType,
  };
}

/** Id of the instance: that of the chosen member, where it is one of a family. */
function instanceAt(place: Place, call: Call, at: string): string {
  if (call.member === null) return call.instance;
  const member = valueAt(place, call.member, `the choice of ${call.instance}`, at);
  return `${call.instance}[${String(member)}]`;
}

export function planRequirement(place: Place, requirement: Requirement): Requirement {
  return {
    ...requirement,
    condition: reduceAt(place, requirement.condition, requirement.at),
    message: requirement.message === null ? null : messageAt(place, requirement.message),
  };
}

/** A message that cannot be computed must not stand in the way of what it would say: the condition as written does instead. */
function messageAt(place: Place, message: Expr): Expr | null {
  try {
    return reduce(message, envOf(place));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    return null;
  }
}

/** The message of a requirement that does not hold. */
export function messageOf(requirement: Requirement): string {
  const { message, text } = requirement;
  return message !== null && isConst(message) && typeof message.v === "string"
    ? message.v
    : `it must hold that ${text}`;
}

function named(resource: Knowable): Knowable {
  return resource.is === "known" && typeof resource.value === "string"
    ? { is: "known", value: plainResource(resource.value) }
    : resource;
}
