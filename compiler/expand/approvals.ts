/** Approvals as they stand in the plan: by whom, how many, and whether that many are left without the requester. */
import { canonicalJson } from "../canonical.ts";
import { freeRefs, isConst } from "../ir/evaluate.ts";
import type { Expr, Value } from "../ir/expr.ts";
import { formatDuration } from "../ir/format.ts";
import type { ApproveNode } from "../plan/plan.schema.ts";
import type { ApproverRule, ApproveStmt } from "../program.ts";
import { identityKey } from "../types/identity.ts";
import { exits, newFrontier } from "./frontier.ts";
import { addBarrier } from "./order.ts";
import { numberAt, type Place, problem, reduceAt, SOME_TIME, valueAt } from "./state.ts";

export function expandApproval(place: Place, statement: ApproveStmt): void {
  // Where there is a first element, it is asked there for all.
  const when = place.when.map((condition) => place.x.firstSlot.get(condition) ?? condition);
  if (statement.when !== null) {
    const condition = reduceAt(place, statement.when, statement.at);
    if (isConst(condition) && condition.v !== true) return;
    if (!isConst(condition)) when.push(condition);
  }
  const groups = groupsOf(place, statement.by, statement.at);
  if (groups === null) return;
  const quorum = numberAt(place, statement.quorum, 1, "quorum", statement.at, { least: 1, most: 1000 });
  const within =
    statement.within === null ? null : numberAt(place, statement.within, 1, "within", statement.at, SOME_TIME);
  const escalate = escalations(place, statement);
  // In a `for` one approval covers all elements that ask the same people for the same; an action that two steps run asks twice.
  const others = escalate.map((each) => [each.after, each.groups.map((g) => g.id)]);
  const same = canonicalJson([
    place.trail,
    statement.at,
    statement.by.mode,
    groups.map((g) => g.id),
    quorum,
    within,
    others,
    when,
  ]);
  const before = place.x.approvals.get(same);
  if (before !== undefined) {
    const entry = exits(place.frontier);
    Object.assign(place.frontier, newFrontier([...new Set([...entry, before])]));
    return;
  }
  reachable(place, statement, groups, escalate, quorum);
  const id = `${place.prefix}${statement.id}`;
  place.x.approvals.set(same, id);
  addBarrier(place, {
    kind: "approve",
    id,
    at: statement.at,
    part: place.part,
    element: elementOf(place, when),
    after: exits(place.frontier).map((each) => ({ id: each, why: "order" })),
    when,
    upfront: !place.x.writesSeen && when.length === 0,
    mode: statement.by.mode,
    groups,
    quorum,
    within,
    escalate,
  });
}

/**
 * An approval covers other elements too, so it belongs to none: where the first one fails before it is asked for, the others
 * still wait for it. Only one whose conditions read results of an element is of that element alone.
 */
function elementOf(place: Place, when: readonly Expr[]): string | null {
  const read = when.flatMap(freeRefs).filter(({ root }) => root === "step");
  for (let id = place.element; id !== null; id = place.x.within.get(id) ?? null) {
    const start = `${id}.`;
    if (read.some(({ name }) => name.startsWith(start))) return id;
  }
  return null;
}

/** Who else may give it and when, each later than the one before. */
function escalations(place: Place, statement: ApproveStmt): ApproveNode["escalate"] {
  const found: ApproveNode["escalate"] = [];
  for (const { to, after, at } of statement.escalate) {
    const what = "the time to wait until others are asked";
    const groups = groupsOf(place, to, at);
    const time = numberAt(place, after, 1, what, at, SOME_TIME);
    const before = found.at(-1)?.after ?? 0;
    if (groups === null) continue;
    if (time <= before) {
      const [late, early] = [formatDuration(before), formatDuration(time)];
      problem(place, "program", "escalate", `it is escalated after ${early}, and before that after ${late}`, at);
    } else found.push({ after: time, mode: to.mode, groups });
  }
  return found;
}

function groupsOf(place: Place, rule: ApproverRule, at: string): ApproveNode["groups"] | null {
  const ids = valueAt(place, rule.by, "who approves", at);
  if (!Array.isArray(ids)) return null;
  const groups = ids.flatMap((id: Value) => {
    const found = place.x.program.approvers.find((a) => a.id === id);
    if (found === undefined) problem(place, "refused", "approve", `there is no approver ${String(id)}`, at);
    return found === undefined ? [] : [{ id: found.id, title: found.title, members: [...found.members] }];
  });
  if (ids.length === 0) problem(place, "refused", "approve", "nobody can approve: the list of approvers is empty", at);
  return groups.length === 0 ? null : groups;
}

/** The requester's own word does not count: enough others must be left. Whoever it is escalated to counts for each group. */
function reachable(
  place: Place,
  statement: ApproveStmt,
  groups: ApproveNode["groups"],
  escalate: ApproveNode["escalate"],
  quorum: number,
): void {
  const requester = identityKey(place.x.requester);
  const later = escalate.flatMap((each) => each.groups);
  const pools = (statement.by.mode === "all" ? groups.map((g) => [g]) : [groups]).map((asked) => [...asked, ...later]);
  for (const asked of pools) {
    const pool = new Set(asked.flatMap((g) => g.members.map(identityKey)));
    pool.delete(requester);
    if (pool.size >= quorum) continue;
    const who = asked.map((g) => g.title).join(", ");
    problem(
      place,
      "refused",
      "approve",
      `${quorum === 1 ? "1 approval" : `${quorum} approvals`} by ${who} ${quorum === 1 ? "is" : "are"} needed, but without the requester, ${place.x.requester}, only ${pool.size} can be given`,
      statement.at,
      "let somebody else request it, or add members to the approver",
    );
  }
}
