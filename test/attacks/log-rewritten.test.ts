/**
 * Somebody who holds the machine, and with it the store and all its hashes, changes the log. What the log shows by itself, and what a
 * checkpoint kept elsewhere shows however well it was done.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import { type Checkpoint, openCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import { generateSignerKey, type SignerKey } from "../../runtime/checkpoints/keys.ts";
import { publish } from "../../runtime/checkpoints/publish.ts";
import { alone, signHead } from "../../runtime/checkpoints/sign.ts";
import { leafHash } from "../../runtime/merkle/hash.ts";
import { completedAt, keptFrom } from "../../runtime/merkle/tiles.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import type { RawEntry, Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { tampering } from "../runtime/audit-log.ts";
import { inDirectory, rowsOf, writeRun } from "../runtime/store-events.ts";

const ORIGIN = "example.com/operations";
let key: SignerKey;
beforeAll(() => {
  key = generateSignerKey(ORIGIN).key;
});

const HEAD = 3 + 300 + 3 + 40;

interface Found {
  /** Kinds of findings, without and with the checkpoint. */
  readonly alone: readonly string[];
  readonly kept: readonly string[];
}

type Attack = (db: DatabaseSync, rows: readonly RawEntry[]) => void;

/** Whoever is as thorough as can be: they put right what the store counts, and take out what was signed. */
const thorough: Attack = (db) =>
  db.exec(`UPDATE sqlite_sequence SET seq = (SELECT coalesce(max(seq), -1) FROM entries); DELETE FROM marks;`);

/** A log of two runs, of which a checkpoint is kept; what is found after the attack. */
function foundAfter(...attacks: readonly Attack[]): Promise<Found> {
  return inDirectory(async (directory) => {
    const store = await openSqliteStore(directory);
    await writeRun(store, "r-1", 300);
    await writeRun(store, "r-2", 40);
    const { checkpoint } = await alone(store, () => signHead(store, key, ORIGIN));
    expect(checkpoint.size).toBe(HEAD);
    await writeRun(store, "r-3", 5);
    const rows = await rowsOf(store);
    await store.close();
    tampering(path.join(directory, "opsc.db"), (db) => {
      for (const attack of attacks) attack(db, rows);
    });
    const again = await openSqliteStore(directory);
    const kinds = async (heads: readonly Checkpoint[]): Promise<string[]> => [
      ...new Set((await verifyLog(again, { heads })).findings.map(({ what }) => what)),
    ];
    const found = { alone: await kinds([]), kept: await kinds([checkpoint]) };
    await again.close();
    return found;
  });
}

/** Writes the rows anew as an honest store would have: numbers, links, hashes and those of the tree. */
function rewrite(db: DatabaseSync, rows: readonly RawEntry[]): void {
  db.exec("DELETE FROM entries; DELETE FROM subtrees");
  const insert = db.prepare("INSERT INTO entries (seq, stream, n, prev, leaf, entry) VALUES (?, ?, ?, ?, ?, ?)");
  const last = new Map<string, { n: number; leaf: string }>();
  const levels = new Map<number, string[]>([[0, []]]);
  for (const [seq, row] of rows.entries()) {
    const before = last.get(row.stream) ?? { n: -1, leaf: "" };
    const { event } = JSON.parse(row.entry) as { event: unknown };
    const n = before.n + 1;
    const entry = canonicalJson({ seq, stream: row.stream, n, prev: before.leaf, event });
    const leaf = leafHash(entry);
    insert.run(seq, row.stream, n, before.leaf, leaf, entry);
    last.set(row.stream, { n, leaf });
    levels.get(0)?.push(leaf);
    for (const subtree of completedAt(seq + 1)) {
      const hash = keptFrom(subtree, (level, first, count) => (levels.get(level) ?? []).slice(first, first + count));
      levels.set(subtree.level, [...(levels.get(subtree.level) ?? []), hash]);
      db.prepare("INSERT INTO subtrees VALUES (?, ?, ?)").run(subtree.level, subtree.index, hash);
    }
  }
}
const edited = (row: RawEntry): RawEntry => ({
  ...row,
  entry: row.entry.replace("dana@example.com", "eve@example.com"),
});
const without = (rows: readonly RawEntry[], ...streams: string[]): RawEntry[] =>
  rows.filter(({ stream }) => !streams.includes(stream));

