/** Whether a store's log is intact. */
import { hash } from "node:crypto";
import { type PlanFile, planSchema } from "../../compiler/plan/plan.schema.ts";
import type { Judge } from "../approvals/judge.ts";
import { misplaced } from "../attestations/attestation.ts";
import { lastSigned } from "../checkpoints/sign.ts";
import { TILE_WIDTH } from "../merkle/tiles.ts";
import { parseObject } from "../store/entry.ts";
import { type Store, StoreError } from "../store/port.ts";
import { judgeBeside } from "./beside.ts";
import { NamedBlobs } from "./blobs.ts";
import { type AuditReport, type CheckOptions, type KeptHead, LogCheck } from "./check.ts";
import { judgeSaid, RunsSaid, type SaidOfRun, saidIn } from "./runs.ts";

export interface VerifyOptions {
  /** Sizes and roots of earlier reports or checkpoints, kept where whoever writes the store cannot write. */
  readonly heads?: readonly KeptHead[];
  /** Whose word counts, for plans made for `asked`; without, signatures are verified, but not whose they are. */
  readonly judgeOf?: ((asked: Judge["identities"]) => Judge) | undefined;
  /** As of `CheckOptions`. */
  readonly logKeys?: CheckOptions["logKeys"];
}

/** What of a store is verified. */
export type LogStore = Pick<Store, "pages" | "read" | "subtrees" | "getPlan" | "getBlob" | "beside" | "mark">;

/**
 * Walks the log once, from the first entry to the last, keeping little in memory, and reports all that is wrong with it.
 *
 * Without a kept head it cannot find: entries cut off at the end, whether one or all; and a log rewritten as a whole, with
 * all its hashes; by somebody who also puts right all that the store knows beside them, or who puts an older copy in its place. With
 * one it finds both, up to the size of that head. It says nothing of whether what was written was true.
 *
 * Throws `StoreError` where the store cannot be read for reasons other than damage.
 */
export async function verifyLog(store: LogStore, options: VerifyOptions = {}): Promise<AuditReport> {
  const [said, blobs] = [new RunsSaid(), new NamedBlobs()];
  const check = new LogCheck({
    heads: [...(options.heads ?? []), ...(await signedHere(store))],
    logKeys: options.logKeys,
    said,
    blobs,
  });
  const judgeRun = runJudge(check, store, options);
  await unlessDamaged(check, async () => {
    for await (const page of store.pages()) {
      for (const row of page) check.add(row);
      for (const run of said.takeEnded()) await judgeRun(run);
      await blobs.judge(store, check.findings);
    }
  });
  for (const run of said.takeOpen()) await judgeRun(run);
  for (const stream of said.again)
    await unlessDamaged(check, async () => judgeRun(saidIn(stream, await store.read(stream))));
  await unlessDamaged(check, () => compareTree(check, store));
  await unlessDamaged(check, async () => judgeBeside(await store.beside(), check.held, check.findings));
  await unlessDamaged(check, async () => {
    for (const { place, log } of check.begun) {
      const why = await misplaced(store, place.seq, log);
      if (why !== null) check.findings.report(place, "attestation", `the run ${why}`);
    }
  });
  return check.finish();
}

/** What was signed here last, if anything: it is in the store itself, and yet it has to be put right by whoever changes the log. */
async function signedHere(store: LogStore): Promise<readonly KeptHead[]> {
  const last = await lastSigned(store);
  return last === null ? [] : [{ ...last.checkpoint, shown: "the checkpoint that was signed here last" }];
}

/** Judges runs by the plans that the store keeps. */
function runJudge(check: LogCheck, store: LogStore, { judgeOf }: VerifyOptions): (run: SaidOfRun) => Promise<void> {
  // A run may be looked at twice, and a plan be named by two.
  const told = new Set<string>();
  const findings: Pick<LogCheck["findings"], "report"> = {
    report(row, what, detail) {
      const once = `${what} ${what === "plan" ? detail : row.seq}`;
      if (!told.has(once)) check.findings.report(row, what, detail);
      told.add(once);
    },
  };
  return (run) =>
    unlessDamaged(check, async () => {
      const [first] = run.events;
      if (first?.event.type !== "run.created") return;
      const { plan: digest } = first.event;
      const plan = planIn(digest, await store.getPlan(digest));
      if (typeof plan === "string") findings.report(first.place, "plan", plan);
      else judgeSaid(run, plan, judgeOf, findings);
    });
}

/** The plan, if these bytes are what a store keeps as it; else what they are. */
function planIn(digest: string, bytes: string | null): Pick<PlanFile, "plan" | "digest"> | string {
  if (bytes === null) return `plan ${digest} of the run is not in the store`;
  const [before, after] = [`{"digest":${JSON.stringify(digest)},"plan":`, "}\n"];
  const text = bytes.slice(before.length, -after.length);
  if (bytes !== `${before}${text}${after}` || `sha256:${hash("sha256", text, "hex")}` !== digest)
    return `what the store keeps as plan ${digest} is another`;
  try {
    const plan = planSchema.safeParse(parseObject(text));
    if (plan.success) return { digest, plan: plan.data };
  } catch (error) {
    // Nested so deep that it cannot be walked.
    if (!(error instanceof RangeError)) throw error;
  }
  return `plan ${digest} is none that this opsc knows, so what the run passed cannot be held to it`;
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
      check.findings.report(
        { seq: from, stream: "" },
        "tree",
        `the hash kept of entries ${from} to ${to} is not theirs`,
      );
    }
  }
}

/** Damage that keeps the store from being read is a finding; anything else that keeps it from that is an error. */
async function unlessDamaged(check: LogCheck, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof StoreError) || !DAMAGE.has(error.fault)) throw error;
    check.findings.report({ seq: check.entries, stream: "" }, "unreadable", error.message);
  }
}

const DAMAGE: ReadonlySet<StoreError["fault"]> = new Set(["broken", "version", "erased"]);
