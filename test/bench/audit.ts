/**
 * `node test/bench/audit.ts [ENTRIES]`: verifying a log, beside three things that are less: SHA-256 of the bytes of its entries in one
 * loop, the entries in memory already; the leaves and the tree, which is a second hash for each entry; and reading all that from the
 * store. By default a million entries, which takes a minute to write.
 */
import { hash } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { verifyLog } from "../../runtime/audit/verify.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { leafHash } from "../../runtime/merkle/hash.ts";
import { proveInclusion, rootOf } from "../../runtime/merkle/proof.ts";
import { MerkleTree } from "../../runtime/merkle/tree.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { planOf } from "../runtime/store-events.ts";

export interface AuditTimes {
  readonly entries: number;
  /** Bytes of the database. */
  readonly bytes: number;
  /** Milliseconds of processor time, the best of rounds in turns: what else the machine does counts for less. The bytes alone. */
  readonly hash: number;
  /** The leaves and the tree of RFC 6962. */
  readonly tree: number;
  /** Reading them from the store and hashing them, and no more. */
  readonly read: number;
  readonly verify: number;
  readonly prove: number;
}

/** Steps of a run; with what stands around them, twice as many entries and eight. */
const STEPS = 96;
const PER_RUN = 2 * STEPS + 8;
const ROUNDS = 4;

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
      { type: "attempt.succeeded", at: at(begun + i * 7 + 5), ...id, result, output: null },
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
    const { digest: plan, text: bytes } = planOf(run);
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

/** Processor time of each, the best of some rounds in turns, in milliseconds. */
async function best<K extends string>(works: Readonly<Record<K, () => Promise<void>>>): Promise<Record<K, number>> {
  const took = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, work] of Object.entries<() => Promise<void>>(works)) {
      const began = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(began);
      took.set(name, Math.min(took.get(name) ?? Number.POSITIVE_INFINITY, (user + system) / 1000));
    }
  }
  return Object.fromEntries(took) as Record<K, number>;
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

/** Of this many entries the texts are kept, to be hashed by themselves: of all, collecting garbage would count most. */
const SAMPLE = 50_000;

async function measure(store: Store, file: string): Promise<AuditTimes> {
  const texts: string[] = [];
  for await (const page of store.pages()) {
    for (const row of page) texts.push(row.entry);
    if (texts.length >= SAMPLE) break;
  }
  const entries = await store.size();
  const all = async (take: (text: string) => void): Promise<void> => {
    for (let done = 0; done < entries; done += texts.length)
      for (const text of done + texts.length > entries ? texts.slice(0, entries - done) : texts) take(text);
  };
  let root = "";
  const times = await best({
    hash: () => all((text) => hash("sha256", text, "hex")),
    tree: () => {
      const tree = new MerkleTree();
      return all((text) => tree.add(leafHash(text))).then(() => void tree.root());
    },
    read: async () => {
      const tree = new MerkleTree();
      for await (const page of store.pages()) for (const row of page) tree.add(leafHash(row.entry));
      root = tree.root();
    },
    verify: async () => {
      const report = await verifyLog(store);
      if (report.findings.length > 0 || report.root !== root) throw new Error("the log does not verify");
    },
    prove: async () => {
      if ((await rootOf(entries, (wanted) => store.subtrees(wanted))) !== root) throw new Error("another root");
      await proveInclusion(Math.floor(entries / 3), entries, (wanted) => store.subtrees(wanted));
    },
  });
  return { entries, bytes: statSync(file).size, ...times };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { entries, bytes, ...took } = await auditBench(Number(process.argv[2] ?? 1_000_000));
  const per = (ms: number): string => `${ms.toFixed(0)} ms, ${((ms * 1000) / entries).toFixed(2)} µs an entry`;
  const times = (than: number): string => (took.verify / than).toFixed(1);
  process.stdout.write(
    [
      `${entries} entries, ${(bytes / entries).toFixed(0)} bytes each in the database`,
      `hashing their bytes: ${per(took.hash)}`,
      `leaves and tree: ${per(took.tree)}`,
      `reading them, leaves and tree: ${per(took.read)}`,
      `verifying: ${per(took.verify)}: ${times(took.hash)} times hashing, ${times(took.tree)} times leaves and tree, ${times(took.read)} times with reading`,
      `a checkpoint and a proof: ${took.prove.toFixed(1)} ms; most memory held: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
      "",
    ].join("\n"),
  );
}
