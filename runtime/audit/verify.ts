/** Whether a store's log is intact. */
import { hash } from "node:crypto";
import { digestOf } from "../../compiler/digest.ts";
import { planFileSchema } from "../../compiler/plan/plan.schema.ts";
import { misplaced } from "../attestations/attestation.ts";
import { TILE_WIDTH } from "../merkle/tiles.ts";
import { parseObject } from "../store/entry.ts";
import { type Store, StoreError } from "../store/port.ts";
import { type AuditReport, type CheckOptions, type KeptHead, LogCheck } from "./check.ts";

export interface VerifyOptions {
  /** Sizes and roots of earlier reports or checkpoints, kept where whoever writes the store cannot write. */
  readonly heads?: readonly KeptHead[];
  /** As of `CheckOptions`. */
  readonly judgeOf?: CheckOptions["judgeOf"];
  readonly logKeys?: CheckOptions["logKeys"];
}

/** What of a store is verified. */
export type LogStore = Pick<Store, "pages" | "subtrees" | "getPlan">;

/**
 * Walks the log once, from the first entry to the last, keeping little in memory, and reports all that is wrong with it.
 *
 * Without a kept head it cannot find: entries cut off at the end, whether one or all; and a log rewritten as a whole, with
 * all its hashes, by somebody who holds the machine. With one it finds both, up to the size of that head. It says nothing
 * of whether what was written was true, nor of blobs, which may be erased.
 *
 * Throws `StoreError` where the store cannot be read for reasons other than damage.
 */
export async function verifyLog(store: LogStore, options: VerifyOptions = {}): Promise<AuditReport> {
  const check = new LogCheck(options);
  await unlessDamaged(check, async () => {
    for await (const page of store.pages()) for (const row of page) check.add(row);
  });
  await unlessDamaged(check, () => compareTree(check, store));
  await unlessDamaged(check, async () => {
    for (const { row, log } of check.begun) {
      const why = await misplaced(store, row.seq, log);
      if (why !== null) check.report(row, "attestation", `the run ${why}`);
    }
  });
  for (const [digest, row] of check.plans) {
    await unlessDamaged(check, async () => {
      const bytes = await store.getPlan(digest);
      if (bytes === null) check.report(row, "plan", `plan ${digest} of the run is not in the store`);
      else if (!isPlan(digest, bytes)) check.report(row, "plan", `what the store keeps as plan ${digest} is another`);
      else {
        const plan = planFileSchema.safeParse(parseObject(bytes));
        if (plan.success) check.judgeApprovals(plan.data);
      }
    });
  }
  return check.finish();
}

/** The hashes that the store keeps of its tree, from which checkpoints and proofs are made, against those of the entries. */
async function compareTree(check: LogCheck, store: LogStore): Promise<void> {
  for (const [level, hashes] of check.kept) {
    for (let first = 0; first < hashes.length; first += TILE_WIDTH) {
      const own = hashes.slice(first, first + TILE_WIDTH);
      const found = await store.subtrees(own.map((_, i) => ({ level, index: first + i })));
      const at = own.findIndex((hash, i) => hash !== found[i]);
      if (at < 0) continue;
      const [from, to] = [(first + at) * 2 ** level, (first + at + 1) * 2 ** level - 1];
      check.report({ seq: from, stream: "" }, "tree", `the hash kept of entries ${from} to ${to} is not theirs`);
    }
  }
}

/** Damage that keeps the store from being read is a finding; anything else that keeps it from that is an error. */
async function unlessDamaged(check: LogCheck, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof StoreError) || error.fault !== "broken") throw error;
    check.report({ seq: check.entries, stream: "" }, "unreadable", error.message);
  }
}

/** A plan is kept as its canonical bytes, or as the file that holds them beside their digest. */
function isPlan(digest: string, bytes: string): boolean {
  if (sha256(bytes) === digest) return true;
  const plan = parseObject(bytes)?.plan;
  if (plan === undefined) return false;
  try {
    return digestOf(plan) === digest;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function sha256(text: string): string {
  return `sha256:${hash("sha256", text, "hex")}`;
}
