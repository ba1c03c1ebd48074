/**
 * What the language has and the planner does not plan yet. It is refused by name: a plan that left it out would say
 * less than what people wrote.
 */
import { matches } from "../check/guardrails.ts";
import type { Expr } from "../ir/expr.ts";
import type { Action, Call, Program, Rollback, Statement } from "../program.ts";
import type { Problem } from "./problem.ts";

/** Properties that are checked and not planned, by the block they stand in. */
export const UNPLANNED = { action: ["window", "lock", "limit"], step: ["lease"] } as const;

export interface Unplanned {
  /** `the window of an action`, `a lease`. */
  readonly what: string;
  /** `file:line:column`: of the property itself, where it is one. */
  readonly at: string;
}

/** What of an action keeps it from being planned, as problems. */
export function unsupported(program: Program, action: Action): Problem[] {
  return unplanned(program, action).map(({ what, at }) => ({
    kind: "program",
    what: "not planned yet",
    message: `${what} is checked by this version of opsc, and cannot be planned yet`,
    at,
    help: "take it out to plan the rest, or wait for the version that carries it out",
  }));
}

export function unplanned(program: Program, action: Action): Unplanned[] {
  const found: Unplanned[] = [];
  const refuse = (what: string, at: string): void => {
    found.push({ what, at });
  };
  const given = (value: Expr | null | object, what: string, at: string): void => {
    if (value !== null) refuse(what, at);
  };
  for (const guardrail of program.guardrails.filter((g) => matches(g, action)))
    for (const fact of guardrail.facts) refuse(`a fact in the guardrail ${guardrail.name}`, fact.at);
  for (const name of UNPLANNED.action)
    given(action[name], `the ${name} of an action`, action.places[name] ?? action.at);
  for (const hook of action.hooks) refuse(`on ${hook.event}`, hook.at);
  const call = (each: Call, at: string): void => {
    const reached = program.instances.filter((i) => (i.family === null ? i.id : i.family.name) === each.instance);
    if (reached.some((i) => holdsSecret(i.config))) refuse(`a secret in the settings of ${each.instance}`, at);
    if (each.args.some((a) => holdsSecret(a.value))) refuse("a secret handed to an operation", at);
  };
  const rollback = (undo: Rollback | null): void => {
    if (undo?.kind !== "calls") return;
    for (const each of undo.calls) {
      call(each.call, each.at);
      given(each.when, "when in a rollback", each.at);
    }
  };
  const statements = (body: readonly Statement[]): void => {
    for (const s of body) {
      switch (s.s) {
        case "let":
        case "require":
        case "wait":
          break;
        case "fact":
        case "check":
          call(s.call, s.at);
          break;
        case "step":
          call(s.call, s.at);
          for (const name of UNPLANNED.step) given(s[name], `a ${name}`, s.places[name] ?? s.at);
          rollback(s.rollback);
          break;
        case "nested":
          refuse("a step that runs another action", s.at);
          break;
        case "approve":
          for (const each of s.escalate) refuse("escalate", each.at);
          break;
        case "if":
          statements(s.then);
          statements(s.else);
          break;
        case "for":
          given(s.tolerate, "tolerate", s.at);
          given(s.atMost, "at most", s.at);
          statements(s.body);
          break;
        case "parallel":
          for (const branch of s.branches) statements(branch);
          break;
      }
    }
  };
  statements(action.body);
  return found;
}

/** Secrets stand as `{ "$secret": id }` in expressions and settings. */
function holdsSecret(value: object): boolean {
  return JSON.stringify(value).includes('"$secret"');
}
