/** The store on this host's disk: one SQLite database, shared by the processes of one user. */
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { EventOf } from "../event.schema.ts";
import type { Subtree } from "../merkle/proof.ts";
import { completedAt, keptFrom } from "../merkle/tiles.ts";
import { prepareDirectory, prepareFile } from "./directory.ts";
import { blobId, erasureIn, makeEntry, openEntry, openStream, readTree } from "./entry.ts";
import { conflict, damagedBlob, fenced, otherPlan } from "./faults.ts";
import { checkStream, runOf } from "./names.ts";
import {
  type Append,
  type Beside,
  type Claim,
  type Erasure,
  type ListedRuns,
  type RawEntry,
  type Store,
  type StoredEvent,
  StoreError,
} from "./port.ts";
import { besideLog } from "./sqlite-beside.ts";
import { isBusy, isClosedOff, sqliteError } from "./sqlite-faults.ts";
import { isLocked, lockName, lockRun, type RunLock } from "./sqlite-locks.ts";
import { type Access, connect, loadSqlite, prepareTables, type Sqlite } from "./sqlite-schema.ts";
import { prepareStatements, rowOf, type Statements, textRow } from "./sqlite-statements.ts";
import { listRuns } from "./summary.ts";
import { Wake } from "./wake.ts";

export interface SqliteStoreOptions {
  /** Make the store if there is none; true by default. */
  readonly create?: boolean;
  /** Only look: nothing is made or changed. */
  readonly readonly?: boolean;
  /** Only look, and at one moment: whatever others write meanwhile, or erase, is not seen. */
  readonly still?: boolean;
  /** How long to wait for other processes before giving up as `busy`, in milliseconds; 10,000 by default. */
  readonly patience?: number;
}

/** How often a subscription looks for what other processes wrote, in milliseconds. */
const POLL = 100;
/** How many entries are read at a time where they are streamed. */
const PAGE = 500;

/**
 * Opens the store in `<directory>/opsc.db`. Throws `StoreError`: `missing`, `version`, `broken` (also for a directory that
 * is a symlink or that others could write to), `full`, `readonly`, `busy`.
 */
export async function openSqliteStore(directory: string, options: SqliteStoreOptions = {}): Promise<Store> {
  const readonly = options.readonly ?? false;
  const create = !readonly && (options.create ?? true);
  const patience = options.patience ?? 10_000;
  const home = path.resolve(directory);
  const file = path.join(home, "opsc.db");
  const sqlite = await loadSqlite();
  prepareDirectory(home, create);
  prepareFile(file, create);
  const open = (how: Access): SqliteStore => {
    const db = connect(sqlite, file, how);
    try {
      prepareTables(db, file, create);
      if (readonly && options.still === true) db.exec("BEGIN; SELECT count(*) FROM meta");
      return new SqliteStore({ sqlite, db, home, file, patience, readonly });
    } catch (error) {
      db.close();
      throw error;
    }
  };
  return await patiently(file, patience, () => {
    try {
      return open(readonly ? "look" : "write");
    } catch (error) {
      if (!readonly || !isClosedOff(error) || holdsMore(file)) throw error;
      return open("still");
    }
  });
}

/** Whether entries stand in the file beside the database, which a look at that alone would not see. */
const holdsMore = (file: string): boolean => (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Does it, again and again while another connection is at work, without blocking the process. Throws `StoreError`s. */
async function patiently<T>(file: string, patience: number, act: () => T): Promise<T> {
  const since = performance.now();
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error) || performance.now() - since >= patience) throw sqliteError(error, file);
    }
    await delay(pause * (0.5 + Math.random()));
  }
}

interface Opened {
  readonly sqlite: Sqlite;
  readonly db: DatabaseSync;
  readonly home: string;
  readonly file: string;
  readonly patience: number;
  readonly readonly: boolean;
}

class SqliteStore implements Store {
  readonly #at: Opened;
  readonly #sql: Statements;
  /** Of the database file, as it was opened. */
  readonly #inode: number;
  readonly #wake = new Wake();
  readonly #closed = new AbortController();
  readonly #claims = new Map<Claim, RunLock>();
  readonly #holds = new Set<RunLock>();
  /** Writes go one after the other in the order they were asked for, also when one has to wait for another process. */
  #writes: Promise<unknown> = Promise.resolve();

  constructor(at: Opened) {
    this.#at = at;
    this.#sql = prepareStatements(at.db);
    this.#inode = statSync(at.file).ino;
  }

  async append(appends: readonly Append[]): Promise<readonly string[]> {
    const leaves = await this.#write(() => appends.flatMap((append) => this.#appendOne(append)));
    this.#wake.fire();
    return leaves;
  }

