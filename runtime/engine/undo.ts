/**
 * Undo: every step that started and may have changed something is undone, in reverse graph order. A step is undone
 * when all that comes after it is undone or needs none; independent steps are undone together.
 *
 * A rollback that fails is reported, and the steps before it are undone all the same: each of them put something
 * into the world that its own rollback knows how to take away, and leaving more behind helps nobody. What stops undo
 * is only a point of no return: the step, and everything it rests on, stays.
 */
import { isWrite } from "./calls.ts";
import { mayHaveActed, type NodeState, nodeOf, type RunState } from "./state.ts";

/** Begins the undo once nothing of the action is in flight any more. */
export function undoIfDrained(state: RunState): void {
  if (state.phase !== "doing" || state.ending?.mode !== "rollback") return;
  if (state.running.size > 0 || state.unsettled.size > 0) return;
  state.phase = "undoing";
  // Undo copes with not knowing whether a step took place, so nobody has to be asked.
  state.unknown.clear();
  for (const n of state.nodes) n.undo.waiting = state.successors[n.index]?.length ?? 0;
  keep(state);
  for (let i = state.nodes.length - 1; i >= 0; i--) {
    const n = state.nodes[i];
    if (n !== undefined && n.undo.waiting === 0 && n.undo.status === "none") begin(state, n);
  }
}

/** Marks points of no return that were passed, and all that comes before them. */
function keep(state: RunState): void {
  for (let i = state.nodes.length - 1; i >= 0; i--) {
    const n = state.nodes[i];
    if (n === undefined) continue;
    if (isWrite(n) && n.node.rollback === null && mayHaveActed(n.call)) {
      n.undo.status = "kept";
      n.undo.why ??= n.node.irreversible ?? "it has no rollback";
    }
    if (n.undo.status !== "kept") continue;
    const point = isPoint(n) ? n.node.id : n.undo.why;
    for (const { id } of n.node.after) {
      const before = nodeOf(state, id);
      if (before.undo.status === "kept") continue;
      before.undo.status = "kept";
      if (!isPoint(before)) before.undo.why = point;
    }
  }
}

/** A step that cannot be undone and may have taken place. */
export const isPoint = (n: NodeState): boolean => isWrite(n) && n.node.rollback === null && mayHaveActed(n.call);

/** The node's successors are undone: now it is its turn. Iterative, for long chains. */
function begin(state: RunState, first: NodeState): void {
  const stack = [first];
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    if (n.undo.status !== "none" && n.undo.status !== "undone" && n.undo.status !== "failed") continue;
    if (n.undo.status === "none") {
      if (needsUndo(n)) {
        n.undo.status = "active";
        state.undoing++;
        state.agenda.undo.push(n.index);
        continue;
      }
      n.undo.status = "needless";
    }
    for (const { id } of n.node.after) {
      const before = nodeOf(state, id);
      before.undo.waiting--;
      if (before.undo.waiting === 0 && before.undo.status === "none") stack.push(before);
    }
  }
}

/** Whether the node changed something that a rollback has to take back. */
export function needsUndo(n: NodeState): boolean {
  if (!isWrite(n) || !mayHaveActed(n.call)) return false;
  switch (n.node.rollback?.kind) {
    case "calls":
      return true;
    case "auto":
      // What undo needs is kept before the effect: where nothing was kept, there was none.
      return n.call.captured !== null;
    case "nothing":
    case undefined:
      return false;
  }
}

export function undoCallDone(state: RunState, n: NodeState, index: number): void {
  const calls = n.node.kind === "step" && n.node.rollback?.kind === "calls" ? n.node.rollback.calls.length : 1;
  n.undo.at = index + 1;
  if (n.undo.at < calls) {
    state.agenda.undo.push(n.index);
    return;
  }
  ended(state, n, "undone");
}

export function undoFailed(state: RunState, n: NodeState, why: string): void {
  n.undo.why = why;
  ended(state, n, "failed");
}

function ended(state: RunState, n: NodeState, status: "undone" | "failed"): void {
  if (n.undo.status !== "active") return;
  n.undo.status = status;
  state.undoing--;
  begin(state, n);
}
