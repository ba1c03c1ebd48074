/** What people say while a run goes: approvals by way of the plan's stream, cancels and pauses by that of its control stream. */
import type { Judge } from "../approvals/judge.ts";
import { type OverrideFor, voidOverride } from "../approvals/override.ts";
import { statedPlan, statementText, unsaid } from "../approvals/statement.ts";
import type { RunState } from "../engine/state.ts";
import type { Approval, RunEvent } from "../event.schema.ts";
import { saidEvent, sayOf } from "./control.ts";
import type { Clock } from "./ports.ts";
import type { Runner } from "./runner.ts";

export const controlStream = (run: string): string => `control/${run}`;

/** Events for those approvals that concern this run and that it does not know. */
export function givenEvents(state: RunState, approvals: readonly Approval[], at: string): RunEvent[] {
  const known = new Set(state.approvals.map((one) => JSON.stringify(one)));
  const { applier, run } = state;
  const context = { ...statedPlan(state.plan, state.digest), applier, run, now: Date.parse(at) };
  const stands = standing([...state.approvals, ...approvals], { ...context, judge: state.rules.judge });
  return approvals.flatMap((approval): RunEvent[] => {
    if (known.has(JSON.stringify(approval)) || (approval.run !== null && approval.run !== run)) return [];
    if (!stands(approval)) return [];
    const { override } = approval;
    return state.nodes
      .filter(({ node }) => node.kind === "approve" && (approval.node ?? node.id) === node.id)
      .filter(({ node }) => override === undefined || override.approvals.includes(node.id))
      .map(({ node }) => ({ type: "approval.given", at, node: node.id, approval }));
  });
}

/** Whether an approval goes into the log of a run: that the glass was broken is said of no run in which it was not. */
export const standing =
  (given: readonly Approval[], who: OverrideFor) =>
  (approval: Approval): boolean =>
    approval.decision !== "override" || voidOverride(approval, given, who) === null;

/**
 * Hands in approvals as they are recorded in the plan's stream, until aborted. A store that cannot be read shows at the
 * run's own next write.
 */
export async function followApprovals(runner: Runner, digest: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const { event } of runner.ports.store.subscribe(`plan/${digest}`, 0, signal)) {
      const { rules, clock } = runner.ports;
      if (event.type !== "approval.recorded" || rules.judge.refuses(event.approval, clock.now()) !== null) continue;
      await runner.post((at) => givenEvents(runner.state, [event.approval], at));
    }
  } catch {
    // Aborted, or the run is over.
  }
}

/**
 * Whether what the run's control stream says counts. Where only what is signed does, each statement counts once: whoever can
 * write the store could say it again. To be asked of every entry, from the first on.
 */
export function believes(
  { plan, digest, run }: Pick<RunState, "plan" | "digest" | "run">,
  judge: Judge,
  clock: Pick<Clock, "now">,
): (event: RunEvent) => boolean {
  const heard = new Set<string>();
  return (event) => {
    if (event.type !== "control.said") return false;
    const { signed, by, what, mode, reason } = event;
    if (signed === undefined) return judge.identities !== "signed";
    const decision = what === "pause" ? "pause" : mode === "halt" ? "halt" : "cancel";
    const expected = { decision, run, who: by, plan: statedPlan(plan, digest), now: clock.now() } as const;
    const text = statementText(signed);
    if (heard.has(text) || signed.comment !== reason || unsaid(signed, expected, judge) !== null) return false;
    heard.add(text);
    return true;
  };
}

/** Hands in what is said in the run's control stream from entry `from` on, until aborted. */
export async function followControl(runner: Runner, run: string, from: number, signal: AbortSignal): Promise<void> {
  try {
    const { store, rules, clock } = runner.ports;
    let believed: ReturnType<typeof believes> | null = null;
    for await (const { event, n } of store.subscribe(controlStream(run), 0, signal)) {
      believed ??= believes(runner.state, rules.judge, clock);
      if (believed(event) && n >= from && event.type === "control.said")
        await runner.post((at) => [saidEvent(sayOf(event), at, n)]);
    }
  } catch {
    // Aborted, or the run is over.
  }
}