describe("a log", () => {
  test("left alone has nothing to be found", async () => {
    expect(await foundAfter(() => {})).toEqual({ alone: [], kept: [] });
  });

  test("of which an entry is edited", async () => {
    const found = await foundAfter((db, rows) => {
      const row = rows.find(({ stream, n }) => stream === "run/r-1" && n === 0);
      if (row === undefined) throw new TypeError("no such row");
      db.prepare("UPDATE entries SET entry = ? WHERE seq = ?").run(edited(row).entry, row.seq);
    });
    expect(found.alone).toEqual(["leaf", "prev", "head", "tree"]);
  });

  test("of which entries are exchanged, with their hashes", async () => {
    const found = await foundAfter((db) => {
      db.exec(
        "UPDATE entries SET seq = -10 WHERE seq = 10; UPDATE entries SET seq = 10 WHERE seq = 11; UPDATE entries SET seq = 11 WHERE seq = -10",
      );
    });
    expect(found.alone).toContain("columns");
  });

  test.each<[string, (rows: readonly RawEntry[]) => readonly RawEntry[]]>([
    [
      "edited and chained anew, every hash of it right",
      (rows) => rows.map((row) => (row.n === 0 && row.stream === "run/r-1" ? edited(row) : row)),
    ],
    [
      "put into another order, and chained anew",
      (rows) => [
        ...rows.filter(({ stream }) => stream.endsWith("r-2")),
        ...rows.filter(({ stream }) => !stream.endsWith("r-2")),
      ],
    ],
    ["without a run that there was, and chained anew", (rows) => without(rows, "run/r-1")],
    ["cut off before a run that there was", (rows) => rows.slice(0, 303)],
    ["cut off at the very last entry that was kept", (rows) => rows.slice(0, HEAD - 1)],
    ["begun anew", () => []],
  ])("%s", async (_, forge) => {
    const found = await foundAfter((db, rows) => rewrite(db, forge(rows)), thorough);
    // Nobody can see it by the store itself: that is why a checkpoint is kept.
    expect(found.alone).toEqual([]);
    expect(found.kept).toEqual(["head"]);
    // By what was signed in it last they are found who forget about that.
    expect((await foundAfter((db, rows) => rewrite(db, forge(rows)))).alone).toContain("head");
  });

  test("cut off after what was kept is not found by that: nothing elsewhere tells of it", async () => {
    expect(await foundAfter((db, rows) => rewrite(db, rows.slice(0, HEAD)), thorough)).toEqual({ alone: [], kept: [] });
  });

  test("cut off by hand is found by what the store has counted, by the hashes of its tree, and by what was signed", async () => {
    const cut =
      (from: number): Attack =>
      (db) =>
        db.exec(`DELETE FROM entries WHERE seq >= ${from}`);
    const forgotten: Attack = (db) => db.exec("DELETE FROM marks");
    for (const from of [HEAD, HEAD + 7]) expect((await foundAfter(cut(from))).alone).toEqual(["store"]);
    expect((await foundAfter(cut(HEAD + 8))).alone).toEqual([]);
    expect((await foundAfter(cut(HEAD - 1))).alone).toEqual(["store", "head"]);
    expect((await foundAfter(cut(HEAD - 1), forgotten)).alone).toEqual(["store"]);
    expect((await foundAfter(cut(HEAD - 1), thorough)).alone).toEqual([]);
    // The hash of the first 256 is still there.
    expect((await foundAfter(cut(200), thorough)).alone).toEqual(["store"]);
  });

  test("whose guards are gone, or has others, is found", async () => {
    const left = (sql: string): Promise<readonly string[]> =>
      inDirectory(async (directory) => {
        const store = await openSqliteStore(directory);
        await writeRun(store, "r-1", 3);
        await store.close();
        const db = new DatabaseSync(path.join(directory, "opsc.db"));
        db.exec(sql);
        db.close();
        const again = await openSqliteStore(directory);
        const { findings } = await verifyLog(again);
        await again.close();
        return findings.map(({ what, detail }) => `${what} ${detail}`);
      });
    const touched = "somebody had a hand in it";
    expect(await left("DROP TRIGGER entries_stay")).toEqual([
      `store the store has lost its trigger entries_stay: ${touched}`,
    ]);
    expect(
      await left("DROP TRIGGER entries_stay; CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN SELECT 1; END"),
    ).toEqual([`store the store has another trigger entries_stay than opsc makes: ${touched}`]);
    expect(await left("CREATE TABLE more (x)")).toEqual([
      `store the store has a table more, which opsc does not make: ${touched}`,
    ]);
    expect(await left("VACUUM; ANALYZE")).toEqual([]);
  });

  test("of which the claims that were given out are lowered, so that who lost a run could write to it", async () => {
    const fences = (to: string): Promise<readonly string[]> =>
      inDirectory(async (directory) => {
        const store = await openSqliteStore(directory);
        await writeRun(store, "r-1", 3);
        for (const fence of [2, 3]) {
          const claim = await store.claim("r-1");
          expect(claim.fence).toBe(fence);
          const held = { type: "run.held", at: "2026-11-21T09:00:00.000Z", host: "h", pid: 1, fence } as const;
          if (fence === 2) await store.append([{ stream: "run/r-1", expected: 5, fence, events: [held] }]);
          await claim.release();
        }
        await store.close();
        tampering(path.join(directory, "opsc.db"), (db) => db.exec(to));
        const again = await openSqliteStore(directory);
        const { findings } = await verifyLog(again);
        await again.close();
        return findings.map(({ seq, stream, what, detail }) => `${seq} ${stream} ${what} ${detail}`);
      });
    const late = "a process that lost the run could write to it again";
    // Claim 3 was given out, and its process died before it could say so.
    expect(await fences("SELECT 1")).toEqual([]);
    expect(await fences("UPDATE fences SET fence = 2")).toEqual([]);
    expect(await fences("UPDATE fences SET fence = 1")).toEqual([
      `6 run/r-1 store it is held under claim 2, and the store has given out no more than 1: ${late}`,
    ]);
    expect(await fences("DELETE FROM fences")).toEqual([
      `6 run/r-1 store it is held under claim 2, and the store has given out none: ${late}`,
    ]);
  });

  test("whose kept hashes alone are those of another, so that checkpoints and proofs would be", async () => {
    expect(
      (await foundAfter((db) => db.exec("UPDATE subtrees SET hash = (SELECT leaf FROM entries WHERE seq = 5)"))).alone,
    ).toEqual(["tree"]);
  });
});

