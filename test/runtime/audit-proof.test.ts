import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Against, proveEntry, proveGrowth, proveRun } from "../../runtime/audit/prove.ts";
import { verifyProof } from "../../runtime/audit/verify-proof.ts";
import { signCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import { generateSignerKey } from "../../runtime/checkpoints/keys.ts";
import { alone, signHead } from "../../runtime/checkpoints/sign.ts";
import { formatTlogProof, parseTlogProof } from "../../runtime/checkpoints/tlog-proof.ts";
import { EMPTY } from "../../runtime/merkle/hash.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import { type Store, StoreError } from "../../runtime/store/port.ts";
import { rowsOf, writeRun } from "./store-events.ts";

const ORIGIN = "example.com/operations";
const { key } = generateSignerKey(ORIGIN);
const known = [key.verifier];
const sign = (store: Store, by = key): Promise<Against> => alone(store, () => signHead(store, by, ORIGIN));
const kinds = (proof: string): string[] => verifyProof(proof, known, ORIGIN).findings.map(({ what }) => what);

async function made(): Promise<{ store: Store; early: Against; late: Against }> {
  const store = memoryStore();
  await writeRun(store, "r-1", 3);
  const early = await sign(store);
  await writeRun(store, "r-2", 2);
  await writeRun(store, "r-3", 300);
  return { store, early, late: await sign(store) };
}

describe("a signed head", () => {
  test("is that of the log, and the same while the log is", async () => {
    const { store, early, late } = await made();
    expect([early.checkpoint.size, late.checkpoint.size]).toEqual([6, 6 + 5 + 303]);
    expect(await sign(store)).toEqual(late);
  });

  test("is not signed of a log that is not the one signed before", async () => {
    const { store } = await made();
    const other = memoryStore();
    await other.setMark("checkpoint", (await store.mark("checkpoint")) ?? "");
    await expect(sign(other)).rejects.toThrow("this store is a new one, or was emptied");
    await writeRun(other, "w", 1);
    await expect(sign(other)).rejects.toThrow("its end was cut off");
    await writeRun(other, "x", 400);
    await expect(sign(other)).rejects.toThrow("something in them was rewritten");
    // Another key is no way around it.
    await expect(sign(other, generateSignerKey(ORIGIN).key)).rejects.toThrow("something in them was rewritten");
    expect(await sign(store, generateSignerKey(ORIGIN).key)).toMatchObject({ checkpoint: { size: 314 } });
  });

  test("is signed by one at a time", async () => {
    const { store } = await made();
    const order: string[] = [];
    await Promise.all(
      ["a", "b", "c"].map((name) =>
        alone(store, async () => {
          order.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          order.push(`${name} ends`);
        }),
      ),
    );
    expect(order.filter((_, i) => i % 2 === 0).map((line) => line[0])).toEqual(
      order.filter((_, i) => i % 2 === 1).map((line) => line[0]),
    );
  });
});

describe("a proof of an entry", () => {
  test("shows it to who has the key, and nothing else", async () => {
    const { store, late } = await made();
    for (const row of (await rowsOf(store)).filter(({ seq }) => seq % 37 === 0)) {
      const proof = await proveEntry(store, late, row.seq);
      expect(verifyProof(proof, known, null)).toEqual({
        shows: { kind: "entry", index: row.seq, stream: row.stream, entry: row.entry },
        checkpoint: late.checkpoint,
        findings: [],
        events: [],
      });
    }
    await expect(proveEntry(store, late, 314)).rejects.toThrow(StoreError);
  });

  test("of which anything is another shows nothing", async () => {
    const { store, early } = await made();
    const proof = await proveEntry(store, early, 4);
    expect(kinds(proof)).toEqual([]);
    for (let at = 0; at < proof.length; at += 1) {
      const other = proof.slice(0, at) + String.fromCharCode(proof.charCodeAt(at) ^ 1) + proof.slice(at + 1);
      expect(kinds(other), `character ${at}: ${other.slice(at - 5, at + 5)}`).not.toEqual([]);
    }
    const parsed = parseTlogProof(proof);
    if (parsed === null) throw new TypeError("no proof");
    expect(formatTlogProof(parsed)).toBe(proof);
    for (const index of [3, 5, 6]) expect(kinds(formatTlogProof({ ...parsed, index }))).toEqual(["proof"]);
    expect(kinds(formatTlogProof({ ...parsed, extra: null }))).toEqual(["proof"]);
    expect(kinds(formatTlogProof({ ...parsed, extra: Buffer.from("{}") }))).toEqual(["parse"]);
    expect(verifyProof(proof, [], ORIGIN).findings).toMatchObject([{ what: "checkpoint" }]);
    expect(verifyProof(proof, known, "example.com/other").findings).toMatchObject([{ what: "checkpoint" }]);
  });

  test("is written as the specification writes it", () => {
    const hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=";
    const text = `c2sp.org/tlog-proof@v1\nindex 73894\n${hash}\n\nexample.com/fancylog\n109482\n`;
    const parsed = parseTlogProof(text);
    expect(parsed).toEqual({
      index: 73_894,
      path: [Buffer.from(hash, "base64").toString("hex")],
      checkpoint: "example.com/fancylog\n109482\n",
      extra: null,
    });
    for (const [from, to] of [
      ["v1", "v2"],
      ["index 7", "index 07"],
      ["index ", "index"],
      ["index ", "extra YQ\nindex "],
      ["index ", "extra \nindex "],
      ["\n\n", "\n"],
      [hash, hash.slice(1)],
    ] as const)
      expect(parseTlogProof(text.replace(from, to)), to).toEqual(
        to === "extra \nindex " ? { ...parsed, extra: Buffer.alloc(0) } : null,
      );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (any) => parseTlogProof(any) === null));
  });
});

