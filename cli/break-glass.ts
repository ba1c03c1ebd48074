/** Breaking the glass: setting aside what the plan or the trust root lets somebody, alone and with a reason, for all to see. */
import type { ApproveNode, PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Approval } from "../compiler/plan/statement.schema.ts";
import { identityKey } from "../runtime/approvals/identity.ts";
import type { Judge } from "../runtime/approvals/judge.ts";
import { mayBreakGlass, mayOverride, SHORTEST_REASON } from "../runtime/approvals/override.ts";
import { statedPlan } from "../runtime/approvals/statement.ts";
import { tally } from "../runtime/approvals/tally.ts";
import { EXIT, Stop } from "./exit.ts";
import { type Pen, state } from "./signing.ts";
import { safeName, safeNames } from "./words.ts";

export interface Breaking {
  readonly file: PlanFile;
  readonly who: string;
  /** Who applies the plan. */
  readonly applier: string;
  /** Of what a run has stopped for: which run, and when each was asked for, in milliseconds since 1970, by node. */
  readonly midway: { readonly run: string; readonly asked: ReadonlyMap<string, number> } | null;
  readonly reason: string;
  readonly judge: Judge;
  /** Those there are. */
  readonly approvals: readonly Approval[];
}

/**
 * The statement that sets aside all that `who` may of what stands against the plan, or of what its run waits for. Throws `Stop` where
 * there is nothing of that kind, and where somebody said no.
 */
export async function breakGlass(pen: Pen, breaking: Breaking): Promise<Approval> {
  const { file, who, applier, midway, reason } = breaking;
  if (reason.trim().length < SHORTEST_REASON)
    throw new Stop(
      EXIT.wrong,
      `--break-glass gives no reason of ${SHORTEST_REASON} characters or more`,
      "say what is burning, for those who read the log later",
    );
  const override = { ...within(breaking), applier };
  if (override.guardrails.length === 0 && override.approvals.length === 0)
    throw new Stop(EXIT.refused, `there is nothing that ${safeName(who)} may set aside`, whoMay(breaking));
  const run = midway?.run ?? null;
  return state<Approval>(pen, file, { run, node: null, decision: "override", who, comment: reason, override });
}

/** What of the plan is not fulfilled, or not known to be, and may be set aside by this person. */
function within(breaking: Breaking): Omit<NonNullable<Approval["override"]>, "applier"> {
  const { who, midway, file } = breaking;
  const { plan } = file;
  const open = mayBreakGlass(statedPlan(plan, file.digest), who)
    ? plan.nodes.filter((node) => node.kind === "approve" && isOpen(breaking, node)).map(({ id }) => id)
    : [];
  if (midway !== null) return { guardrails: [], approvals: open };
  const guardrails = plan.guardrails.filter((g) => g.status !== "pass" && mayOverride(g, who)).map(({ id }) => id);
  return { guardrails: [...new Set(guardrails)].sort(), approvals: open };
}

/** Whether people are missing there. Throws `Stop` where one of them said no. */
function isOpen({ file, midway, applier, judge, approvals }: Breaking, node: ApproveNode): boolean {
  const asked = midway === null ? Date.parse(file.plan.createdAt) : midway.asked.get(node.id);
  if (asked === undefined || (midway === null && !node.upfront)) return false;
  const context = { ...statedPlan(file.plan, file.digest), judge, applier, now: Date.now(), asked };
  const { met, denied } = tally(node, approvals, { ...context, run: midway?.run ?? null });
  if (denied === null) return !met;
  throw new Stop(
    EXIT.denied,
    `${safeName(node.id)}: denied by ${safeName(denied.who)}, which no emergency sets aside`,
    "talk to whoever denied it: they can take it back with opsc withdraw",
  );
}

function whoMay({ file: { plan }, midway }: Breaking): string {
  const of = (groups: readonly { readonly title: string; readonly members: readonly string[] }[]): string =>
    groups.map(({ title, members }) => `${safeName(title)} (${safeNames([...members])})`).join(", ");
  const failing = midway === null ? plan.guardrails.filter(({ status }) => status !== "pass") : [];
  const soft = failing.flatMap(({ overrideBy }) => overrideBy?.groups ?? []);
  const both = [
    ...(soft.length === 0 ? [] : [`guardrails of it: ${of(soft)}`]),
    ...(plan.trust.breakGlass.length === 0 ? [] : [`approvals: ${of(plan.trust.breakGlass)}`]),
  ];
  if (both.length > 0) return `those who may set aside ${both.join("; ")}`;
  return midway === null
    ? "nobody may: its guardrails name nobody in `override by`, and the trust root nobody under breakGlass"
    : "nobody may: the trust root named nobody under breakGlass when the plan was made";
}

/** What an override sets aside, for people; and for whom, where that is not who says so. */
export function setAside({ override, who }: Approval): string {
  const names = (override?.guardrails ?? []).map((id) => id.slice(id.lastIndexOf("#") + 1));
  const what = [
    ...(names.length === 0 ? [] : [`guardrail ${safeNames(names)}`]),
    ...(override === undefined || override.approvals.length === 0
      ? []
      : [`the approval ${safeNames([...override.approvals])}`]),
  ].join(" and ");
  const other = override !== undefined && identityKey(override.applier) !== identityKey(who);
  return other ? `${what} for ${safeName(override.applier)} to apply the plan` : what;
}

/** Loud: this is how it stands in the progress, at the end and in the audit. */
export const brokenWords = (given: Approval): string =>
  `BREAK-GLASS: ${safeName(given.who)} (${given.signature === null ? "unverified" : "signed"}) set aside ${setAside(given)}: ${safeName(given.comment ?? "")}`;

export const overridesAmong = (approvals: readonly Approval[]): Approval[] =>
  approvals.filter(({ decision }) => decision === "override");
