/** The leases of a store, told to people and to programs. */
import { run as ink, paint, wrap } from "../../compiler/render/ink.ts";
import { shellWord } from "../../compiler/render/shell.ts";
import type { Worker } from "../../runtime/leases/worker.ts";
import type { Store } from "../../runtime/store/port.ts";
import type { Io } from "../io.ts";
import { countdown } from "../progress/time.ts";
import { safeName, safeNames } from "../words.ts";
import { isLeft, type Leases, type Listed, listLeases } from "./listed.ts";
import { standsWords } from "./words.ts";

/** Of a store that there is not yet. */
export const NOBODY: Worker = { beat: null, alive: false, why: "no `opsc work` runs on this store" };

export async function leasesIn(store: Store, workspace: string | undefined): Promise<Leases> {
  const { leases, unread } = await listLeases(store);
  return { leases: leases.filter((each) => workspace === undefined || each.workspace === workspace), unread };
}

export function asData({ leases, unread }: Leases, { alive, why, beat }: Worker): object {
  return {
    leases: leases.map(({ lease, again, variables: _, ...each }) => ({
      ...each,
      until: lease.until,
      is: lease.is,
      tries: lease.tries,
      again: again === null ? null : new Date(again).toISOString(),
    })),
    unread,
    work: { alive, why, at: beat?.at ?? null, host: beat?.host ?? null, pid: beat?.pid ?? null },
    troubles: beat?.troubles ?? [],
  };
}

export function tell(io: Io, each: Listed, worker: Worker): void {
  const now = Date.now();
  const { id, lease, resource, action, requester } = each;
  const left = Date.parse(lease.until) - now;
  const more = lease.is === "open" && left > 0 ? ` (${countdown(left)} left)` : "";
  const late = lease.is === "failed" || (lease.is === "open" && left <= 0);
  const head = [ink(safeName(id), "bold"), ink("  "), ink(standsWords(each, now) + more, late ? "red" : "green")];
  const name = action.slice(action.lastIndexOf("#") + 1);
  const about = `${safeName(resource)}, by ${safeName(name)} for ${safeName(requester)}${each.expires ? "; it ends by itself too" : ""}`;
  const trouble = late ? worker.beat?.troubles.find(({ run }) => run === each.run) : undefined;
  const lines = [
    ...wrap(head, io.width, 2),
    ...wrap([ink(`  ${about}`, "dim")], io.width, 4),
    ...(trouble === undefined ? [] : wrap([ink(`  ${safeNames([trouble.why])}`, "red")], io.width, 4)),
  ];
  for (const line of lines) io.raw(paint(line, io.color));
}

export function warn(io: Io, { leases }: Leases, worker: Worker): void {
  if (!worker.alive && leases.some(({ expires }) => !expires)) {
    io.err(`warning: ${worker.why ?? ""}: nothing ends what is open`);
    io.err("  help: start opsc work, or install it as a service: opsc leases install");
  }
  for (const each of leases.filter(isLeft)) {
    io.err(
      `warning: ${safeName(each.id)} could not be taken back and is left to do by hand: opsc show ${each.run} tells what`,
    );
    io.err(`  help: opsc leases revoke ${shellWord(each.id)} tries again; with --done you say that you have done it`);
  }
}
