/**
 * Undo: every step that started and may have changed something is undone, in reverse graph order. A step is undone
 * when all that comes after it is undone or needs none; independent steps are undone together.
 *
 * A rollback that fails is reported, and the steps before it are undone all the same: each of them put something
 * into the world that its own rollback knows how to take away, and leaving more behind helps nobody. What stops undo
 * is only a point of no return: the step, and everything it rests on, stays.
 *
 * An element of a loop that failed and is tolerated is undone alone, in the same way, within itself.
 */
import type { StepNode } from "../../compiler/plan/plan.schema.ts";
import { isWrite } from "./calls.ts";
import {
  type ElementState,
  inFlightOf,
  mayHaveActed,
  type NodeState,
  nodeOf,
  ownNodes,
  type RunState,
} from "./state.ts";

/** Begins the undo of the run once nothing of the action is in flight any more. */
export function undoIfDrained(state: RunState): void {
  if (state.phase !== "doing" || state.ending?.mode !== "rollback" || inFlightOf(state) > 0) return;
  // What ended may have been changed by others since: facts are looked at first.
  if (state.ending.cause === "rolled_back" && state.gate !== "open") return;
  state.phase = "undoing";
  // Undo copes with not knowing whether a step took place, so nobody has to be asked.
  for (const [key, { phase }] of state.unknown) if (phase === "do") state.unknown.delete(key);
  const nodes = ownNodes(state);
  for (const n of nodes) n.undo.waiting = state.successors[n.index]?.length ?? 0;
  undoAll(state, nodes, () => true);
}

/** Begins the undo of one element, whose nodes come before nothing that has started outside of it. */
export function undoElement(state: RunState, e: ElementState): void {
  const nodes = e.nodes.map((index) => state.nodes[index]).filter((n) => n !== undefined);
  for (const n of nodes) {
    const after = state.successors[n.index] ?? [];
    n.undo.waiting = after.filter((index) => state.nodes[index]?.elements.includes(e)).length;
  }
  undoAll(state, nodes, (n) => n.elements.includes(e));
}

/** `nodes` in the order of the plan, each with how many of those after it are to be undone before it. */
function undoAll(state: RunState, nodes: readonly NodeState[], within: (n: NodeState) => boolean): void {
  for (const n of nodes) n.undo.passed = false;
  keep(state, nodes, within);
  const last = nodes.filter((n) => n.undo.waiting === 0);
  for (const n of last.reverse()) begin(state, n);
}

/** Marks points of no return that were passed, and all that comes before them. */
function keep(state: RunState, nodes: readonly NodeState[], within: (n: NodeState) => boolean): void {
  for (let i = nodes.length - 1; i >= 0; i--) {
    const n = nodes[i];
    if (n === undefined) continue;
    if (isPoint(n)) {
      n.undo.status = "kept";
      n.undo.why ??= n.node.irreversible ?? "it has no rollback";
    }
    if (n.undo.status !== "kept") continue;
    const point = isPoint(n) ? n.node.id : n.undo.why;
    for (const { id } of n.node.after) {
      const before = nodeOf(state, id);
      if (before.undo.status !== "none" || !within(before)) continue;
      before.undo.status = "kept";
      if (!isPoint(before)) before.undo.why = point;
    }
  }
}

/** A step that cannot be undone and may have taken place. */
export const isPoint = (n: NodeState): n is NodeState & { readonly node: StepNode } =>
  isWrite(n) && n.node.rollback === null && mayHaveActed(n.call);

/** What comes after the node is undone: now it is its turn, and once it is undone that of what comes before it. Iterative, for long chains. */
function begin(state: RunState, first: NodeState): void {
  const stack = [first];
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    if (n.undo.waiting > 0 || n.undo.passed || n.undo.status === "active" || n.undo.status === "kept") continue;
    if (n.undo.status === "none") {
      if (needsUndo(n)) {
        n.undo.status = "active";
        state.undoing++;
        for (const e of n.elements) e.undoing++;
        toUndo(state, n);
        continue;
      }
      n.undo.status = "needless";
    }
    n.undo.passed = true;
    for (const { id } of n.node.after) {
      const before = nodeOf(state, id);
      if (!undoes(state, before)) continue;
      before.undo.waiting--;
      if (before.undo.waiting === 0) stack.push(before);
    }
  }
}

/** Whether the undo under way reaches the node: that of the run, or that of an element it lies in. */
const undoes = (state: RunState, n: NodeState): boolean =>
  state.phase === "undoing" || n.elements.some((e) => e.status === "undoing");

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
    toUndo(state, n);
    return;
  }
  ended(state, n, "undone");
}

/** Puts the node among those whose rollback may go on. */
export function toUndo(state: RunState, n: NodeState): void {
  (n.lease?.due === true ? state.agenda.taking : state.agenda.undo).push(n.index);
}

/** What it gave stays, since others have a lease on it. What comes before it is undone all the same. */
export function undoShared(state: RunState, n: NodeState, why: string): void {
  n.undo.why = why;
  ended(state, n, "shared");
}

export function undoFailed(state: RunState, n: NodeState, why: string): void {
  n.undo.why = why;
  ended(state, n, "failed");
}

function ended(state: RunState, n: NodeState, status: "undone" | "shared" | "failed"): void {
  if (n.undo.status !== "active") return;
  n.undo.status = status;
  if (n.lease !== null) state.agenda.leases.push(n.index);
  state.undoing--;
  for (const e of n.elements) e.undoing--;
  begin(state, n);
}
