/** What became of a plan in a run, for the renderings of the plan. */

import type { Happened, NodeFate } from "../../compiler/render/happened.ts";
import { brief } from "../../compiler/render/show-value.ts";
import type { OpenLease } from "../../runtime/event.schema.ts";
import { headline } from "../progress/end.ts";
import { nextOf } from "../progress/next.ts";
import { dayTime } from "../progress/time.ts";
import type { NodeView, RunView } from "../progress/view.ts";
import { safeNames } from "../words.ts";
import type { Reading } from "./reading.ts";

/** Commands that are named at most. */
const STEPS = 2;
/** Characters about what it waits for: the commands are to have room. */
const WAITS = 110;

/** `now` is what is to be said of it while it has not ended, `leases` those that are not over and done with. */
export function happenedOf(view: RunView, now: string | null = null, leases: readonly OpenLease[] = []): Happened {
  const { finished, startedAt } = view;
  return {
    run: view.run,
    outcome: finished?.outcome ?? null,
    why: finished === null ? now : finished.why,
    startedAt,
    endedAt: finished === null ? null : Date.parse(finished.ended ?? finished.at),
    nodes: new Map([...view.nodes].map(([id, n]) => [id, { ...fateOf(n), ...leaseOf(leases, id) }])),
    left: finished?.left ?? [],
  };
}

/** Of a run that has not ended: what it waits for and what to do, as the report on it says. Null while it goes on. */
export function whatNow({ view, end, standing }: Reading): string | null {
  if (view.finished !== null || standing === "running") return null;
  const [what] = standing === "cut_off" ? ["was cut off, or let go"] : headline(end);
  const waits = [
    ...end.awaiting.map(({ missing }) => missing),
    ...end.unknown.map(({ node }) => node),
    ...end.locked.map(({ name, run }) => `${name}, held by ${run}`),
  ];
  const why = waits.length === 0 ? "" : `: ${brief(safeNames(waits), WAITS)}`;
  const next = nextOf(end, view).slice(0, STEPS);
  return [`it ${what}${why}`, ...next.map(({ when, command }) => `next, ${when}: ${command}`)].join("; ");
}

function leaseOf(leases: readonly OpenLease[], id: string): Pick<NodeFate, "lease"> {
  const lease = leases.find(({ node }) => node === id);
  return lease === undefined ? {} : { lease: leaseStands(lease) };
}

function leaseStands({ is, until }: OpenLease): string {
  switch (is) {
    case "open":
      return `until ${dayTime(until)}`;
    case "shared":
      return "over, there for other leases";
    case "failed":
      return "over, and could not be taken back";
  }
}

function fateOf({ standing, attempts, took, began, ended, why, failure }: NodeView): NodeFate {
  return {
    fate: standing,
    attempts,
    took: took ?? (began !== null && ended !== null ? ended - began : null),
    // What is undone failed first, perhaps: that is what one wants to know of it.
    why: standing === "unknown" ? (why ?? "it was cut off") : (why ?? failure),
  };
}
