/** When something is to be done about a lease of a run that has ended. Pure: whoever asks has looked at the clock. */
import type { OpenLease } from "../event.schema.ts";

const MINUTE = 60_000;

/** Pauses after which a rollback that has failed is tried again, in milliseconds; after the last one only as a person asks. */
export const AGAIN: readonly number[] = [1, 2, 5, 10, 30, 60, 60, 60].map((minutes) => minutes * MINUTE);

/**
 * Milliseconds since 1970; null where time alone brings nothing: it waits for others that hold the same, or only for people.
 * `endedAt` is when the run ended, last. Where it is later than `now`, the clock was set back, and the lease lasts no longer by that.
 */
export function dueAt(lease: OpenLease, endedAt: number, now: number): number | null {
  const back = Math.min(0, now - endedAt);
  switch (lease.is) {
    case "open":
      return Date.parse(lease.until) + back;
    case "failed": {
      const pause = AGAIN[lease.tries - 1];
      return pause === undefined ? null : endedAt + back + pause;
    }
    case "shared":
      return null;
  }
}

/** A rollback failed as often as it is tried by itself. */
export const isGivenUp = (lease: OpenLease): boolean => lease.is === "failed" && AGAIN[lease.tries - 1] === undefined;
