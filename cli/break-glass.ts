/** Breaking the glass: whoever applies sets aside what the plan or the trust root lets them, alone and with a reason, for all to see. */
import type { PlanFile } from "../compiler/plan/plan.schema.ts";
import type { Approval } from "../compiler/plan/statement.schema.ts";
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
  readonly reason: string;
  readonly judge: Judge;
  /** Those there are. */
  readonly approvals: readonly Approval[];
}

/** The statement that sets aside all that `who` may of what stands against the plan. Throws `Stop` where there is nothing of that kind. */
export async function breakGlass(pen: Pen, breaking: Breaking): Promise<Approval> {
  const { file, who, reason } = breaking;
  if (reason.trim().length < SHORTEST_REASON)
    throw new Stop(
      EXIT.wrong,
      `--break-glass gives no reason of ${SHORTEST_REASON} characters or more`,
      "say what is burning, for those who read the log later",
    );
  const override = within(breaking);
  if (override.guardrails.length === 0 && override.approvals.length === 0)
    throw new Stop(EXIT.refused, `there is nothing that ${safeName(who)} may set aside`, whoMay(breaking));
  return state<Approval>(pen, file, { run: null, node: null, decision: "override", who, comment: reason, override });
}

/** What of the plan is not fulfilled, or not known to be, and may be set aside by this person. */
function within({ file, who, judge, approvals }: Breaking): NonNullable<Approval["override"]> {
  const { plan, digest } = file;
  const now = Date.now();
  const stated = statedPlan(plan, digest);
  const open = plan.nodes.flatMap((node) => {
    if (node.kind !== "approve" || !node.upfront || !mayBreakGlass(stated, who)) return [];
    const context = { ...stated, judge, applier: who, now, asked: Date.parse(plan.createdAt), run: null };
    return tally(node, approvals, context).met ? [] : [node.id];
  });
  const guardrails = plan.guardrails.filter((g) => g.status !== "pass" && mayOverride(g, who)).map(({ id }) => id);
  return { guardrails: [...new Set(guardrails)].sort(), approvals: open };
}

function whoMay({ file: { plan } }: Breaking): string {
  const of = (groups: readonly { readonly title: string; readonly members: readonly string[] }[]): string =>
    groups.map(({ title, members }) => `${safeName(title)} (${safeNames([...members])})`).join(", ");
  const failing = plan.guardrails.filter(({ status }) => status !== "pass");
  const soft = failing.flatMap(({ overrideBy }) => overrideBy?.groups ?? []);
  const both = [
    ...(soft.length === 0 ? [] : [`guardrails of it: ${of(soft)}`]),
    ...(plan.trust.breakGlass.length === 0 ? [] : [`approvals: ${of(plan.trust.breakGlass)}`]),
  ];
  return both.length === 0
    ? "nobody may: its guardrails name nobody in `override by`, and the trust root nobody under breakGlass"
    : `those who may set aside ${both.join("; ")}`;
}

/** What an override sets aside, for people. */
export function setAside({ override }: Approval): string {
  const names = (override?.guardrails ?? []).map((id) => id.slice(id.lastIndexOf("#") + 1));
  return [
    ...(names.length === 0 ? [] : [`guardrail ${safeNames(names)}`]),
    ...(override === undefined || override.approvals.length === 0
      ? []
      : [`the approval ${safeNames([...override.approvals])}`]),
  ].join(" and ");
}

/** Loud: this is how it stands in the progress, at the end and in the audit. */
export const brokenWords = (given: Approval): string =>
  `BREAK-GLASS: ${safeName(given.who)} (${given.signature === null ? "unverified" : "signed"}) set aside ${setAside(given)}: ${safeName(given.comment ?? "")}`;

export const overridesAmong = (approvals: readonly Approval[]): Approval[] =>
  approvals.filter(({ decision }) => decision === "override");
