/** Every change says how it is undone, and what cannot be undone comes last. */

import { effectVerb } from "../check/bind.ts";
import { type Context, report } from "../check/context.ts";
import { freeRefs, isConst } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import type { Action, NestedStmt, Rollback, Statement, StepStmt } from "../program.ts";
import { type Briefs, blocksOf, finalOf, holds, undoableOf } from "./brief.ts";

export function proveCoverage(cx: Context, action: Action): void {
  for (const step of uncovered(action.body)) {
    const span = cx.project.origins.get(step);
    const { call, name } = step;
    const args = { step: name, effect: effectVerb(call.effect), callee: call.shown };
    const extra = step.rollback === null ? {} : { label: "its rollback never runs: its conditions never hold" };
    if (span !== undefined) report(cx, "write-without-rollback", span, args, extra);
  }
  if (action.onFailure !== "rollback") return;
  const { briefs } = cx.project;
  for (const { final, later } of earlyFinals(action.body, briefs)) {
    const span = cx.project.origins.get(final.step);
    const place = cx.project.origins.get(later.step);
    if (span === undefined || place === undefined) continue;
    report(
      cx,
      "irreversible-early",
      span,
      { step: final.name, later: later.name },
      {
        label: "the point of no return",
        help: `do ${final.step.name} last`,
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
      if (call.effect !== "read" && !mayRun(rollback) && irreversible === null) found.push(statement);
    }
    for (const block of blocksOf(statement)) for (const step of uncovered(block)) found.push(step);
  }
  return found;
}

/** Whether a rollback is there whose steps do not all stand under conditions that never hold. */
function mayRun(rollback: Rollback | null): boolean {
  if (rollback?.kind !== "calls") return rollback !== null;
  return rollback.calls.some(({ call, when }) => {
    const never = when !== null && isConst(when) && when.v === false;
    return call.effect !== "read" && !never;
  });
}

/** A step that cannot be undone, or that has a rollback; of an action that is run, the step that runs it. */
interface Point {
  readonly step: StepStmt | NestedStmt;
  /** `drop`, or `retire.drop` of an action that is run. */
  readonly name: string;
}

interface Early {
  readonly final: Point;
  readonly later: Point;
}

/** Later steps looked at for each irreversible one; of those beyond nothing is said. */
const MAX_LOOK = 50;

/**
 * Irreversible steps with one after them that has a rollback, and does not build on them: that one could come first.
 * A step of the same loop's next element is not after it here: each element has its own point of no return.
 */
function earlyFinals(body: readonly Statement[], briefs: Briefs): Early[] {
  if (!hasFinal(body, briefs)) return [];
  const builds = new Map<string, ReadonlySet<string>>();
  const found: Early[] = [];
  /** `after`: steps with a rollback that come after the block, nearest first. */
  const walk = (block: readonly Statement[], after: readonly Point[]): void => {
    const behind: (readonly Point[])[] = new Array(block.length);
    let next = after.slice(0, MAX_LOOK);
    for (let i = block.length - 1; i >= 0; i--) {
      const statement = block[i];
      behind[i] = next;
      if (statement !== undefined) next = [...undoable(statement, briefs), ...next].slice(0, MAX_LOOK);
    }
    block.forEach((statement, i) => {
      const name = finalOf(statement, briefs);
      note(builds, statement, name !== null);
      for (const inner of blocksOf(statement)) walk(inner, behind[i] ?? []);
      if (name === null || (statement.s !== "step" && statement.s !== "nested")) return;
      const final = { step: statement, name };
      found.push(...(behind[i] ?? []).map((later) => ({ final, later })));
    });
  };
  walk(body, []);
  const told = new Set<object>();
  return found.filter(({ final: { step }, later }) => {
    if (told.has(step) || builds.get(later.step.id)?.has(step.id) !== false) return false;
    told.add(step);
    return true;
  });
}

function hasFinal(body: readonly Statement[], briefs: Briefs): boolean {
  return holds(body, (each) => finalOf(each, briefs) !== null);
}

/** The first steps within that have a rollback which does something. */
function undoable(statement: Statement, briefs: Briefs): Point[] {
  if (statement.s === "step" || statement.s === "nested") {
    const name = undoableOf(statement, briefs);
    return name === null ? [] : [{ step: statement, name }];
  }
  const found: Point[] = [];
  for (const block of blocksOf(statement))
    for (const inner of block) {
      if (found.length >= MAX_LOOK) return found;
      found.push(...undoable(inner, briefs));
    }
  return found;
}

/** More than these are not kept; nothing is said of what builds on so many. */
const MAX_BUILDS = 64;

/** Which irreversible steps a statement builds on, by what it reads or names after `after`. */
function note(builds: Map<string, ReadonlySet<string>>, statement: Statement, final: boolean): void {
  const own = (id: string, exprs: readonly (Expr | null)[], after: readonly string[]): void => {
    const from = new Set<string>(final ? [id] : []);
    for (const each of [...exprs.flatMap(varsOf), ...after]) for (const step of builds.get(each) ?? []) from.add(step);
    if (from.size <= MAX_BUILDS) builds.set(id, from);
  };
  switch (statement.s) {
    case "let":
      return own(statement.id, [statement.value], []);
    case "step":
      return own(
        statement.id,
        [statement.when, statement.call.resource, ...statement.call.args.map((arg) => arg.value)],
        statement.after,
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
      );
    case "nested":
      return own(statement.id, [statement.when, ...statement.args.map((arg) => arg.value)], statement.after);
    default:
      return;
  }
}

function varsOf(expr: Expr | null): string[] {
  return expr === null ? [] : freeRefs(expr).flatMap((ref) => (ref.root === "var" ? [ref.name] : []));
}
