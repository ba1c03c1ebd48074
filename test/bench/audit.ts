/**
 * `node test/bench/audit.ts [ENTRIES]`: verifying a log, beside hashing it: what the leaves and the tree cost by themselves, the entries
 * in memory already. By default a million entries, which takes a minute to write.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { digestOf } from "../../compiler/digest.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { leafHash } from "../../runtime/merkle/hash.ts";
import { proveInclusion, rootOf } from "../../runtime/merkle/proof.ts";
import { MerkleTree } from "../../runtime/merkle/tree.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";

export interface AuditTimes {
  readonly entries: number;
  /** Bytes of the database. */
  readonly bytes: number;
  /** Milliseconds of processor time, the best of three: what else the machine does counts for less. */
  readonly hash: number;
  /** Reading them from the store and hashing them, and no more. */
  readonly read: number;
  readonly verify: number;
  readonly prove: number;
}

/** Steps of a run; with what stands around them, twice as many entries and eight. */
const STEPS = 96;
const PER_RUN = 2 * STEPS + 8;
const ROUNDS = 3;

const at = (ms: number): string => new Date(1_795_000_000_000 + ms).toISOString();

/** What a run of so many steps writes, one every few milliseconds. */
function eventsOf(run: string, plan: string, of: number): RunEvent[] {
  const begun = of * 60_000;
  const applier = `person${of % 40}@example.com`;
  const created: RunEvent = {
    type: "run.created",
    at: at(begun),
    eventVersion: 1,
    run,
    plan,
    action: "fleet.ops#restart",
    requester: applier,
    applier,
    approvals: [],
  };
  const steps = Array.from({ length: STEPS }, (_, i): RunEvent[] => {
    const id = { node: `hosts[host-${of % 97}-${i}].restart`, phase: "do" as const, index: 0, attempt: 1 };
    const key = `${run}/${id.node}/do/0`;
    const result = { host: `host-${of % 97}-${i}.example.com`, restarted: true, tookMs: 20 + ((of * 31 + i) % 400) };
    return [
      { type: "attempt.started", at: at(begun + i * 7), ...id, key, deadline: at(begun + i * 7 + 300_000) },
      { type: "attempt.succeeded", at: at(begun + i * 7 + 5), ...id, result, output: `sha256:${plan.slice(7)}` },
    ];
  }).flat();
  return [
    created,
    { type: "run.held", at: at(begun), host: "ops-1.example.com", pid: 4711, fence: 1 },
    { type: "gate.judged", at: at(begun + 1), node: null, facts: [], guardrails: [], ok: true, why: null },
    { type: "locks.taken", at: at(begun + 1), names: ["fleet"] },
    ...steps,
    { type: "node.passed", at: at(begun + 800), node: "all_up" },
    { type: "locks.released", at: at(begun + 800), names: ["fleet"], because: "over" },
    { type: "run.finished", at: at(begun + 801), outcome: "succeeded", why: null, left: [], result: null },
  ];
}

/** A log of so many entries, of runs one after the other. */
async function write(store: Store, entries: number): Promise<void> {
  for (let of = 0; of * PER_RUN < entries; of += 1) {
    const run = `20261121-${String(of).padStart(6, "0")}`;
    const bytes = JSON.stringify({ planVersion: 1, run });
    const plan = digestOf({ planVersion: 1, run });
    await store.putPlan(plan, bytes);
    const claim = await store.claim(run);
    const used: RunEvent = { type: "plan.used", at: at(of * 60_000), run, by: "person@example.com" };
    await store.append([
      { stream: `plan/${plan}`, expected: 0, fence: null, events: [used] },
      { stream: `run/${run}`, expected: 0, fence: claim.fence, events: eventsOf(run, plan, of) },
    ]);
    await claim.release();
  }
}

async function best(work: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(began);
    took.push((user + system) / 1000);
  }
  return Math.min(...took);
}

export async function auditBench(entries: number): Promise<AuditTimes> {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-bench-"));
  const store = await openSqliteStore(folder);
  try {
    await write(store, entries);
    return await measure(store, path.join(folder, "opsc.db"));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(store: Store, file: string): Promise<AuditTimes> {
  const texts: string[] = [];
  for await (const page of store.pages()) for (const row of page) texts.push(row.entry);
  let root = "";
  const hash = await best(async () => {
    const tree = new MerkleTree();
    for (const text of texts) tree.add(leafHash(text));
    root = tree.root();
  });
  const entries = texts.length;
  texts.length = 0;
  const read = await best(async () => {
    const tree = new MerkleTree();
    for await (const page of store.pages()) for (const row of page) tree.add(leafHash(row.entry));
    if (tree.root() !== root) throw new Error("the log is not the one that was written");
  });
  const verify = await best(async () => {
    const report = await verifyLog(store);
    if (report.findings.length > 0 || report.root !== root) throw new Error("the log does not verify");
  });
  const prove = await best(async () => {
    await rootOf(entries, (wanted) => store.subtrees(wanted));
    await proveInclusion(Math.floor(entries / 3), entries, (wanted) => store.subtrees(wanted));
  });
  return { entries, bytes: statSync(file).size, hash, read, verify, prove };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { entries, bytes, hash, read, verify, prove } = await auditBench(Number(process.argv[2] ?? 1_000_000));
  const per = (ms: number): string => `${ms.toFixed(0)} ms, ${((ms * 1000) / entries).toFixed(2)} µs an entry`;
  process.stdout.write(
    [
      `${entries} entries, ${(bytes / entries).toFixed(0)} bytes each in the database`,
      `hashing them: ${per(hash)}`,
      `reading and hashing them: ${per(read)}`,
      `opsc audit verify: ${per(verify)}, ${(verify / hash).toFixed(1)} times hashing them, ${(verify / read).toFixed(1)} times with reading`,
      `a checkpoint and a proof: ${prove.toFixed(1)} ms`,
      "",
    ].join("\n"),
  );
}
