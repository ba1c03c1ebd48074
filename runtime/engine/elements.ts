/**
 * Elements of loops that tolerate failed ones: an element that fails is undone alone while the others go on. What is in
 * flight in it lands first; then its steps are undone; then what comes after it in the graph goes on. Beyond what its loop
 * tolerates, the element around it fails, and where there is none, the run.
 */
import { passElement, resumed } from "./fold-node.ts";
import type { ElementState, RunState } from "./state.ts";
import { undoElement } from "./undo.ts";

/** Begins the undo of those elements in which nothing is in flight any more, and lets go on what comes after them. */
export function stepElements(state: RunState, at: string): void {
  if (state.failing === 0 || state.phase !== "doing" || state.ending !== null) return;
  for (const e of state.tolerated) {
    if (e.status === "failing" && e.announced && e.running === 0) {
      e.status = "undoing";
      forget(state, e, at);
      undoElement(state, e);
    }
    if (e.status === "undoing" && e.undoing === 0) {
      e.status = "failed";
      state.failing--;
      passElement(state, e, at);
    }
  }
}

/** Undo copes with not knowing whether a step took place, so nobody has to be asked. */
function forget(state: RunState, e: ElementState, at: string): void {
  for (const [key, { node, phase }] of state.unknown) {
    if (phase === "do" && state.byId.get(node)?.elements.includes(e) === true) state.unknown.delete(key);
  }
  resumed(state, at);
}
