/** What the undo does next. No gate stands before it, and it is never asked whether it may. */
import type { Value } from "../../compiler/ir/expr.ts";
import { planned } from "./calls.ts";
import { type Command, record } from "./command.ts";
import { argsOf, type Got } from "./scope.ts";
import { callOf, type NodeState, type RunState } from "./state.ts";

/** Calls of rollbacks, the last steps first, while there is room. */
export function decideUndo(state: RunState, now: number, at: string, commands: Command[]): void {
  const { undo, inHand } = state.agenda;
  let room = state.parallel - state.running.size - inHand.size;
  const taken = new Set<number>();
  while (room > 0) {
    const index = undo.pop();
    if (index === undefined) return;
    const n = state.nodes[index];
    if (n?.node.kind !== "step" || n.undo.status !== "active" || taken.has(index)) continue;
    const call = callOf(state, { node: n.node.id, phase: "undo", index: n.undo.at });
    if (call.status !== "idle" && !(call.status === "backoff" && call.until <= now)) continue;
    taken.add(index);
    commands.push(start(state, n, now, at));
    room--;
  }
}

function start(state: RunState, n: NodeState, now: number, at: string): Command {
  const id = { node: n.node.id, phase: "undo", index: n.undo.at } as const;
  const attempt = callOf(state, id).attempt + 1;
  const plan = planned(n, "undo", n.undo.at);
  const command = `undo/${id.node}/${id.index}/${attempt}`;
  const args = undoArgs(state, n, n.undo.at);
  if (!args.ok) {
    const failure = { kind: "refused", message: args.why, retryable: false } as const;
    return record(command, { type: "attempt.failed", at, ...id, attempt, failure, output: null });
  }
  const deadline = now + plan.timeout;
  return {
    kind: "start",
    id: command,
    event: {
      type: "attempt.started",
      at,
      ...id,
      attempt,
      key: `${state.run}/undo/${id.node}/${id.index}`,
      deadline: new Date(deadline).toISOString(),
    },
    call: { instance: plan.call.instance, operation: plan.call.operation, args: args.value },
    via: plan.via,
    capture: false,
    captured: plan.via === "undo" ? n.call.captured : null,
    deadline,
  };
}

/** Arguments of a rollback's call. The step's own result is `none` unless it is surely done and was seen. */
export function undoArgs(state: RunState, n: NodeState, index: number): Got<{ readonly [name: string]: Value }> {
  const self = n.status === "done" ? n.result : null;
  return argsOf(state, planned(n, "undo", index).call, { self });
}
