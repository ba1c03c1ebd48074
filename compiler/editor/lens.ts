/** What stands above each action: how much it does, in words that are true of every plan of it. */
import type { Span } from "../../language/tree.ts";
import type { Parsed } from "../check/context.ts";
import type { Action, Program, Statement } from "../program.ts";
import { actionIn } from "./plan.ts";

export interface Lens {
  /** Of the action's name. */
  readonly span: Span;
  readonly action: string;
  /** As written, an action that a step runs with all that it does; what stands in a loop counts once. Null where it was not understood. */
  readonly does: Does | null;
}

export interface Does {
  readonly steps: number;
  readonly approvals: number;
  readonly irreversible: number;
}

/** In the order of the text. */
export function lensesOf(file: Parsed, program: Program): Lens[] {
  const known = new Map<string, Does>();
  return file.tree.items.flatMap((item): Lens[] => {
    if (item.kind !== "action" || item.name === null) return [];
    const action = actionIn(program, file, item);
    return [
      { span: item.name.span, action: item.name.text, does: action === null ? null : doesOf(program, action, known) },
    ];
  });
}

const NOTHING: Does = { steps: 0, approvals: 0, irreversible: 0 };
const sum = (all: readonly Does[]): Does =>
  all.reduce(
    (a, b) => ({
      steps: a.steps + b.steps,
      approvals: a.approvals + b.approvals,
      irreversible: a.irreversible + b.irreversible,
    }),
    NOTHING,
  );

function doesOf(program: Program, action: Action, known: Map<string, Does>): Does {
  const before = known.get(action.id);
  if (before !== undefined) return before;
  // An action that runs itself is an error; here it must not go on for ever.
  known.set(action.id, NOTHING);
  const found = ofStatements(program, action.body, known);
  known.set(action.id, found);
  return found;
}

function ofStatements(program: Program, body: readonly Statement[], known: Map<string, Does>): Does {
  return sum(body.map((statement) => ofStatement(program, statement, known)));
}

function ofStatement(program: Program, statement: Statement, known: Map<string, Does>): Does {
  switch (statement.s) {
    case "step":
      return { ...NOTHING, steps: 1, irreversible: statement.irreversible === null ? 0 : 1 };
    case "approve":
      return { ...NOTHING, approvals: 1 };
    case "nested": {
      const run = program.actions.find(({ id }) => id === statement.action);
      return run === undefined ? NOTHING : doesOf(program, run, known);
    }
    case "if":
      return sum([ofStatements(program, statement.then, known), ofStatements(program, statement.else, known)]);
    case "for":
      return ofStatements(program, statement.body, known);
    case "parallel":
      return sum(statement.branches.map((branch) => ofStatements(program, branch, known)));
    case "let":
    case "fact":
    case "check":
    case "require":
    case "wait":
      return NOTHING;
  }
}

/** `Plan · 6 steps · 2 approvals · 1 irreversible` */
export function lensTitle({ does }: Lens): string {
  if (does === null) return "Plan";
  const count = (n: number, one: string): string[] => (n === 0 ? [] : [`${n} ${one}${n === 1 ? "" : "s"}`]);
  const parts = [
    ...count(does.steps, "step"),
    ...count(does.approvals, "approval"),
    ...(does.irreversible === 0 ? [] : [`${does.irreversible} irreversible`]),
  ];
  return ["Plan", ...(parts.length === 0 ? ["changes nothing"] : parts)].join(" · ");
}
