/**
 * Breaking the glass: those whom a guardrail or the trust root names set it or an approval aside, alone and with a reason, for one
 * who applies the plan. Whoever asks for the run or applies it may be the one who does: that is what it is for. Pure; in doubt,
 * nothing is set aside.
 */
import type { ApproveNode, PlanGuardrail } from "../../compiler/plan/plan.schema.ts";
import type { Approval } from "../event.schema.ts";
import { identityKey } from "./identity.ts";
import type { Judge } from "./judge.ts";
import { ofAnotherPlan, type StatedPlan, wrongDate } from "./statement.ts";

/** Of a reason, in characters: "help" explains nothing to whoever reads the log. */
export const SHORTEST_REASON = 10;

export interface OverrideFor extends StatedPlan {
  /** null while it is not known who will apply: then no override counts. */
  readonly applier: string | null;
  /** null before there is a run. */
  readonly run: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly judge: Judge;
}

type Groups = StatedPlan["breakGlass"];

/** Why an override counts for nothing, whatever it sets aside; null if it does. */
export function voidOverride(override: Approval, given: readonly Approval[], who: OverrideFor): string | null {
  const { judge, planned, now } = who;
  const reason = override.comment?.trim() ?? "";
  if (reason.length < SHORTEST_REASON) return `it gives no reason of ${SHORTEST_REASON} characters or more`;
  const why =
    ofAnotherPlan(override, who) ??
    (override.run === null || override.run === who.run ? null : "it is for another run") ??
    forAnother(override, who) ??
    wrongDate(override, planned, now) ??
    judge.refuses(override, now)?.why ??
    null;
  if (why !== null) return why;
  const person = judge.personOf(override.who);
  const back = given.some(
    (each) =>
      each.decision === "withdraw" &&
      each.run === override.run &&
      (each.node === null || override.override?.approvals.includes(each.node) === true) &&
      ofAnotherPlan(each, who) === null &&
      judge.personOf(each.who) === person &&
      judge.refuses(each, now) === null &&
      !(Date.parse(each.at) < Date.parse(override.at)),
  );
  return back ? "it was withdrawn" : null;
}

/** Whoever gets hold of it may be anybody who can apply the plan. */
function forAnother({ override }: Approval, { applier }: OverrideFor): string | null {
  if (override === undefined) return "it sets nothing aside";
  if (applier !== null && identityKey(override.applier) === identityKey(applier)) return null;
  return `it is for ${override.applier.trim()} to apply the plan`;
}

const overridesIn = (given: readonly Approval[], who: OverrideFor): Approval[] =>
  given.filter((each) => each.decision === "override" && voidOverride(each, given, who) === null);

const isIn = ({ who }: Approval, { members }: Groups[number]): boolean =>
  members.some((name) => identityKey(name) === identityKey(who));

/**
 * The first override of somebody in any of the groups that sets the approval aside; null if none does. What a run stops for in
 * its middle is set aside in that run, by who knows how far it has come.
 */
export function approvalOverride(
  { id, upfront }: Pick<ApproveNode, "id" | "upfront">,
  given: readonly Approval[],
  who: OverrideFor,
): Approval | null {
  const found = overridesIn(given, who).filter(
    ({ override, run }) => override?.approvals.includes(id) === true && (upfront || run !== null),
  );
  return found.find((each) => who.breakGlass.some((group) => isIn(each, group))) ?? null;
}

/** The overrides that set a soft guardrail aside: of one person, or of one of each group where it takes all; empty if they do not. */
export function guardrailOverrides(
  guardrail: Pick<PlanGuardrail, "id" | "enforcement" | "overrideBy">,
  given: readonly Approval[],
  who: OverrideFor,
): readonly Approval[] {
  const { id, enforcement, overrideBy } = guardrail;
  if (enforcement !== "soft" || overrideBy === null) return [];
  const found = overridesIn(given, who).filter((each) => each.override?.guardrails.includes(id) === true);
  const of = overrideBy.groups.map((group) => found.find((each) => isIn(each, group)));
  const there = of.filter((each) => each !== undefined);
  if (overrideBy.mode === "all") return there.length === of.length ? there : [];
  return there.slice(0, 1);
}

/** Whether this person is among those who may set the guardrail aside. */
export const mayOverride = (
  { enforcement, overrideBy }: Pick<PlanGuardrail, "enforcement" | "overrideBy">,
  name: string,
): boolean => enforcement === "soft" && (overrideBy?.groups ?? []).some((group) => isNamed(group, name));

export const mayBreakGlass = ({ breakGlass }: Pick<StatedPlan, "breakGlass">, name: string): boolean =>
  breakGlass.some((group) => isNamed(group, name));

const isNamed = ({ members }: Groups[number], name: string): boolean =>
  members.some((each) => identityKey(each) === identityKey(name));
