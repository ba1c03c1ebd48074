/** What is to be done about a run that nobody has in hand, as its log and the clock tell. Pure but for reading the store. */
import type { RunState } from "../engine/state.ts";
import { blocked, needsLocks, wakeAt } from "../engine/state.ts";
import { frozenBy, readFreezes } from "../freeze/freeze.ts";
import { heldByOthers, readLocks } from "../run/locks.ts";
import { givenEvents } from "../run/people.ts";
import type { RunSummary, Store } from "../store/port.ts";
import { dueAt } from "./due.ts";
import type { DueLease } from "./end.ts";
import { keptBy, leaseStream, readStack } from "./stream.ts";

export type Todo =
  /** Take it up to end leases; of a run that has not ended: without those, whose own engine knows which. */
  | { readonly kind: "leases"; readonly leases: readonly DueLease[] }
  | { readonly kind: "resume"; readonly because: "cut off" | "approved" | "time" | "unlocked" | "thawed" }
  /** Nothing before `at`, in milliseconds since 1970; null: nothing that time brings. */
  | { readonly kind: "wait"; readonly at: number | null };

const later = (at: number | null): Todo => ({ kind: "wait", at });

/** Of a run that has ended. */
export async function todoOfEnded(
  store: Store,
  run: RunSummary,
  read: () => Promise<RunState>,
  now: number,
): Promise<Todo> {
  if (run.leases.length === 0) return later(null);
  const ended = Date.parse(run.endedAt ?? run.createdAt);
  const due: DueLease[] = [];
  let next: number | null = null;
  for (const lease of run.leases) {
    const of = { node: lease.node, by: null, reason: null };
    const at = dueAt(lease, ended, now);
    if (lease.is === "shared") {
      if (await isAlone(store, await read(), lease.node)) due.push({ ...of, because: "alone" });
    } else if (at !== null && at <= now) due.push({ ...of, because: lease.is === "failed" ? "again" : "time" });
    else if (at !== null) next = Math.min(next ?? at, at);
  }
  return due.length > 0 ? { kind: "leases", leases: due } : later(next);
}

async function isAlone(store: Store, state: RunState, id: string): Promise<boolean> {
  const n = state.byId.get(id);
  if (n?.node.kind !== "step" || n.lease === null) return false;
  const stream = leaseStream(state.plan.workspace, n.node.call.instance, n.lease.resource);
  return keptBy(await readStack(store, stream), { run: state.run, node: id }).length === 0;
}

/** Of a run that has not ended, and that no process has in hand. */
export async function todoOfOpen(store: Store, state: RunState, now: number): Promise<Todo> {
  const lease = leaseDue(state, now);
  if (lease !== null && lease <= now) {
    return (await isLocked(store, state)) ? later(null) : { kind: "leases", leases: [] };
  }
  if (state.pause !== null || blocked(state)) return later(lease);
  if (state.locked !== null) {
    return (await isLocked(store, state)) ? later(lease) : { kind: "resume", because: "unlocked" };
  }
  if (state.frozen !== null) {
    const frozen = frozenBy(await readFreezes(store, now), state.plan) !== null;
    // What is undone, or was in flight, goes on all the same.
    const stands = state.ending === null && state.running.size + state.unsettled.size === 0;
    if (frozen && stands) return later(lease);
    return { kind: "resume", because: frozen ? "cut off" : "thawed" };
  }
  if (state.awaiting === 0) return { kind: "resume", because: "cut off" };
  const recorded = (await store.read(`plan/${state.digest}`)).flatMap(({ event }) =>
    event.type === "approval.recorded" ? [event.approval] : [],
  );
  if (givenEvents(state, recorded, new Date(now).toISOString()).length > 0)
    return { kind: "resume", because: "approved" };
  if (state.running.size + state.unsettled.size > 0) return { kind: "resume", because: "cut off" };
  const wakes = wakeAt(state);
  if (wakes !== null && wakes <= now) return { kind: "resume", because: "time" };
  return later(wakes);
}

/** When the next lease of it is to be seen to; null where it has none that time ends. */
function leaseDue(state: RunState, now: number): number | null {
  let next: number | null = null;
  for (const index of state.leased) {
    const n = state.nodes[index];
    if (n === undefined || n.lease === null) continue;
    // One whose end has come and that was cut off in the middle; of a rollback that people are asked about nothing is begun.
    if (n.lease.due && n.undo.status === "active") {
      if (n.undo.calls[n.undo.at]?.status !== "unknown") return now;
    } else if (n.lease.status === "granted") next = Math.min(next ?? n.lease.until, n.lease.until);
  }
  return next;
}

/** Whether it needs locks that others hold. */
async function isLocked(store: Store, state: RunState): Promise<boolean> {
  return needsLocks(state) && heldByOthers(await readLocks(store, state.plan), state.run).length > 0;
}
