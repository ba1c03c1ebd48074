/**
 * What the events of leases make of the state. A lease counts from when its step was done, or may have taken place; at its end
 * the rollback of the step runs alone, whatever else the run does, also after the run had ended.
 */
import type { EventOf } from "../event.schema.ts";
import { againAt } from "../leases/due.ts";
import { failNode, resumed, toCalls } from "./fold-node.ts";
import { callKey, type LeaseState, type NodeState, newCall, nodeOf, type RunState } from "./state.ts";
import { toUndo, undoShared } from "./undo.ts";

const NEW: Omit<LeaseState, "resource"> = {
  status: "counted",
  began: 0,
  since: 0,
  until: 0,
  due: false,
  unwanted: false,
  tries: 0,
  again: 0,
};

export function leaseOpened(state: RunState, event: EventOf<"lease.opened">): void {
  const n = nodeOf(state, event.node);
  state.agenda.inHand.delete(`lease/${event.node}`);
  n.lease = { ...NEW, resource: event.resource };
  state.leased.add(n.index);
  toCalls(state, n);
}

export function leaseGranted(state: RunState, event: EventOf<"lease.granted">): void {
  const n = nodeOf(state, event.node);
  if (n.lease === null) return;
  n.lease.status = "granted";
  n.lease.until = Date.parse(event.until);
  toTimers(state, n);
}

/** When time alone ends it: the end of what is granted, or the next try to take back what could not be; null: it does not. */
export function endsAt({ status, until, again }: LeaseState): number | null {
  if (status === "granted") return until;
  return status === "failed" && again > 0 ? again : null;
}

/** Of a step that is not over: when its lease is, if what was begun last is what gave it. Milliseconds since 1970. */
export const countedUntil = ({ node }: NodeState, { began }: LeaseState): number =>
  began + (node.kind === "step" ? (node.lease ?? 0) : 0);

function toTimers(state: RunState, n: NodeState): void {
  const at = n.lease === null ? null : endsAt(n.lease);
  if (at !== null) state.agenda.leaseTimers.push({ at, what: "lease", index: n.index, phase: "undo" });
}

/** Its step came to an end, or an attempt of it that may have acted: what it gives is there from `at` on, milliseconds since 1970. */
export function leaseSince(state: RunState, n: NodeState, at: number): void {
  if (n.lease === null) return;
  n.lease.since = at;
  state.agenda.leases.push(n.index);
}

/** Its step is begun once more: the lease counts from that. */
export function leaseAnew(n: NodeState, at: string): void {
  if (n.lease === null) return;
  n.lease.began = Date.parse(at);
  if (n.lease.status === "granted") n.lease.status = "counted";
}

export function leaseDue(state: RunState, event: EventOf<"lease.due">): void {
  const n = nodeOf(state, event.node);
  const { lease } = n;
  // While the last hooks tell how it ended, it is as they tell; it is taken up again after that.
  if (lease === null || lease.status === "closed" || state.phase === "closing") return;
  if (lease.status === "counted") {
    lease.unwanted = true;
    return;
  }
  reopen(state);
  giveUp(state, n, event.at);
  takeBack(state, n);
}

/** What was not known to be done, or was to be tried once more, is not gone on with: what it may have given is taken back. */
function giveUp(state: RunState, n: NodeState, at: string): void {
  const { call } = n;
  if (call.status === "done" || call.status === "gave_up") return;
  if (state.unknown.delete(callKey({ node: n.node.id, phase: "do", index: 0 }))) resumed(state, at);
  call.status = "gave_up";
  if (state.phase !== "leases") failNode(state, n, "its lease was over before it was done", at);
}

function takeBack(state: RunState, n: NodeState): void {
  const { undo, lease } = n;
  if (lease === null || undo.status === "undone") return;
  lease.due = true;
  if (undo.status !== "active") {
    // One that had failed goes on with the call that did, as often as if it had not been tried.
    const call = undo.calls[undo.at];
    if (call?.status === "gave_up") {
      undo.calls[undo.at] = { ...newCall(), attempt: call.attempt, acted: call.acted };
    }
    undo.why = null;
    undo.status = "active";
    state.undoing++;
    for (const e of n.elements) e.undoing++;
  }
  toUndo(state, n);
}

export function leaseEnded(state: RunState, event: EventOf<"lease.ended">): void {
  const n = nodeOf(state, event.node);
  state.agenda.inHand.delete(`lease/${event.node}`);
  if (n.lease === null) return;
  if (event.others.length === 0) {
    n.lease.status = "taking";
    toUndo(state, n);
    return;
  }
  n.lease.status = "shared";
  n.lease.due = false;
  undoShared(state, n, `kept for ${event.others.map(({ run, node }) => `${run}:${node}`).join(", ")}`);
}

export function leaseClosed(state: RunState, event: EventOf<"lease.closed">): void {
  const n = nodeOf(state, event.node);
  state.agenda.inHand.delete(`lease/${event.node}`);
  const { lease } = n;
  if (lease === null) return;
  lease.due = false;
  lease.again = 0;
  switch (event.how) {
    case "unused":
      n.lease = null;
      state.leased.delete(n.index);
      break;
    case "by_hand":
      reopen(state);
      lease.status = "closed";
      n.undo.status = "undone";
      break;
    case "taken_back":
      lease.status = "closed";
      break;
    case "failed":
      lease.status = "failed";
      lease.tries++;
      lease.again = againAt(lease.tries, Date.parse(event.at)) ?? 0;
      toTimers(state, n);
      break;
  }
  if (state.phase === "closing") return;
  // Those of this run that waited for it are looked at again; those of other runs by whoever watches over them.
  for (const index of state.leased) {
    const other = state.nodes[index];
    if (other?.lease?.status === "shared" && other.undo.status === "shared") takeBack(state, other);
  }
}

/** A run that had ended is taken up again; how it ended is told anew once its leases are dealt with. */
function reopen(state: RunState): void {
  if (state.finished === null) return;
  standAsBefore(state);
  state.former = state.finished;
  state.finished = null;
  state.closing = null;
  state.phase = "leases";
  state.reopened = "leases";
  state.agenda.retries = [];
}

/** A rollback that was refused has not changed why the run had ended. */
export function standAsBefore(state: RunState): void {
  if (state.reopened === "rollback" && state.ending?.cause === "refusal") state.ending = state.formerEnding;
}

/** A new process: what was asked for is asked for again. */
export function leasesHeld(state: RunState): void {
  for (const index of state.leased) {
    const n = state.nodes[index];
    if (n === undefined) continue;
    state.agenda.leases.push(index);
    if (n.undo.status === "active") toUndo(state, n);
  }
}

/** The clock was set: a lease lasts no longer by that, and one whose end was slept through is over. */
export function moveLeases(state: RunState, by: number): void {
  if (by >= 0) return;
  for (const index of state.leased) {
    const n = state.nodes[index];
    if (n === undefined || n.lease === null) continue;
    const { lease } = n;
    lease.until += by;
    if (lease.since > 0) lease.since += by;
    if (lease.began > 0) lease.began += by;
    if (lease.again > 0) lease.again += by;
    toTimers(state, n);
  }
}
