/**
 * Entries: how an event is written down. Every store and the audit share these few functions, so that the same events
 * have the same bytes and the same leaf hashes wherever they are kept.
 */
import { hash } from "node:crypto";
import { canonicalJson } from "../../compiler/canonical.ts";
import { type EventOf, eventSchema, type RunEvent } from "../event.schema.ts";
import { isHash, leafHash } from "../merkle/hash.ts";
import type { Subtree } from "../merkle/proof.ts";
import { type ReadKept, subtreesFrom } from "../merkle/tiles.ts";
import { damagedTree, erasedEntry } from "./faults.ts";
import { DamagedError, type RawEntry, type StoredEvent, StoreError } from "./port.ts";

/** `sha256:` of salt and bytes. The salt keeps a short secret from being guessed from the id that the log holds. */
export function blobId(salt: Uint8Array, bytes: Uint8Array): string {
  return `sha256:${hash("sha256", Buffer.concat([salt, bytes]), "hex")}`;
}

/** The row of a new event. Throws `TypeError` for what is not an event: a bug of the caller, and nothing is written. */
export function makeEntry(seq: number, stream: string, n: number, prev: string, event: RunEvent): RawEntry {
  const judged = eventSchema.safeParse(event);
  if (!judged.success) throw new TypeError(`not an event (${event.type}): ${judged.error.issues[0]?.message ?? "?"}`);
  const entry = canonicalJson({ seq, stream, n, prev, event });
  return { seq, stream, n, prev, leaf: leafHash(entry), entry };
}

/**
 * The event in a row, which is checked against its leaf hash, so that nothing is ever done on a damaged record.
 * Throws `StoreError`: `broken` if the row is not what was written, `version` if a later opsc wrote it, `erased`.
 */
export function openEntry(row: RawEntry): StoredEvent {
  if (row.entry === "") throw erasedEntry(row.seq, row.stream);
  if (leafHash(row.entry) !== row.leaf) throw damaged(row, "its bytes do not give the hash kept with them");
  const found = parseObject(row.entry);
  if (
    found === null ||
    found.seq !== row.seq ||
    found.stream !== row.stream ||
    found.n !== row.n ||
    found.prev !== row.prev
  ) {
    throw damaged(row, "its bytes and its columns differ");
  }
  const event = found.event;
  if (!isEvent(event)) {
    throw new StoreError(
      "version",
      `entry ${row.seq} of the log (${row.stream}, ${row.n}) holds an event that this opsc does not know`,
      "use the opsc that wrote it, or a later one",
    );
  }
  return { seq: row.seq, stream: row.stream, n: row.n, prev: row.prev, leaf: row.leaf, event };
}

/** Hashes of subtrees from those that are kept. Throws `StoreError` `broken` where one is missing or no hash. */
export function readTree(wanted: readonly Subtree[], read: ReadKept): string[] {
  try {
    return subtreesFrom(wanted, (level, first, count) => {
      const kept = read(level, first, count);
      if (!kept.every(isHash)) throw new TypeError("no hash");
      return kept;
    });
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw damagedTree(error);
    throw error;
  }
}

/** Opens the rows of one stream, from `from` on, in order: none may be missing, each must name the one before. */
export function openStream(rows: readonly RawEntry[], from: number): readonly StoredEvent[] {
  let former: RawEntry | undefined;
  return rows.map((row, index) => {
    if (row.n !== from + index) throw damaged(row, `entry ${from + index} of its stream is missing`);
    if (former !== undefined && row.prev !== former.leaf) throw damaged(row, "it does not follow the entry before it");
    former = row;
    return openEntry(row);
  });
}

/** Whether a value is an event. The value itself is kept, never the parser's copy, so that the hash stays true of it. */
export function isEvent(value: unknown): value is RunEvent {
  return eventSchema.safeParse(value).success;
}

/** The object a text holds as JSON, or null. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function damaged(row: RawEntry, why: string): DamagedError {
  return new DamagedError(
    `entry ${row.seq} of the log (${JSON.stringify(row.stream)}, ${row.n}) is damaged: ${why}`,
    "`opsc audit verify` says what else is wrong; put back a copy of the store from before",
  );
}

/** The event of a row that says that a run was erased. */
export function erasureIn(row: RawEntry): EventOf<"run.erased"> {
  const { event } = openEntry(row);
  if (event.type === "run.erased") return event;
  throw damaged(row, "it does not say that a run was erased");
}
