/** Words about leases, within a line. */
import type { OpenLease } from "../../runtime/event.schema.ts";
import { AGAIN, isGivenUp } from "../../runtime/leases/due.ts";
import type { Doing } from "../../runtime/leases/watch.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { headline } from "../progress/end.ts";
import { dayTime } from "../progress/time.ts";
import { plural, safeNames } from "../words.ts";

/** What is about to be done about a run. */
export function todoWords(todo: Doing): string {
  if (todo.kind === "leases") {
    const named = todo.leases.map(({ node }) => node);
    return named.length === 0
      ? "a lease of it is over: taken back"
      : `the lease of ${safeNames(named)} is over: taken back`;
  }
  switch (todo.because) {
    case "cut off":
      return "goes on: it was cut off, or let go";
    case "approved":
      return "goes on: what it waited for is approved";
    case "time":
      return "goes on: its time has come";
    case "thawed":
      return "goes on: it is thawed";
    case "unlocked":
      return "goes on: its locks are free";
  }
}

/** What came of it. */
export function endedWords(todo: Doing, end: RunEnd): string {
  const failed = end.leases.filter(({ is }) => is === "failed");
  if (failed.length > 0) {
    const given = failed.some(isGivenUp) ? "it is left to do by hand" : "it is tried again";
    return `${safeNames(failed.map(({ node }) => node))} could not be taken back, ${given}: ${end.left.map(({ what }) => what).join("; ")}`;
  }
  const shared = end.leases.filter(({ is }) => is === "shared");
  if (shared.length > 0)
    return `${safeNames(shared.map(({ node }) => node))} stays as long as others have a lease on the same`;
  if (todo.kind === "leases" && end.status === "finished") return "taken back";
  const [what, meaning] = headline(end);
  return `${what}${meaning === null ? "" : `: ${meaning}`}${end.why === null ? "" : ` (${end.why})`}`;
}

/** How a lease stands. `now` and `endedAt`, when its run ended, are milliseconds since 1970. */
export function standsWords(lease: OpenLease, endedAt: number | null, now: number): string {
  const until = Date.parse(lease.until);
  switch (lease.is) {
    case "open":
      return until > now
        ? `open until ${dayTime(lease.until)} UTC`
        : `over since ${dayTime(lease.until)} UTC, and still there`;
    case "shared":
      return "over, and stays as long as others have a lease on the same";
    case "failed": {
      const pause = AGAIN[lease.tries - 1];
      const next =
        pause === undefined || endedAt === null
          ? "left to do by hand"
          : `tried again after ${dayTime(new Date(endedAt + pause).toISOString())} UTC`;
      return `over, and could not be taken back (${plural(lease.tries, "time")}): ${next}`;
    }
  }
}
