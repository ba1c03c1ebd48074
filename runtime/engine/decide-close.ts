/** When nothing moves any more: the run is over, or waits for people, for locks, or for what is under way. */
import { type Command, record } from "./command.ts";
import { leasesAtWork, settleLeases } from "./decide-lease.ts";
import { finish } from "./finish.ts";
import { hooksBusy, lastHook } from "./hooks.ts";
import { blocked, keepsStill, needsLocks, type RunState } from "./state.ts";

type Because = Extract<Command, { kind: "release" }>["because"];

export function decideClose(state: RunState, at: string, commands: Command[]): void {
  if (state.running.size > 0 || state.unsettled.size > 0) return;
  const leases = leasesAtWork(state);
  if (leases === "busy") return;
  if (leases === "locked") release(state, "waiting_lock", at, commands);
  else if (leases === "unknown") release(state, "unknown_outcome", at, commands);
  else if (state.pause !== null) release(state, "paused", at, commands);
  else if (blocked(state)) release(state, "unknown_outcome", at, commands);
  else if (keepsStill(state)) letGo(state, at, commands);
  else if (hooksBusy(state)) return;
  else if (waitsForThaw(state)) release(state, "frozen", at, commands);
  else if (state.phase === "closing") close(state, at, commands);
  else if (isOver(state)) close(state, at, commands);
  else if (waitsForLocks(state)) release(state, "waiting_lock", at, commands);
  else if (waitsForPeople(state)) leaveToPeople(state, at, commands);
}

/** Leases of it are ended, and whoever goes on with it finds it as it was. */
function letGo(state: RunState, at: string, commands: Command[]): void {
  if (waitsForPeople(state)) leaveToPeople(state, at, commands);
  else release(state, state.frozen === null ? "stopped" : "frozen", at, commands);
}

function leaveToPeople(state: RunState, at: string, commands: Command[]): void {
  if (state.locks === "held") unlock(state, "waiting", commands);
  else release(state, "waiting_approval", at, commands);
}

function isOver(state: RunState): boolean {
  const { ending } = state;
  if (state.phase === "leases") return true;
  if (ending === null) return state.live === 0 && state.undoing === 0 && state.failing === 0;
  return ending.mode === "halt" || (state.phase === "undoing" && state.undoing === 0);
}

/** Whatever it could do but write is done. */
const waitsForThaw = (state: RunState): boolean =>
  state.frozen !== null &&
  state.phase === "doing" &&
  state.ending === null &&
  state.undoing === 0 &&
  heldWrites(state) > 0 &&
  state.live === heldWrites(state) + state.awaiting;

function heldWrites({ agenda, nodes }: RunState): number {
  const held = [...new Set(agenda.held)].map((index) => nodes[index]);
  return held.filter((n) => n?.hook === null && (n.status === "ready" || n.status === "active")).length;
}

/** Locks were refused in the middle of the run: only their holder can bring it on. */
const waitsForLocks = (state: RunState): boolean => state.locked !== null && needsLocks(state);

const waitsForPeople = (state: RunState): boolean =>
  state.ending === null && state.awaiting > 0 && state.live === state.awaiting && state.undoing === 0;

/** The last things, each after the one before: locks are let go, hooks tell, the run ends. */
function close(state: RunState, at: string, commands: Command[]): void {
  if (settleLeases(state, at, commands)) return;
  if (state.locks === "held") {
    unlock(state, "over", commands);
    return;
  }
  const hook = state.former === null ? lastHook(state, at) : null;
  commands.push(hook ?? record("finish", state.closing === null ? finish(state, at) : { ...state.closing, at }));
}

function unlock(state: RunState, because: "over" | "waiting", commands: Command[]): void {
  const { inHand } = state.agenda;
  if (inHand.has("unlock")) return;
  inHand.add("unlock");
  commands.push({ kind: "unlock", id: `unlock/${because}/${state.holds}/${state.gates}`, because });
}

/** Said once: it is in hand until a new process holds the run or a person has spoken. */
function release(state: RunState, because: Because, at: string, commands: Command[]): void {
  const { inHand } = state.agenda;
  if (inHand.size > 0 || settleLeases(state, at, commands)) return;
  inHand.add("release");
  commands.push({ kind: "release", id: `release/${because}/${state.holds}/${state.approvals.length}`, because });
}
