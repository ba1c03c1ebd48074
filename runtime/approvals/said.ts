/** Whether those whom a log names as acting on a run said so: what a log must hold where only what is signed counts. */
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { Request, Spoken } from "../../compiler/plan/statement.schema.ts";
import type { EventOf, RunEvent } from "../event.schema.ts";
import { identityKey } from "./identity.ts";
import type { Judge } from "./judge.ts";
import type { Unapproved } from "./passed.ts";
import { statedPlan, statementText, unsaid } from "./statement.ts";

/** All that people said, in one event. */
export function statementsIn(event: RunEvent): readonly Spoken[] {
  switch (event.type) {
    case "approval.recorded":
    case "approval.given":
      return [event.approval];
    case "run.created":
      return [...event.approvals, event.request, event.signed].filter((each) => each !== undefined);
    case "run.held":
    case "run.rollback_requested":
    case "control.said":
    case "freeze.set":
    case "freeze.lifted":
      return event.signed === undefined ? [] : [event.signed];
    default:
      return [];
  }
}

/** The first event of a run that names somebody who did not sign it, or whose signature says something else; null if none does. */
export function unsaidInLog(plan: Plan, digest: string, events: readonly RunEvent[], judge: Judge): Unapproved | null {
  const log: Log = { plan, digest, judge, run: null, held: undefined, taken: new Set() };
  for (const [index, event] of events.entries()) {
    const why = unsaidBy(log, event);
    if (why !== null) return { index, why };
  }
  return null;
}

interface Log {
  readonly plan: Plan;
  readonly digest: string;
  readonly judge: Judge;
  run: string | null;
  /** By whoever has the run in hand. */
  held: Request | undefined;
  /** What was said to take it in hand so far. */
  readonly taken: Set<string>;
}

/** Whoever takes a run up does so to go on with it, to end it or to undo it; or to end leases of it. */
const TAKING_UP = ["resume", "cancel", "halt", "rollback"] as const;

function unsaidBy(log: Log, event: RunEvent): string | null {
  switch (event.type) {
    case "run.created":
      log.run = event.run;
      return of(log, event, event.applier, event.signed, ["apply"], null) ?? requested(log, event);
    case "run.held":
      log.held = event.signed;
      return event.by === undefined ? null : takenUp(log, event, event.by);
    case "run.rollback_requested":
      return (
        of(log, event, event.by, event.signed, ["rollback"]) ??
        otherwise(event.by, event.signed, ({ comment }) => comment === event.reason, "for another reason")
      );
    case "outcome.marked": {
      const { node, decision } = event;
      const answered = ({ answers = [] }: Request): boolean =>
        answers.some((each) => each.node === node && each.decision === decision);
      return within(
        log,
        event.by,
        answered,
        `that ${node} ${decision === "done" ? "took place" : "did not take place"}`,
      );
    }
    case "lease.due":
      return event.by === null
        ? null
        : within(
            log,
            event.by,
            ({ leases, comment }) =>
              leases?.byHand === false && leases.nodes.includes(event.node) && comment === event.reason,
            `that the lease of ${event.node} ends`,
          );
    case "lease.closed":
      return event.how !== "by_hand"
        ? null
        : within(
            log,
            event.by ?? "",
            ({ leases }) => leases?.byHand === true && leases.nodes.includes(event.node),
            `that what ${event.node} gave was taken back by hand`,
          );
    default:
      return null;
  }
}

function of(
  { plan, digest, judge, run }: Log,
  { at }: RunEvent,
  who: string,
  signed: Request | undefined,
  decisions: readonly [Request["decision"], ...Request["decision"][]],
  of: string | null = run,
): string | null {
  if (signed === undefined) return judge.identities === "signed" ? `that ${who} did it is not signed` : null;
  const decision = decisions.find((each) => each === signed.decision) ?? decisions[0];
  const expected = { decision, run: of, who, plan: statedPlan(plan, digest), now: Date.parse(at) };
  const found = unsaid(signed, expected, judge);
  return found === null ? null : `what ${who} signed does not count: ${found.why}`;
}

function takenUp(log: Log, event: EventOf<"run.held">, by: string): string | null {
  const { signed } = event;
  const why = of(log, event, by, signed, event.leases === true ? ["revoke"] : TAKING_UP);
  if (why !== null || signed === undefined) return why;
  // Otherwise whoever can write the store could say it again for them, later.
  const text = statementText(signed);
  if (log.taken.has(text)) return `what ${by} signed does not count: it was said once, and is in the log twice`;
  log.taken.add(text);
  return null;
}

function otherwise(
  who: string,
  signed: Request | undefined,
  says: (signed: Request) => boolean,
  what: string,
): string | null {
  return signed === undefined || says(signed) ? null : `what ${who} signed does not count: it is ${what}`;
}

/** What is said by having the run in hand stands in what was signed to take it. */
function within({ held, judge }: Log, by: string, says: (signed: Request) => boolean, what: string): string | null {
  if (held === undefined) return judge.identities === "signed" ? `${what}, says ${by}, is not signed` : null;
  if (identityKey(held.who) === identityKey(by) && says(held)) return null;
  return `${what}, says ${by}, is not in what ${held.who.trim()} signed`;
}

function requested(log: Log, event: EventOf<"run.created">): string | null {
  const { request, applier } = event;
  const { requester } = log.plan;
  if (request === undefined && log.judge.personOf(applier) === log.judge.personOf(requester)) return null;
  return of(log, event, requester, request, ["request"], null);
}
