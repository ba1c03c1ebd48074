/** Whether the approvals that a run says it passed were given: what a log must hold, whoever wrote it. */
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { Approval, EventOf, RunEvent } from "../event.schema.ts";
import type { Judge } from "./judge.ts";
import { statedPlan } from "./statement.ts";
import { tally } from "./tally.ts";

/** The events by which that is judged, in order. */
export type ApprovalEvent = EventOf<
  | "run.created"
  | "run.held"
  | "run.rollback_requested"
  | "approval.awaited"
  | "approval.given"
  | "node.passed"
  | "outcome.marked"
  | "lease.due"
  | "lease.closed"
>;

export function isApprovalEvent(event: RunEvent): event is ApprovalEvent {
  switch (event.type) {
    case "run.created":
    case "run.held":
    case "run.rollback_requested":
    case "approval.awaited":
    case "approval.given":
    case "node.passed":
    case "outcome.marked":
    case "lease.due":
    case "lease.closed":
      return true;
    default:
      return false;
  }
}

export interface Unapproved {
  /** Which of the events given. */
  readonly index: number;
  readonly why: string;
}

/** The first approval that the run passed without enough people who may give it, or null. `events` may hold others, too. */
export function passedUnapproved(
  plan: Plan,
  digest: string,
  events: readonly RunEvent[],
  judge: Judge,
): Unapproved | null {
  const nodes = new Map(plan.nodes.flatMap((node) => (node.kind === "approve" ? [[node.id, node] as const] : [])));
  const asked = new Map<string, number>();
  const approvals: Approval[] = [];
  let created: EventOf<"run.created"> | null = null;
  for (const [index, event] of events.entries()) {
    if (event.type === "run.created") {
      created = event;
      approvals.push(...event.approvals);
    } else if (event.type === "approval.given") approvals.push(event.approval);
    else if (event.type === "approval.awaited") {
      if (!asked.has(event.node)) asked.set(event.node, Date.parse(event.at));
    } else if (event.type === "node.passed") {
      const node = nodes.get(event.node);
      if (node === undefined) continue;
      const now = Date.parse(event.at);
      const { met, missing, denied, ignored } = tally(node, approvals, {
        ...statedPlan(plan, digest),
        judge,
        applier: created?.applier ?? null,
        now,
        asked: node.upfront ? Date.parse(plan.createdAt) : (asked.get(node.id) ?? now),
        run: created?.run ?? null,
      });
      if (met) continue;
      const lacks = missing.map(({ group, needed }) => `${needed} more of ${group.title}`).join(", ");
      const why = denied === null ? `${lacks} would have been needed` : `${denied.who} had denied it`;
      const beside = ignored.slice(0, 3).map((one) => `; that of ${one.approval.who} does not count: ${one.why}`);
      return {
        index,
        why: `the approval ${node.id} is passed without the approvals it takes: ${why}${beside.join("")}`,
      };
    }
  }
  return null;
}
