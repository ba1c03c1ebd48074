/** Whether those whom a log names as acting on a run said so: what a log must hold where only what is signed counts. */
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { Request } from "../../compiler/plan/statement.schema.ts";
import type { EventOf, RunEvent } from "../event.schema.ts";
import type { Judge } from "./judge.ts";
import type { Unapproved } from "./passed.ts";
import { statedPlan, unsaid } from "./statement.ts";

/** The first event of a run that names somebody who did not sign it, or whose signature says something else; null if none does. */
export function unsaidInLog(plan: Plan, digest: string, events: readonly RunEvent[], judge: Judge): Unapproved | null {
  let run: string | null = null;
  for (const [index, event] of events.entries()) {
    if (event.type === "run.created") run = event.run;
    const why = unsaidBy(plan, digest, run, event, judge);
    if (why !== null) return { index, why };
  }
  return null;
}

/** Whoever takes a run up does so to go on with it, to end it or to undo it. */
const TAKING_UP = ["resume", "cancel", "halt", "rollback"] as const;

function unsaidBy(plan: Plan, digest: string, run: string | null, event: RunEvent, judge: Judge): string | null {
  const of = (
    who: string,
    signed: Request | undefined,
    decisions: readonly Request["decision"][],
    of: string | null,
  ): string | null => {
    const [first = "apply"] = decisions;
    if (signed === undefined) return judge.identities === "signed" ? `that ${who} did it is not signed` : null;
    const decision = decisions.find((each) => each === signed.decision) ?? first;
    const expected = { decision, run: of, who, plan: statedPlan(plan, digest), now: Date.parse(event.at) };
    const found = unsaid(signed, expected, judge);
    return found === null ? null : `what ${who} signed does not count: ${found.why}`;
  };
  switch (event.type) {
    case "run.created":
      return of(event.applier, event.signed, ["apply"], null) ?? requested(event, of, plan, judge);
    case "run.held":
      return event.by === undefined ? null : of(event.by, event.signed, TAKING_UP, run);
    case "run.rollback_requested":
      return of(event.by, event.signed, ["rollback"], run);
    default:
      return null;
  }
}

function requested(
  { request, applier }: EventOf<"run.created">,
  of: (who: string, signed: Request | undefined, decisions: readonly ["request"], run: null) => string | null,
  { requester }: Plan,
  judge: Judge,
): string | null {
  if (request === undefined && judge.personOf(applier) === judge.personOf(requester)) return null;
  return of(requester, request, ["request"], null);
}
