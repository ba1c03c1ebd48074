/** Copies of the log elsewhere: every entry, in order, none left out; one may come twice. */
import { hash } from "node:crypto";
import { alone } from "../checkpoints/sign.ts";
import { parseObject } from "../store/entry.ts";
import { DamagedError, type RawEntry, type Store } from "../store/port.ts";
import { exportedLine } from "./export.ts";

/** Whoever takes the lines of an exported log. */
export interface Sink {
  /** For people, and what it is known by: how far it got is remembered under it. */
  readonly shown: string;
  /** The last line it holds whole, "" where it holds nothing; null where that cannot be told. Rejects with an `Error` in words. */
  last(): Promise<string | null>;
  /** Takes lines, without their ends, of entries from `first` on. Resolves once they are kept. Rejects with an `Error` in words. */
  take(lines: readonly string[], first: number): Promise<void>;
}

/** How far a sink has got. */
export interface Delivery {
  readonly sink: string;
  /** Entries that are there. */
  readonly delivered: number;
  /** Entries of the log. */
  readonly size: number;
  /** Why it did not get them all; null where it did. */
  readonly why: string | null;
}

export type DeliveredStore = Pick<Store, "pages" | "size" | "mark" | "setMark" | "hold">;

/** Of one batch: entries, and characters unless it is of one. */
const MOST_ENTRIES = 500;
const MOST_CHARACTERS = 1_000_000;

/**
 * Hands the sink what it does not have yet. What keeps a sink from taking it is told, not thrown. Rejects with `DamagedError`
 * where the log is not the one that the sink has, with `StoreError` where it cannot be read.
 */
export function deliver(store: DeliveredStore, sink: Sink): Promise<Delivery> {
  return alone(store, async () => {
    let delivered = await deliveredTo(store, sink.shown);
    try {
      delivered = await whereItIs(store, sink, delivered);
      for await (const batch of batches(store, delivered)) {
        await sink.take(batch.map(exportedLine), delivered);
        delivered += batch.length;
        await store.setMark(markOf(sink.shown), String(delivered));
      }
      return { sink: sink.shown, delivered, size: await store.size(), why: null };
    } catch (error) {
      if (!(error instanceof Error) || "fault" in error) throw error;
      return { sink: sink.shown, delivered, size: await store.size(), why: error.message };
    }
  });
}

/** How many entries a sink has, as far as is remembered here. */
export async function deliveredTo(store: Pick<Store, "mark">, shown: string): Promise<number> {
  const text = await store.mark(markOf(shown));
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const markOf = (shown: string): string => `sink/${hash("sha256", shown, "hex")}`;

/** What the sink itself says goes before what is remembered: a crash may have come between, or somebody may have cut it. */
async function whereItIs(store: DeliveredStore, sink: Sink, remembered: number): Promise<number> {
  const line = await sink.last();
  if (line === null) return remembered;
  if (line === "") return 0;
  const { seq, leaf } = parseObject(line) ?? {};
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0)
    throw new Error("it ends with a line that is no entry of a log, so nothing is put after it");
  for await (const [row] of store.pages(seq)) if (row?.seq === seq && row.leaf === leaf) return seq + 1;
  throw new DamagedError(
    `${sink.shown} holds an entry ${seq} that is not in the log: the log was rewritten, or an older copy was put back`,
    "compare the two: `opsc audit verify --file` reads what the sink holds",
  );
}

async function* batches(store: DeliveredStore, from: number): AsyncIterable<readonly RawEntry[]> {
  let batch: RawEntry[] = [];
  let characters = 0;
  for await (const page of store.pages(from)) {
    for (const row of page) {
      if (batch.length === MOST_ENTRIES || (batch.length > 0 && characters + row.entry.length > MOST_CHARACTERS)) {
        yield batch;
        [batch, characters] = [[], 0];
      }
      batch.push(row);
      characters += row.entry.length;
    }
  }
  if (batch.length > 0) yield batch;
}
