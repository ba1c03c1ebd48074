/** Locks that are let go in the middle: while a run waits for an approval, others may take them. */
import type * as tree from "../../language/tree.ts";
import { type Context, report } from "../check/context.ts";
import type { Action, Statement } from "../program.ts";
import { type Briefs, blocksOf, holds, isWrite, nested } from "./brief.ts";

/**
 * All locks of a run, those of actions that it runs too, are taken at once before the first write, in one order for all
 * runs: so runs never wait for one another in a circle. But an approval after the first write lets them go meanwhile.
 */
export function proveLocks(cx: Context, item: tree.ActionItem, action: Action): void {
  const { briefs } = cx.project;
  const inner = action.lock === null ? holds(action.body, (each) => nested(each, briefs)?.lock === true) : true;
  if (!inner) return;
  const found = letGo(action.body, briefs);
  if (found === null) return;
  const { before, approval, after } = found;
  const span = cx.project.origins.get(approval);
  if (span === undefined) return;
  const place = (statement: Statement, note: string) => {
    const at = cx.project.origins.get(statement);
    return at === undefined || at === span ? [] : [{ module: cx.module.path, span: at, note }];
  };
  const lock = item.body?.members.find((member) => member.kind === "property" && member.name.text === "lock");
  const related = [
    ...(lock === undefined ? [] : [{ module: cx.module.path, span: lock.span, note: "let go while people are asked" }]),
    ...place(before, "changes something before"),
    ...place(after, "and this after it"),
  ];
  report(cx, "lock-let-go", span, { before: nameOf(before), after: nameOf(after) }, { related });
}

interface Found {
  readonly before: Statement;
  readonly approval: Statement;
  readonly after: Statement;
}

interface Seen {
  before: Statement | null;
  approval: Statement | null;
}

/** The first approval that stands between two writes. What an action that is run does between its own is told there. */
function letGo(
  body: readonly Statement[],
  briefs: Briefs,
  seen: Seen = { before: null, approval: null },
): Found | null {
  for (const statement of body) {
    const brief = nested(statement, briefs);
    const writes = isWrite(statement) || brief?.writes === true;
    const asks = statement.s === "approve" || brief?.approval === true;
    if (asks && seen.before !== null) seen.approval ??= statement;
    if (writes && seen.before !== null && seen.approval !== null)
      return { before: seen.before, approval: seen.approval, after: statement };
    if (writes) seen.before ??= statement;
    const found = throughBlocks(statement, briefs, seen);
    if (found !== null) return found;
  }
  return null;
}

/** Branches of an `if` and of `parallel` do not follow one another: each is looked at from what came before all. */
function throughBlocks(statement: Statement, briefs: Briefs, seen: Seen): Found | null {
  const start = { ...seen };
  for (const block of blocksOf(statement)) {
    const own = { ...start };
    const found = letGo(block, briefs, own);
    if (found !== null) return found;
    seen.before ??= own.before;
    seen.approval ??= own.approval;
  }
  return null;
}

const nameOf = (statement: Statement): string =>
  statement.s === "step" || statement.s === "nested" ? statement.name : "it";
