/** Signing what a store holds now, and never anything that contradicts what was signed before. */
import { rootOf } from "../merkle/proof.ts";
import { DamagedError, type Store } from "../store/port.ts";
import { type Checkpoint, openCheckpoint, signCheckpoint, unverifiedCheckpoint } from "./checkpoint.ts";
import type { SignerKey } from "./keys.ts";

/** What of a store is signed. */
export type SignedStore = Pick<Store, "size" | "subtrees" | "mark" | "setMark" | "hold">;

export interface Signed {
  /** The signed note. */
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

const LAST = "checkpoint";
/** How long another process that signs is waited for, and how often it is looked, in milliseconds. */
const PATIENCE = 60_000;
const POLL = 50;

/** One process at a time signs and publishes, so that what is kept elsewhere never goes back. Throws `StoreError`. */
export async function alone<T>(store: Pick<Store, "hold">, act: () => Promise<T>): Promise<T> {
  const hold = await patiently(() => store.hold("audit"));
  try {
    return await act();
  } finally {
    hold.release();
  }
}

async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE; ; ) {
    try {
      return await act();
    } catch (error) {
      const held = error instanceof Error && "fault" in error && error.fault === "held";
      if (!held || performance.now() >= end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

/**
 * A checkpoint of the log as it stands. Call it `alone`. Throws `DamagedError` where the log is not the one that was signed
 * last: two such checkpoints would let two people believe different things.
 */
export async function signHead(store: SignedStore, key: SignerKey, origin: string): Promise<Signed> {
  const size = await store.size();
  const last = await lastSigned(store);
  // What another key or origin signed here is another log's affair; what it says of this one still has to hold.
  if (last !== null) await demandKept(store, size, last.checkpoint, "the checkpoint that was signed last");
  const checkpoint = { origin, size, root: await rootOf(size, (wanted) => store.subtrees(wanted)) };
  const same = last !== null && openCheckpoint(last.note, [key.verifier], origin).ok && last.checkpoint.size === size;
  const note = same ? last.note : signCheckpoint(checkpoint, key);
  if (!same) await store.setMark(LAST, note);
  return { note, checkpoint };
}

/** What was signed last here; null where nothing was. */
export async function lastSigned(store: Pick<Store, "mark">): Promise<Signed | null> {
  const note = await store.mark(LAST);
  const checkpoint = note === null ? null : unverifiedCheckpoint(note);
  return note === null || checkpoint === null ? null : { note, checkpoint };
}

/** Throws `DamagedError` unless the first entries of the log are those that the checkpoint is of. `what` names it. */
export async function demandKept(
  store: Pick<Store, "subtrees">,
  size: number,
  { size: kept, root }: Pick<Checkpoint, "size" | "root">,
  what: string,
): Promise<void> {
  const remedy =
    "`opsc audit verify --checkpoint FILE` says more; find out who changed it, and put back a copy from before";
  if (kept > size && size === 0)
    throw new DamagedError(
      `the log here holds no entries, and ${what} is of ${kept}: this store is a new one, or was emptied`,
      "in another clone or on another machine, bring the store (`.opsc/`) along, or give this one an origin and places of its own; if it was emptied, put back a copy from before",
    );
  if (kept > size)
    throw new DamagedError(`the log holds ${size} entries, and ${what} is of ${kept}: its end was cut off`, remedy);
  if ((await rootOf(kept, (wanted) => store.subtrees(wanted))) !== root)
    throw new DamagedError(
      `the first ${kept} entries of the log are not those of ${what}: something in them was rewritten`,
      remedy,
    );
}
