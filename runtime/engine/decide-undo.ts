/** What the undo does next. No gate stands before it, and it is never asked whether it may. */
import type { Value } from "../../compiler/ir/expr.ts";
import { planned } from "./calls.ts";
import { type Command, record } from "./command.ts";
import { askGate, askLocks } from "./decide-do.ts";
import { askLease } from "./decide-lease.ts";
import type { Heap } from "./heap.ts";
import { argsOf, compute, type Got } from "./scope.ts";
import { callOf, type NodeState, needsLocks, type RunState } from "./state.ts";

/**
 * Calls of the rollbacks on `undo`, the last steps first, while there is room. Where the step has a lease, that ends first; one
 * that is due is on an agenda of its own.
 */
export function decideUndo(state: RunState, undo: Heap<number>, now: number, at: string, commands: Command[]): void {
  const { inHand, taking } = state.agenda;
  if (undo.size === 0) return;
  if (needsLocks(state)) {
    askLocks(state, commands);
    return;
  }
  let room = state.parallel - state.running.size - inHand.size;
  const taken = new Set<number>();
  while (room > 0) {
    const index = undo.pop();
    if (index === undefined) return;
    const n = state.nodes[index];
    if (n?.node.kind !== "step" || n.undo.status !== "active" || taken.has(index)) continue;
    if ((n.lease?.due === true) !== (undo === taking)) continue;
    if (n.lease !== null && n.lease.status !== "taking") {
      taken.add(index);
      askLease(state, n, { do: "end" }, commands);
      room--;
      continue;
    }
    const call = callOf(state, { node: n.node.id, phase: "undo", index: n.undo.at });
    if (call.status !== "idle" && !(call.status === "backoff" && call.until <= now)) continue;
    taken.add(index);
    commands.push(start(state, n, now, at));
    room--;
  }
}

/** Before a run that had ended is undone: under its locks, the facts that it did not change itself are read again. */
export function lookAgain(state: RunState, commands: Command[]): void {
  if (state.gate !== "needed" || state.ending?.mode !== "rollback") return;
  if (needsLocks(state)) askLocks(state, commands);
  else askGate(state, commands);
}

function start(state: RunState, n: NodeState, now: number, at: string): Command {
  const id = { node: n.node.id, phase: "undo", index: n.undo.at } as const;
  const attempt = callOf(state, id).attempt + 1;
  const plan = planned(n, "undo", n.undo.at);
  const command = `undo/${id.node}/${id.index}/${attempt}`;
  const holds = undoApplies(state, n, n.undo.at);
  if (holds.ok && !holds.value) {
    const why = "its condition does not hold";
    return record(command, { type: "undo.skipped", at, node: id.node, index: id.index, why });
  }
  const args = holds.ok ? undoArgs(state, n, n.undo.at) : holds;
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

/** Whether the call of that index is made at all. The step's own result is `none` unless it is surely done and was seen. */
export function undoApplies(state: RunState, n: NodeState, index: number): Got<boolean> {
  const calls = n.node.kind === "step" && n.node.rollback?.kind === "calls" ? n.node.rollback.calls : [];
  const when = calls[index]?.when ?? null;
  if (when === null) return { ok: true, value: true };
  const got = compute(state, when, { self: n.status === "done" ? n.result : null });
  if (!got.ok) return { ok: false, why: `its condition cannot be computed: ${got.why}` };
  return { ok: true, value: got.value === true };
}

/** Arguments of a rollback's call. The step's own result is `none` unless it is surely done and was seen. */
export function undoArgs(state: RunState, n: NodeState, index: number): Got<{ readonly [name: string]: Value }> {
  const self = n.status === "done" ? n.result : null;
  return argsOf(state, planned(n, "undo", index).call, { self });
}
