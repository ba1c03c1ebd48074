import * as fs from "node:fs";
import * as path from "node:path";
import type { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../compiler/canonical.ts";
import type { AuditReport } from "../../runtime/audit/check.ts";
import { type FindingKind, MOST_FINDINGS } from "../../runtime/audit/findings.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import type { RunEvent } from "../../runtime/event.schema.ts";
import { leafHash } from "../../runtime/merkle/hash.ts";
import { makeEntry } from "../../runtime/store/entry.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import type { RawEntry, Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { forge, storeOf, tampering } from "./audit-log.ts";
import {
  created,
  finished,
  inDirectory,
  PLAN,
  PLAN_TEXT,
  passed,
  recorded,
  rowsOf,
  toPlan,
  used,
  writeRun,
} from "./store-events.ts";

async function smallLog(): Promise<{ store: Store; rows: RawEntry[] }> {
  const store = memoryStore();
  await writeRun(store, "r-1", 3);
  await writeRun(store, "r-2", 2);
  return { store, rows: await rowsOf(store) };
}

const kinds = (report: AuditReport): FindingKind[] => report.findings.map((finding) => finding.what);
const changed = (rows: readonly RawEntry[], at: number, change: Partial<RawEntry>): RawEntry[] =>
  rows.map((row, index) => (index === at ? { ...row, ...change } : row));

describe("an intact log", () => {
  test("has no findings, and a head to keep", async () => {
    const { store, rows } = await smallLog();
    const report = await verifyLog(store);
    expect(report).toMatchObject({
      entries: 11,
      streams: 4,
      runs: 2,
      head: { size: 11, leaf: rows.at(-1)?.leaf },
      findings: [],
    });
    expect(report.root).toMatch(/^[0-9a-f]{64}$/);
    expect((await verifyLog(store, { heads: [{ size: 11, root: report.root }] })).findings).toEqual([]);
  });

  test("may be empty", async () => {
    expect(await verifyLog(memoryStore())).toMatchObject({
      entries: 0,
      streams: 0,
      runs: 0,
      head: { size: 0, leaf: "" },
      findings: [],
    });
  });

  test("is the same from either store, and grows from a kept head", () =>
    inDirectory(async (directory) => {
      const [disk, memory] = [await openSqliteStore(directory), memoryStore()];
      for (const store of [disk, memory]) await writeRun(store, "r-1", 3);
      const before = await verifyLog(disk);
      expect(await verifyLog(memory)).toEqual(before);
      await writeRun(disk, "r-2", 700);
      const after = await verifyLog(disk, { heads: [{ size: before.entries, root: before.root }] });
      expect(after).toMatchObject({ entries: before.entries + 703, findings: [] });
      await disk.close();
    }));
});

describe("tampering is found:", () => {
  test("any one character of any column of any row", async () => {
    const { store, rows } = await smallLog();
    for (const [at, row] of rows.entries()) {
      for (const column of ["stream", "prev", "leaf", "entry"] as const) {
        for (let index = 0; index < row[column].length; index += 1) {
          const text = row[column];
          const flipped = String.fromCharCode(text.charCodeAt(index) ^ 1);
          const tampered = changed(rows, at, { [column]: text.slice(0, index) + flipped + text.slice(index + 1) });
          const report = await verifyLog(storeOf(tampered, store));
          const named = report.findings.some((finding) => finding.seq === row.seq);
          if (!named) expect.fail(`${column}[${index}] of entry ${row.seq}: ${JSON.stringify(report.findings)}`);
        }
      }
      for (const column of ["seq", "n"] as const) {
        const report = await verifyLog(storeOf(changed(rows, at, { [column]: row[column] + 100 }), store));
        expect(report.findings.some((finding) => finding.seq === row.seq || finding.seq === row.seq + 100)).toBe(true);
      }
    }
  });

  test("a row taken out, except the last", async () => {
    const { store, rows } = await smallLog();
    for (const [at, row] of rows.slice(0, -1).entries()) {
      const report = await verifyLog(
        storeOf(
          rows.filter((_, index) => index !== at),
          store,
        ),
      );
      expect(report.findings).toContainEqual({
        seq: row.seq,
        stream: "",
        what: "seq",
        detail: `entry ${row.seq} is missing: the next is ${row.seq + 1}`,
      });
    }
  });

  test("a row taken out and the rest moved up", async () => {
    const { store, rows } = await smallLog();
    for (const at of rows.slice(0, -1).keys()) {
      const closed = rows.filter((_, index) => index !== at).map((row, seq) => ({ ...row, seq }));
      expect(kinds(await verifyLog(storeOf(closed, store)))).toContain("columns");
    }
  });

  test("two rows exchanged", async () => {
    const { store, rows } = await smallLog();
    for (const one of rows) {
      for (const two of rows.slice(one.seq + 1)) {
        const exchanged = changed(changed(rows, one.seq, { ...two, seq: one.seq }), two.seq, { ...one, seq: two.seq });
        const named = (await verifyLog(storeOf(exchanged, store))).findings.map((finding) => finding.seq);
        expect(named).toEqual(expect.arrayContaining([one.seq, two.seq]));
      }
    }
  });

  test("a row given twice, or put in between", async () => {
    const { store, rows } = await smallLog();
    for (const row of rows) {
      const twice = await verifyLog(storeOf([...rows, row], store));
      expect(twice.findings).toContainEqual({
        seq: row.seq,
        stream: row.stream,
        what: "seq",
        detail: `it comes after entry ${row.seq}`,
      });
      const atEnd = await verifyLog(storeOf([...rows, { ...row, seq: rows.length }], store));
      expect(atEnd.findings.map((finding) => finding.seq)).toContain(rows.length);
    }
    const stranger = makeEntry(4, "run/r-1", 2, rows[3]?.leaf ?? "", passed("not-approved"));
    const inserted = [...rows.slice(0, 4), stranger, ...rows.slice(4).map((row) => ({ ...row, seq: row.seq + 1 }))];
    expect(kinds(await verifyLog(storeOf(inserted, store)))).toContain("columns");
  });

  test("an entry rewritten with its hash: the next of its stream does not follow it", async () => {
    const { store, rows } = await smallLog();
    const victim = rows[2];
    if (victim === undefined) throw new TypeError("no such row");
    const other = makeEntry(2, victim.stream, victim.n, victim.prev, passed("other"));
    expect((await verifyLog(storeOf(changed(rows, 2, other), store))).findings).toEqual([
      { seq: 3, stream: "run/r-1", what: "prev", detail: "it does not follow the entry before it in its stream" },
    ]);
  });

  test("the same content in another form, or with something added to it", async () => {
    const { store, rows } = await smallLog();
    const last = rows.length - 1;
    const row = rows[last];
    if (row === undefined) throw new TypeError("no such row");
    const forms = [
      row.entry.replace('"n":', '"n": '),
      `${row.entry} `,
      row.entry.replace(/}$/, ',"x":1}'),
      row.entry.replace('{"event"', '{"event":{},"event"'),
    ];
    for (const entry of forms) {
      const report = await verifyLog(storeOf(changed(rows, last, { entry, leaf: leafHash(entry) }), store));
      expect(kinds(report), entry).toEqual(["canonical"]);
    }
    expect(kinds(await verifyLog(storeOf(changed(rows, last, { entry: "", leaf: leafHash("") }), store)))).toEqual([
      "erased",
    ]);
    for (const entry of ["null", "[]", "{", "[".repeat(100_000)]) {
      const report = await verifyLog(storeOf(changed(rows, last, { entry, leaf: leafHash(entry) }), store));
      expect(kinds(report)).toContain("parse");
    }
    const odd = canonicalJson({
      seq: last,
      stream: row.stream,
      n: row.n,
      prev: row.prev,
      event: { type: "run.exploded" },
    });
    const unknown = await verifyLog(storeOf(changed(rows, last, { entry: odd, leaf: leafHash(odd) }), store));
    expect(kinds(unknown)).toEqual(["event"]);
    const deep = `${'{"event":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    expect(
      kinds(await verifyLog(storeOf(changed(rows, last, { entry: deep, leaf: leafHash(deep) }), store))),
    ).not.toEqual([]);
  });

  test("a log cut off, or rewritten as a whole, only against a kept head", async () => {
    const { store, rows } = await smallLog();
    const { root, entries: size } = await verifyLog(store);
    const shorter = storeOf(rows.slice(0, -1), store);
    expect((await verifyLog(shorter)).findings).toEqual([]);
    expect((await verifyLog(shorter, { heads: [{ size, root }] })).findings).toEqual([
      {
        seq: 10,
        stream: "",
        what: "head",
        detail:
          "the log ends after 10 entries, and the kept head is of 11: its end was cut off, or this is an older copy",
      },
    ]);
    const forged = storeOf(
      forge([
        ["run/r-1", created("r-1", { plan: PLAN })],
        ["run/r-1", finished()],
      ]),
      {
        getPlan: async () => PLAN_TEXT,
      },
    );
    expect((await verifyLog(forged)).findings).toEqual([]);
    expect(kinds(await verifyLog(forged, { heads: [{ size: 2, root }] }))).toEqual(["head"]);
    expect(kinds(await verifyLog(memoryStore(), { heads: [{ size: 0, root }] }))).toEqual(["head"]);
  });

  test("so many findings that not all are listed are counted", async () => {
    const rows = Array.from({ length: MOST_FINDINGS + 500 }, (_, seq) => ({
      seq,
      stream: "s",
      n: 0,
      prev: "",
      leaf: "",
      entry: "\u001b[2J",
    }));
    const { findings } = await verifyLog(storeOf(rows, memoryStore()));
    expect(findings).toHaveLength(MOST_FINDINGS);
    expect(findings.at(-1)?.detail).toMatch(/^\d+ more findings are not listed$/);
  });

  test("nothing in a report acts upon a terminal", async () => {
    const rows = [
      { seq: 0, stream: "run/\u001b[2J\u202e", n: 0, prev: "\u009b", leaf: "", entry: '{"stream":"\\u001b\u009b"}' },
    ];
    expect(JSON.stringify(await verifyLog(storeOf(rows, memoryStore())))).toMatch(/^[ -~]*$/);
  });
});

describe("tampering on disk is found:", () => {
  /** Makes a store, lets `tamper` at its database, and verifies what is left. */
  async function afterwards(
    tamper: (db: DatabaseSync, rows: readonly RawEntry[]) => void,
    steps = 4,
  ): Promise<AuditReport> {
    return await inDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      await writeRun(store, "r-1", steps);
      const rows = await rowsOf(store);
      await store.close();
      tampering(path.join(directory, "opsc.db"), (db) => tamper(db, rows));
      const again = await openSqliteStore(directory);
      try {
        return await verifyLog(again);
      } finally {
        await again.close();
      }
    });
  }

  const COLUMNS = ["stream", "prev", "leaf", "entry"] as const;

  test("any one bit of any text of any row, also where it makes no characters", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), fc.constantFrom(...COLUMNS), fc.nat(), fc.nat(7), async (seq, column, place, bit) => {
        let there = true;
        const report = await afterwards((db, rows) => {
          const bytes = Buffer.from(rows[seq]?.[column] ?? "");
          there = bytes.length > 0;
          if (!there) return;
          const at = place % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
          db.prepare(`UPDATE entries SET ${column} = CAST(? AS TEXT) WHERE seq = ?`).run(bytes, seq);
        });
        expect(report.findings.some((finding) => finding.seq === seq)).toBe(there);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["é", 0xe9],
    // Any byte that is no UTF-8 is decoded to this very character.
    ["\ufffd", 0xff],
  ])("%s replaced by a byte that looks the same when decoded", async (character, byte) => {
    const report = await afterwards((db) => {
      const row = db.prepare("SELECT CAST(entry AS BLOB) AS entry FROM entries WHERE seq = 2").get();
      const bytes = Buffer.from(row?.entry as Uint8Array);
      const at = bytes.indexOf(character);
      expect(at).toBeGreaterThan(0);
      const rest = bytes.subarray(at + Buffer.byteLength(character));
      const tampered = Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), rest]);
      db.prepare("UPDATE entries SET entry = CAST(? AS TEXT) WHERE seq = 2").run(tampered);
    });
    expect(report.findings.some((finding) => finding.seq === 2 && finding.what === "leaf")).toBe(true);
  });

  test("numbers out of range, rows deleted, exchanged, numbered anew", async () => {
    const huge = await afterwards((db) => db.exec("UPDATE entries SET n = 9223372036854775807 WHERE seq = 3"));
    expect(huge.findings.some((finding) => finding.seq === 3 && finding.what === "n")).toBe(true);
    const negative = await afterwards((db) => db.exec("UPDATE entries SET seq = -9223372036854775807 WHERE seq = 3"));
    expect(kinds(negative)).toContain("seq");
    const deleted = await afterwards((db) => db.exec("DELETE FROM entries WHERE seq = 3"));
    expect(deleted.findings[0]).toMatchObject({ seq: 3, what: "seq" });
    const renumbered = await afterwards((db) =>
      db.exec(
        "UPDATE entries SET seq = -3 WHERE seq = 3; UPDATE entries SET seq = 3 WHERE seq = 4; UPDATE entries SET seq = 4 WHERE seq = -3",
      ),
    );
    expect(renumbered.findings.map((finding) => finding.seq)).toEqual(expect.arrayContaining([3, 4]));
  });

  test("a plan that is gone or another", async () => {
    expect(kinds(await afterwards((db) => db.exec("DELETE FROM plans")))).toEqual(["plan"]);
    expect(kinds(await afterwards((db) => db.exec("UPDATE plans SET bytes = bytes || ' '")))).toEqual(["plan"]);
  });

  test("a hash of the tree that is gone, or another", async () => {
    const found = async (sql: string): Promise<string[]> =>
      (await afterwards((db) => db.exec(sql), 600)).findings.map(({ seq, what, detail }) => `${seq} ${what} ${detail}`);
    expect(await found("SELECT 1")).toEqual([]);
    expect(await found("UPDATE subtrees SET hash = (SELECT leaf FROM entries WHERE seq = 0) WHERE place = 1")).toEqual([
      "256 tree the hash kept of entries 256 to 511 is not theirs",
    ]);
    for (const sql of ["DELETE FROM subtrees WHERE place = 1", "UPDATE subtrees SET hash = 'x' WHERE place = 1"])
      expect(await found(sql)).toEqual(["603 unreadable hashes of the log's tree are missing or damaged"]);
  });

  test("pages of the file overwritten", () =>
    inDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      await writeRun(store, "r-1", 300);
      await store.close();
      const file = path.join(directory, "opsc.db");
      const bytes = fs.readFileSync(file);
      // The leaves of the table of entries: everything after the first pages that hold the schema and the roots.
      bytes.fill(0xff, 16 * 4096);
      fs.writeFileSync(file, bytes);
      const again = await openSqliteStore(directory);
      expect(kinds(await verifyLog(again))).toContain("unreadable");
      await again.close();
    }));
});

describe("events that make no sense together are found:", () => {
  const plans = { getPlan: async () => PLAN_TEXT };
  const sense = async (...events: (readonly [string, RunEvent])[]): Promise<string[]> =>
    (await verifyLog(storeOf(forge(events), plans))).findings.map(
      (finding) => `${finding.seq} ${finding.what}: ${finding.detail}`,
    );
  const heldUnder = (fence: number): RunEvent => ({
    type: "run.held",
    at: "2026-11-21T09:00:00.000Z",
    host: "h",
    pid: 1,
    fence,
  });
  const plan = `plan/${PLAN}`;

  test("in the stream of a run", async () => {
    expect(await sense(["run/a", passed("x")])).toEqual([
      "0 sense: the run begins with node.passed, not with run.created",
    ]);
    expect(await sense(["run/a", created("b")])).toEqual(['0 sense: it tells of run "b"']);
    expect(await sense(["run/a", created("a")], ["run/a", created("a")])).toEqual([
      "1 sense: the run is created a second time",
    ]);
    expect(await sense(["run/a", created("a")], ["run/a", finished()], ["run/a", passed("x")])).toEqual([
      "2 sense: node.passed comes after the run's end",
    ]);
    expect(await sense(["run/a", created("a")], ["run/a", heldUnder(2)], ["run/a", heldUnder(2)])).toEqual([
      "2 sense: it is held under claim 2 after claim 2",
    ]);
    const previews = { compared: 1, changed: [{ node: "x", was: "a", is: "b", why: "it is another" }], more: 0 };
    const gate = (ok: boolean): RunEvent => {
      return {
        type: "gate.judged",
        at: created("a").at,
        node: null,
        facts: [],
        guardrails: [],
        previews,
        ok,
        why: null,
      };
    };
    expect(await sense(["run/a", created("a")], ["run/a", gate(true)])).toEqual([
      "1 sense: the gate opens though the world is not that of the plan",
    ]);
    expect(await sense(["run/a", created("a")], ["run/a", gate(false)])).toEqual([]);
    expect(await sense(["run/a", created("a")], ["run/a", used("a")])).toEqual([
      "1 sense: plan.used does not belong to a run's stream",
    ]);
  });

  test("in the stream of a plan, and elsewhere", async () => {
    expect(await sense([plan, recorded()], [plan, used("a")])).toEqual([]);
    expect(await sense([plan, used("a")], [plan, used("b")])).toEqual([
      '1 sense: the plan is used a second time, by run "b"',
    ]);
    const other = `sha256:${"0".repeat(64)}`;
    expect(await sense([plan, recorded({ plan: other })])).toEqual([
      `0 sense: it records an approval of plan "${other}"`,
    ]);
    expect(await sense([plan, passed("x")])).toEqual(["0 sense: node.passed does not belong to a plan's stream"]);
    expect(await sense(["notes", passed("x")])).toEqual(["0 sense: the stream is of no known kind"]);
  });

  test("a run of a plan that is not kept", async () => {
    const store = memoryStore();
    await store.append([toPlan(0, used("a"))]);
    const report = await verifyLog(storeOf(forge([["run/a", created("a")]]), store));
    expect(report.findings).toEqual([
      { seq: 0, stream: "run/a", what: "plan", detail: `plan ${PLAN} of the run is not in the store` },
    ]);
  });
});