describe("a proof of a run", () => {
  test("shows all of it, in its order", async () => {
    const { store, late } = await made();
    const file = await proveRun(store, late, "r-3");
    expect(verifyProof(JSON.stringify(file), known, ORIGIN)).toEqual({
      shows: { kind: "run", run: "r-3", entries: 302 },
      checkpoint: late.checkpoint,
      findings: [],
      events: expect.any(Array),
    });
    await expect(proveRun(store, late, "r-9")).rejects.toThrow("there is no run r-9");
  });

  test("with an entry left out, exchanged, or of another run shows less than it says", async () => {
    const { store, early, late } = await made();
    await expect(proveRun(store, early, "r-2")).rejects.toThrow("is not among the 6 entries");
    await expect(proveEntry(store, early, 6)).rejects.toThrow("entry 6 is not among the 6 entries");
    await expect(proveEntry(store, early, 10_000)).rejects.toMatchObject({ fault: "missing" });
    const [file, other] = [await proveRun(store, late, "r-2"), await proveRun(store, late, "r-1")];
    if (file.kind !== "run" || other.kind !== "run") throw new TypeError("no proof of a run");
    const told = (entries: readonly unknown[], run = "r-2"): string[] =>
      kinds(JSON.stringify({ ...file, run, entries }));
    expect(told(file.entries.toSpliced(1, 1))).toEqual(["n", "prev"]);
    expect(told(file.entries.toReversed())).not.toEqual([]);
    expect(told(file.entries, "r-1")).not.toEqual([]);
    expect(told([...file.entries, ...other.entries.slice(0, 1)])).not.toEqual([]);
    expect(told([])).toEqual(["proof"]);
    const [first] = file.entries;
    expect(told([{ ...first, entry: first?.entry.replace("dana", "eve") }, ...file.entries.slice(1)])).toContain(
      "proof",
    );
    expect(told([{ ...first, path: [] }, ...file.entries.slice(1)])).toEqual(["proof"]);
    expect(told([{ ...first, entry: "[" }, ...file.entries.slice(1)])).toContain("parse");
    expect(kinds("{}")).toEqual(["parse"]);
    expect(kinds("")).toEqual(["parse"]);
  });
});

describe("a proof of growth", () => {
  test("shows that one log is the beginning of the other", async () => {
    const { store, early, late } = await made();
    const empty = await sign(memoryStore());
    for (const [from, to] of [
      [early, late],
      [late, late],
      [empty, late],
    ] as const) {
      const file = await proveGrowth(store, from, to);
      expect(verifyProof(JSON.stringify(file), known, ORIGIN)).toEqual({
        shows: { kind: "growth", from: from.checkpoint },
        checkpoint: to.checkpoint,
        findings: [],
        events: [],
      });
    }
    await expect(proveGrowth(store, late, early)).rejects.toThrow(StoreError);
  });

  test("and not of a log that is another", async () => {
    const { store, early, late } = await made();
    const other = memoryStore();
    await writeRun(other, "r-1", 400);
    const strange = await sign(other);
    const file = await proveGrowth(store, early, late);
    expect(kinds(JSON.stringify({ ...file, to: strange.note }))).toEqual(["proof"]);
    expect(kinds(JSON.stringify(await proveGrowth(other, early, strange)))).toEqual(["proof"]);
    expect(kinds(JSON.stringify({ ...file, path: [] }))).toEqual(["proof"]);
    // Of no entries there is one root alone, and nothing to show.
    const none = (root: string): string => signCheckpoint({ origin: ORIGIN, size: 0, root }, key);
    expect(kinds(JSON.stringify({ ...file, from: none(EMPTY), path: [] }))).toEqual([]);
    expect(kinds(JSON.stringify({ ...file, from: none(EMPTY) }))).toEqual(["proof"]);
    expect(kinds(JSON.stringify({ ...file, from: none(early.checkpoint.root), path: [] }))).toEqual(["proof"]);
    expect(kinds(JSON.stringify({ ...file, from: late.note, to: early.note }))).toEqual(["proof"]);
    expect(kinds(JSON.stringify({ ...file, from: early.note.replace("6", "5") }))).toEqual(["checkpoint"]);
  });
});
