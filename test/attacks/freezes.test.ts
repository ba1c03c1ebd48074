/** Freezes and thaws that somebody writes straight into the store, where only what is signed counts. */
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Switching } from "../../compiler/plan/statement.schema.ts";
import { judgeOf } from "../../runtime/approvals/judge.ts";
import { namespaceOf, statementBytes } from "../../runtime/approvals/statement.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { FREEZES, freezeDigest, readFreezes } from "../../runtime/freeze/freeze.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import type { Store } from "../../runtime/store/port.ts";
import { openSqliteStore } from "../../runtime/store/sqlite.ts";
import { NO_TRUST } from "../../runtime/trust/trust.ts";
import { opsc } from "../e2e/opsc.ts";
import { email, keyOf, line, signedProject } from "../tools/signed-project.ts";
import { sign } from "../tools/ssh.ts";

const at = "2026-11-21T09:00:00.000Z";
const later = "2026-11-21T10:00:00.000Z";
const where = { action: [], tag: [], workspace: [], risk: [] };
const set: EventOf<"freeze.set"> = { type: "freeze.set", at, by: email("ben"), reason: "fire", until: null, where };

interface Over extends Partial<Omit<Switching, "signature">> {
  readonly key?: string;
}

function word(decision: "freeze" | "thaw", { key = "ben", ...over }: Over = {}): Switching {
  const bare: Switching = {
    approvalVersion: 1,
    decision,
    freeze: freezeDigest(set),
    who: email("ben"),
    comment: decision === "freeze" ? "fire" : null,
    at: decision === "freeze" ? at : later,
    identity: "ssh",
    signature: "",
    ...over,
  };
  return { ...bare, signature: sign(keyOf(key), statementBytes(bare), namespaceOf(bare)) };
}
const lifted = (signed?: Switching, over: Partial<EventOf<"freeze.lifted">> = {}): EventOf<"freeze.lifted"> => ({
  type: "freeze.lifted",
  at: later,
  id: 1,
  by: email("ben"),
  reason: null,
  ...(signed === undefined ? {} : { signed }),
  ...over,
});

const judge = (identities: "signed" | "unverified" = "signed", text = line("ben") + line("ana")) =>
  judgeOf({ ...NO_TRUST, identities, allowedSigners: { path: "allowed_signers", text } });

async function holding(...events: readonly RunEvent[]): Promise<Store> {
  const store = memoryStore();
  await store.append([{ stream: FREEZES, expected: 0, fence: null, events }]);
  return store;
}
const now = Date.parse("2026-11-22T00:00:00Z");

