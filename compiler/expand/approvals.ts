/** Approvals as they stand in the plan: by whom, how many, and whether that many are left without the requester. */
import { canonicalJson } from "../canonical.ts";
import { isConst } from "../ir/evaluate.ts";
import type { Value } from "../ir/expr.ts";
import type { ApproveNode } from "../plan/plan.schema.ts";
import type { ApproveStmt } from "../program.ts";
import { identityKey } from "../types/identity.ts";
import { exits, newFrontier } from "./frontier.ts";
import { addBarrier } from "./order.ts";
import { numberAt, type Place, problem, reduceAt, SOME_TIME, valueAt } from "./state.ts";

export function expandApproval(place: Place, statement: ApproveStmt): void {
  const when = [...place.when];
  if (statement.when !== null) {
    const condition = reduceAt(place, statement.when, statement.at);
    if (isConst(condition) && condition.v !== true) return;
    if (!isConst(condition)) when.push(condition);
  }
  const groups = groupsOf(place, statement);
  if (groups === null) return;
  const quorum = numberAt(place, statement.quorum, 1, "quorum", statement.at, { least: 1, most: 1000 });
  const within =
    statement.within === null ? null : numberAt(place, statement.within, 1, "within", statement.at, SOME_TIME);
  // In a `for` one approval covers all elements that ask the same people for the same.
  const same = canonicalJson([statement.at, statement.by.mode, groups.map((g) => g.id), quorum, when]);
  const before = place.x.approvals.get(same);
  if (before !== undefined) {
    const entry = exits(place.frontier);
    Object.assign(place.frontier, newFrontier([...new Set([...entry, before])]));
    return;
  }
  reachable(place, statement, groups, quorum);
  const id = `${place.prefix}${statement.id}`;
  place.x.approvals.set(same, id);
  addBarrier(place, {
    kind: "approve",
    id,
    at: statement.at,
    part: place.part,
    element: place.element,
    after: exits(place.frontier).map((each) => ({ id: each, why: "order" })),
    when,
    upfront: !place.x.writesSeen && when.length === 0,
    mode: statement.by.mode,
    groups,
    quorum,
    within,
    escalate: [],
  });
}

function groupsOf(place: Place, statement: ApproveStmt): ApproveNode["groups"] | null {
  const ids = valueAt(place, statement.by.by, "who approves", statement.at);
  if (!Array.isArray(ids)) return null;
  const groups = ids.flatMap((id: Value) => {
    const found = place.x.program.approvers.find((a) => a.id === id);
    if (found === undefined) problem(place, "refused", "approve", `there is no approver ${String(id)}`, statement.at);
    return found === undefined ? [] : [{ id: found.id, title: found.title, members: [...found.members] }];
  });
  if (ids.length === 0)
    problem(place, "refused", "approve", "nobody can approve: the list of approvers is empty", statement.at);
  return groups.length === 0 ? null : groups;
}

/** The requester's own word does not count: enough others must be left. */
function reachable(place: Place, statement: ApproveStmt, groups: ApproveNode["groups"], quorum: number): void {
  const requester = identityKey(place.x.requester);
  const others = groups.map((g) => g.members.map(identityKey).filter((m) => m !== requester));
  const pools = statement.by.mode === "all" ? others : [[...new Set(others.flat())]];
  for (const [i, pool] of pools.entries()) {
    if (pool.length >= quorum) continue;
    const who = statement.by.mode === "all" ? (groups[i]?.title ?? "") : groups.map((g) => g.title).join(", ");
    problem(
      place,
      "refused",
      "approve",
      `${quorum === 1 ? "1 approval" : `${quorum} approvals`} by ${who} ${quorum === 1 ? "is" : "are"} needed, but without the requester, ${place.x.requester}, only ${pool.length} can be given`,
      statement.at,
      "let somebody else request it, or add members to the approver",
    );
  }
}
