/**
 * The store port: an append-only log of events in streams, the plans and blobs they name, and claims on runs.
 * Everything is async, so that a store shared by a team can stand behind it. Every store passes the contract
 * tests in `test/runtime/store-contract.ts`.
 *
 * The log is a record for auditors too. Each event becomes an entry: the canonical JSON (RFC 8785) of
 * `{ seq, stream, n, prev, event }`. `seq` counts entries of the whole store from 0 without gaps, `n` those of the
 * stream, `prev` is the leaf hash of the stream's entry before ("" for the first). The leaf hash of an entry is
 * SHA-256(0x00 ‖ entry), as RFC 6962 hashes leaves, so the entries in order of `seq` are the leaves of a Merkle tree.
 */
import type { EventOf, OpenLease, RunEvent } from "../event.schema.ts";
import type { Subtree } from "../merkle/proof.ts";

export interface StoredEvent {
  readonly seq: number;
  readonly stream: string;
  readonly n: number;
  /** Leaf hash of the stream's entry before, hex; "" for the first. */
  readonly prev: string;
  /** Leaf hash of this entry, hex. */
  readonly leaf: string;
  readonly event: RunEvent;
}

export interface Append {
  readonly stream: string;
  /** How many entries the stream must hold now. */
  readonly expected: number;
  /** For a run's stream: the fence of the claim under which it is written; null for other streams. */
  readonly fence: number | null;
  readonly events: readonly RunEvent[];
}

/** The right to write a run's stream. Held by an operating-system lock that dies with the process. */
export interface Claim {
  readonly run: string;
  /** Grows with each claim of the run; what an older holder writes is refused. */
  readonly fence: number;
  /** Never rejects for what the store cannot write any more: the lock is let go all the same. */
  release(): Promise<void>;
}

export interface RunSummary {
  readonly run: string;
  readonly action: string;
  readonly plan: string;
  readonly requester: string;
  readonly createdAt: string;
  /** null while it has not ended. */
  readonly outcome: string | null;
  readonly endedAt: string | null;
  /** When what it did itself was over: before its leases ended, and were taken back. Else as `endedAt`. */
  readonly doneAt: string | null;
  /** Of a run that has ended: leases that are not over and done with. */
  readonly leases: readonly OpenLease[];
  /** Whether a living process holds it now. */
  readonly held: boolean;
}

/** A run of which the first or the last entry cannot be read, so that nothing can be listed of it but its name. */
export interface UnreadableRun {
  readonly run: string;
  readonly error: StoreError;
}

/** All runs, in the order they began: one that cannot be read hides none of the others. */
export interface ListedRuns {
  readonly runs: readonly RunSummary[];
  readonly unreadable: readonly UnreadableRun[];
}

export interface Erasure {
  readonly append: Append;
  /** Whole streams. */
  readonly streams: readonly string[];
  readonly plan: string;
  readonly blobs: readonly string[];
}

/**
 * What a store knows of its log beside the log itself, all of one moment: nothing in it is trusted, and whoever changes the one without the other
 * is found by it.
 */
export interface Beside {
  /** How many entries there are, and the most there ever were. */
  readonly size: number;
  readonly most: number;
  /** How many full subtrees hashes are kept of, by their level. */
  readonly kept: ReadonlyMap<number, number>;
  /** The last fence of each run that was ever claimed here, begun or not. */
  readonly fences: ReadonlyMap<string, number>;
  /** What of the store is not as opsc makes it, in words that follow "the store": `has lost its trigger …`. */
  readonly odd: readonly string[];
}

/** A raw row, as found, for the audit: nothing in it is trusted. */
export interface RawEntry {
  readonly seq: number;
  readonly stream: string;
  readonly n: number;
  readonly leaf: string;
  readonly prev: string;
  /** The entry's bytes as text; "" where it was erased. */
  readonly entry: string;
}

export interface Store {
  /** All or nothing, durable when it resolves. Returns the leaf hash of each event's entry, in order. */
  append(appends: readonly Append[]): Promise<readonly string[]>;
  /** Entries of a stream from `from` (an `n`), in order. */
  read(stream: string, from?: number): Promise<readonly StoredEvent[]>;
  /** The last entry of a stream; null where nobody has written to it. */
  last(stream: string): Promise<StoredEvent | null>;
  /** As `read`, then further entries as they come, whoever writes them, until `signal` aborts. */
  subscribe(stream: string, from: number, signal: AbortSignal): AsyncIterable<StoredEvent>;
  /** Throws `StoreError` `held` if a living process holds it. */
  claim(run: string): Promise<Claim>;
  runs(): Promise<ListedRuns>;
  /** Whether a living process holds the run now. */
  isHeld(run: string): Promise<boolean>;
  beside(): Promise<Beside>;
  /** Bytes of a plan file by the plan's digest; kept for ever. */
  putPlan(digest: string, bytes: string): Promise<void>;
  getPlan(digest: string): Promise<string | null>;
  /** Captured state and output, which may be erased while the log stays whole. Returns its id, `sha256:` of salt and bytes. */
  putBlob(bytes: Uint8Array): Promise<string>;
  getBlob(id: string): Promise<Uint8Array | null>;
  /** Every entry in order of `seq`, many at a time, untrusted; or only those of this `seq` and after. */
  pages(from?: number): AsyncIterable<readonly RawEntry[]>;
  /** How many entries there are. */
  size(): Promise<number>;
  /**
   * Hashes of full subtrees of the tree of all leaves, in the order asked for, in a time that hardly grows with the log. As
   * they are kept, untrusted. Throws `StoreError` `broken` where one is not there.
   */
  subtrees(wanted: readonly Subtree[]): Promise<readonly string[]>;
  /**
   * Takes the content of entries, plans and blobs out for good, and appends what says so, all or nothing. The entries keep their
   * places and hashes, so that the tree and all proofs of others stay as they are.
   */
  erase(erasure: Erasure): Promise<void>;
  /** What says of runs that they were erased, in the order of that. */
  erased(): Promise<readonly EventOf<"run.erased">[]>;
  /** What is remembered under a name beside the log, and is no part of it: how far a copy of it got, what was signed last. */
  mark(name: string): Promise<string | null>;
  setMark(name: string, value: string): Promise<void>;
  /**
   * Held by this process alone until it is let go, or the process dies; for work of one at a time that no run is. Throws
   * `StoreError` `held` where another has it. `name` is of a-z.
   */
  hold(name: string): Promise<{ release(): void }>;
  close(): Promise<void>;
}

/**
 * What can go wrong with a store.
 * `conflict` somebody else appended · `fenced` a later holder has the run · `held` a living process holds the run ·
 * `missing` no such stream · `version` written by a later opsc · `broken` not a store, or damaged · `full` no space left ·
 * `readonly` may not be written · `busy` locked for longer than it is waited for · `erased` it was there, and was erased
 */
export type StoreFault =
  | "conflict"
  | "fenced"
  | "held"
  | "missing"
  | "version"
  | "broken"
  | "full"
  | "readonly"
  | "busy"
  | "erased";

export class StoreError extends Error {
  readonly fault: StoreFault;
  /** What to do about it. */
  readonly remedy: string;
  constructor(fault: StoreFault, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.fault = fault;
    this.remedy = remedy;
  }
}

/** What the store holds is not what was written to it: an entry, a plan, or a run that cannot have come to pass. */
export class DamagedError extends StoreError {
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super("broken", message, remedy, options);
    this.name = "DamagedError";
  }
}
