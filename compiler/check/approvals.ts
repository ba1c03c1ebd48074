/** `approve`: who may say yes, how many of them, and whether they can be that many at all. */
import type * as tree from "../../language/tree.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { ApproverRule, ApproveStmt } from "../program.ts";
import { identityKey } from "../types/identity.ts";
import { BOOL, listOf } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import { tellDecided } from "./bind.ts";
import { checkBlock, demand } from "./block.ts";
import { at, type Context, freshId, isConst, report } from "./context.ts";
import { checkAs } from "./expr.ts";

const APPROVER: Type = { kind: "approver" };

export function checkApproval(cx: Context, node: tree.ApproveStatement): ApproveStmt {
  const by = checkApproverRule(cx, node.mode, node.by);
  const when = node.when === null ? null : checkAs(cx, node.when, BOOL, "the condition");
  tellDecided(cx, when, node.when);
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
    escalate: [],
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
  if (asked < 1) return;
  if (groups.length === 0) {
    report(cx, "quorum-unreachable", span, { quorum: String(asked), possible: "0", who: "an empty list" });
    return;
  }
  const pools =
    rule.mode === "all"
      ? groups.map((g) => ({ who: g.name, members: g.members }))
      : [{ who: groups.map((g) => g.name).join(", "), members: groups.flatMap((g) => g.members) }];
  for (const { who, members } of pools) {
    const possible = new Set(members.map(identityKey)).size;
    // An approver nobody belongs to was told where it is declared.
    if (possible === 0) continue;
    if (possible < asked)
      report(cx, "quorum-unreachable", span, { quorum: String(asked), possible: String(possible), who });
    else if (possible === asked) report(cx, "quorum-tight", span, { quorum: String(asked), who });
  }
}

function groupsOf(cx: Context, by: Expr): { readonly name: string; readonly members: readonly string[] }[] | null {
  if (!isConst(by) || !Array.isArray(by.v)) return null;
  const groups = by.v.map((id: Value) => (typeof id === "string" ? cx.project.approvers.get(id) : undefined));
  return groups.every((g) => g !== undefined) ? groups : null;
}
