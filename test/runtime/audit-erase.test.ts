import * as fs from "node:fs";
import * as path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { erasable, eraseRun } from "../../runtime/audit/erase.ts";
import { exportLog, verifyExport } from "../../runtime/audit/export.ts";
import { proveEntry, proveRun } from "../../runtime/audit/prove.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import { verifyProof } from "../../runtime/audit/verify-proof.ts";
import { generateSignerKey } from "../../runtime/checkpoints/keys.ts";
import { alone, signHead } from "../../runtime/checkpoints/sign.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { forge, storeOf } from "./audit-log.ts";
import { created, finished, inDirectory, PLAN, PLAN_TEXT, passed, planOf, rowsOf, writeRun } from "./store-events.ts";

const SAID = { at: "2027-11-21T09:00:00.000Z", by: "ana@example.com", reason: "asked for" };
const CANARY = "canary-5f3a9c";
const ORIGIN = "example.com/operations";
const { key } = generateSignerKey(ORIGIN);

/** A run that did something, whose output and captured state are kept, and to which somebody said something. */
async function writeFull(
  store: Store,
  run: string,
): Promise<{ readonly plan: string; readonly blobs: readonly string[] }> {
  const { digest: plan, text } = planOf(CANARY);
  await store.putPlan(plan, text);
  const blobs = [
    await store.putBlob(Buffer.from(`output ${CANARY}`)),
    await store.putBlob(Buffer.from(`state ${CANARY}`)),
  ];
  const claim = await store.claim(run);
  const id = { node: "w", phase: "do" as const, index: 0, attempt: 1 };
  const at = "2026-11-21T09:00:00.000Z";
  await store.append([
    {
      stream: `run/${run}`,
      expected: 0,
      fence: claim.fence,
      events: [
        created(run, { plan, requester: `${CANARY}@example.com` }),
        { type: "attempt.started", at, ...id, key: "k", deadline: at },
        { type: "attempt.captured", at, ...id, data: null, blob: blobs[1] ?? null },
        { type: "attempt.succeeded", at, ...id, result: { secret: CANARY }, output: blobs[0] ?? null },
        finished(),
      ],
    },
    {
      stream: `control/${run}`,
      expected: 0,
      fence: null,
      events: [{ type: "control.said", at, what: "pause", mode: null, by: "x", reason: CANARY }],
    },
  ]);
  await claim.release();
  return { plan, blobs };
}

const stores: readonly (readonly [string, (directory: string) => Promise<Store>])[] = [
  ["in memory", async () => memoryStore()],
  ["on disk", (directory) => openSqliteStore(directory)],
];

describe.each(stores)("an erased run %s", (_, open) => {
  test("is gone, and the log is whole: others are proved as before", () =>
    inDirectory(async (directory) => {
      const store = await open(directory);
      await writeRun(store, "r-1", 300);
      const { plan, blobs } = await writeFull(store, "r-2");
      await writeRun(store, "r-3", 20);
      const kept = await alone(store, () => signHead(store, key, ORIGIN));
      const proof = await proveEntry(store, kept, 3);
      const before = await verifyLog(store);
      const event = await eraseRun(store, "r-2", SAID);
      expect(event).toMatchObject({ run: "r-2", ended: "succeeded", entries: 6, by: "ana@example.com" });

      expect(
        await verifyLog(store, { heads: [kept.checkpoint, { size: before.entries, root: before.root }] }),
      ).toMatchObject({
        entries: before.entries + 1,
        findings: [],
      });
      expect(await proveEntry(store, kept, 3)).toBe(proof);
      expect(verifyProof(JSON.stringify(await proveRun(store, kept, "r-3")), [key.verifier], ORIGIN).findings).toEqual(
        [],
      );
      await expect(store.read("run/r-2")).rejects.toMatchObject({ fault: "erased" });
      await expect(proveRun(store, kept, "r-2")).rejects.toMatchObject({ fault: "erased" });
      expect(await store.getPlan(plan)).toBeNull();
      for (const blob of blobs) expect(await store.getBlob(blob)).toBeNull();
      expect((await store.runs()).runs.map(({ run }) => run)).toEqual(["r-1", "r-3"]);
      expect((await store.runs()).unreadable).toEqual([]);
      expect(await store.erased()).toEqual([event]);
      const lines: string[] = [];
      for await (const line of exportLog(store)) lines.push(line);
      expect(lines.join("\n")).not.toContain(CANARY);
      expect(await verifyExport(lines, { heads: [kept.checkpoint] })).toMatchObject({ findings: [] });
      await expect(eraseRun(store, "r-2", SAID)).rejects.toMatchObject({ fault: "erased" });
      await store.close();
      if (fs.existsSync(path.join(directory, "opsc.db")))
        for (const name of fs.readdirSync(directory, { recursive: true, encoding: "utf8" })) {
          const file = path.join(directory, name);
          if (fs.statSync(file).isFile()) expect(fs.readFileSync(file).includes(CANARY), name).toBe(false);
        }
    }));

  test("is one that has come to its end, leases and all", () =>
    inDirectory(async (directory) => {
      const store = await open(directory);
      const claim = await store.claim("going");
      await store.append([
        { stream: "run/going", expected: 0, fence: claim.fence, events: [created("going"), passed("a")] },
      ]);
      await expect(erasable(store, "going")).rejects.toMatchObject({ fault: "held" });
      await expect(eraseRun(store, "going", SAID)).rejects.toMatchObject({ fault: "held" });
      await claim.release();
      // Nobody holds it, and it has not come to its end.
      await expect(eraseRun(store, "going", SAID)).rejects.toMatchObject({ fault: "held" });
      const again = await store.claim("going");
      const leases = [{ node: "a", until: SAID.at, is: "open" as const, tries: 0 }];
      await store.append([
        {
          stream: "run/going",
          expected: 2,
          fence: again.fence,
          events: [{ ...finished(), leases } as ReturnType<typeof finished>],
        },
      ]);
      await again.release();
      await expect(eraseRun(store, "going", SAID)).rejects.toMatchObject({ fault: "held" });
      await expect(eraseRun(store, "none", SAID)).rejects.toMatchObject({ fault: "missing" });
      expect((await rowsOf(store)).filter(({ entry }) => entry === "")).toEqual([]);
      await store.close();
    }));
});

