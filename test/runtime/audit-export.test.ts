import { describe, expect, test } from "vitest";
import { exportLog, verifyExport } from "../../runtime/audit/export.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import type { Store } from "../../runtime/store/port.ts";
import { created, skipped, writeRun } from "./store-events.ts";

async function exported(store: Store, run?: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLog(store, run === undefined ? {} : { run })) lines.push(line);
  return lines;
}

async function twoRuns(): Promise<Store> {
  const store = memoryStore();
  await writeRun(store, "r-1", 3);
  await writeRun(store, "r-2", 2);
  return store;
}

describe("an exported log", () => {
  test("is a line an entry, in order, and verifies to the same root as its store", async () => {
    const store = await twoRuns();
    const lines = await exported(store);
    expect(lines).toHaveLength(11);
    expect(JSON.parse(lines[1] ?? "")).toEqual((await store.read("run/r-1"))[0]);
    expect(Object.keys(JSON.parse(lines[0] ?? ""))).toEqual(["seq", "stream", "n", "prev", "leaf", "event"]);
    const report = await verifyExport(lines);
    expect(report).toEqual(await verifyLog(store));
    expect(await verifyExport(lines.map((line) => `${line}\n`))).toEqual(report);
    expect(await verifyExport(exportLog(store), { heads: [{ size: 11, root: report.root }] })).toEqual(report);
  });

  test("of one run holds that run, and verifies as such", async () => {
    const store = await twoRuns();
    const lines = await exported(store, "r-2");
    expect(lines.map((line) => JSON.parse(line))).toEqual(await store.read("run/r-2"));
    expect(await verifyExport(lines, { run: "r-2" })).toMatchObject({
      entries: 4,
      streams: 1,
      runs: 1,
      root: "",
      findings: [],
    });
    expect((await verifyExport(lines.toSpliced(1, 1), { run: "r-2" })).findings.map((finding) => finding.what)).toEqual(
      ["n", "prev"],
    );
    expect((await verifyExport(lines, { run: "r-1" })).findings).not.toEqual([]);
    expect((await verifyExport(lines)).findings).not.toEqual([]);
    expect(await exported(store, "none")).toEqual([]);
  });

  test("shows what events say without acting upon a terminal, and says the same", async () => {
    const store = memoryStore();
    const claim = await store.claim("r-1");
    const nasty = skipped("\u001b]0;owned\u0007", "\u009b2J \u202egnp.exe \u2028 \u200b \u{e0041} \ud800 ü 🚀");
    await store.append([{ stream: "run/r-1", expected: 0, fence: claim.fence, events: [created("r-1"), nasty] }]);
    const lines = await exported(store);
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(lines[1]).toContain("\\u001b]0;owned\\u0007");
    expect(lines[1]).toContain("ü 🚀");
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ event: nasty });
    expect((await verifyExport(lines)).findings).toEqual([]);
  });

  test("in which any one character was changed does not verify", async () => {
    const lines = await exported(await twoRuns());
    for (const [at, line] of lines.entries()) {
      for (let index = 0; index < line.length; index += 1) {
        const other = line.slice(0, index) + String.fromCharCode(line.charCodeAt(index) ^ 1) + line.slice(index + 1);
        const { findings } = await verifyExport(lines.with(at, other));
        if (findings.length === 0) expect.fail(`character ${index} of line ${at + 1}: ${other}`);
      }
    }
  });

  test("with lines missing, doubled, exchanged or foreign does not verify", async () => {
    const lines = await exported(await twoRuns());
    const [a = "", b = ""] = lines;
    const wrong = [
      lines.slice(1),
      [a, ...lines],
      [b, a, ...lines.slice(2)],
      [...lines, "{}"],
      [...lines, ""],
      [...lines, "null"],
      [...lines, "no"],
    ];
    for (const version of wrong) expect((await verifyExport(version)).findings).not.toEqual([]);
    const spaced = await verifyExport([a.replace('{"seq"', '{ "seq"'), ...lines.slice(1)]);
    expect(spaced.findings[0]).toMatchObject({ what: "parse", detail: "line 1 is no entry as exported" });
  });
});
