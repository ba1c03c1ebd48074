/** Putting checkpoints where whoever writes the log cannot quietly write. */
import { messageOf } from "../message.ts";
import type { Store } from "../store/port.ts";
import { openCheckpoint } from "./checkpoint.ts";
import type { SignerKey, VerifierKey } from "./keys.ts";
import { alone, demandKept, type Signed, type SignedStore, signHead } from "./sign.ts";

/** A place that holds the newest checkpoint. */
export interface Place {
  /** For people. */
  readonly shown: string;
  /** The checkpoint it holds; null where there is none, or it cannot be read back. Rejects with an `Error` in words. */
  last(): Promise<string | null>;
  /** Resolves once it is there. Rejects with an `Error` in words. */
  put(note: string): Promise<void>;
}

export interface Publishing {
  readonly key: SignerKey;
  readonly origin: string;
  readonly places: readonly Place[];
  /** Former keys that checkpoints in these places may be signed with. */
  readonly former: readonly VerifierKey[];
}

/** A checkpoint is not where it was to be; says which places, and why. */
export class Unpublished extends Error {
  constructor(failures: readonly string[]) {
    super(`no checkpoint could be published: ${failures.join("; ")}`);
    this.name = "Unpublished";
  }
}

/**
 * Signs the log as it stands and puts that into every place, whose last checkpoint has to be of this very log. Rejects with
 * `DamagedError` where it is not, `Unpublished` where a place cannot be had; other places may have it then.
 */
export function publish(store: SignedStore & Pick<Store, "hold">, publishing: Publishing): Promise<Signed> {
  return alone(store, () => publishNow(store, publishing));
}

/**
 * Rejects with `DamagedError` where a place holds a checkpoint that this log did not grow from. A place that cannot be had, or holds
 * something else, says nothing here.
 */
export async function demandGrown(store: SignedStore, { key, origin, places, former }: Publishing): Promise<void> {
  for (const place of places) {
    const held = await attempt(place, [], () => place.last());
    if (held === undefined || held === null) continue;
    const opened = openCheckpoint(held, [key.verifier, ...former], origin);
    if (opened.ok) await demandKept(store, await store.size(), opened.checkpoint, `the checkpoint in ${place.shown}`);
  }
}

async function publishNow(store: SignedStore, { key, origin, places, former }: Publishing): Promise<Signed> {
  const failures: string[] = [];
  const open: Place[] = [];
  const holding = new Map<Place, string>();
  for (const place of places) {
    const held = await attempt(place, failures, () => place.last());
    if (held === undefined) continue;
    if (held !== null) {
      const opened = openCheckpoint(held, [key.verifier, ...former], origin);
      if (!opened.ok) {
        failures.push(`${place.shown} holds something else, which is left as it is: ${opened.why}`);
        continue;
      }
      await demandKept(store, await store.size(), opened.checkpoint, `the checkpoint in ${place.shown}`);
      holding.set(place, held);
    }
    open.push(place);
  }
  const signed = await signHead(store, key, origin);
  for (const place of open)
    if (holding.get(place) !== signed.note) await attempt(place, failures, () => place.put(signed.note));
  if (failures.length > 0) throw new Unpublished(failures);
  return signed;
}

/** undefined where it failed, which is noted. */
async function attempt<T>(place: Place, failures: string[], act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    failures.push(`${place.shown}: ${messageOf(error)}`);
    return undefined;
  }
}
