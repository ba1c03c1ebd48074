/** What is proved of one action, once it is checked and has no mistakes: then every value is what it seems. */
import type * as tree from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { isRecord } from "../ir/ops.ts";
import type { Action, ActionParam } from "../program.ts";
import type { Meeting } from "./conflicts.ts";
import { proveCoverage } from "./coverage.ts";
import { proveFacts } from "./facts.ts";
import { proveLocks } from "./locks.ts";
import { proveRaces } from "./races.ts";
import { proveReads } from "./reads.ts";
import { proveTimes } from "./times.ts";

interface Checked {
  readonly item: tree.ActionItem;
  readonly action: Action;
}

/** All actions of a file. One with a mistake in it is left alone: what it means is not known. */
export function proveActions(cx: Context, checked: readonly Checked[]): void {
  const errors = cx.project.diagnostics.filter((d) => d.severity === "error").map((d) => d.span.start);
  errors.sort((a, b) => a - b);
  for (const { item, action } of checked) {
    if (!hasBetween(errors, item.span)) proveAction(cx, item, action);
  }
}

/** Whether one of the sorted numbers lies in the span. */
function hasBetween(sorted: readonly number[], { start, end }: tree.Span): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  const first = sorted[low];
  return first !== undefined && first <= end;
}

function proveAction(cx: Context, item: tree.ActionItem, action: Action): void {
  proveCoverage(cx, action);
  proveReads(cx, action);
  proveFacts(cx, action);
  proveTimes(cx, item, action);
  proveLocks(cx, item, action);
  proveRaces(
    {
      systems: (id) => cx.project.instances.get(id),
      spanOf: (lowered) => cx.project.origins.get(lowered),
      tell: (meeting) => tellMeeting(cx, meeting),
      distinct: (params, over, path) => distinctChoices(cx, params, over, path),
      briefs: cx.project.briefs,
      bodies: (id) => cx.project.bodies.get(id),
    },
    action,
  );
}

function tellMeeting(cx: Context, meeting: Meeting): void {
  const { code, steps, why, span, label, help } = meeting;
  const related = meeting.related.map((place) => ({ module: cx.module.path, ...place }));
  report(cx, code, span, { steps, why }, { label, help, related });
}

/** Whether each of `one of …`, where `over` is an input that is a list of such, has another value under `path`. */
function distinctChoices(cx: Context, params: readonly ActionParam[], over: Expr, path: readonly string[]): boolean {
  if (over.k !== "ref" || over.root !== "var") return false;
  const type = params.find((param) => `input:${param.name}` === over.name)?.type;
  if (type?.kind !== "list" || type.of.kind !== "one_of") return false;
  const choices = cx.project.choices.get(type.of.id);
  if (!isRecord(choices)) return false;
  const values = Object.values(choices).map((choice) => JSON.stringify(path.reduce<Value>(fieldOf, choice)));
  return new Set(values).size === values.length;
}

function fieldOf(value: Value, name: string): Value {
  return isRecord(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}
