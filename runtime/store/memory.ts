/** A store in memory: for tests, simulations and `opsc test`. As strict as the one on disk, and gone with the process. */
import { randomBytes } from "node:crypto";
import type { EventOf } from "../event.schema.ts";
import type { Subtree } from "../merkle/proof.ts";
import { MerkleTree } from "../merkle/tree.ts";
import { blobId, erasureIn, makeEntry, openEntry, openStream, readTree } from "./entry.ts";
import { conflict, damagedBlob, fenced, held, heldName, otherPlan } from "./faults.ts";
import { checkRun, checkStream, runOf } from "./names.ts";
import type { Append, Beside, Claim, Erasure, ListedRuns, RawEntry, Store, StoredEvent } from "./port.ts";
import { listRuns } from "./summary.ts";
import { Wake } from "./wake.ts";

interface Fence {
  fence: number;
  /** The connection that holds the run. */
  holder: Store | null;
}

/** What outlives a connection: as a disk outlives a process. */
export interface MemoryDisk {
  readonly rows: RawEntry[];
  readonly streams: Map<string, RawEntry[]>;
  readonly fences: Map<string, Fence>;
  readonly plans: Map<string, string>;
  readonly blobs: Map<string, { readonly salt: Uint8Array; readonly bytes: Uint8Array }>;
  readonly tree: MerkleTree;
  /** Hashes of the tree's subtrees, by level, that are kept beside the leaves. */
  readonly kept: Map<number, string[]>;
  readonly marks: Map<string, string>;
  readonly holders: Map<string, { readonly store: Store; release(): void }>;
  readonly wake: Wake;
}

export function memoryDisk(): MemoryDisk {
  const kept = new Map<number, string[]>();
  const tree = new MerkleTree((level, hash) => {
    const hashes = kept.get(level);
    if (hashes === undefined) kept.set(level, [hash]);
    else hashes.push(hash);
  });
  const [streams, fences, plans, blobs] = [new Map(), new Map(), new Map(), new Map()];
  const [marks, holders] = [new Map(), new Map()];
  return { rows: [], streams, fences, plans, blobs, tree, kept, marks, holders, wake: new Wake() };
}

/**
 * One connection to `disk`, a new one by default. Closing it frees its claims, as the death of a process does: a test
 * of a crash closes one connection and opens another on the same disk.
 */
export function memoryStore(disk: MemoryDisk = memoryDisk()): Store {
  return new MemoryStore(disk);
}

class MemoryStore implements Store {
  readonly #disk: MemoryDisk;
  readonly #closed = new AbortController();

  constructor(disk: MemoryDisk) {
    this.#disk = disk;
  }

  async append(appends: readonly Append[]): Promise<readonly string[]> {
    this.#open();
    const rows: RawEntry[] = [];
    for (const append of appends) this.#stage(append, rows);
    for (const row of rows) {
      this.#disk.rows.push(row);
      const stream = this.#disk.streams.get(row.stream);
      if (stream === undefined) this.#disk.streams.set(row.stream, [row]);
      else stream.push(row);
      this.#disk.tree.add(row.leaf);
    }
    this.#disk.wake.fire();
    return rows.map((row) => row.leaf);
  }

  /** Adds the rows of one append to those staged before it; throws before anything is kept. */
  #stage(append: Append, rows: RawEntry[]): void {
    checkStream(append.stream);
    const run = runOf(append.stream);
    if (run !== null) {
      const fence = this.#disk.fences.get(run);
      if (fence === undefined || fence.holder === null) throw fenced(append, null);
      if (fence.fence !== append.fence) throw fenced(append, fence.fence);
    }
    const staged = rows.filter((row) => row.stream === append.stream);
    const kept = this.#disk.streams.get(append.stream) ?? [];
    const count = kept.length + staged.length;
    if (count !== append.expected) throw conflict(append, count);
    let prev = (staged.at(-1) ?? kept.at(-1))?.leaf ?? "";
    for (const [index, event] of append.events.entries()) {
      const row = makeEntry(this.#disk.rows.length + rows.length, append.stream, count + index, prev, event);
      rows.push(row);
      prev = row.leaf;
    }
  }

