/** Times that cannot fit: the known part of the worst case against the action's timeout, a hold against its within. */
import type * as tree from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import { holdsBarrier } from "../expand/statements.ts";
import { isConst } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import { isRecord } from "../ir/ops.ts";
import type { Action, CheckStmt, Statement, StepStmt } from "../program.ts";
import { Flow } from "./flow.ts";

export function proveTimes(cx: Context, item: tree.ActionItem, action: Action): void {
  for (const check of checksIn(action.body)) {
    const hold = number(check.hold);
    const within = number(check.within);
    const span = cx.project.origins.get(check);
    if (hold === null || within === null || hold < within || span === undefined) continue;
    const args = { check: check.name, hold: formatDuration(hold), within: formatDuration(within) };
    report(cx, "check-never-holds", span, args);
  }
  const timeout = number(action.timeout);
  const node = item.body?.members.find((member) => member.kind === "property" && member.name.text === "timeout");
  const worst = leastWorstCase(action.body);
  if (timeout === null || node === undefined || worst <= timeout) return;
  report(cx, "worst-case-too-long", node.span, { worst: formatDuration(worst), timeout: formatDuration(timeout) });
}

/**
 * What the worst case takes at least, in milliseconds: only times that are written count, each choice at its longest,
 * each loop over what is not known yet once. People are not waited for here.
 */
export function leastWorstCase(body: readonly Statement[]): number {
  let total = 0;
  let reads = 0;
  for (const statement of body) {
    const time = timeOf(statement);
    // Reads between two barriers run together.
    if (!holdsBarrier([statement])) reads = Math.max(reads, time);
    else {
      total += reads + time;
      reads = 0;
    }
  }
  return total + reads;
}

function timeOf(statement: Statement): number {
  switch (statement.s) {
    case "step":
      return stepTime(statement);
    case "check":
      return number(statement.within) ?? 0;
    case "wait":
      return number(statement.duration) ?? 0;
    case "if":
      return Math.max(leastWorstCase(statement.then), leastWorstCase(statement.else));
    case "parallel":
      return Math.max(0, ...statement.branches.map(leastWorstCase));
    case "for": {
      const list = new Flow([]).constantOf(statement.over);
      const count = Array.isArray(list) ? list.length : 1;
      const batch = statement.batch === null ? 1 : number(statement.batch);
      if (!holdsBarrier(statement.body)) return leastWorstCase(statement.body);
      const waves = batch === null ? Math.min(count, 1) : Math.ceil(count / Math.max(1, batch));
      return waves * leastWorstCase(statement.body) + Math.max(0, waves - 1) * (number(statement.every) ?? 0);
    }
    case "let":
    case "fact":
    case "require":
    case "approve":
    case "nested":
      return 0;
  }
}

function stepTime(step: StepStmt): number {
  const attempts = Math.min(1000, number(step.retry?.attempts ?? null) ?? 1);
  const backoff = step.retry?.backoff ?? null;
  const range = backoff !== null && isConst(backoff) && isRecord(backoff.v) ? backoff.v : null;
  let pauses = 0;
  if (range !== null && typeof range.from === "number" && typeof range.to === "number")
    for (let i = 0; i < attempts - 1; i++) pauses += Math.min(range.from * 2 ** Math.min(i, 30), range.to);
  return (number(step.timeout) ?? 0) * attempts + pauses;
}

function checksIn(body: readonly Statement[]): CheckStmt[] {
  return body.flatMap((statement) => {
    switch (statement.s) {
      case "check":
        return [statement];
      case "if":
        return [...checksIn(statement.then), ...checksIn(statement.else)];
      case "for":
        return checksIn(statement.body);
      case "parallel":
        return statement.branches.flatMap(checksIn);
      default:
        return [];
    }
  });
}

function number(expr: Expr | null): number | null {
  return expr !== null && isConst(expr) && typeof expr.v === "number" ? expr.v : null;
}
