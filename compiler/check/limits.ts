/** What keeps runs of an action apart: locks, and how many may start. */
import type * as tree from "../../language/tree.ts";
import { constant, type Expr } from "../ir/expr.ts";
import type { Action } from "../program.ts";
import { PLACES } from "../schema/places.ts";
import { type CheckedBlock, demand } from "./block.ts";
import { type Context, fold, isConst, placed, report } from "./context.ts";
import { checkKey } from "./statements.ts";

/** Names of locks, where they are known: none empty, none twice. */
export function checkLock(cx: Context, block: CheckedBlock): Expr | null {
  const lock = block.values.get("lock");
  const node = block.nodes.get("lock");
  if (lock === undefined || node === undefined) return null;
  const items: readonly Expr[] =
    lock.k === "list" ? lock.items : isConst(lock) && Array.isArray(lock.v) ? lock.v.map(constant) : [];
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    if (!isConst(item) || typeof item.v !== "string") continue;
    const span = node.value.kind === "list" ? (node.value.items[i]?.span ?? node.value.span) : node.value.span;
    if (item.v.trim() === "") report(cx, "refinement-fails", span, { type: "lock", why: "the name is empty" });
    else if (seen.has(item.v)) report(cx, "duplicate-field", span, { name: `the lock ${item.v}` });
    seen.add(item.v);
  }
  return placed(cx, lock, node.value.span);
}

export function checkLimit(cx: Context, block: CheckedBlock): Action["limit"] {
  const limit = block.values.get("limit");
  const node = block.nodes.get("limit")?.value;
  if (limit === undefined || node === undefined) return null;
  const part = (name: string): Expr => fold(cx, { k: "field", of: limit, name, safe: false }, node.span);
  return { count: part("count"), per: part("per"), by: node.kind === "rate" ? checkBy(cx, node.by) : null };
}

/** What each count is kept for: written into a name, as a key is. */
function checkBy(cx: Context, node: tree.Expr | null): Expr | null {
  if (node === null) return null;
  const by = checkKey(cx, node, PLACES.limit_by.what);
  demand(cx, by, PLACES.limit_by.known, PLACES.limit_by.what, node.span);
  return by;
}
