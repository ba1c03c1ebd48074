/** Whether an approval that a plan asks for is there: pure, and the same whatever the order the approvals come in. */
import type { ApproveNode } from "../../compiler/plan/plan.schema.ts";
import type { Approval } from "../event.schema.ts";
import { identityKey } from "./identity.ts";
import type { Judge } from "./judge.ts";
import { approvalOverride, mayBreakGlass, voidOverride } from "./override.ts";
import { ofAnotherPlan, SKEW, type StatedPlan, wrongDate } from "./statement.ts";

export interface TallyFor extends StatedPlan {
  /** null while it is not known who will apply. */
  readonly applier: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the approval was asked for, from which escalations count: milliseconds since 1970. */
  readonly asked: number;
  /** null before there is a run. */
  readonly run: string | null;
  readonly judge: Judge;
}

export interface Counted {
  /** Id of the group for which it counts. */
  readonly group: string;
  readonly who: string;
  readonly identity: Approval["identity"];
}

export interface Missing {
  /** Where any group will do: their ids and titles, joined by "|" and " or ". */
  readonly group: { readonly id: string; readonly title: string };
  /** How many more people. */
  readonly needed: number;
  /** Who could still give it: members as the plan spells them, without requester and applier. May be fewer than needed. */
  readonly from: readonly string[];
}

export interface Ignored {
  readonly approval: Approval;
  readonly why: string;
}

export interface Tally {
  readonly met: boolean;
  readonly counted: readonly Counted[];
  /** Empty once there are enough, also if it was denied. */
  readonly missing: readonly Missing[];
  /** The first denial in force. */
  readonly denied: Approval | null;
  readonly ignored: readonly Ignored[];
  /** By which it is met though people are missing; null: by none. */
  readonly override: Approval | null;
}

/** Someone else who may give it, and from when. */
export interface Escalation {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly groups: ApproveNode["groups"];
}

/**
 * A person's `approve` counts unless it is too old (`within`), dated in the future, withdrawn at or after its time, or
 * the same person denies. A `deny` of a member holds until that person withdraws it later; it needs no valid date. Where
 * dates are equal or in doubt, the answer is the one that keeps the run from going on.
 *
 * Once an escalation is due, its groups may give it too: people of both count together, save where it takes all of
 * several groups; then it is enough that either is complete.
 */
export function tally(node: ApproveNode, approvals: readonly Approval[], who: TallyFor): Tally {
  const { personOf } = who.judge;
  const ignored: Ignored[] = [];
  const people = new Map<string, Approval[]>();
  for (const approval of [...approvals].sort(byTime)) {
    const why = approval.decision === "override" ? idle(node, approval, approvals, who) : beside(node, approval, who);
    if (approval.decision === "override" && why === null) continue;
    if (why !== null) ignored.push({ approval, why });
    else {
      const person = personOf(approval.who);
      people.set(person, [...(people.get(person) ?? []), approval]);
    }
  }
  const approving: Approving = new Map<string, readonly Approval[]>();
  const denials: Approval[] = [];
  for (const [person, said] of people) {
    const { standing, denial, fallen } = stance(node, said, who);
    ignored.push(...fallen);
    if (denial !== null) denials.push(denial);
    else approving.set(person, standing);
  }
  const barred = new Set([who.requester, who.applier ?? who.requester].map(personOf));
  const { counted, missing } = countEscalated(node, approving, barred, who);
  const denied = denials.sort(byTime)[0] ?? null;
  // Whoever says no is heard, also in an emergency.
  const override = denied === null ? approvalOverride(node, approvals, who) : null;
  return {
    met: denied === null && (missing.length === 0 || override !== null),
    override,
    counted,
    missing,
    denied,
    ignored: ignored.sort((a, b) => byTime(a.approval, b.approval)),
  };
}