  async read(stream: string, from = 0): Promise<readonly StoredEvent[]> {
    this.#open();
    return openStream((this.#disk.streams.get(stream) ?? []).slice(from), from);
  }

  async last(stream: string): Promise<StoredEvent | null> {
    this.#open();
    const row = this.#disk.streams.get(stream)?.at(-1);
    return row === undefined ? null : openEntry(row);
  }

  async *subscribe(stream: string, from: number, signal: AbortSignal): AsyncIterable<StoredEvent> {
    const until = AbortSignal.any([signal, this.#closed.signal]);
    let next = from;
    while (!until.aborted) {
      const row = this.#disk.streams.get(stream)?.[next];
      if (row === undefined) await this.#disk.wake.wait(this.#disk.wake.fired, until, null);
      else {
        next += 1;
        yield openEntry(row);
      }
    }
  }

  async claim(run: string): Promise<Claim> {
    this.#open();
    checkRun(run);
    const state: Fence = this.#disk.fences.get(run) ?? { fence: 0, holder: null };
    if (state.holder !== null) throw held(run);
    state.fence += 1;
    state.holder = this;
    this.#disk.fences.set(run, state);
    const fence = state.fence;
    const release = async (): Promise<void> => {
      if (state.fence === fence && state.holder === this) state.holder = null;
    };
    return { run, fence, release };
  }

  async runs(): Promise<ListedRuns> {
    this.#open();
    const ends = [...this.#disk.streams].flatMap(([stream, rows]) => {
      const [first, last] = [rows[0], rows.at(-1)];
      return first === undefined || last === undefined || first.entry === "" ? [] : [{ stream, first, last }];
    });
    return listRuns(ends, (run) => this.#holds(run));
  }

  async isHeld(run: string): Promise<boolean> {
    this.#open();
    return this.#holds(run);
  }

  #holds(run: string): boolean {
    return (this.#disk.fences.get(run)?.holder ?? null) !== null;
  }

  async beside(): Promise<Beside> {
    this.#open();
    const { rows, kept, fences } = this.#disk;
    return {
      size: rows.length,
      most: rows.length,
      kept: new Map([...kept].map(([level, hashes]) => [level, hashes.length])),
      fences: new Map([...fences].map(([run, { fence }]) => [run, fence])),
      odd: [],
    };
  }

  async putPlan(digest: string, bytes: string): Promise<void> {
    this.#open();
    const kept = this.#disk.plans.get(digest);
    if (kept !== undefined && kept !== bytes) throw otherPlan(digest);
    this.#disk.plans.set(digest, bytes);
  }

  async getPlan(digest: string): Promise<string | null> {
    this.#open();
    return this.#disk.plans.get(digest) ?? null;
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    this.#open();
    const salt = randomBytes(16);
    const id = blobId(salt, bytes);
    this.#disk.blobs.set(id, { salt, bytes: bytes.slice() });
    return id;
  }

  async getBlob(id: string): Promise<Uint8Array | null> {
    this.#open();
    const blob = this.#disk.blobs.get(id);
    if (blob === undefined) return null;
    if (blobId(blob.salt, blob.bytes) !== id) throw damagedBlob(id);
    return blob.bytes.slice();
  }

  async *pages(from = 0): AsyncIterable<readonly RawEntry[]> {
    this.#open();
    if (from < this.#disk.rows.length) yield this.#disk.rows.slice(from);
  }

  async size(): Promise<number> {
    this.#open();
    return this.#disk.rows.length;
  }

  async subtrees(wanted: readonly Subtree[]): Promise<readonly string[]> {
    this.#open();
    const { rows, kept } = this.#disk;
    return readTree(wanted, (level, first, count) =>
      level === 0
        ? rows.slice(first, first + count).map(({ leaf }) => leaf)
        : (kept.get(level) ?? []).slice(first, first + count),
    );
  }

  async erase({ append, streams, plan, blobs }: Erasure): Promise<void> {
    await this.append([append]);
    const { rows, streams: all, plans, blobs: kept } = this.#disk;
    for (const stream of streams) {
      const erased = (all.get(stream) ?? []).map((row) => ({ ...row, entry: "" }));
      for (const row of erased) rows[row.seq] = row;
      if (erased.length > 0) all.set(stream, erased);
    }
    plans.delete(plan);
    for (const blob of blobs) kept.delete(blob);
  }

  async erased(): Promise<readonly EventOf<"run.erased">[]> {
    this.#open();
    const streams = [...this.#disk.streams].filter(([stream]) => stream.startsWith("erasure/"));
    return streams.flatMap(([, rows]) => rows.slice(0, 1).map(erasureIn));
  }

  async mark(name: string): Promise<string | null> {
    this.#open();
    return this.#disk.marks.get(name) ?? null;
  }

  async setMark(name: string, value: string): Promise<void> {
    this.#open();
    this.#disk.marks.set(name, value);
  }

  async hold(name: string): Promise<{ release(): void }> {
    this.#open();
    const { holders } = this.#disk;
    if (holders.has(name)) throw heldName(name);
    const release = (): void => {
      if (holders.get(name) === hold) holders.delete(name);
    };
    const hold = { store: this, release };
    holders.set(name, hold);
    return hold;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    for (const hold of this.#disk.holders.values()) if (hold.store === this) hold.release();
    for (const fence of this.#disk.fences.values()) if (fence.holder === this) fence.holder = null;
  }

  #open(): void {
    if (this.#closed.signal.aborted) throw new TypeError("the store is closed");
  }
}
