/** `approve`: who may say yes, how many of them, and whether they can be that many at all. */
import type * as tree from "../../language/tree.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import type { ApproverRule, ApproveStmt } from "../program.ts";
import { PLACES } from "../schema/places.ts";
import { identityKey } from "../types/identity.ts";
import { BOOL, listOf } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { tellDecided } from "./bind.ts";
import { checkBlock, checkPlace, demand } from "./block.ts";
import { at, type Context, freshId, isConst, placed, report } from "./context.ts";
import { differentPeople } from "./different-people.ts";
import { checkAs } from "./expr.ts";

const APPROVER: Type = { kind: "approver" };

export function checkApproval(cx: Context, node: tree.ApproveStatement): ApproveStmt {
  const by = checkApproverRule(cx, node.mode, node.by);
  const when = node.when === null ? null : checkAs(cx, node.when, BOOL, "the condition");
  tellDecided(cx, when, node.when);
  const block = checkBlock(cx, "approve", node.body, node.span);
  const holds = block.values.get("within") ?? null;
  const escalate = checkEscalations(cx, block.statements, holds);
  const quorum = block.values.get("quorum") ?? null;
  const place = { by: node.by.span, quorum: block.nodes.get("quorum")?.value.span ?? node.by.span };
  checkReach(cx, by, escalate, quorum, place);
  return {
    s: "approve",
    id: freshId(cx, "approval"),
    at: at(cx, node.span),
    by,
    when,
    quorum,
    within: holds,
    escalate,
  };
}

/** Who else is asked and when, each later than the one before. */
function checkEscalations(
  cx: Context,
  nodes: readonly tree.Statement[],
  holds: Expr | null,
): ApproveStmt["escalate"][number][] {
  const found: ApproveStmt["escalate"][number][] = [];
  let before = 0;
  for (const node of nodes) {
    if (node.kind !== "escalate") continue;
    const to = checkApproverRule(cx, "one", node.to);
    const after = node.after && checkPlace(cx, node.after, PLACES.escalate_after);
    const end = { start: node.span.end, end: node.span.end };
    if (node.after === null || after === null)
      report(cx, "expected", end, { what: "after and a time", after: "escalate to …" });
    else before = tellTimes(cx, after, node.after.span, before, holds);
    found.push(placed(cx, { to, after, at: at(cx, node.span) }, node.span));
  }
  return found;
}

/** The time of this escalation, or that of the one before where it is not known. */
function tellTimes(cx: Context, after: Expr, span: tree.Span, before: number, holds: Expr | null): number {
  if (!isConst(after) || typeof after.v !== "number") return before;
  const shown = formatDuration(after.v);
  if (after.v > 0 && after.v <= before) {
    report(cx, "escalation-order", span, { after: shown, before: formatDuration(before) });
    return before;
  }
  if (holds !== null && isConst(holds) && typeof holds.v === "number" && after.v >= holds.v)
    report(cx, "escalation-late", span, { after: shown, within: formatDuration(holds.v) });
  return after.v;
}

export function checkApproverRule(cx: Context, mode: "one" | "any" | "all", node: tree.Expr): ApproverRule {
  const by =
    mode === "one"
      ? single(checkAs(cx, node, APPROVER, PLACES.approver.what))
      : checkAs(cx, node, listOf(APPROVER), PLACES.approver.what);
  demand(cx, by, PLACES.approver.known, PLACES.approver.what, node.span);
  return { mode, by };
}

function single(expr: Expr): Expr {
  return isConst(expr) ? constant([expr.v]) : { k: "list", items: [expr] };
}

/** A quorum its approvers can never reach, or only if none of them asks, or if one of them counts for several. */
function checkReach(
  cx: Context,
  rule: ApproverRule,
  escalate: ApproveStmt["escalate"],
  quorum: Expr | null,
  place: { readonly by: tree.Span; readonly quorum: tree.Span },
): void {
  const groups = groupsOf(cx, rule.by);
  const more = escalate.map((e) => groupsOf(cx, e.to.by));
  if (groups === null || more.some((g) => g === null) || (quorum !== null && !isConst(quorum))) return;
  const asked = quorum === null ? 1 : Number(quorum.v);
  if (asked < 1) return;
  if (groups.length === 0) {
    report(cx, "quorum-unreachable", place.quorum, { quorum: String(asked), possible: "0", who: "an empty list" });
    return;
  }
  const pools =
    rule.mode === "all"
      ? groups.map((g) => ({ who: g.name, members: g.members }))
      : [{ who: groups.map((g) => g.name).join(", "), members: groups.flatMap((g) => g.members) }];
  // Whoever it is escalated to may stand in for each of those who were asked first.
  const later = more.flatMap((g) => g ?? []);
  let reached = true;
  const filled = pools.map((pool) => [
    ...new Set([...pool.members, ...later.flatMap((g) => g.members)].map(identityKey)),
  ]);
  for (const [i, pool] of pools.entries()) {
    const who = [...new Set([pool.who, ...later.map((g) => g.name)])].join(", ");
    const possible = filled[i]?.length ?? 0;
    reached &&= possible >= asked;
    // An approver nobody belongs to was told where it is declared.
    if (possible === 0) continue;
    if (possible < asked)
      report(cx, "quorum-unreachable", place.quorum, { quorum: String(asked), possible: String(possible), who });
    else if (possible === asked) report(cx, "quorum-tight", place.quorum, { quorum: String(asked), who });
  }
  if (reached && !differentPeople(filled, asked))
    report(cx, "approvers-overlap", place.by, { quorum: String(asked), who: pools.map((pool) => pool.who).join(", ") });
}

function groupsOf(cx: Context, by: Expr): { readonly name: string; readonly members: readonly string[] }[] | null {
  if (!isConst(by) || !Array.isArray(by.v)) return null;
  const groups = by.v.map((id: Value) => (typeof id === "string" ? cx.project.approvers.get(id) : undefined));
  return groups.every((g) => g !== undefined) ? groups : null;
}
