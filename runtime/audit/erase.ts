/** Taking what a run was out of the log for good, while the log stays whole: what is left are hashes, and who erased it. */
import type { EventOf } from "../event.schema.ts";
import { erasureStream } from "../store/names.ts";
import { type Store, type StoredEvent, StoreError } from "../store/port.ts";
import { blobsOf } from "./blobs.ts";

/** What of a run can be erased. */
export interface Erasable {
  readonly run: string;
  readonly entries: readonly StoredEvent[];
  readonly created: EventOf<"run.created">;
  readonly finished: EventOf<"run.finished">;
}

/** A run that may be erased. Throws `StoreError` `missing` where there is none, `held` where it has not come to its end. */
export async function erasable(store: Pick<Store, "read" | "isHeld">, run: string): Promise<Erasable> {
  const entries = await store.read(`run/${run}`);
  const [created, finished] = [entries[0]?.event, entries.at(-1)?.event];
  if (created?.type !== "run.created")
    throw new StoreError("missing", `there is no run ${run}`, "`opsc runs` lists the runs there are");
  const open = finished?.type !== "run.finished" || (finished.leases ?? []).length > 0;
  if (open || (await store.isHeld(run)))
    throw new StoreError(
      "held",
      `run ${run} has not come to its end, so what it has to do would be lost with it`,
      "wait for its end, and for that of its leases; or `opsc cancel` it",
    );
  return { run, entries, created, finished };
}

/** Erases it; its plan and its blobs, too. That it is its end is looked at again under its claim. Throws `StoreError`. */
export async function eraseRun(
  store: Store,
  run: string,
  said: { readonly at: string; readonly by: string; readonly reason: string },
): Promise<EventOf<"run.erased">> {
  const claim = await store.claim(run);
  try {
    const { entries, created, finished } = await erasable(
      { read: (stream) => store.read(stream), isHeld: async () => false },
      run,
    );
    const control = `control/${run}`;
    const heard = await store.read(control);
    const event: EventOf<"run.erased"> = {
      type: "run.erased",
      at: said.at,
      run,
      action: created.action,
      ended: finished.outcome,
      endedAt: finished.at,
      by: said.by,
      reason: said.reason,
      entries: entries.length + heard.length,
      last: Math.max(...[...entries, ...heard].map(({ seq }) => seq)),
    };
    await store.erase({
      append: { stream: erasureStream(run), expected: 0, fence: null, events: [event] },
      streams: [`run/${run}`, control],
      plan: created.plan,
      blobs: entries.flatMap(({ event: each }) => blobsOf(each)),
    });
    return event;
  } finally {
    await claim.release();
  }
}
