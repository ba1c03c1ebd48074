/** Ends process groups, and only those that were meant. */
import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError } from "../provider/contract.ts";
import { findGroup, notOlder, type ProcessEntry } from "./table.ts";

/** A process as it was recorded when it began; it leads its group. */
export interface ProcessGroup {
  readonly pid: number;
  readonly group: number;
  readonly started: string;
}

const LONGEST_PAUSE = 100;
/** How long the operating system may take to collect what SIGKILL ended. */
const AFTER_KILL = 3_000;

/**
 * Living processes of the group. None where the group's number has gone to others since: a number is not given out
 * again while a member lives, so a leader with another start time means that the whole old group is gone.
 */
async function members(of: ProcessGroup): Promise<readonly ProcessEntry[]> {
  if (nobodyIn(of.group)) return [];
  const found = await findGroup(of.group);
  const leader = found.find((entry) => entry.pid === of.pid);
  if (leader !== undefined && leader.started !== of.started) return [];
  return found.filter((entry) => notOlder(entry, of.started));
}

/** One question to the kernel, so that the table of all processes is read only where somebody is left. */
function nobodyIn(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** Whether a process of the group still lives, the leader or another. */
export async function groupAlive(of: ProcessGroup): Promise<boolean> {
  return (await members(of)).length > 0;
}

function signal(group: number, name: "SIGTERM" | "SIGKILL"): void {
  // 0 and 1 mean "my own group" and "everybody".
  if (group <= 1) return;
  try {
    process.kill(-group, name);
  } catch {
    // Gone meanwhile, or not ours to signal: what is left is counted by the caller.
  }
}

/** Polls until none is left or `within` milliseconds are over; adds every process it sees to `seen`. */
async function emptied(of: ProcessGroup, within: number, seen: Set<number>): Promise<boolean> {
  const end = performance.now() + within;
  for (let pause = 5; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const left = await members(of);
    for (const entry of left) seen.add(entry.pid);
    if (left.length === 0) return true;
    if (performance.now() >= end) return false;
    await sleep(pause);
  }
}

/**
 * Ends every process of a group: SIGTERM, then SIGKILL to what is left after `graceMs`. Returns how many it ended; 0
 * where none was left or the pid belongs to another process by now. Rejects with `ProviderError` where some process
 * cannot be ended (of another user, or held by the kernel).
 */
export async function endGroup(of: ProcessGroup, graceMs: number): Promise<number> {
  const seen = new Set<number>();
  const before = await members(of);
  if (before.length === 0) return 0;
  for (const entry of before) seen.add(entry.pid);
  signal(of.group, "SIGTERM");
  if (await emptied(of, graceMs, seen)) return seen.size;
  // A member may be made while others are ended, so SIGKILL goes out until none is left.
  const end = performance.now() + AFTER_KILL;
  while (performance.now() < end) {
    signal(of.group, "SIGKILL");
    if (await emptied(of, LONGEST_PAUSE, seen)) return seen.size;
  }
  const left = (await members(of)).map((entry) => entry.pid);
  if (left.length === 0) return seen.size;
  throw new ProviderError(
    `cannot end ${left.length === 1 ? "process" : "processes"} ${left.join(", ")}, started by this run. End it by hand (\`kill -9 ${left.join(" ")}\`), then resume.`,
    { retryable: true },
  );
}
