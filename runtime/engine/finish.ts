/** How a run ended, and what is left for people. */
import type { EventOf, Outcome } from "../event.schema.ts";
import { isWrite, planned } from "./calls.ts";
import { openLeases } from "./decide-lease.ts";
import { undoApplies, undoArgs } from "./decide-undo.ts";
import { compute } from "./scope.ts";
import { type ElementState, failingOf, mayHaveActed, type NodeState, ownNodes, type RunState } from "./state.ts";
import { isPoint, needsUndo } from "./undo.ts";

type Finished = EventOf<"run.finished">;
type Left = Finished["left"][number];

/** The last event of a run of which nothing is in flight. */
export function finish(state: RunState, at: string): Finished {
  const { ending, former } = state;
  // What was to be rolled back and may not be stands as it had ended.
  if (state.reopened === "rollback" && former !== null && ending?.cause === "refusal") {
    return { ...former, at, why: `not rolled back: ${ending.why}` };
  }
  const left = leftOf(state);
  const outcome = outcomeOf(state, left);
  const failed = state.failures.map((i) => state.nodes[i]).filter((n) => n !== undefined);
  let why = ending?.why ?? (failed.length > 0 ? failed.map((n) => `${n.node.id}: ${n.why ?? ""}`).join("; ") : null);
  let result: Finished["result"] = null;
  if (state.phase === "leases" && former !== null) result = former.result;
  else if (outcome === "succeeded" && state.plan.returns !== null) {
    const got = compute(state, state.plan.returns, { now: at });
    if (got.ok) result = got.value;
    else why = `everything was done, but the action's result cannot be computed: ${got.why}`;
  }
  // One that failed in one that failed later is part of that.
  const whole = state.tolerated.filter((e) => !state.tolerated.some((other) => isWithin(e, other)));
  const tolerated = whole.map((e) => ({ element: e.id, why: e.why ?? "" }));
  const leases = openLeases(state);
  const more = {
    ...(tolerated.length === 0 ? {} : { tolerated }),
    ...(leases.length === 0 ? {} : { leases }),
    // How long its leases lasted after that is no part of how long it took.
    ...(state.phase === "leases" && former !== null ? { ended: former.ended ?? former.at } : {}),
  };
  return { type: "run.finished", at, outcome, why, left, result, ...more };
}

function isWithin(e: ElementState, outer: ElementState): boolean {
  for (let at = e.within; at !== null; at = at.within) if (at === outer) return true;
  return false;
}

function outcomeOf(state: RunState, left: readonly Left[]): Outcome {
  const { ending } = state;
  if (ending === null) return state.failures.length === 0 && left.length === 0 ? "succeeded" : "incomplete";
  if (!state.wrote && ending.cause === "refusal") return "refused";
  if (!state.wrote && ending.cause === "denied") return "denied";
  if (ending.mode === "halt") {
    return ending.cause !== "cancelled" && state.plan.onFailure === "continue" ? "incomplete" : "halted";
  }
  if (left.length > 0) return "incomplete";
  switch (ending.cause) {
    case "cancelled":
      return "cancelled";
    case "denied":
      return "denied";
    case "failed":
    case "refusal":
    case "timed_out":
    case "rolled_back":
      return "undone";
  }
}

/** In the order of the plan; after an undo the last first, as undo goes: what is put right by hand in another order may do harm. */
function leftOf(state: RunState): Left[] {
  const { ending } = state;
  const say = ending === null ? unfinished : ending.mode === "rollback" ? notUndone : stands;
  const failed = state.failures.length > 0 || state.tolerated.length > 0 || ownNodes(state).some(leaseFailed);
  if (ending === null && !failed) return [];
  const nodes = say === notUndone ? ownNodes(state).toReversed() : ownNodes(state);
  return nodes.flatMap((n) => say(state, n).map((what) => ({ node: n.node.id, what })));
}

/** Under `continue`: what failed, and what was not done because of it. Of an element that failed: what could not be undone. */
function unfinished(state: RunState, n: NodeState): string[] {
  if (failingOf(n) !== null) return notUndone(state, n);
  if (leaseFailed(n)) return [byHand(state, n)];
  if (n.status === "failed") return [`failed${halfDone(n)}: ${n.why ?? ""}`];
  if (n.status === "pending" && n.node.kind === "step") return ["not run, because something before it failed"];
  return [];
}

/** Its lease is over, and what it gave could not be taken back. */
const leaseFailed = (n: NodeState): boolean => n.lease?.status === "failed" && n.undo.status === "failed";

const halfDone = (n: NodeState): string => (isWrite(n) && mayHaveActed(n.call) ? ", and may be half done" : "");

/** After a halt: what stands. */
function stands(state: RunState, n: NodeState): string[] {
  if (n.undo.status === "undone" || n.undo.status === "shared") return [];
  if (n.undo.status === "active" || n.undo.status === "failed") return [byHand(state, n)];
  if (!isWrite(n) || !mayHaveActed(n.call)) return [];
  return [n.call.status === "done" ? "done, and not undone" : "started; whether it took place is not known"];
}

/** After an undo: what could not be taken back. */
function notUndone(state: RunState, n: NodeState): string[] {
  if (isPoint(n)) {
    const done = n.call.status === "done" ? "done" : "may have taken place";
    return [`${done} and cannot be undone: ${n.undo.why ?? ""}`];
  }
  if (n.undo.status === "kept") {
    return needsUndo(n) ? [`stays as it is, because ${n.undo.why ?? "what"} comes after it and cannot be undone`] : [];
  }
  return n.undo.status === "failed" ? [byHand(state, n)] : [];
}

/** The calls of a rollback that are not done, ready to be done by a person. */
function byHand(state: RunState, n: NodeState): string {
  if (!isWrite(n)) return "";
  const { rollback } = n.node;
  const because = n.undo.why === null ? "" : `; ${n.undo.why}`;
  if (rollback?.kind !== "calls") return `to be put back by hand what ${n.node.call.shown} changed${because}`;
  const due = rollback.calls.map((_, i) => i).slice(n.undo.at);
  const todo = due
    .filter((i) => !isPassedOver(state, n, i))
    .map((index) => {
      const args = undoArgs(state, n, index);
      const shown = args.ok
        ? Object.entries(args.value)
            .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
            .join(", ")
        : "…";
      return `${planned(n, "undo", index).call.shown}(${shown})`;
    });
  return `to be done by hand: ${todo.join(", then ")}${because}`;
}

function isPassedOver(state: RunState, n: NodeState, index: number): boolean {
  const holds = undoApplies(state, n, index);
  return holds.ok && !holds.value;
}
