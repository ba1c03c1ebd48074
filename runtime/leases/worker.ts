/** Whoever watches over leases: one process a store, which says in the store that it lives, and what hinders it. */
import { z } from "zod";
import { parseObject } from "../store/entry.ts";
import { type Store, StoreError } from "../store/port.ts";

/** How often it says so, and how old what it said last may be, in milliseconds. */
export const BEAT = 5_000;
export const FRESH = 30_000;
/** What is told of so many runs. */
const TROUBLES = 50;

const NAME = "work";

const beatSchema = z.object({
  at: z.iso.datetime(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  /** Names of what its environment holds, never what: by them it is known which secrets it can read. */
  environment: z.array(z.string()),
  /** Runs that it could not bring on, and why. */
  troubles: z.array(z.object({ run: z.string(), why: z.string() })),
});
export type Beat = z.infer<typeof beatSchema>;

export interface Worker {
  /** What it said last; null where there has never been one, or it was let go in good order. */
  readonly beat: Beat | null;
  readonly alive: boolean;
  /** Why it does not count as alive, within a sentence; null where it does. */
  readonly why: string | null;
}

/** `now` is milliseconds since 1970. */
export async function readWorker(store: Store, now: number): Promise<Worker> {
  const text = await store.mark(NAME);
  const found = text === null ? null : beatSchema.safeParse(parseObject(text));
  const beat = found?.success === true ? found.data : null;
  if (beat === null) return { beat, alive: false, why: "no `opsc work` runs on this store" };
  const age = Math.abs(now - Date.parse(beat.at));
  if (age > FRESH) {
    return {
      beat,
      alive: false,
      why: `the \`opsc work\` on ${beat.host} (process ${beat.pid}) was last heard of at ${beat.at}`,
    };
  }
  if (!(await isAlive(store))) {
    return { beat, alive: false, why: `the \`opsc work\` on ${beat.host} (process ${beat.pid}) has died` };
  }
  return { beat, alive: true, why: null };
}

/** A process that has died says nothing of it; the lock that dies with it does. */
async function isAlive(store: Store): Promise<boolean> {
  try {
    (await store.hold(NAME)).release();
    return false;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // A store that is only looked at cannot be asked.
    return error.fault === "held" || error.fault === "readonly";
  }
}

export interface Hold {
  beat(said: Beat): Promise<void>;
  /** Says that nobody watches any more. */
  release(): Promise<void>;
}

/** Throws `StoreError` `held` where another process watches over the store. */
export async function holdWork(store: Store): Promise<Hold> {
  const lock = await store.hold(NAME);
  return {
    beat: (said) => store.setMark(NAME, JSON.stringify({ ...said, troubles: said.troubles.slice(0, TROUBLES) })),
    async release() {
      try {
        await store.setMark(NAME, "{}");
      } finally {
        lock.release();
      }
    },
  };
}
