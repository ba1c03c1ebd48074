/** The statements of the SQLite store, and a row as a `RawEntry`. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import type { RawEntry } from "./port.ts";

export type Statements = Readonly<Record<keyof typeof SQL | "textPage", StatementSync>>;

const ROW = "seq, stream, n, prev, leaf, entry";

/**
 * As bytes, for the audit: bytes that are no UTF-8 must not pass for the characters they resemble. It takes five times as long
 * as text, so it is asked only of rows in whose text something was replaced. (Where events are read to act on them, the leaf hash of
 * the text that is acted on is what counts.)
 */
const RAW =
  "seq, CAST(stream AS BLOB) AS stream, n, CAST(prev AS BLOB) AS prev, CAST(leaf AS BLOB) AS leaf, CAST(entry AS BLOB) AS entry";

const SQL = {
  nextSeq: "SELECT coalesce(max(seq), -1) + 1 AS seq FROM entries",
  insertEntry: "INSERT INTO entries (seq, stream, n, prev, leaf, entry) VALUES (?, ?, ?, ?, ?, ?)",
  lastOfStream: `SELECT ${ROW} FROM entries WHERE stream = ? ORDER BY n DESC LIMIT 1`,
  ofStream: `SELECT ${ROW} FROM entries WHERE stream = ? AND n >= ? ORDER BY n LIMIT ?`,
  runStreams:
    "SELECT stream FROM entries WHERE n = 0 AND stream >= 'run/' AND stream < 'run0' AND entry <> '' ORDER BY seq",
  keptLevels: "SELECT level, max(place) + 1 AS kept FROM subtrees GROUP BY level",
  lastSeq: "SELECT seq FROM entries ORDER BY seq DESC LIMIT 1",
  rawPage: `SELECT ${RAW} FROM entries WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?`,
  leaves: "SELECT leaf AS hash FROM entries WHERE seq >= ? ORDER BY seq LIMIT ?",
  subtrees: "SELECT hash FROM subtrees WHERE level = ? AND place >= ? ORDER BY place LIMIT ?",
  insertSubtree: "INSERT INTO subtrees VALUES (?, ?, ?)",
  eraseStream: "UPDATE entries SET entry = '' WHERE stream = ?",
  deletePlan: "DELETE FROM plans WHERE digest = ?",
  deleteBlob: "DELETE FROM blobs WHERE id = ?",
  erasures: `SELECT ${ROW} FROM entries WHERE n = 0 AND stream >= 'erasure/' AND stream < 'erasure0' ORDER BY seq`,
  mark: "SELECT value FROM marks WHERE name = ?",
  setMark: "INSERT INTO marks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  openFence: "SELECT fence FROM fences WHERE run = ? AND open = 1",
  fences: "SELECT run, fence FROM fences",
  openFences: "SELECT run FROM fences WHERE open = 1",
  nextFence:
    "INSERT INTO fences VALUES (?, 1, 1) ON CONFLICT (run) DO UPDATE SET fence = fence + 1, open = 1 RETURNING fence",
  closeFence: "UPDATE fences SET open = 0 WHERE run = ? AND fence = ?",
  insertPlan: "INSERT INTO plans VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
  plan: "SELECT bytes FROM plans WHERE digest = ?",
  insertBlob: "INSERT INTO blobs VALUES (?, ?, ?)",
  blob: "SELECT salt, bytes FROM blobs WHERE id = ?",
} as const;

export function prepareStatements(db: DatabaseSync): Statements {
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    // So that an integer out of range is seen for what it is.
    statement.setReadBigInts(true);
    return statement;
  };
  const textPage = db.prepare(`SELECT ${ROW} FROM entries WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?`);
  textPage.setReturnArrays(true);
  const others = Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, prepare(sql)]));
  return { ...others, textPage } as Statements;
}

/**
 * A row of `textPage`; null where its bytes have to be looked at: a byte of its entry may have been replaced in reading it. (In
 * another column that shows: they are compared with what the entry says.)
 */
export function textRow(found: unknown): RawEntry | null {
  const [seq, stream, n, prev, leaf, entry] = found as readonly unknown[];
  if (typeof seq !== "number" || typeof n !== "number" || typeof stream !== "string") return null;
  if (typeof prev !== "string" || typeof leaf !== "string" || typeof entry !== "string") return null;
  return entry.includes("\ufffd") ? null : { seq, stream, n, prev, leaf, entry };
}

export function rowOf(row: Readonly<Record<string, SQLOutputValue>>): RawEntry {
  return {
    seq: Number(row.seq),
    stream: text(row.stream),
    n: Number(row.n),
    prev: text(row.prev),
    leaf: text(row.leaf),
    entry: text(row.entry),
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function text(value: SQLOutputValue | undefined): string {
  if (typeof value === "string") return value;
  if (!(value instanceof Uint8Array)) return `not text: ${String(value)}`;
  try {
    return utf8.decode(value);
  } catch {
    return `not UTF-8: ${Buffer.from(value).toString("latin1")}`;
  }
}
