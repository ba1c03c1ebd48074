/** Opening the database of a store: the SQLite module, the connection's settings, the tables and their version. */
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { StoreError } from "./port.ts";

export type Sqlite = typeof import("node:sqlite");

/** Version of the tables (`AUTOINCREMENT` has SQLite remember, in a table of its own, how many entries there were). A store of a later one is refused; there is no earlier one. */
export const FORMAT = 1;
/** "opsc" in ASCII, where SQLite keeps the kind of a file. */
const APPLICATION = 0x6f707363;
/** How long SQLite itself waits for a lock, in milliseconds: short, for it blocks the whole process. */
const PATIENCE = 20;

export const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, n INTEGER NOT NULL,
    prev TEXT NOT NULL, leaf TEXT NOT NULL, entry TEXT NOT NULL, UNIQUE (stream, n)
  ) STRICT;
  CREATE INDEX first_entries ON entries (stream) WHERE n = 0;
  CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT raise(ABORT, 'the log is only appended to'); END;
  CREATE TRIGGER entries_are_fixed BEFORE UPDATE ON entries
    WHEN NOT (NEW.entry = '' AND NEW.seq = OLD.seq AND NEW.stream = OLD.stream AND NEW.n = OLD.n AND NEW.prev = OLD.prev AND NEW.leaf = OLD.leaf)
    BEGIN SELECT raise(ABORT, 'the log is only appended to, and erased'); END;
  CREATE TABLE subtrees (
    level INTEGER NOT NULL, place INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (level, place)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE fences (run TEXT PRIMARY KEY, fence INTEGER NOT NULL, open INTEGER NOT NULL) STRICT;
  CREATE TABLE plans (digest TEXT PRIMARY KEY, bytes TEXT NOT NULL) STRICT;
  CREATE TABLE blobs (id TEXT PRIMARY KEY, salt BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  INSERT INTO meta VALUES ('format', '${FORMAT}');
  PRAGMA application_id = ${APPLICATION};
`;

/** `node:sqlite`, without the warning that it is experimental. Other warnings are let through, also meanwhile. */
export async function loadSqlite(): Promise<Sqlite> {
  const emit = process.emitWarning;
  const quiet = (warning: string | Error, ...rest: unknown[]): void => {
    const text = warning instanceof Error ? warning.message : warning;
    if (!/\bSQLite\b/i.test(text)) Reflect.apply(emit, process, [warning, ...rest]);
  };
  process.emitWarning = quiet;
  try {
    return await import("node:sqlite");
  } finally {
    if (process.emitWarning === quiet) process.emitWarning = emit;
  }
}

/**
 * `look` changes nothing, but takes away the files beside the database when it is the last to close it, as a connection that only reads does
 * not · `still` where nobody can write, as on a medium that takes nothing: SQLite makes no files and asks for no locks.
 */
export type Access = "write" | "look" | "still";

/** Connects to an existing file (an empty one will do). Throws SQLite's errors. */
export function connect(sqlite: Sqlite, file: string, access: Access): DatabaseSync {
  const where = pathToFileURL(file);
  where.searchParams.set("immutable", "1");
  const db = new sqlite.DatabaseSync(access === "still" ? where : file, {
    readOnly: access === "still",
    timeout: PATIENCE,
  });
  try {
    db.exec("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;");
    // On macOS only this makes a commit outlive a power cut; elsewhere it does nothing.
    db.exec("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;");
    if (access === "look") db.exec("PRAGMA query_only = ON");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes the tables of an empty database if it may, and sees to it that they are ours. Safe beside another process that does
 * the same. Throws `StoreError` `broken` or `version`, and SQLite's errors.
 */
export function prepareTables(db: DatabaseSync, file: string, create: boolean): void {
  if (isEmpty(db)) {
    if (!create) {
      throw new StoreError("missing", `${file} holds no store yet: it is empty`, "the first `opsc apply` completes it");
    }
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("BEGIN IMMEDIATE");
    try {
      if (isEmpty(db)) db.exec(TABLES);
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
  refuseOthers(db, file);
}

function refuseOthers(db: DatabaseSync, file: string): void {
  const application = db.prepare("PRAGMA application_id").get()?.application_id;
  if (application !== APPLICATION) {
    throw new StoreError(
      "broken",
      `${file} is a database, but no store of opsc`,
      "move it away, or name another directory",
    );
  }
  const format = Number(db.prepare("SELECT value FROM meta WHERE key = 'format'").get()?.value);
  if (!Number.isSafeInteger(format) || format < 1) {
    throw new StoreError(
      "broken",
      `${file} does not say which version of the store it is`,
      "put back a copy from before",
    );
  }
  if (format > FORMAT) {
    throw new StoreError(
      "version",
      `${file} was written by a later opsc (store version ${format}, this one knows ${FORMAT})`,
      "use that opsc, or a later one; nothing was changed",
    );
  }
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare("SELECT count(*) AS tables FROM sqlite_schema").get()?.tables === 0;
}
