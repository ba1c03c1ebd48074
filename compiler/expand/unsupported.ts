/**
 * What the language has and the planner does not plan yet. It is refused by name: a plan that left it out would say
 * less than what people wrote.
 */
import { matches } from "../check/guardrails.ts";
import type { Action, Call, Program, Rollback, Statement } from "../program.ts";
import type { Problem } from "./problem.ts";

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
  const call = (each: Call, at: string): void => {
    const reached = program.instances.filter((i) => (i.family === null ? i.id : i.family.name) === each.instance);
    if (reached.some((i) => holdsSecret(i.config))) refuse(`a secret in the settings of ${each.instance}`, at);
    if (each.args.some((a) => holdsSecret(a.value))) refuse("a secret handed to an operation", at);
  };
  const guardrails = (of: Action): void => {
    for (const guardrail of program.guardrails.filter((g) => matches(g, of)))
      for (const fact of guardrail.facts) call(fact.call, fact.at);
  };
  const rollback = (undo: Rollback | null): void => {
    if (undo?.kind !== "calls") return;
    for (const each of undo.calls) call(each.call, each.at);
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
          rollback(s.rollback);
          break;
        case "nested":
          if (s.args.some((a) => holdsSecret(a.value))) refuse("a secret handed to an action", s.at);
          run(s.action);
          break;
        case "approve":
          break;
        case "if":
          statements(s.then);
          statements(s.else);
          break;
        case "for":
          statements(s.body);
          break;
        case "parallel":
          for (const branch of s.branches) statements(branch);
          break;
      }
    }
  };
  const seen = new Set<string>();
  /** Of an action that a step runs, what it runs in its turn too; not its hooks, which belong to runs of its own. */
  function run(id: string): void {
    const nested = program.actions.find((each) => each.id === id);
    if (nested === undefined || seen.has(id)) return;
    seen.add(id);
    guardrails(nested);
    statements(nested.body);
  }
  guardrails(action);
  statements(action.body);
  for (const hook of action.hooks) statements(hook.body);
  return found;
}

/** Secrets stand as `{ "$secret": id }` in expressions and settings. */
function holdsSecret(value: object): boolean {
  return JSON.stringify(value).includes('"$secret"');
}
