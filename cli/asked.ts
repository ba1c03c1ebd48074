/** What people are asked to decide on: a plan, or what a run has stopped for; who may, and how it stands. */
import type { ApproveNode, PlanFile } from "../compiler/plan/plan.schema.ts";
import { refuses } from "../compiler/plan/refused.ts";
import { identityKey } from "../runtime/approvals/identity.ts";
import type { Judge } from "../runtime/approvals/judge.ts";
import { mayBreakGlass, mayOverride } from "../runtime/approvals/override.ts";
import { statedPlan } from "../runtime/approvals/statement.ts";
import { barredFrom, tally } from "../runtime/approvals/tally.ts";
import type { Approval, RunEvent } from "../runtime/event.schema.ts";
import type { Store } from "../runtime/store/port.ts";
import { EXIT, Stop } from "./exit.ts";
import { readPlanFile } from "./files.ts";
import { planOfRun } from "./stored.ts";
import { safeName, safeNames } from "./words.ts";

export interface Asked {
  readonly file: PlanFile;
  readonly run: string | null;
  /** Who applied it; null before there is a run. */
  readonly applier: string | null;
  /** The approvals this covers. */
  readonly nodes: readonly ApproveNode[];
  /** When each was asked for, milliseconds since 1970, by node; with the plan where it is not named. */
  readonly asked: ReadonlyMap<string, number>;
  /** What the run has taken in. */
  readonly events: readonly RunEvent[];
}

export type Judged = Asked & { readonly judge: Judge };

const isApprove = (node: PlanFile["plan"]["nodes"][number]): node is ApproveNode => node.kind === "approve";

export async function askedByPlan(what: string): Promise<Asked> {
  const file = await readPlanFile(what);
  if (file.plan.unread !== undefined)
    throw new Stop(
      EXIT.refused,
      "this plan was made offline: its facts were not read, so it is only to be looked at",
      "plan again without --offline",
    );
  return askedInPlan(file);
}

export function askedInPlan(file: PlanFile): Asked {
  const nodes = file.plan.nodes.filter(isApprove).filter(({ upfront }) => upfront);
  return { file, run: null, applier: null, nodes, asked: new Map(), events: [] };
}

export async function askedByRun(store: Store, run: string): Promise<Asked> {
  const { file, events } = await planOfRun(store, run);
  const last = events.at(-1);
  if (last?.type === "run.finished")
    throw new Stop(
      EXIT.wrong,
      `run ${run} has ended: ${last.outcome}`,
      `nothing waits for an approval any more; opsc show ${run} tells how it ended`,
    );
  const asked = awaitedIn(events);
  const nodes = file.plan.nodes.filter(isApprove).filter(({ id }) => asked.has(id));
  if (nodes.length === 0)
    throw new Stop(EXIT.wrong, `run ${run} waits for no approval`, "opsc show tells where it stands");
  const [first] = events;
  return { file, run, applier: first?.type === "run.created" ? first.applier : null, nodes, asked, events };
}

/** Approvals that a run has asked for and not passed, and when it asked, in milliseconds since 1970. */
export function awaitedIn(events: readonly RunEvent[]): ReadonlyMap<string, number> {
  const passed = new Set(events.flatMap((event) => (event.type === "node.passed" ? [event.node] : [])));
  const awaited = events.filter((event) => event.type === "approval.awaited").filter(({ node }) => !passed.has(node));
  return new Map(awaited.map(({ node, at }) => [node, Date.parse(at)]));
}

/** All that was said of it and is recorded, each once. */
export async function approvalsOf(store: Store, { file, events }: Pick<Asked, "file" | "events">): Promise<Approval[]> {
  const recorded = (await store.read(`plan/${file.digest}`)).map(({ event }) => event);
  const given = [...recorded, ...events].flatMap((event): readonly Approval[] => {
    switch (event.type) {
      case "approval.recorded":
      case "approval.given":
        return [event.approval];
      case "run.created":
        return event.approvals;
      default:
        return [];
    }
  });
  return [...new Map(given.map((each) => [JSON.stringify(each), each])).values()];
}

const askedAt = ({ asked, file }: Asked, node: ApproveNode): number =>
  asked.get(node.id) ?? Date.parse(file.plan.createdAt);

/** Where an approval stands now: how many of how many, by whom, who may still. */
export function standing(node: ApproveNode, approvals: readonly Approval[], asked: Judged): string {
  const { file, run, applier, judge } = asked;
  const { counted, missing, denied, override } = tally(node, approvals, {
    ...statedPlan(file.plan, file.digest),
    judge,
    applier,
    now: Date.now(),
    asked: askedAt(asked, node),
    run,
  });
  const names = [...new Set(counted.map((c) => c.who))];
  const so = names.length === 0 ? "nobody has approved yet" : `approved by ${safeNames(names)}`;
  if (denied !== null) return `${so}; denied by ${safeName(denied.who)}, which stands until they withdraw it`;
  if (override !== null) return `${so}; set aside by ${safeName(override.who)}, who broke the glass`;
  return missing.length === 0
    ? `${so}: complete`
    : `${so}; ${safeNames(missing.map((m) => `${m.needed} more of ${safeName(m.group.title)}`))} needed`;
}

