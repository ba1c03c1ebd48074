/** Words about leases, within a line. */
import { isGivenUp } from "../../runtime/leases/due.ts";
import type { DueLease } from "../../runtime/leases/end.ts";
import type { Doing } from "../../runtime/leases/watch.ts";
import type { RunEnd } from "../../runtime/run/go.ts";
import { headline } from "../progress/end.ts";
import { dayTime } from "../progress/time.ts";
import { plural, safeNames } from "../words.ts";
import type { Listed } from "./listed.ts";

/** What is about to be done about a run. */
export function todoWords(todo: Doing): string {
  if (todo.kind === "leases") {
    const named = todo.leases.map(({ node }) => node);
    if (named.length === 0) return "takes back what a lease gave that is over";
    return `takes back what ${safeNames(named)} gave: ${becauseWords(todo.leases)}`;
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

function becauseWords(leases: readonly DueLease[]): string {
  const reasons = new Set(leases.map(({ because }) => because));
  return [...reasons].map((because) => BECAUSE[because]).join("; ");
}

const BECAUSE: Readonly<Record<DueLease["because"], string>> = {
  time: "its time is over",
  alone: "the other leases on the same are over, too",
  again: "once more, since that failed",
  revoked: "it was revoked",
};

/** For people alone: what was to be done about its leases is. */
const isWaiting = ({ status }: RunEnd): boolean =>
  status === "waiting_approval" || status === "paused" || status === "frozen";

/** What came of it. */
export function endedWords(todo: Doing, end: RunEnd): string {
  const failed = end.leases.filter(({ is }) => is === "failed");
  if (failed.length > 0) {
    const given = failed.some(isGivenUp) ? "it is left to do by hand" : "it is tried again";
    return `${safeNames(failed.map(({ node }) => node))} could not be taken back, ${given}: ${end.left.map(({ what }) => what).join("; ")}`;
  }
  const shared = end.leases.filter(({ is }) => is === "shared");
  if (shared.length > 0)
    return `${safeNames(shared.map(({ node }) => node))} stays: others have a lease on the same, and with the last of them it is taken back`;
  if (todo.kind === "leases" && (end.status === "finished" || end.status === "stopped" || isWaiting(end)))
    return "taken back";
  const [what, meaning] = headline(end);
  return `${what}${meaning === null ? "" : `: ${meaning}`}${end.why === null ? "" : ` (${end.why})`}`;
}

/** How a lease stands. `now` is in milliseconds since 1970. */
export function standsWords({ lease, again }: Pick<Listed, "lease" | "again">, now: number): string {
  const until = Date.parse(lease.until);
  switch (lease.is) {
    case "open":
      return until > now ? `open until ${dayTime(lease.until)}` : `over since ${dayTime(lease.until)}, and still there`;
    case "shared":
      return "over, and stays as long as others have a lease on the same";
    case "failed": {
      const next = again === null ? "left to do by hand" : `tried again at ${dayTime(again)}`;
      return `over, and could not be taken back (${plural(lease.tries, "time")}): ${next}`;
    }
  }
}