describe("what is taken out without a word is found:", () => {
  const tampered = (sql: string): Promise<string[]> =>
    inDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      await writeRun(store, "r-1", 3);
      await writeRun(store, "r-2", 3);
      await eraseRun(store, "r-1", SAID);
      await store.close();
      const db = new DatabaseSync(path.join(directory, "opsc.db"));
      db.exec(sql);
      db.close();
      const again = await openSqliteStore(directory);
      const { findings } = await verifyLog(again);
      await again.close();
      return findings.map(({ what, stream, detail }) => `${what} ${stream}: ${detail}`);
    });

  test("the entries of a run, or of a plan", async () => {
    expect(await tampered("SELECT 1")).toEqual([]);
    // The store itself lets nobody do more than take the content out.
    expect(await tampered("UPDATE entries SET entry = '' WHERE stream = 'run/r-2'")).toEqual([
      "erased run/r-2: 5 entries of it are gone, up to entry 11, and nothing in the log says by whom",
    ]);
    const [plan] = await tampered("UPDATE entries SET entry = '' WHERE stream LIKE 'plan/%'");
    expect(plan).toMatch(/^erased plan\/sha256:[0-9a-f]{64}: 1 entry of it is gone/);
    expect(await tampered("UPDATE entries SET entry = '' WHERE stream = 'erasure/r-1'")).toEqual([
      "erased run/r-1: 5 entries of it are gone, up to entry 5, and nothing in the log says by whom",
      "erased erasure/r-1: 1 entry of it is gone, and nothing in the log says by whom",
    ]);
  });

  test("other entries than those that are said to be erased, or none", async () => {
    const erased = (over: object): RunEvent => ({
      type: "run.erased",
      ...SAID,
      run: "a",
      action: "x",
      ended: "succeeded",
      endedAt: SAID.at,
      entries: 2,
      last: 1,
      ...over,
    });
    const told = async (gone: readonly number[], over: object): Promise<string[]> => {
      const rows = forge([
        ["run/a", created("a", { plan: PLAN })],
        ["run/a", finished()],
        ["erasure/a", erased(over)],
      ]).map((row, at) => (gone.includes(at) ? { ...row, entry: "" } : row));
      const { findings } = await verifyLog(storeOf(rows, { getPlan: async () => PLAN_TEXT }));
      return findings.map(({ seq, stream, detail }) => `${seq} ${stream}: ${detail}`);
    };
    expect(await told([0, 1], {})).toEqual([]);
    expect(await told([0, 1], { entries: 3 })).toEqual([
      "0 run/a: 2 entries of it are gone, up to entry 1, and the log says that 3 were erased, up to entry 1",
    ]);
    expect(await told([0, 1], { last: 4 })).toEqual([
      "0 run/a: 2 entries of it are gone, up to entry 1, and the log says that 2 were erased, up to entry 4",
    ]);
    expect(await told([], {})).toEqual(["2 erasure/a: it says that 2 entries of run a were erased, and none is gone"]);
    // The first is gone, and what comes after it is there.
    expect(await told([0], { entries: 1, last: 0 })).toEqual(["1 run/a: run.finished comes after what was erased"]);
  });

  test("the beginning of a run, so that what is left is of attempts alone", async () => {
    const id = { at: SAID.at, node: "w", phase: "do" as const, index: 0, attempt: 1 };
    const rows = forge([
      ["run/a", created("a", { plan: PLAN })],
      ["run/a", { type: "attempt.started", ...id, key: "k", deadline: SAID.at }],
      ["run/a", passed("x")],
      ["run/a", { type: "attempt.succeeded", ...id, result: null, output: null }],
    ]).map((row, at) => (at === 2 ? { ...row, entry: "" } : row));
    const { findings } = await verifyLog(storeOf(rows, { getPlan: async () => PLAN_TEXT }));
    expect(findings.map(({ seq, what }) => `${seq} ${what}`)).toEqual(["3 sense", "2 erased"]);
  });

  test("with its hash changed, too", async () => {
    const FREE = "DROP TRIGGER entries_are_fixed;";
    expect(await tampered(`${FREE} UPDATE entries SET leaf = 'x' WHERE stream = 'run/r-1' AND n = 2`)).toContainEqual(
      expect.stringMatching(/^leaf run\/r-1/),
    );
    expect(
      await tampered(
        `${FREE} UPDATE entries SET leaf = (SELECT leaf FROM entries WHERE seq = 0) WHERE stream = 'run/r-1' AND n = 2`,
      ),
    ).toContainEqual(expect.stringMatching(/^prev run\/r-1/));
    await expect(tampered("UPDATE entries SET entry = 'x' WHERE seq = 1")).rejects.toThrow("only appended to");
    await expect(tampered("UPDATE entries SET entry = '', leaf = 'x' WHERE seq = 1")).rejects.toThrow(
      "only appended to",
    );
  });
});