/** Ends the command where the plan cannot be applied any more, whoever approves it. */
export function demandUsable({ file: { plan }, run }: Asked): void {
  const failing = plan.guardrails.find((each) => refuses(each) && !maySomebody(each));
  if (failing !== undefined)
    throw new Stop(
      EXIT.refused,
      `guardrail ${safeName(failing.name)} refuses this plan: ${safeNames([failing.why ?? ""])}`,
      "it cannot be applied, so there is nothing to approve: plan again",
    );
  if (run === null && Date.now() >= Date.parse(plan.expiresAt))
    throw new Stop(
      EXIT.refused,
      `this plan expired at ${plan.expiresAt}`,
      "it cannot be applied, so there is nothing to approve: plan again",
    );
}

const maySomebody = ({ enforcement, overrideBy }: PlanFile["plan"]["guardrails"][number]): boolean =>
  enforcement === "soft" && (overrideBy?.groups ?? []).some(({ members }) => members.length > 0);

/** Guardrails that only whoever breaks the glass can set aside: an approval of the plan is none of that. */
export const inTheWay = ({ file: { plan } }: Asked): string[] =>
  plan.guardrails
    .filter(refuses)
    .map(({ name, why }) => `${safeName(name)} (${safeNames([why ?? "it does not hold"])})`);

/**
 * What of it this person may decide. Words that would not count are not taken in: who gave them should know at once. Whoever may
 * break the glass may take that back.
 */
export function mayDecide(asked: Judged, who: string, decision: Approval["decision"]): Judged {
  const { run, nodes } = asked;
  if (decision === "withdraw" && breaksGlass(asked, who)) return asked;
  if (nodes.length === 0) throw new Stop(EXIT.wrong, "this plan asks for no approval before it runs", "apply it");
  demandOther(asked, who);
  const isMember = (members: readonly string[]): boolean => members.some((m) => identityKey(m) === identityKey(who));
  const due = (n: ApproveNode, after: number): boolean => askedAt(asked, n) + after <= Date.now();
  const membersOf = (n: ApproveNode): string[] =>
    [...n.groups, ...n.escalate.filter(({ after }) => due(n, after)).flatMap((each) => each.groups)].flatMap(
      (group) => group.members,
    );
  const mine = nodes.filter((n) => isMember(membersOf(n)));
  if (mine.length > 0) return run === null ? asked : { ...asked, nodes: mine };
  const members = [...new Set(nodes.flatMap(membersOf))];
  const later = nodes.flatMap((n) => n.escalate.map((each) => ({ n, ...each })));
  const next = later.find((each) => isMember(each.groups.flatMap((g) => g.members)));
  if (next !== undefined) {
    const from = new Date(askedAt(asked, next.n) + next.after).toISOString();
    throw new Stop(
      EXIT.refused,
      `${safeName(who)} may approve this only from ${from} on, if nobody else has by then`,
      `until then it is for ${safeNames(members)}`,
    );
  }
  throw new Stop(
    EXIT.refused,
    `${safeName(who)} is not among those who may approve: ${safeNames(members)}`,
    "name yourself with --as, or ask one of them",
  );
}

/** Ends the command where it is who asked for the plan, or who applied it. */
function demandOther({ file: { plan }, judge, applier }: Judged, who: string): void {
  const { requester } = plan;
  if (barredFrom(who, { requester, applier, judge }) === null) return;
  const asks = barredFrom(who, { requester, applier: null, judge }) !== null;
  const other = asks ? requester : (applier ?? requester);
  const as = identityKey(other) === identityKey(who) ? "" : ` as ${safeName(other)}, for whom one key may sign too`;
  throw new Stop(
    EXIT.refused,
    `${safeName(who)} ${asks ? "requested" : "applied"} this plan${as}, so their word on it does not count`,
    "ask another approver",
  );
}

const breaksGlass = ({ file: { plan, digest } }: Asked, who: string): boolean =>
  mayBreakGlass(statedPlan(plan, digest), who) || plan.guardrails.some((each) => mayOverride(each, who));

/** Ends the command where they have said nothing that stands. */
export function demandSpoken({ run, judge }: Judged, before: readonly Approval[], who: string): void {
  const person = judge.personOf(who);
  const mine = before.filter((each) => each.run === run && judge.personOf(each.who) === person).at(-1);
  if (mine === undefined || mine.decision === "withdraw")
    throw new Stop(
      EXIT.wrong,
      `${safeName(who)} has said nothing of this that is recorded here, so there is nothing to withdraw`,
      "what was said in a file that travels is withdrawn by another: -o FILE",
    );
}
