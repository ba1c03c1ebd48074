/** Proofs from a store, to be checked by who has nothing but a key: that entries are in the log, and that it only grew. */
import { canonicalJson } from "../../compiler/canonical.ts";
import { hashToBase64 } from "../checkpoints/base64.ts";
import type { Checkpoint } from "../checkpoints/checkpoint.ts";
import { formatTlogProof } from "../checkpoints/tlog-proof.ts";
import { proveConsistency, proveInclusion } from "../merkle/proof.ts";
import { openEntry } from "../store/entry.ts";
import { type RawEntry, type Store, type StoredEvent, StoreError } from "../store/port.ts";
import type { ProofFile } from "./proof.schema.ts";

/** A signed checkpoint of the log, which all that is proved is proved against. */
export interface Against {
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

type ProvingStore = Pick<Store, "subtrees" | "pages" | "read">;

/** That entry `index` is in the log, as c2sp.org/tlog-proof says, the entry along with it. Throws `StoreError`. */
export async function proveEntry(store: ProvingStore, against: Against, index: number): Promise<string> {
  const row = await rowAt(store, index);
  if (row === null || index >= against.checkpoint.size) throw notCovered(`entry ${index}`, against);
  const { entry } = rowOf(openEntry(row));
  const path = await proveInclusion(index, against.checkpoint.size, (wanted) => store.subtrees(wanted));
  return formatTlogProof({ index, path, checkpoint: against.note, extra: Buffer.from(entry) });
}

/** That all of a run is in the log. Throws `StoreError`. */
export async function proveRun(store: ProvingStore, against: Against, run: string): Promise<ProofFile> {
  const entries = await store.read(`run/${run}`);
  if (entries.length === 0)
    throw new StoreError("missing", `there is no run ${run}`, "`opsc runs` lists the runs there are");
  const { size } = against.checkpoint;
  const late = entries.find(({ seq }) => seq >= size);
  if (late !== undefined) throw notCovered(`entry ${late.seq} of run ${run}`, against);
  const proved: { index: number; entry: string; path: string[] }[] = [];
  for (const event of entries) {
    const path = await proveInclusion(event.seq, size, (wanted) => store.subtrees(wanted));
    proved.push({ index: event.seq, entry: rowOf(event).entry, path: path.map(hashToBase64) });
  }
  return { proofVersion: 1, kind: "run", run, checkpoint: against.note, entries: proved };
}

/** That the log of `kept`, a checkpoint of before, is the beginning of that of `against`. Throws `StoreError`. */
export async function proveGrowth(store: ProvingStore, kept: Against, against: Against): Promise<ProofFile> {
  const [first, second] = [kept.checkpoint.size, against.checkpoint.size];
  if (first > second) throw notCovered(`entry ${first - 1}`, against);
  // Every log begins with the empty one.
  const path = first === 0 ? [] : await proveConsistency(first, second, (wanted) => store.subtrees(wanted));
  return { proofVersion: 1, kind: "growth", from: kept.note, to: against.note, path: path.map(hashToBase64) };
}

function notCovered(what: string, { checkpoint }: Against): StoreError {
  return new StoreError(
    "missing",
    `${what} is not among the ${checkpoint.size} entries of the checkpoint`,
    "sign a newer one with `opsc audit checkpoint`, or name another entry",
  );
}

async function rowAt(store: ProvingStore, index: number): Promise<RawEntry | null> {
  for await (const [row] of store.pages(index)) return row?.seq === index ? row : null;
  return null;
}

function rowOf({ seq, stream, n, prev, leaf, event }: StoredEvent): RawEntry {
  return { seq, stream, n, prev, leaf, entry: canonicalJson({ seq, stream, n, prev, event }) };
}
