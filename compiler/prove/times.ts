/** The least that the worst case takes: against the action's timeout, its window, and the leases within it. */
import type * as tree from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import { longestOpen } from "../check/window-coverage.ts";
import { isConst } from "../ir/evaluate.ts";
import { formatDuration } from "../ir/format.ts";
import type { Action, CheckStmt, Statement } from "../program.ts";
import { leastWorstCase, leastWorstOf, number, shortLeases } from "./worst.ts";

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
  // When the timeout is over the run ends.
  const limit = action.timeout === null ? Number.POSITIVE_INFINITY : (number(action.timeout) ?? 0);
  for (const { step, lease, rest } of shortLeases(action.body, briefs)) {
    if (lease >= limit) continue;
    const span = cx.project.origins.get(step);
    const args = { step: step.name, lease: formatDuration(lease), rest: formatDuration(Math.min(rest, limit)) };
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
  const longest = leastWorstOf(action, briefs);
  const id = action.window !== null && isConst(action.window) ? action.window.v : null;
  const window = typeof id === "string" ? cx.project.windows.get(id) : undefined;
  const open = window === undefined ? null : longestOpen(window.rules);
  if (window === undefined || open === null || longest <= open) return;
  const place = propertyNamed(item, "window");
  if (place === undefined) return;
  const args = { worst: formatDuration(longest), window: window.name, open: formatDuration(open) };
  report(cx, "window-too-short", place.span, args);
}

function propertyNamed(item: tree.ActionItem, name: string): tree.Statement | undefined {
  return item.body?.members.find((member) => member.kind === "property" && member.name.text === name);
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