/** Why an approval says nothing here, whatever it says; null if it has a say. */
function beside(node: ApproveNode, approval: Approval, who: TallyFor): string | null {
  const other = ofAnotherPlan(approval, who);
  if (other !== null) return other;
  if (approval.run !== null && approval.run !== who.run) return "it is for another run";
  if (approval.node !== null && approval.node !== node.id) return `it is for ${approval.node}`;
  if (!node.upfront && approval.run === null) return "it was given before the run came to this point";
  if (!node.upfront && approval.node === null) return "it covers only what is asked for with the plan";
  const why = barredFrom(approval.who, who) ?? who.judge.refuses(approval, who.now)?.why ?? null;
  if (why !== null) return why;
  const person = identityKey(approval.who);
  const isIn = (groups: ApproveNode["groups"]): boolean =>
    groups.some((group) => group.members.some((name) => identityKey(name) === person));
  if (isIn(node.groups)) return null;
  const later = node.escalate.find((each) => isIn(each.groups));
  if (later === undefined) return `${approval.who.trim()} is in none of the groups asked`;
  const from = who.asked + later.after;
  return from <= who.now ? null : `${approval.who.trim()} may give it only from ${new Date(from).toISOString()}`;
}

/** Why an override that names this approval does not set it aside; null if it does, or names others. */
function idle({ id, upfront }: ApproveNode, given: Approval, all: readonly Approval[], who: TallyFor): string | null {
  if (given.override?.approvals.includes(id) !== true) return null;
  if (!upfront && given.run === null) return "it was given before the run came to this point";
  const why = voidOverride(given, all, who);
  return why ?? (mayBreakGlass(who, given.who) ? null : `${given.who.trim()} may set no approval aside`);
}

/** Who asks for a run or applies it does not approve it, under no name they sign with. */
export function barredFrom(
  name: string,
  { requester, applier, judge }: Pick<TallyFor, "requester" | "applier" | "judge">,
): string | null {
  const person = judge.personOf(name);
  const same = (other: string): string =>
    identityKey(other) === identityKey(name) ? "" : `, and one key may sign for ${other} and for ${name.trim()}`;
  if (person === judge.personOf(requester)) return `who asks for a run does not approve it${same(requester)}`;
  if (applier === null || person !== judge.personOf(applier)) return null;
  return `who applies a plan does not approve it${same(applier)}`;
}

/** The next who may give it too; null when all may. */
export function nextEscalation(node: ApproveNode, who: Pick<TallyFor, "asked" | "now">): Escalation | null {
  const next = node.escalate.find(({ after }) => who.asked + after > who.now);
  return next === undefined ? null : { from: who.asked + next.after, groups: next.groups };
}

/** What stands of each person, by person. */
type Approving = Map<string, readonly Approval[]>;

interface Stance {
  /** Under whatever names of theirs, in order of time. */
  readonly standing: readonly Approval[];
  readonly denial: Approval | null;
  /** Approvals of this person that do not count, and why. */
  readonly fallen: readonly Ignored[];
}

/** What one person says in the end. `said` is in order of time. */
function stance(node: ApproveNode, said: readonly Approval[], who: TallyFor): Stance {
  const { now } = who;
  const of = (decision: Approval["decision"]): Approval[] => said.filter((approval) => approval.decision === decision);
  const withdrawals = of("withdraw");
  const denial =
    of("deny").find((deny) => !withdrawals.some((back) => time(back) > time(deny) && time(back) <= now + SKEW)) ?? null;
  const standing: Approval[] = [];
  const fallen: Ignored[] = [];
  for (const approval of of("approve")) {
    const why = lapsed(node, approval, withdrawals, who) ?? (denial === null ? null : "the same person denies");
    if (why === null) standing.push(approval);
    else fallen.push({ approval, why });
  }
  return { standing, denial, fallen };
}

function lapsed(
  node: ApproveNode,
  approval: Approval,
  withdrawals: readonly Approval[],
  { now, planned, judge }: TallyFor,
): string | null {
  const at = time(approval);
  // A name taken at its word may come from a clock that was set back; of a key it matters when it signed.
  const earliest = judge.identities === "signed" ? planned : Number.NEGATIVE_INFINITY;
  const wrong = wrongDate(approval, earliest, now);
  if (wrong !== null) return wrong;
  if (withdrawals.some((back) => !(time(back) < at))) return "it was withdrawn";
  if (node.within !== null && now - at > node.within) return "it is too old by now";
  return null;
}

