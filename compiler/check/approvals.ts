/** `approve`: who may say yes, how many of them, and whether they can be that many at all. */
import type * as tree from "../../language/tree.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { ApproverRule, ApproveStmt } from "../program.ts";
import { BOOL, listOf } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { checkBlock, demand } from "./block.ts";
import { at, type Context, freshId, isConst, report } from "./context.ts";
import { checkAs } from "./expr.ts";

const APPROVER: Type = { kind: "approver" };

export function checkApproval(cx: Context, node: tree.ApproveStatement): ApproveStmt {
  const by = checkApproverRule(cx, node.mode, node.by);
  const when = node.when === null ? null : checkAs(cx, node.when, BOOL, "the condition");
  const block = checkBlock(cx, "approve", node.body, node.span);
  for (const statement of block.statements) report(cx, "not-yet", statement.span, { what: "escalate" });
  const quorum = block.values.get("quorum") ?? null;
  checkReach(cx, by, quorum, block.nodes.get("quorum")?.value.span ?? node.by.span);
  return {
    s: "approve",
    id: freshId(cx, "approval"),
    at: at(cx, node.span),
    by,
    when,
    quorum,
    within: block.values.get("within") ?? null,
  };
}

export function checkApproverRule(cx: Context, mode: "one" | "any" | "all", node: tree.Expr): ApproverRule {
  const by =
    mode === "one"
      ? single(checkAs(cx, node, APPROVER, "who approves"))
      : checkAs(cx, node, listOf(APPROVER), "who approves");
  demand(cx, by, "plan", "who approves", node.span);
  return { mode, by };
}

function single(expr: Expr): Expr {
  return isConst(expr) ? constant([expr.v]) : { k: "list", items: [expr] };
}

/** A quorum its approvers can never reach, or only if none of them asks. */
function checkReach(cx: Context, rule: ApproverRule, quorum: Expr | null, span: tree.Span): void {
  const groups = groupsOf(cx, rule.by);
  if (groups === null || (quorum !== null && !isConst(quorum))) return;
  const asked = quorum === null ? 1 : Number(quorum.v);
  if (asked < 1) {
    report(cx, "refinement-fails", span, {
      type: "quorum",
      why: "at least one approval is needed; leave the approve away if none is",
    });
    return;
  }
  const names = groups.map((g) => g.name).join(", ");
  const sizes =
    rule.mode === "all" ? groups.map((g) => g.members.length) : [new Set(groups.flatMap((g) => g.members)).size];
  const possible = Math.min(...sizes);
  if (possible < asked)
    report(cx, "quorum-unreachable", span, { quorum: String(asked), possible: String(possible), who: names });
  else if (possible === asked) report(cx, "quorum-tight", span, { quorum: String(asked), who: names });
}

function groupsOf(cx: Context, by: Expr): { readonly name: string; readonly members: readonly string[] }[] | null {
  if (!isConst(by) || !Array.isArray(by.v)) return null;
  const groups = by.v.map((id: Value) => (typeof id === "string" ? cx.project.approvers.get(id) : undefined));
  return groups.every((g) => g !== undefined) ? groups : null;
}
