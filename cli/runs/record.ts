/** A run as `opsc show RUN --json` gives it. */
import type { z } from "zod";
import type { Attested } from "../attested.ts";
import type { showRunOutputSchema } from "../output.schema.ts";
import { nextOf } from "../progress/next.ts";
import { happenedOf } from "./happened.ts";
import type { Reading } from "./reading.ts";

export type RunRecord = z.infer<typeof showRunOutputSchema>;

export function recordOf({ file, events, view, standing, end }: Reading, attested: Attested | null): RunRecord {
  const { run, outcome, why, startedAt, endedAt, nodes, left } = happenedOf(view);
  const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  return {
    run,
    plan: file.digest,
    action: file.plan.action.id,
    requester: file.plan.requester,
    applier: view.applier,
    attested: attested === null ? null : { ...attested },
    status: standing,
    outcome,
    why: why ?? end.why,
    startedAt: time(startedAt),
    endedAt: time(endedAt),
    nodes: [...nodes].map(([id, fate]) => ({ id, ...fate })),
    left: [...left],
    awaiting: [...end.awaiting],
    unknown: end.unknown.map(({ node, phase, index, what }) => ({ node, phase, index, what })),
    locked: [...end.locked],
    tolerated: [...end.tolerated],
    leases: [...end.leases],
    next: standing === "running" ? [] : nextOf(end, view).map(({ when, command }) => ({ when, command })),
    events: [...events],
  };
}
