/** Calls that failed and are tried once more, after a pause. */
import { backoff, goesOn, planned } from "./calls.ts";
import type { Command } from "./command.ts";
import { callKey, callOf, type NodeState, nodeOf, type RunState } from "./state.ts";

/** Of those nodes that are `mine`; the others stay on the agenda. */
export function decideRetries(state: RunState, commands: Command[], mine: (n: NodeState) => boolean): void {
  const { agenda } = state;
  if (agenda.retries.length === 0) return;
  const [now, later] = [agenda.retries.filter((a) => mine(nodeOf(state, a.node))), agenda.retries];
  agenda.retries = later.filter((a) => !mine(nodeOf(state, a.node)));
  for (const attempt of now) {
    const call = callOf(state, attempt);
    if (call.status !== "retry" || call.attempt !== attempt.attempt) continue;
    const n = nodeOf(state, attempt.node);
    if (attempt.phase === "do" && !goesOn(state, n)) continue;
    const delay = backoff(planned(n, attempt.phase, attempt.index), call);
    commands.push({ kind: "retry", id: `retry/${callKey(attempt)}/${attempt.attempt}`, attempt, delay });
  }
}
