/** What is to be done about a run that nobody has in hand, as its log and the clock tell. Pure but for reading the store. */
import type { Judge } from "../approvals/judge.ts";
import { decide } from "../engine/decide.ts";
import { countedUntil, endsAt } from "../engine/fold-lease.ts";
import { blocked, mayHaveActed, type NodeState, needsLocks, type RunState, wakeAt } from "../engine/state.ts";
import { frozenBy, readFreezes } from "../freeze/freeze.ts";
import { heldByOthers, readLocks } from "../run/locks.ts";
import { givenEvents } from "../run/people.ts";
import type { RunSummary, Store } from "../store/port.ts";
import { dueAt } from "./due.ts";
import type { DueLease } from "./end.ts";
import { keptBy, leaseStream, readStack } from "./stream.ts";

export type Todo =
  /** Take it up to end these leases; none where what is to be ended is under way already, or only the log's next entries tell. */
  | { readonly kind: "leases"; readonly leases: readonly DueLease[] }
  | { readonly kind: "resume"; readonly because: "cut off" | "approved" | "time" | "unlocked" | "thawed" }
  /** Nothing before `at`, in milliseconds since 1970; null: nothing that time brings. */
  | { readonly kind: "wait"; readonly at: number | null };

const later = (at: number | null): Todo => ({ kind: "wait", at });

/** Milliseconds since 1970, both. */
export interface Times {
  /** What the clock said when whoever asks saw first how the run stands. */
  readonly seen: number;
  /** Now, and never less than has gone by since then, wherever the clock was set to. */
  readonly now: number;
}

/** Of a run that has ended. */
export async function todoOfEnded(
  store: Store,
  run: RunSummary,
  read: () => Promise<RunState>,
  { seen, now }: Times,
): Promise<Todo> {
  if (run.leases.length === 0) return later(null);
  const ended = Date.parse(run.endedAt ?? run.createdAt);
  const due: DueLease[] = [];
  let next: number | null = null;
  for (const lease of run.leases) {
    const of = { node: lease.node, by: null, reason: null };
    const at = dueAt(lease, ended, seen);
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

/** Of a run that has not ended, and that no process has in hand. THE STATE IS CONSUMED, as `decide` does. `judge`: whose word on freezes counts. */
export async function todoOfOpen(
  store: Store,
  state: RunState,
  { seen, now }: Times,
  judge: () => Promise<Judge>,
): Promise<Todo> {
  const { nodes, next: lease } = leasesDue(state, seen, now);
  if (nodes !== null) {
    const leases = nodes.map(({ node, because }): DueLease => ({ node, because, by: null, reason: null }));
    return (await isLocked(store, state)) ? later(null) : { kind: "leases", leases };
  }
  if (state.pause !== null || blocked(state)) return later(lease);
  if (state.locked !== null) {
    return (await isLocked(store, state)) ? later(lease) : { kind: "resume", because: "unlocked" };
  }
  if (state.frozen !== null) {
    const frozen = frozenBy(await readFreezes(store, now, await judge()), state.plan) !== null;
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
  // What a timer of its log was for may be over long since: only what is to be done by now counts.
  const todo = decide(state, now).some(({ kind }) => kind !== "release" && kind !== "unlock");
  return todo ? { kind: "resume", because: "time" } : later(wakeAt(state));
}

/** The leases that are to be ended now, where it is to be taken up for that, and when the next is; null: not by time. */
function leasesDue(
  state: RunState,
  seen: number,
  now: number,
): { readonly nodes: readonly Pick<DueLease, "node" | "because">[] | null; readonly next: number | null } {
  // As the engine does once it has the run in hand: set back, the clock makes no lease longer.
  const back = Math.min(0, seen - state.clock.last);
  const goesOn = state.pause === null && !blocked(state) && state.locked === null;
  const nodes: Pick<DueLease, "node" | "because">[] = [];
  let takes = false;
  let next: number | null = null;
  for (const index of state.leased) {
    const n = state.nodes[index];
    const at = n === undefined ? null : leaseAt(n, goesOn);
    if (n === undefined || n.lease === null || at === null) continue;
    if (at + back > now) {
      next = Math.min(next ?? at + back, at + back);
      continue;
    }
    takes = true;
    const { status, due } = n.lease;
    if (status === "granted" && !due) nodes.push({ node: n.node.id, because: "time" });
    else if (status === "failed" && !due) nodes.push({ node: n.node.id, because: "again" });
  }
  // While its last hooks tell how it ended it is as they tell; who takes it up brings it to that end.
  return { nodes: !takes ? null : state.phase === "closing" ? [] : nodes, next };
}

/** When its lease is to be seen to, as far as time alone tells; null: not by that. */
function leaseAt(n: NodeState, goesOn: boolean): number | null {
  const { lease, call, undo } = n;
  if (lease === null) return null;
  // One whose end has come and that was cut off in the middle; of a rollback that people are asked about nothing is begun.
  if (lease.due && undo.status === "active") return undo.calls[undo.at]?.status === "unknown" ? null : 0;
  // Its step was cut off. It is begun anew where the run goes on; else what it gave, if it did, is granted and ended.
  if (lease.status === "counted") return !goesOn && mayHaveActed(call) ? countedUntil(n, lease) : null;
  return endsAt(lease);
}

/** Whether it needs locks that others hold. */
async function isLocked(store: Store, state: RunState): Promise<boolean> {
  return needsLocks(state) && heldByOthers(await readLocks(store, state.plan), state.run).length > 0;
}
