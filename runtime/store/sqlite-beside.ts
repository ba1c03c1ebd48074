/** What the database says of the log beside the log. */
import type { DatabaseSync } from "node:sqlite";
import type { Beside } from "./port.ts";
import { type Sqlite, TABLES } from "./sqlite-schema.ts";
import type { Statements } from "./sqlite-statements.ts";

/** Throws SQLite's errors. */
export function besideLog(sqlite: Sqlite, db: DatabaseSync, sql: Statements): Beside {
  // All of one moment, whether or not the connection is held at one already.
  db.exec("SAVEPOINT moment");
  try {
    const size = Number(sql.nextSeq.get()?.seq);
    return {
      size,
      most: counted(db) ?? size,
      kept: new Map(sql.keptLevels.all().map(({ level, kept }) => [Number(level), Number(kept)])),
      fences: new Map(sql.fences.all().map(({ run, fence }) => [String(run), Number(fence)])),
      odd: oddities(sqlite, db),
    };
  } finally {
    db.exec("RELEASE moment");
  }
}

/** The most entries there ever were, which SQLite keeps in a table of its own; null where that is gone. */
function counted(db: DatabaseSync): number | null {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get() === undefined) return null;
  const statement = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'entries'");
  // Whatever somebody put there.
  statement.setReadBigInts(true);
  const last = statement.get()?.seq;
  return last === undefined ? 0 : Number(last) + 1;
}

/** What differs from the tables, indexes and triggers that opsc makes, in words that follow "the store". */
function oddities(sqlite: Sqlite, db: DatabaseSync): string[] {
  const made = new sqlite.DatabaseSync(":memory:");
  try {
    made.exec(TABLES);
    const [wanted, found] = [partsOf(made), partsOf(db)];
    return [
      ...[...wanted].flatMap(([part, sql]) => {
        const there = found.get(part);
        if (there === undefined) return [`has lost its ${part}`];
        return there === sql ? [] : [`has another ${part} than opsc makes`];
      }),
      ...[...found.keys()].flatMap((part) => (wanted.has(part) ? [] : [`has a ${part}, which opsc does not make`])),
    ];
  } finally {
    made.close();
  }
}

/** `trigger entries_stay`, say, and how it was made. What SQLite keeps for itself is left out. */
const partsOf = (db: DatabaseSync): ReadonlyMap<string, string> =>
  new Map(
    db
      .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid")
      .all()
      .map(({ type, name, sql }) => [`${type} ${name}`, String(sql)]),
  );