describe("a freeze", () => {
  const mine = { ...set, signed: word("freeze") };
  test("that is signed is said; any other holds too, and is told as nobody's", async () => {
    expect((await readFreezes(await holding(mine), now, judge()))[0]).not.toHaveProperty("unsaid");
    for (const other of [
      set,
      { ...mine, reason: "other" },
      { ...mine, by: email("ana") },
      { ...mine, where: { ...where, tag: ["x"] } },
      { ...mine, at: later },
      { ...set, signed: word("thaw", { comment: "fire", at }) },
      { ...set, signed: word("freeze", { key: "mallory" }) },
      { ...set, signed: { ...word("freeze"), comment: "changed" } },
    ])
      expect(await readFreezes(await holding(other), now, judge())).toMatchObject([{ id: 1, unsaid: true }]);
    expect((await readFreezes(await holding(set), now, judge("unverified")))[0]).not.toHaveProperty("unsaid");
  });

  test("is lifted by what is signed of it, whoever set it", async () => {
    for (const of of [mine, set])
      expect(await readFreezes(await holding(of, lifted(word("thaw"))), now, judge())).toEqual([]);
    const ana = word("thaw", { who: email("ana"), key: "ana", comment: "out" });
    const by = { by: email("ana"), reason: "out" };
    expect(await readFreezes(await holding(mine, lifted(ana, by)), now, judge())).toEqual([]);
    expect(await readFreezes(await holding(set, lifted()), now, judge("unverified"))).toEqual([]);
  });

  test.each([
    ["not signed", lifted()],
    ["signed as a freeze", lifted(word("freeze", { at: later, comment: null }))],
    ["of another freeze", lifted(word("thaw", { freeze: freezeDigest({ ...set, at: later }) }))],
    ["by somebody else", lifted(word("thaw"), { by: email("ana") })],
    ["by a key that is nobody's", lifted(word("thaw", { key: "mallory" }))],
    ["by a key of another person", lifted(word("thaw", { key: "ana" }))],
    ["for another reason", lifted(word("thaw"), { reason: "it is out" })],
    ["said at another time", lifted(word("thaw"), { at: "2026-11-21T11:00:00.000Z" })],
    ["edited", lifted({ ...word("thaw"), at: "2026-11-21T11:00:00.000Z" }, { at: "2026-11-21T11:00:00.000Z" })],
  ])("is not lifted by a thaw that is %s", async (_, thaw) => {
    expect(await readFreezes(await holding(mine, thaw), now, judge())).toMatchObject([{ id: 1 }]);
  });

  test("is not lifted by what lifted another like it, nor thawed for ever by who left since", async () => {
    const again = { ...mine, at: "2026-11-21T12:00:00.000Z", signed: undefined as never };
    const store = await holding(mine, lifted(word("thaw")), again, lifted(word("thaw"), { id: 3 }));
    expect(await readFreezes(store, now, judge())).toMatchObject([{ id: 3 }]);
    const left = line("ben", 'valid-before="20261121110000Z"');
    expect(await readFreezes(await holding(mine, lifted(word("thaw"))), now, judge("signed", left))).toEqual([]);
    const before = line("ben", 'valid-before="20261121093000Z"');
    expect(await readFreezes(await holding(mine, lifted(word("thaw"))), now, judge("signed", before))).toHaveLength(1);
  });

  test("whose signature is another is found in the log", async () => {
    for (const [event, findings] of [
      [mine, 0],
      [{ ...mine, signed: { ...mine.signed, comment: "changed" } }, 1],
    ] as const) {
      const report = await verifyLog(await holding(event));
      expect(report.findings.map(({ what }) => what)).toEqual(Array.from({ length: findings }, () => "signature"));
    }
  });
});

describe("by the command", { timeout: 120_000 }, () => {
  const it = signedProject();
  afterAll(() => rmSync(it.folder, { recursive: true, force: true }));
  const has = (): boolean => existsSync(path.join(it.folder, "free.txt"));

  test("runs stay frozen by what nobody signed, until somebody signs that they are not", async () => {
    const store = await openSqliteStore(path.join(it.folder, ".opsc"));
    const by = email("ben");
    await store.append([
      {
        stream: FREEZES,
        expected: 0,
        fence: null,
        events: [
          { ...set, by },
          { ...lifted(), at: new Date().toISOString() },
        ],
      },
    ]);
    await store.close();
    const refused = await it.run("dana", ["apply", "free", "--yes"]);
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.err.replace(/\s+/g, " ")).toContain(
      "frozen by ben@example.com (which is not signed): fire (freeze 1",
    );
    expect(has()).toBe(false);
    expect(await it.run("dana", ["thaw"], null)).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is no key to sign with as dana@example.com"),
    });
    expect(await it.run("dana", ["thaw"], "eve")).toMatchObject({
      code: 3,
      err: expect.stringContaining("does not count"),
    });
    expect(await it.run("dana", ["thaw"])).toMatchObject({ code: 0 });
    // A brake takes no key; it is only told as what it is.
    expect(await it.run("ana", ["freeze", "--reason", "smoke"], null)).toMatchObject({
      code: 0,
      err: expect.stringContaining("warning: this freeze is not signed, and is told as that"),
    });
    expect(await it.run("ana", ["freeze", "--reason", "smoke"], "eve")).toMatchObject({ code: 3 });
    expect(await it.run("ana", ["freeze", "--reason", "smoke too"])).toMatchObject({
      code: 0,
      err: expect.not.stringContaining("warning"),
    });
    const { freezes } = JSON.parse((await opsc(["runs", "--json"], it.folder)).out) as { freezes: object[] };
    expect(freezes).toMatchObject([
      { id: 4, unsaid: true },
      { id: 5, by: email("ana") },
    ]);
    expect(freezes[1]).not.toHaveProperty("unsaid");
    for (const id of ["4", "5"]) expect(await it.run("ben", ["thaw", id])).toMatchObject({ code: 0 });
    expect(await it.run("dana", ["apply", "free", "--yes"])).toMatchObject({ code: 0 });
    expect(has()).toBe(true);
    expect((await opsc(["audit", "verify"], it.folder)).code).toBe(0);
  });
});
