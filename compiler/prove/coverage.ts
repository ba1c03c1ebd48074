/** Every change says how it is undone, and what cannot be undone comes last. */

import { effectVerb } from "../check/bind.ts";
import { type Context, report } from "../check/context.ts";
import { freeRefs } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import type { Action, Statement, StepStmt } from "../program.ts";

export function proveCoverage(cx: Context, action: Action): void {
  for (const step of uncovered(action.body)) {
    const span = cx.project.origins.get(step);
    const { call, name } = step;
    const args = { step: name, effect: effectVerb(call.effect), callee: call.shown };
    if (span !== undefined) report(cx, "write-without-rollback", span, args);
  }
  if (action.onFailure !== "rollback") return;
  for (const { step, later } of earlyFinals(action.body)) {
    const span = cx.project.origins.get(step);
    const place = cx.project.origins.get(later);
    if (span === undefined || place === undefined) continue;
    report(
      cx,
      "irreversible-early",
      span,
      { step: step.name, later: later.name },
      {
        label: "the point of no return",
        related: [{ module: cx.module.path, span: place, note: "may fail, and is undone then" }],
      },
    );
  }
}

/** Steps that change something and say neither how that is undone nor why it cannot be. Those of nested actions are their own. */
export function uncovered(body: readonly Statement[]): StepStmt[] {
  const found: StepStmt[] = [];
  for (const statement of body) {
    if (statement.s === "step") {
      const { call, rollback, irreversible } = statement;
      if (call.effect !== "read" && rollback === null && irreversible === null) found.push(statement);
    }
    for (const block of blocksOf(statement)) for (const step of uncovered(block)) found.push(step);
  }
  return found;
}

function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.s) {
    case "if":
      return [statement.then, statement.else];
    case "for":
      return [statement.body];
    case "parallel":
      return statement.branches;
    default:
      return [];
  }
}

interface Early {
  readonly step: StepStmt;
  readonly later: StepStmt;
}

/** Later steps looked at for each irreversible one; of those beyond nothing is said. */
const MAX_LOOK = 50;

/**
 * Irreversible steps with one after them that has a rollback, and does not build on them: that one could come first.
 * A step of the same loop's next element is not after it here: each element has its own point of no return.
 */
function earlyFinals(body: readonly Statement[]): Early[] {
  const builds = new Map<string, ReadonlySet<string>>();
  const found: Early[] = [];
  /** `after`: steps with a rollback that come after the block, nearest first. */
  const walk = (block: readonly Statement[], after: readonly StepStmt[]): void => {
    const behind: (readonly StepStmt[])[] = new Array(block.length);
    let next = after.slice(0, MAX_LOOK);
    for (let i = block.length - 1; i >= 0; i--) {
      const statement = block[i];
      behind[i] = next;
      if (statement !== undefined) next = [...undoable(statement), ...next].slice(0, MAX_LOOK);
    }
    block.forEach((statement, i) => {
      note(builds, statement);
      for (const inner of blocksOf(statement)) walk(inner, behind[i] ?? []);
      if (statement.s !== "step" || statement.irreversible === null) return;
      const step = statement;
      found.push(...(behind[i] ?? []).slice(0, MAX_LOOK).map((later) => ({ step, later })));
    });
  };
  walk(body, []);
  const told = new Set<StepStmt>();
  return found.filter(({ step, later }) => {
    if (told.has(step) || builds.get(later.id)?.has(step.id) !== false) return false;
    told.add(step);
    return true;
  });
}

/** The first steps within that have a rollback which does something. */
function undoable(statement: Statement): StepStmt[] {
  if (statement.s === "step")
    return statement.rollback !== null && statement.rollback.kind !== "nothing" ? [statement] : [];
  const found: StepStmt[] = [];
  for (const block of blocksOf(statement))
    for (const inner of block) {
      if (found.length >= MAX_LOOK) return found;
      found.push(...undoable(inner));
    }
  return found;
}

/** More than these are not kept; nothing is said of what builds on so many. */
const MAX_BUILDS = 64;

/** Which irreversible steps a statement builds on, by what it reads or names after `after`. */
function note(builds: Map<string, ReadonlySet<string>>, statement: Statement): void {
  const own = (id: string, exprs: readonly (Expr | null)[], after: readonly string[], final: boolean): void => {
    const from = new Set<string>(final ? [id] : []);
    for (const each of [...exprs.flatMap(varsOf), ...after]) for (const step of builds.get(each) ?? []) from.add(step);
    if (from.size <= MAX_BUILDS) builds.set(id, from);
  };
  switch (statement.s) {
    case "let":
      return own(statement.id, [statement.value], [], false);
    case "step":
      return own(
        statement.id,
        [statement.when, statement.call.resource, ...statement.call.args.map((arg) => arg.value)],
        statement.after,
        statement.irreversible !== null,
      );
    case "check":
      return own(
        statement.id,
        [
          statement.when,
          ...statement.call.args.map((arg) => arg.value),
          ...statement.requires.map((each) => each.condition),
        ],
        statement.after,
        false,
      );
    case "nested":
      return own(statement.id, [statement.when, ...statement.args.map((arg) => arg.value)], statement.after, false);
    default:
      return;
  }
}

function varsOf(expr: Expr | null): string[] {
  return expr === null ? [] : freeRefs(expr).flatMap((ref) => (ref.root === "var" ? [ref.name] : []));
}
