/** What people say while a run goes: approvals by way of the plan's stream, cancels and pauses by that of its control stream. */
import type { RunState } from "../engine/state.ts";
import type { Approval, RunEvent } from "../event.schema.ts";
import { saidEvent, sayOf } from "./control.ts";
import type { Runner } from "./runner.ts";

export const controlStream = (run: string): string => `control/${run}`;

/** Events for those approvals that concern this run and that it does not know. */
export function givenEvents(state: RunState, approvals: readonly Approval[], at: string): RunEvent[] {
  const known = new Set(state.approvals.map((one) => JSON.stringify(one)));
  return approvals.flatMap((approval): RunEvent[] => {
    if (known.has(JSON.stringify(approval)) || (approval.run !== null && approval.run !== state.run)) return [];
    return state.nodes
      .filter(({ node }) => node.kind === "approve" && (approval.node ?? node.id) === node.id)
      .map(({ node }) => ({ type: "approval.given", at, node: node.id, approval }));
  });
}

/**
 * Hands in approvals as they are recorded in the plan's stream, until aborted. A store that cannot be read shows at the
 * run's own next write.
 */
export async function followApprovals(runner: Runner, digest: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const { event } of runner.ports.store.subscribe(`plan/${digest}`, 0, signal)) {
      if (event.type !== "approval.recorded") continue;
      await runner.post((at) => givenEvents(runner.state, [event.approval], at));
    }
  } catch {
    // Aborted, or the run is over.
  }
}

/** Hands in what is said in the run's control stream from entry `from` on, until aborted. */
export async function followControl(runner: Runner, run: string, from: number, signal: AbortSignal): Promise<void> {
  try {
    for await (const { event, n } of runner.ports.store.subscribe(controlStream(run), from, signal)) {
      if (event.type === "control.said") await runner.post((at) => [saidEvent(sayOf(event), at, n)]);
    }
  } catch {
    // Aborted, or the run is over.
  }
}
