/** What leases need: that they are granted, that their end comes, that they are closed. Neither a pause nor a question to people stops it. */
import type { OpenLease } from "../event.schema.ts";
import { type Command, type LeaseAct, record } from "./command.ts";
import { decideRetries } from "./decide-retry.ts";
import { decideUndo } from "./decide-undo.ts";
import { countedUntil, endsAt } from "./fold-lease.ts";
import { type LeaseState, mayHaveActed, type NodeState, needsLocks, type RunState } from "./state.ts";

type Leased = NodeState & { readonly lease: LeaseState };

const isLeased = (n: NodeState | undefined): n is Leased => n !== undefined && n.lease !== null;

const leasesOf = (state: RunState): Leased[] =>
  [...state.leased]
    .sort((a, b) => a - b)
    .map((index) => state.nodes[index])
    .filter(isLeased);

export function decideLeases(state: RunState, now: number, at: string, commands: Command[]): void {
  if (state.leased.size === 0 || state.phase === "closing") return;
  timers(state, now, at, commands);
  decideRetries(state, commands, (n) => n.lease?.due === true);
  look(state, at, commands);
  if (leasesOf(state).some((n) => n.lease.due)) decideUndo(state, state.agenda.taking, now, at, commands);
}

function timers(state: RunState, now: number, at: string, commands: Command[]): void {
  const { leaseTimers: due, taking } = state.agenda;
  const ended = new Set<number>();
  for (let timer = due.peek(); timer !== undefined && timer.at <= now; timer = due.peek()) {
    due.pop();
    if (timer.what === "retry") taking.push(timer.index);
    const n = state.nodes[timer.index];
    if (timer.what !== "lease" || !isLeased(n) || ended.has(timer.index)) continue;
    const ends = endsAt(n.lease);
    if (n.lease.due || ends === null || ends > now) continue;
    ended.add(timer.index);
    const node = n.node.id;
    const because = n.lease.status === "failed" ? "again" : "time";
    commands.push(record(`lease/${node}/due`, { type: "lease.due", at, node, because, by: null, reason: null }));
  }
}

function look(state: RunState, at: string, commands: Command[]): void {
  for (const index of new Set(state.agenda.leases)) {
    const n = state.nodes[index];
    if (!isLeased(n) || state.agenda.inHand.has(`lease/${n.node.id}`)) continue;
    const { status } = n.call;
    const over = status === "done" || status === "gave_up" || status === "unknown";
    if (n.lease.status === "counted" && over && mayHaveActed(n.call)) commands.push(granted(n, at));
    else if (isTaken(n)) {
      askLease(state, n, { do: "close", how: n.undo.status === "undone" ? "taken_back" : "failed" }, commands);
    }
  }
  state.agenda.leases = [];
}

/** Its rollback is over, one way or the other. */
const isTaken = (n: Leased): boolean =>
  n.lease.status === "taking" && (n.undo.status === "undone" || n.undo.status === "failed");

function granted(n: Leased, at: string): Command {
  const { node, lease } = n;
  const [ttl, expires] = node.kind === "step" ? [node.lease ?? 0, node.call.expires === true] : [0, false];
  // What ends by itself was told so when it began.
  const since = expires ? lease.began : lease.since > 0 ? lease.since : Date.parse(at);
  const until = lease.unwanted ? at : new Date(since + ttl).toISOString();
  return record(`lease/${node.id}/granted/${n.call.attempt}`, { type: "lease.granted", at, node: node.id, until });
}

export function askLease(state: RunState, n: NodeState, act: LeaseAct, commands: Command[]): void {
  const { id } = n.node;
  const { inHand } = state.agenda;
  if (inHand.has(`lease/${id}`)) return;
  inHand.add(`lease/${id}`);
  const round = `${state.holds}/${n.call.attempt}/${n.lease?.tries ?? 0}`;
  commands.push({ kind: "lease", id: `lease/${id}/${act.do}/${round}`, node: id, act });
}

/** Why the run may not be let go yet, or what it has to wait for; null: leases keep it from nothing. */
export function leasesAtWork(state: RunState): "busy" | "locked" | "unknown" | null {
  let found: "locked" | "unknown" | null = null;
  for (const n of leasesOf(state)) {
    if (isTaken(n)) return "busy";
    if (!n.lease.due || n.undo.status !== "active") continue;
    if (needsLocks(state) && state.locked !== null) found ??= "locked";
    else if (n.undo.calls[n.undo.at]?.status === "unknown") found ??= "unknown";
    else return "busy";
  }
  return found;
}

/**
 * Before a run ends or is let go: a lease whose step has changed nothing keeps nobody else's from its end, and one whose step
 * may have is over some time. Whether there was such a lease.
 */
export function settleLeases(state: RunState, at: string, commands: Command[]): boolean {
  for (const n of leasesOf(state)) {
    if (n.lease.status !== "counted") continue;
    if (mayHaveActed(n.call)) commands.push(granted(n, at));
    else askLease(state, n, { do: "close", how: "unused" }, commands);
  }
  return commands.length > 0 || leasesOf(state).some((n) => n.lease.status === "counted");
}

/** Leases that are not over and done with, in the order of the plan; none of a step that cannot have given anything. */
export const openLeases = (state: RunState): OpenLease[] =>
  leasesOf(state)
    .filter(({ call, lease }) => lease.status !== "closed" && (lease.status !== "counted" || mayHaveActed(call)))
    .map((n) => {
      const { status, until, tries } = n.lease;
      const is = status === "shared" || status === "failed" ? status : "open";
      const ends = status === "counted" ? countedUntil(n, n.lease) : until;
      return { node: n.node.id, until: new Date(ends).toISOString(), is, tries };
    });
