/** Logs as somebody else may leave them: any rows, or rows with everything about them recomputed. */
import { DatabaseSync } from "node:sqlite";
import type { LogStore } from "../../runtime/audit/verify.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { makeEntry, openStream } from "../../runtime/store/entry.ts";
import type { RawEntry, Store } from "../../runtime/store/port.ts";

/** A store that gives these rows, whatever they are. */
export function storeOf(rows: readonly RawEntry[], plans: Pick<Store, "getPlan">): LogStore {
  return {
    async *pages() {
      // A few at a time, as a store gives them.
      const sorted = [...rows].sort((a, b) => a.seq - b.seq);
      for (let at = 0; at < sorted.length; at += 2) yield sorted.slice(at, at + 2);
    },
    read: async (stream, from = 0) =>
      openStream(
        rows.filter((row) => row.stream === stream),
        from,
      ),
    subtrees: async () => [],
    getPlan: (digest) => plans.getPlan(digest),
    getBlob: async () => new Uint8Array(),
    // What it knows beside them is as it should be for any.
    beside: async () => ({ size: 0, most: 0, kept: new Map(), fences: new Map([["a", 99]]), odd: [] }),
    mark: async () => null,
  };
}

/** The rows of the events, properly numbered and linked: what somebody who recomputes everything can do. */
export function forge(events: readonly (readonly [stream: string, event: RunEvent])[]): RawEntry[] {
  const rows: RawEntry[] = [];
  for (const [stream, event] of events) {
    const before = rows.filter((row) => row.stream === stream);
    rows.push(makeEntry(rows.length, stream, before.length, before.at(-1)?.leaf ?? "", event));
  }
  return rows;
}

/** Somebody who may write the database, without the triggers that guard it, which are put back as they were. */
export function tampering(file: string, act: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(file);
  const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  act(db);
  for (const { sql } of triggers) db.exec(String(sql));
  db.close();
}
