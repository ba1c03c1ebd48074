/** What `runs()` tells of a run, from the first and the last entry of its stream. */
import type { RunSummary, StoredEvent } from "./port.ts";

/** null if the stream does not begin as a run does. */
export function summarise(first: StoredEvent, last: StoredEvent, held: boolean): RunSummary | null {
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
    held,
  };
}
