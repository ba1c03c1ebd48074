/** The least that the worst case takes: against the action's timeout, its window, and the leases within it. */
import type * as tree from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import { longestOpen } from "../check/window-coverage.ts";
import { isConst } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import { isRecord } from "../ir/ops.ts";
import type { Action, CheckStmt, Statement, StepStmt } from "../program.ts";
import { type Briefs, blocksOf, holds, isBarrier, nested, noBriefs } from "./brief.ts";
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
  const { briefs } = cx.project;
  for (const { step, lease, rest } of shortLeases(action.body, briefs)) {
    const span = cx.project.origins.get(step);
    const args = { step: step.name, lease: formatDuration(lease), rest: formatDuration(rest) };
    if (span !== undefined) report(cx, "lease-too-short", span, args);
  }
  const worst = leastWorstCase(action.body, briefs);
  if (worst === 0) return;
  const timeout = number(action.timeout);
  const limited = timeout !== null && worst > timeout ? propertyNamed(item, "timeout") : undefined;
  if (timeout !== null && limited !== undefined) {
    const args = { worst: formatDuration(worst), timeout: formatDuration(timeout) };
    report(cx, "worst-case-too-long", limited.span, args);
  }
  const id = action.window !== null && isConst(action.window) ? action.window.v : null;
  const window = typeof id === "string" ? cx.project.windows.get(id) : undefined;
  const open = window === undefined ? null : longestOpen(window.rules);
  if (window === undefined || open === null || worst <= open) return;
  const place = propertyNamed(item, "window");
  if (place === undefined) return;
  const args = { worst: formatDuration(worst), window: window.name, open: formatDuration(open) };
  report(cx, "window-too-short", place.span, args);
}

function propertyNamed(item: tree.ActionItem, name: string): tree.Statement | undefined {
  return item.body?.members.find((member) => member.kind === "property" && member.name.text === name);
}

interface ShortLease {
  readonly step: StepStmt;
  readonly lease: number;
  /** What comes after the step takes at least so much in the worst case. */
  readonly rest: number;
}

/** Steps whose lease may be over while the run still goes on. */
function shortLeases(body: readonly Statement[], briefs: Briefs): ShortLease[] {
  const found: ShortLease[] = [];
  if (!holds(body, (each) => each.s === "step" && each.lease !== null)) return found;
  /** `after`: what follows the block takes. */
  const walk = (block: readonly Statement[], after: number): void => {
    const times = runningTimes(block, briefs);
    block.forEach((statement, i) => {
      const rest = after + (times[i] ?? 0);
      for (const inner of blocksOf(statement)) walk(inner, rest);
      const lease = statement.s === "step" ? number(statement.lease) : null;
      if (statement.s === "step" && lease !== null && rest > lease) found.push({ step: statement, lease, rest });
    });
  };
  walk(body, 0);
  return found;
}

/** For each statement of a block, what comes after it takes at least. */
function runningTimes(block: readonly Statement[], briefs: Briefs): number[] {
  const times = new Array<number>(block.length).fill(0);
  let total = 0;
  let reads = 0;
  for (let i = block.length - 1; i >= 0; i--) {
    const statement = block[i];
    if (statement === undefined) continue;
    // Reads that stand beside it may be over when it is.
    times[i] = barrierIn(statement, briefs) ? total + reads : total;
    const time = timeOf(statement, briefs);
    if (!barrierIn(statement, briefs)) reads = Math.max(reads, time);
    else {
      total += reads + time;
      reads = 0;
    }
  }
  return times;
}

function barrierIn(statement: Statement, briefs: Briefs): boolean {
  const is = (each: Statement): boolean => isBarrier(each) || nested(each, briefs)?.barrier === true;
  if (is(statement)) return true;
  for (const block of blocksOf(statement)) if (holds(block, is)) return true;
  return false;
}

/**
 * What the worst case takes at least, in milliseconds: only times that are written count, each choice at its longest,
 * each loop over what is not known yet once. People are not waited for here.
 */
export function leastWorstCase(body: readonly Statement[], briefs: Briefs = noBriefs): number {
  let total = 0;
  let reads = 0;
  for (const statement of body) {
    const time = timeOf(statement, briefs);
    // Reads between two barriers run together.
    if (!barrierIn(statement, briefs)) reads = Math.max(reads, time);
    else {
      total += reads + time;
      reads = 0;
    }
  }
  return total + reads;
}

function timeOf(statement: Statement, briefs: Briefs): number {
  switch (statement.s) {
    case "step":
      return stepTime(statement);
    case "check":
      return number(statement.within) ?? 0;
    case "wait":
      return number(statement.duration) ?? 0;
    case "if":
      return Math.max(leastWorstCase(statement.then, briefs), leastWorstCase(statement.else, briefs));
    case "parallel":
      return statement.branches.reduce((most, branch) => Math.max(most, leastWorstCase(branch, briefs)), 0);
    case "for": {
      const once = leastWorstCase(statement.body, briefs);
      const every = number(statement.every) ?? 0;
      if ((once === 0 && every === 0) || !barrierIn(statement, briefs)) return once;
      const list = new Flow([]).constantOf(statement.over);
      const count = Array.isArray(list) ? list.length : 1;
      const batch = statement.batch === null ? 1 : number(statement.batch);
      const waves = batch === null ? Math.min(count, 1) : Math.ceil(count / Math.max(1, batch));
      return waves * once + Math.max(0, waves - 1) * every;
    }
    case "let":
    case "fact":
    case "require":
    case "approve":
      return 0;
    case "nested":
      return nested(statement, briefs)?.worst ?? 0;
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
