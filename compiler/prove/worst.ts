/** What statements take in the worst case at least, people not waited for. */
import { isConst } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import type { Action, Statement, StepStmt } from "../program.ts";
import { type Briefs, blocksOf, holds, isBarrier, nested, noBriefs } from "./brief.ts";
import { Flow } from "./flow.ts";

/** Of an action that another runs: when its timeout is over nothing of it begins any more. One that only the plan knows may be any. */
export function leastWorstOf({ body, timeout }: Pick<Action, "body" | "timeout">, briefs: Briefs): number {
  if (timeout === null) return leastWorstCase(body, briefs);
  return Math.min(leastWorstCase(body, briefs), number(timeout) ?? 0);
}

export interface ShortLease {
  readonly step: StepStmt;
  readonly lease: number;
  /** What comes after the step takes at least so much in the worst case. */
  readonly rest: number;
}

/** Steps whose lease may be over while the run still goes on. */
export function shortLeases(body: readonly Statement[], briefs: Briefs): ShortLease[] {
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

/** Null where it is not known when files are checked. */
export function number(expr: Expr | null): number | null {
  return expr !== null && isConst(expr) && typeof expr.v === "number" ? expr.v : null;
}
