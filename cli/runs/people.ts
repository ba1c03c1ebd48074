/** What people had to do with a run: who asked for it, agreed to it, ran it, and what they said to it while it went on. */

import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { Statement } from "../../compiler/plan/statement.schema.ts";
import type { Approval, RunEvent } from "../../runtime/event.schema.ts";
import { setAside } from "../break-glass.ts";
import { takenUp } from "../progress/words.ts";

export interface Deed {
  /** RFC 3339. */
  readonly at: string;
  /** "" where the log does not tell. */
  readonly who: string;
  /** A sentence without a full stop, with the name in it. */
  readonly did: string;
  /** What they said, where the log has it; null of what is known without, and of names taken at their word where nobody was asked to sign. */
  readonly statement: Statement | null;
}

/** Whether what is said of this node is said in the middle of a run, and not of the plan. */
type Midway = (node: string | null) => boolean;

/** In the order they happened. */
export function peopleOf(plan: Plan, events: readonly RunEvent[]): Deed[] {
  // What is asked for with the plan is the plan; what a run stops for has a name.
  const midway: Midway = (node) =>
    plan.nodes.some((each) => each.id === node && each.kind === "approve" && !each.upfront);
  const asked = { at: plan.createdAt, who: plan.requester, did: `${plan.requester} asked for it`, statement: null };
  return inOrder([asked, ...events.flatMap((event) => deedsOf(midway, event))]);
}

/** As `peopleOf`, by the events of a whole run alone, and how it ended. */
export function peopleIn(events: readonly RunEvent[]): Deed[] {
  const asked = events.flatMap((event): Deed[] => {
    if (event.type !== "run.created") return [];
    const { requester: who, request } = event;
    const did = `${who} asked for it${because(request?.comment ?? null)}`;
    return [{ at: request?.at ?? event.at, who, did, statement: request ?? null }];
  });
  const ends = events.flatMap((event): Deed[] => {
    if (event.type !== "run.finished") return [];
    const why = event.why === null ? "" : `: ${event.why}`;
    return [{ at: event.at, who: "", did: `it ended ${event.outcome}${why}`, statement: null }];
  });
  return inOrder([...asked, ...events.flatMap((event) => deedsOf((node) => node !== null, event)), ...ends]);
}

function inOrder(deeds: readonly Deed[]): Deed[] {
  return deeds
    .filter((deed, i) => deeds.findIndex((other) => other.at === deed.at && other.did === deed.did) === i)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function deedsOf(midway: Midway, event: RunEvent): Deed[] {
  const { at } = event;
  // Of a freeze, which is of no run, nothing is in its stream.
  const statement =
    "signed" in event && event.signed !== undefined && !("freeze" in event.signed) ? event.signed : null;
  const one = (who: string, did: string): Deed[] => [{ at, who, did: `${who} ${did}`, statement }];
  switch (event.type) {
    case "run.created":
      return [...event.approvals.map((each) => said(midway, each)), ...one(event.applier, "applied it")];
    case "approval.given":
      return [said(midway, event.approval)];
    case "run.cancel_requested":
      return one(
        event.by,
        `cancelled it${because(event.reason)}: ${event.mode === "rollback" ? "what started is undone" : "it stops where it is"}`,
      );
    case "run.pause_requested":
      return one(event.by, `paused it${because(event.reason)}`);
    case "run.rollback_requested":
      return one(event.by, `asked for its rollback${because(event.reason)}`);
    case "lease.due":
      return event.by === null ? [] : one(event.by, `ended the lease of ${event.node}${because(event.reason)}`);
    case "lease.closed":
      return event.by === null ? [] : one(event.by, `said that what ${event.node} gave is taken back`);
    case "outcome.marked":
      return one(
        event.by,
        event.decision === "done" ? `said that ${event.node} took place` : `said that ${event.node} did not take place`,
      );
    case "run.held":
      return event.fence > 1 ? [{ at, who: event.by ?? "", did: takenUp(event), statement }] : [];
    default:
      return [];
  }
}

function said(midway: Midway, given: Approval): Deed {
  const { at, who, decision, comment, node } = given;
  if (decision === "override")
    return {
      at,
      who,
      did: `${who} BROKE THE GLASS and set aside ${setAside(given)}${because(comment)}`,
      statement: given,
    };
  const what = decision === "approve" ? "approved" : decision === "deny" ? "denied" : "took back what they had said of";
  return {
    at,
    who,
    did: `${who} ${what} ${midway(node) ? `what ${node} asks for` : "it"}${because(comment)}`,
    statement: given,
  };
}

const because = (reason: string | null): string => (reason === null || reason === "" ? "" : ` (${reason})`);
