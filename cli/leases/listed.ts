/** The leases of a store: what is granted, until when, and how it stands with each. */

import { openLeases } from "../../runtime/engine/decide-lease.ts";
import type { OpenLease } from "../../runtime/event.schema.ts";
import { isGivenUp } from "../../runtime/leases/due.ts";
import { type Variable, variablesOf } from "../../runtime/leases/variables.ts";
import { type RunSummary, type Store, StoreError } from "../../runtime/store/port.ts";
import { planOfRun, Unverified } from "../stored.ts";

export interface Listed {
  /** `RUN:STEP`. */
  readonly id: string;
  readonly run: string;
  readonly action: string;
  readonly requester: string;
  readonly workspace: string;
  /** What it is on. */
  readonly resource: string;
  /** Its system ends it too. */
  readonly expires: boolean;
  readonly lease: OpenLease;
  /** What has to be in the environment of whoever ends it. */
  readonly variables: readonly Variable[];
  /** When its rollback, which failed, is tried again by itself, milliseconds since 1970; null: not by itself. */
  readonly again: number | null;
}

export interface Leases {
  readonly leases: readonly Listed[];
  /** Runs that cannot be read, and why. */
  readonly unread: readonly { readonly run: string; readonly why: string }[];
}

/** The one that ends first comes first. */
export async function listLeases(store: Store): Promise<Leases> {
  const leases: Listed[] = [];
  const { runs, unreadable } = await store.runs();
  const unread = unreadable.map(({ run, error }) => ({ run, why: error.message }));
  for (const run of runs) {
    if (run.outcome !== null && run.leases.length === 0) continue;
    try {
      leases.push(...(await ofRun(store, run)));
    } catch (error) {
      // As one that a later opsc began.
      if (!(error instanceof Unverified || error instanceof StoreError)) throw error;
      unread.push({ run: run.run, why: error.message });
    }
  }
  return {
    leases: leases.sort((a, b) =>
      a.lease.until === b.lease.until ? (a.id < b.id ? -1 : 1) : a.lease.until < b.lease.until ? -1 : 1,
    ),
    unread,
  };
}

async function ofRun(store: Store, run: RunSummary): Promise<Listed[]> {
  const { file, state } = await planOfRun(store, run.run);
  return openLeases(state).map((lease): Listed => {
    const n = state.byId.get(lease.node);
    return {
      id: `${run.run}:${lease.node}`,
      run: run.run,
      action: run.action,
      requester: run.requester,
      workspace: file.plan.workspace,
      resource: n?.lease?.resource ?? "",
      expires: n?.node.kind === "step" && n.node.call.expires === true,
      lease,
      variables: variablesOf(file.plan, ({ id }) => id === lease.node),
      again: lease.is === "failed" && n?.lease != null && n.lease.again > 0 ? n.lease.again : null,
    };
  });
}

/** Whether it was over by then, in milliseconds since 1970, and what it gave is there still, though nobody else has a lease on it. */
export const isLate = ({ lease }: Listed, then: number): boolean =>
  lease.is !== "shared" && Date.parse(lease.until) <= then;

/** Whether it is left to people: its rollback failed as often as it is tried. */
export const isLeft = ({ lease }: Listed): boolean => isGivenUp(lease);
