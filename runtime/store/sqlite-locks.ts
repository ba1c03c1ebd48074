/**
 * Locks on runs that die with the process that holds them, also by `kill -9` or a power cut: an exclusive transaction
 * on a small database of the run's own, which SQLite holds by a lock of the operating system.
 *
 * The files stay when a run is over: to remove one while somebody opens it would give one lock to two.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { prepareDirectory, prepareFile } from "./directory.ts";
import { held, heldName } from "./faults.ts";
import { checkRun } from "./names.ts";
import type { StoreError } from "./port.ts";
import { isBusy, sqliteError } from "./sqlite-faults.ts";
import type { Sqlite } from "./sqlite-schema.ts";

/**
 * Locks of the operating system do not keep one process from itself; this does, whatever store object asks. It holds on to
 * their connections, too: one that nobody refers to any more would be closed, and its lock be gone while the process lives.
 */
const mine = new Map<string, DatabaseSync | null>();

/** A probe holds the lock's file for a moment, so a claim is tried again before it gives up: so often, so far apart (ms). */
const TRIES = 8;
const APART = 5;

export interface RunLock {
  release(): void;
}

/** `directory` is the store's, prepared. Throws `StoreError` `held`. */
export function lockRun(sqlite: Sqlite, directory: string, run: string): Promise<RunLock> {
  return lock(sqlite, lockFile(directory, run), () => held(run));
}

/** As `lockRun`, for what is no run: no run has a `_` in its name. */
export function lockName(sqlite: Sqlite, directory: string, name: string): Promise<RunLock> {
  if (!/^[a-z]{1,64}$/.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot be held`);
  return lock(sqlite, fileOf(directory, `_${name}`), () => heldName(name));
}

async function lock(sqlite: Sqlite, file: string, taken: () => StoreError): Promise<RunLock> {
  if (mine.has(file)) throw taken();
  mine.set(file, null);
  try {
    prepareDirectory(path.dirname(file), true);
    prepareFile(file, true);
    for (let attempt = 1; ; attempt += 1) {
      const db = tryExclusive(sqlite, file);
      if (db !== null) {
        mine.set(file, db);
        return { release: once(() => unlock(db, file)) };
      }
      if (attempt === TRIES) throw taken();
      // Two that clash exactly must not clash for ever.
      await delay(APART * (0.5 + Math.random()));
    }
  } catch (error) {
    mine.delete(file);
    throw sqliteError(error, file);
  }
}

/** Whether a living process holds the run. Never takes the lock: it asks for a shared one, for a moment. */
export function isLocked(sqlite: Sqlite, directory: string, run: string): boolean {
  const file = lockFile(directory, run);
  if (mine.has(file)) return true;
  if (!fs.existsSync(file)) return false;
  try {
    const db = new sqlite.DatabaseSync(file, { readOnly: true, timeout: 0 });
    try {
      db.prepare("SELECT count(*) FROM sqlite_schema").get();
      return false;
    } finally {
      db.close();
    }
  } catch (error) {
    if (isBusy(error)) return true;
    throw sqliteError(error, file);
  }
}

function tryExclusive(sqlite: Sqlite, file: string): DatabaseSync | null {
  const db = new sqlite.DatabaseSync(file, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    if (isBusy(error)) return null;
    throw error;
  }
}

function unlock(db: DatabaseSync, file: string): void {
  db.close();
  mine.delete(file);
}

function lockFile(directory: string, run: string): string {
  checkRun(run);
  return fileOf(directory, run);
}

const fileOf = (directory: string, name: string): string =>
  path.join(fs.realpathSync(directory), "locks", `${name}.db`);

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
