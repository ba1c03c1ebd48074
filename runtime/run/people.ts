/** Approvals that come while a run goes, by way of the plan's stream. */
import type { RunState } from "../engine/state.ts";
import type { Approval, RunEvent } from "../event.schema.ts";
import type { Runner } from "./runner.ts";

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