type Count = Pick<Tally, "counted" | "missing">;

function countEscalated(node: ApproveNode, approving: Approving, barred: ReadonlySet<string>, who: TallyFor): Count {
  const { personOf } = who.judge;
  const { mode, groups, quorum } = node;
  const due = node.escalate.filter(({ after }) => who.asked + after <= who.now);
  const pooled = [{ mode, groups }, ...due].filter((each) => each.mode !== "all").flatMap((each) => each.groups);
  const whole = [{ mode, groups }, ...due].filter((each) => each.mode === "all");
  const ways = [
    ...(pooled.length > 0 ? [{ mode: "any" as const, groups: unique(pooled), quorum }] : []),
    ...whole.map((each) => ({ mode: each.mode, groups: each.groups, quorum })),
  ].map((each) => count(each, approving, barred, personOf));
  // Where none is complete, the one that was asked for first is told.
  const own = mode === "all" && pooled.length > 0 ? ways[1] : ways[0];
  return ways.find((each) => each.missing.length === 0) ?? own ?? { counted: [], missing: [] };
}

const unique = (groups: ApproveNode["groups"]): ApproveNode["groups"] => [
  ...new Map(groups.map((group) => [group.id, group])).values(),
];

function count(
  node: Pick<ApproveNode, "mode" | "groups" | "quorum">,
  approving: Approving,
  barred: ReadonlySet<string>,
  personOf: Judge["personOf"],
): Count {
  if (node.mode === "all") {
    const each = node.groups.map((group) => countOne(group, [group], node.quorum, approving, barred, personOf));
    return { counted: each.flatMap((one) => one.counted), missing: each.flatMap((one) => one.missing) };
  }
  const id = node.groups.map((group) => group.id).join("|");
  const title = node.groups.map((group) => group.title).join(" or ");
  return countOne({ id, title }, node.groups, node.quorum, approving, barred, personOf);
}

/** Counts different people who are in any of the groups, under the name they signed with, against one quorum. */
function countOne(
  shown: Missing["group"],
  groups: ApproveNode["groups"],
  quorum: number,
  approving: Approving,
  barred: ReadonlySet<string>,
  personOf: Judge["personOf"],
): Count {
  const counted: Counted[] = [];
  const done = new Set(barred);
  for (const group of groups) {
    for (const member of group.members) {
      const person = personOf(member);
      if (done.has(person)) continue;
      const approval = approving.get(person)?.findLast(({ who }) => identityKey(who) === identityKey(member));
      if (approval === undefined) continue;
      done.add(person);
      counted.push({ group: group.id, who: member, identity: approval.identity });
    }
  }
  const from: string[] = [];
  for (const member of groups.flatMap((group) => group.members)) {
    if (done.has(personOf(member))) continue;
    done.add(personOf(member));
    from.push(member);
  }
  const needed = quorum - counted.length;
  const missing = needed > 0 ? [{ group: { id: shown.id, title: shown.title }, needed, from }] : [];
  return { counted, missing };
}

function time(approval: Approval): number {
  return Date.parse(approval.at);
}

/** By date; what has none comes first. All else that tells two approvals apart breaks ties, so that order is never chance. */
function byTime(a: Approval, b: Approval): number {
  const [left, right] = [a, b].map((approval) => time(approval) || 0);
  if (left !== right) return (left ?? 0) - (right ?? 0);
  const [one, two] = [a, b].map((approval) =>
    JSON.stringify([
      approval.who,
      approval.decision,
      approval.node,
      approval.run,
      approval.plan,
      approval.comment,
      approval.signature,
    ]),
  );
  return (one ?? "") < (two ?? "") ? -1 : one === two ? 0 : 1;
}
