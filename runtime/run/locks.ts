/**
 * Locks: names that one run at a time may hold. Each is a stream of its own, so that taking them all is one transaction
 * with what the run's stream says of it, and what holds one is read from the log. They belong to the run, not to its
 * process: a crash leaves them with the run until it is resumed and over.
 */
import type { Plan } from "../../compiler/plan/plan.schema.ts";
import type { EventOf, RunEvent } from "../event.schema.ts";
import { namedStream } from "../store/names.ts";
import type { Append, Store } from "../store/port.ts";

export interface LockState {
  readonly name: string;
  readonly stream: string;
  /** Entries of its stream. */
  readonly length: number;
  /** The run that holds it; null: nobody. */
  readonly holder: string | null;
}

export type HeldLocks = EventOf<"locks.refused">["held"];

/** How the locks of a plan stand. They are told apart by workspace. */
export async function readLocks(store: Store, plan: Pick<Plan, "locks" | "workspace">): Promise<readonly LockState[]> {
  return Promise.all(
    plan.locks.map(async (name) => {
      const stream = namedStream("lock", plan.workspace, name);
      const last = await store.last(stream);
      const holder = last?.event.type === "lock.taken" ? last.event.run : null;
      return { name, stream, length: last === null ? 0 : last.n + 1, holder };
    }),
  );
}

/** Those that another run holds. */
export const heldByOthers = (locks: readonly LockState[], run: string): HeldLocks =>
  locks.flatMap(({ name, holder }) => (holder === null || holder === run ? [] : [{ name, run: holder }]));

const to = ({ stream, length }: LockState, event: RunEvent): Append => ({
  stream,
  expected: length,
  fence: null,
  events: [event],
});

/** What takes those that the run does not hold yet. */
export const takeLocks = (locks: readonly LockState[], workspace: string, run: string, at: string): Append[] =>
  locks
    .filter(({ holder }) => holder === null)
    .map((lock) => to(lock, { type: "lock.taken", at, name: lock.name, workspace, run }));

/** What lets go those that the run holds. */
export const releaseLocks = (locks: readonly LockState[], run: string, at: string): Append[] =>
  locks
    .filter(({ holder }) => holder === run)
    .map((lock) => to(lock, { type: "lock.released", at, name: lock.name, run }));

/** Who holds what, and what to do about it. */
export function lockWords(held: HeldLocks): { readonly message: string; readonly remedy: string } {
  const runs = [...new Set(held.map(({ run }) => run))];
  const names = held.map(({ name, run }) => `${JSON.stringify(name)} is held by run ${run}`).join(", ");
  const see = runs.map((run) => `\`opsc show ${run}\``).join(", ");
  const end = runs.map((run) => `\`opsc resume ${run}\` or \`opsc cancel ${run}\``).join(", ");
  return {
    message: `the lock ${names}`,
    remedy: `wait until that run is over (${see}); if its process is gone, ${end}`,
  };
}