describe("a store that an older copy is put over", () => {
  test("is an intact log, and found by the checkpoint; and nothing is signed or published that contradicts it", () =>
    inDirectory(async (directory) => {
      const [home, copy] = [path.join(directory, "store"), path.join(directory, "copy")];
      let store: Store = await openSqliteStore(home);
      await writeRun(store, "r-1", 10);
      await store.close();
      fs.cpSync(home, copy, { recursive: true });
      store = await openSqliteStore(home);
      await writeRun(store, "r-2", 10);
      let held: string | null = null;
      const place = {
        shown: "elsewhere",
        last: async () => held,
        put: async (note: string) => {
          held = note;
        },
      };
      const { checkpoint } = await publish(store, { key, origin: ORIGIN, places: [place], former: [] });
      await store.close();
      fs.rmSync(home, { recursive: true });
      fs.renameSync(copy, home);
      store = await openSqliteStore(home);
      expect((await verifyLog(store)).findings).toEqual([]);
      expect((await verifyLog(store, { heads: [checkpoint] })).findings).toMatchObject([{ what: "head" }]);
      const again = publish(store, { key, origin: ORIGIN, places: [place], former: [] });
      await expect(again).rejects.toThrow("its end was cut off");
      await writeRun(store, "r-9", 30);
      await expect(publish(store, { key, origin: ORIGIN, places: [place], former: [] })).rejects.toThrow(
        "was rewritten",
      );
      await store.close();
    }));
});

describe("a checkpoint", () => {
  test("forged, of another log or by another key vouches for nothing", async () => {
    const store = memoryStore();
    await writeRun(store, "r-1", 10);
    const sign = (by: SignerKey, origin: string) => alone(store, () => signHead(store, by, origin));
    const { note } = await sign(key, ORIGIN);
    const strange = await sign(generateSignerKey(ORIGIN).key, ORIGIN);
    const elsewhere = await sign(key, "example.com/staging");
    const why = (text: string): string => {
      const opened = openCheckpoint(text, [key.verifier], ORIGIN);
      return opened.ok ? "" : opened.why;
    };
    expect(why(note)).toBe("");
    // The size or the root another, the signature of the other key under this one's name and id.
    expect(why(note.replace(/\n\d+\n/, "\n1\n"))).toContain("did not sign this");
    expect(why(note.replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${Buffer.alloc(32).toString("base64")}\n`))).toContain(
      "did not sign this",
    );
    expect(why(strange.note)).toContain("by no key that is trusted here");
    const stolen = strange.note.replace(/ [A-Za-z0-9+/=]+\n$/, (signature) => {
      const bytes = Buffer.from(signature.trim(), "base64");
      return ` ${Buffer.concat([Buffer.from(key.verifier.id, "hex"), bytes.subarray(4)]).toString("base64")}\n`;
    });
    expect(why(stolen)).toContain("did not sign this");
    expect(why(elsewhere.note)).toBe("it is of the log example.com/staging, not of example.com/operations");
  });
});