  #appendOne(append: Append): readonly string[] {
    checkStream(append.stream);
    const run = runOf(append.stream);
    if (run !== null) {
      const current = this.#sql.openFence.get(run);
      const fence = current === undefined ? null : Number(current.fence);
      if (fence === null || fence !== append.fence) throw fenced(append, fence);
    }
    const found = this.#sql.lastOfStream.get(append.stream);
    const last = found === undefined ? null : rowOf(found);
    const count = last === null ? 0 : last.n + 1;
    if (count !== append.expected) throw conflict(append, count);
    const first = Number(this.#sql.nextSeq.get()?.seq);
    let prev = last?.leaf ?? "";
    return append.events.map((event, index) => {
      const row = makeEntry(first + index, append.stream, count + index, prev, event);
      this.#sql.insertEntry.run(row.seq, row.stream, row.n, row.prev, row.leaf, row.entry);
      for (const subtree of completedAt(row.seq + 1)) {
        const hash = keptFrom(subtree, (...which) => this.#kept(...which));
        this.#sql.insertSubtree.run(subtree.level, subtree.index, hash);
      }
      prev = row.leaf;
      return row.leaf;
    });
  }

  async read(stream: string, from = 0): Promise<readonly StoredEvent[]> {
    return openStream(await this.#read(() => this.#sql.ofStream.all(stream, from, -1).map(rowOf)), from);
  }

  async last(stream: string): Promise<StoredEvent | null> {
    const row = await this.#read(() => this.#sql.lastOfStream.get(stream));
    return row === undefined ? null : openEntry(rowOf(row));
  }

  async *subscribe(stream: string, from: number, signal: AbortSignal): AsyncIterable<StoredEvent> {
    const until = AbortSignal.any([signal, this.#closed.signal]);
    let next = from;
    while (!until.aborted) {
      const start = next;
      const seen = this.#wake.fired;
      const rows = await this.#read(() => this.#sql.ofStream.all(stream, start, PAGE).map(rowOf));
      if (rows.length === 0) await this.#wake.wait(seen, until, POLL);
      for (const event of openStream(rows, start)) {
        if (until.aborted) return;
        next += 1;
        yield event;
      }
    }
  }

  async claim(run: string): Promise<Claim> {
    if (this.#at.readonly) throw this.#readonly();
    const lock = await lockRun(this.#at.sqlite, this.#at.home, run);
    try {
      const fence = await this.#write(() => Number(this.#sql.nextFence.get(run)?.fence));
      const claim: Claim = { run, fence, release: () => this.#release(claim) };
      this.#claims.set(claim, lock);
      return claim;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async #release(claim: Claim): Promise<void> {
    const lock = this.#claims.get(claim);
    if (lock === undefined) return;
    this.#claims.delete(claim);
    try {
      // It only spares others a look at the lock: where it cannot be written, whatever the run came to counts for more.
      await this.#write(() => this.#sql.closeFence.run(claim.run, claim.fence));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    } finally {
      lock.release();
    }
  }

  async runs(): Promise<ListedRuns> {
    const { ends, open } = await this.#read(() => ({
      open: new Set(this.#sql.openFences.all().map((row) => String(row.run))),
      ends: this.#sql.runStreams.all().flatMap((row) => {
        const stream = String(row.stream);
        const [first, last] = [this.#sql.ofStream.get(stream, 0, 1), this.#sql.lastOfStream.get(stream)];
        return first === undefined || last === undefined ? [] : [{ stream, first: rowOf(first), last: rowOf(last) }];
      }),
    }));
    return listRuns(ends, (run) => open.has(run) && this.#isLocked(run));
  }

  async isHeld(run: string): Promise<boolean> {
    const open = await this.#read(() => this.#sql.openFence.get(run));
    return open !== undefined && this.#isLocked(run);
  }

  /** A costly look: a run that was let go in good order, which the table of fences tells, is held by nobody. */
  #isLocked(run: string): boolean {
    return isLocked(this.#at.sqlite, this.#at.home, run);
  }

  beside(): Promise<Beside> {
    return this.#read(() => besideLog(this.#at.sqlite, this.#at.db, this.#sql));
  }

  async putPlan(digest: string, bytes: string): Promise<void> {
    await this.#write(() => {
      this.#sql.insertPlan.run(digest, bytes);
      if (this.#sql.plan.get(digest)?.bytes !== bytes) throw otherPlan(digest);
    });
  }

  async getPlan(digest: string): Promise<string | null> {
    const bytes = (await this.#read(() => this.#sql.plan.get(digest)))?.bytes;
    return typeof bytes === "string" ? bytes : null;
  }

  async putBlob(bytes: Uint8Array): Promise<string> {
    const salt = randomBytes(16);
    const id = blobId(salt, bytes);
    await this.#write(() => this.#sql.insertBlob.run(id, salt, bytes));
    return id;
  }

  async getBlob(id: string): Promise<Uint8Array | null> {
    const row = await this.#read(() => this.#sql.blob.get(id));
    if (row === undefined) return null;
    const [salt, bytes] = [row.salt, row.bytes];
    if (!(salt instanceof Uint8Array) || !(bytes instanceof Uint8Array) || blobId(salt, bytes) !== id)
      throw damagedBlob(id);
    return bytes;
  }

  async *pages(from?: number): AsyncIterable<readonly RawEntry[]> {
    // In pages, so that no statement stays open while whoever reads does something else.
    const last = await this.#read(() => this.#sql.lastSeq.get());
    const end = last?.seq;
    let next = from === undefined ? -(2n ** 63n) : BigInt(from);
    while (typeof end === "bigint" && next <= end) {
      const start = next;
      const page = await this.#read(() => this.#page(start, end));
      if (page.rows.length === 0) return;
      next = page.last + 1n;
      yield page.rows;
    }
  }

  #page(start: bigint, end: bigint): { readonly rows: readonly RawEntry[]; readonly last: bigint } {
    const texts = this.#texts(start, end);
    if (texts !== null) return { rows: texts, last: BigInt(texts.at(-1)?.seq ?? end) };
    const found = this.#sql.rawPage.all(start, end, PAGE);
    const seq = found.at(-1)?.seq;
    return { rows: found.map(rowOf), last: typeof seq === "bigint" ? seq : end };
  }

  /** null where all have to be read as bytes: an integer is out of range. */
  #texts(start: bigint, end: bigint): readonly RawEntry[] | null {
    try {
      const found = this.#sql.textPage.all(start, end, PAGE) as unknown as readonly unknown[][];
      const rows = found.map(
        (each) => textRow(each) ?? rowOf(this.#sql.rawPage.get(Number(each[0]), Number(each[0]), 1) ?? {}),
      );
      return rows;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  async size(): Promise<number> {
    return Number((await this.#read(() => this.#sql.nextSeq.get()))?.seq);
  }

  subtrees(wanted: readonly Subtree[]): Promise<readonly string[]> {
    return this.#read(() => readTree(wanted, (level, first, count) => this.#kept(level, first, count)));
  }

  #kept(level: number, first: number, count: number): readonly string[] {
    const rows = level === 0 ? this.#sql.leaves.all(first, count) : this.#sql.subtrees.all(level, first, count);
    return rows.map(({ hash }) => String(hash));
  }

  async erase({ append, streams, plan, blobs }: Erasure): Promise<void> {
    await this.#write(() => {
      for (const stream of streams) this.#sql.eraseStream.run(stream);
      this.#sql.deletePlan.run(plan);
      for (const blob of blobs) this.#sql.deleteBlob.run(blob);
      return this.#appendOne(append);
    });
    // What was written stands in the write-ahead log, too, until that is taken in.
    await this.#read(() => this.#at.db.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    this.#wake.fire();
  }

  async erased(): Promise<readonly EventOf<"run.erased">[]> {
    return (await this.#read(() => this.#sql.erasures.all())).map((row) => erasureIn(rowOf(row)));
  }

  async mark(name: string): Promise<string | null> {
    const value = (await this.#read(() => this.#sql.mark.get(name)))?.value;
    return typeof value === "string" ? value : null;
  }

  async setMark(name: string, value: string): Promise<void> {
    await this.#write(() => this.#sql.setMark.run(name, value));
  }

  async hold(name: string): Promise<{ release(): void }> {
    if (this.#at.readonly) throw this.#readonly();
    const lock = await lockName(this.#at.sqlite, this.#at.home, name);
    this.#holds.add(lock);
    return {
      release: () => {
        this.#holds.delete(lock);
        lock.release();
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    await this.#writes;
    for (const claim of [...this.#claims.keys()]) await this.#release(claim);
    for (const hold of this.#holds) hold.release();
    this.#closed.abort();
    this.#at.db.close();
  }

  #read<T>(act: () => T): Promise<T> {
    this.#open();
    return patiently(this.#at.file, this.#at.patience, act);
  }

  /** One transaction: all of `act` or nothing, durable when it resolves. */
  #write<T>(act: () => T): Promise<T> {
    this.#open();
    if (this.#at.readonly) throw this.#readonly();
    const turn = this.#writes.then(() => patiently(this.#at.file, this.#at.patience, () => this.#transaction(act)));
    this.#writes = turn.catch(() => undefined);
    return turn;
  }

  #transaction<T>(act: () => T): T {
    const { db } = this.#at;
    db.exec("BEGIN IMMEDIATE");
    try {
      const result = act();
      this.#stillThere();
      db.exec("COMMIT");
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }

  /** A database that was deleted or replaced takes writes without a word; what is written then is lost. */
  #stillThere(): void {
    const now = statSync(this.#at.file, { throwIfNoEntry: false });
    if (now !== undefined && now.ino === this.#inode) return;
    const what = now === undefined ? "was deleted" : "was replaced by another";
    const remedy = "bring the store back from a copy; what the run has done since is not recorded";
    throw new StoreError("missing", `${this.#at.file} ${what} while it was in use`, remedy);
  }

  #open(): void {
    if (this.#closed.signal.aborted) throw new TypeError("the store is closed");
  }

  #readonly(): StoreError {
    return new StoreError("readonly", `${this.#at.file} was opened only to be read`, "open it to be written");
  }
}
