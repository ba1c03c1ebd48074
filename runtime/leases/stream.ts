/**
 * The leases on a resource, counted across runs. Each resource is a stream of its own, so that a lease is counted, or counted
 * off, in one transaction with what its run's stream says of it.
 *
 * What the leases gave lies one on the other, in the order they were counted. Something is taken back only once all leases on
 * the resource are over, the last first: so it is there as long as anybody has a lease on it, and in the end the resource is
 * as it was before the first.
 */
import type { RunEvent } from "../event.schema.ts";
import { namedStream } from "../store/names.ts";
import type { Append, Store } from "../store/port.ts";

export interface Leased {
  readonly run: string;
  readonly node: string;
  /** Its time is over, or its run takes it back. */
  over: boolean;
  /** It is being taken back, whatever becomes of the process that does so. */
  taking: boolean;
}

export interface LeaseStack {
  readonly stream: string;
  /** Entries of its stream. */
  readonly length: number;
  /** Those that are not gone, in the order they were counted. */
  readonly leases: readonly Leased[];
}

/** Of one system's resource, told apart by workspace: what another configuration reaches under the same name is another. */
export const leaseStream = (workspace: string, instance: string, resource: string): string =>
  namedStream("lease", workspace, instance, resource);

export async function readStack(store: Pick<Store, "read">, stream: string): Promise<LeaseStack> {
  const entries = await store.read(stream);
  let leases: Leased[] = [];
  for (const { event } of entries) {
    if (event.type === "lease.counted") leases.push({ run: event.run, node: event.node, over: false, taking: false });
    else if (event.type === "lease.over") {
      for (const one of leases) if (isOf(one, event)) Object.assign(one, { over: true, taking: event.taking });
    } else if (event.type === "lease.gone") leases = leases.filter((one) => !isOf(one, event));
  }
  return { stream, length: entries.length, leases };
}

export interface LeaseName {
  readonly run: string;
  readonly node: string;
}

export const isOf = (one: LeaseName, { run, node }: LeaseName): boolean => one.run === run && one.node === node;

/** Those that keep a lease, which is over, from being taken back: others that are not over, and those counted after it. */
export function keptBy({ leases }: LeaseStack, mine: LeaseName): readonly LeaseName[] {
  const at = leases.findIndex((one) => isOf(one, mine));
  return leases.filter((one, i) => !isOf(one, mine) && (!one.over || i > at)).map(({ run, node }) => ({ run, node }));
}

/** Something is being taken back: what is given now would be taken away with it. */
export const isEnding = ({ leases }: LeaseStack): boolean => leases.some((one) => one.taking);

export const toStack = ({ stream, length }: LeaseStack, events: readonly RunEvent[]): Append[] =>
  events.length === 0 ? [] : [{ stream, expected: length, fence: null, events }];
