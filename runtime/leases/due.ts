/** When something is to be done about a lease of a run that has ended. Pure: whoever asks has looked at the clock. */
import type { OpenLease } from "../event.schema.ts";

const MINUTE = 60_000;

/** Pauses after which a rollback that has failed is tried again, in milliseconds; after the last one only as a person asks. */
export const AGAIN: readonly number[] = [1, 2, 5, 10, 30, 60, 60, 60].map((minutes) => minutes * MINUTE);

/** When a rollback that failed for the `tries`th time at `failedAt` is tried again by itself; null: only as a person asks. */
export function againAt(tries: number, failedAt: number): number | null {
  const pause = AGAIN[tries - 1];
  return pause === undefined ? null : failedAt + pause;
}

/**
 * Milliseconds since 1970; null where time alone brings nothing: it waits for others that hold the same, or only for people.
 * `endedAt` is when the run ended, last, and `seen` what the clock said when whoever asks saw that first. Where that is before
 * its end, the clock was set back in between, and the lease lasts no longer by that.
 */
export function dueAt(lease: OpenLease, endedAt: number, seen: number): number | null {
  const back = Math.min(0, seen - endedAt);
  switch (lease.is) {
    case "open":
      return Date.parse(lease.until) + back;
    case "failed":
      return againAt(lease.tries, endedAt + back);
    case "shared":
      return null;
  }
}

/** A rollback failed as often as it is tried by itself. */
export const isGivenUp = (lease: Pick<OpenLease, "is" | "tries">): boolean =>
  lease.is === "failed" && againAt(lease.tries, 0) === null;
