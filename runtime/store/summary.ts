/** What `runs()` tells of runs, from the first and the last entry of their streams. */
import { openEntry } from "./entry.ts";
import { runOf } from "./names.ts";
import {
  type ListedRuns,
  type RawEntry,
  type RunSummary,
  type StoredEvent,
  StoreError,
  type UnreadableRun,
} from "./port.ts";

/** `ends` are of each stream, in the order the runs began; one that does not begin as a run does is left out. */
export function listRuns(
  ends: Iterable<{ readonly stream: string; readonly first: RawEntry; readonly last: RawEntry }>,
  isHeld: (run: string) => boolean,
): ListedRuns {
  const runs: RunSummary[] = [];
  const unreadable: UnreadableRun[] = [];
  for (const { stream, first, last } of ends) {
    const run = runOf(stream);
    if (run === null) continue;
    try {
      const summary = summarise(openEntry(first), openEntry(last), isHeld(run));
      if (summary !== null) runs.push(summary);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      unreadable.push({ run, error });
    }
  }
  return { runs, unreadable };
}

/** null if the stream does not begin as a run does. */
function summarise(first: StoredEvent, last: StoredEvent, held: boolean): RunSummary | null {
  const created = first.event;
  if (created.type !== "run.created") return null;
  const end = last.event.type === "run.finished" ? last.event : null;
  return {
    run: created.run,
    action: created.action,
    plan: created.plan,
    requester: created.requester,
    createdAt: created.at,
    outcome: end?.outcome ?? null,
    endedAt: end?.at ?? null,
    doneAt: end?.ended ?? end?.at ?? null,
    leases: end?.leases ?? [],
    held,
  };
}
