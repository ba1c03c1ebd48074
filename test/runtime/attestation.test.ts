/** What a run that begins is attested by: its text, what of it has to hold, and that it is no checkpoint. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attest,
  type Begun,
  type Created,
  judgeAttestation,
  type LogKeys,
  misplaced,
} from "../../runtime/attestations/attestation.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import {
  ATTESTED,
  openCheckpoint,
  signCheckpoint,
  unverifiedCheckpoint,
} from "../../runtime/checkpoints/checkpoint.ts";
import { generateSignerKey, type SignerKey } from "../../runtime/checkpoints/keys.ts";
import { signNote, unverifiedText } from "../../runtime/checkpoints/note.ts";
import { EMPTY } from "../../runtime/merkle/hash.ts";
import { memoryStore } from "../../runtime/store/memory.ts";
import { DIGEST } from "./run-plans.ts";

const ORIGIN = "example.com/operations";
const NONCE = "4f1c";
const { key } = generateSignerKey(ORIGIN);
const other = generateSignerKey(ORIGIN).key;
const trusted: LogKeys = { keys: [key.verifier], origin: null };

const begun: Begun = {
  type: "run.created",
  at: "2026-11-21T09:14:00.000Z",
  eventVersion: 1,
  run: "20261121-0914-k3f9q2",
  plan: DIGEST,
  action: "main.ops#free",
  requester: "dana@example.com",
  applier: "dana@example.com",
  approvals: [],
};

const logOf = async (count: number): Promise<ReturnType<typeof memoryStore>> => {
  const store = memoryStore();
  for (let i = 0; i < count; i++)
    await store.append([
      {
        stream: `plan/${i}`,
        expected: 0,
        fence: null,
        events: [{ type: "plan.used", at: begun.at, run: `r${i}`, by: "x" }],
      },
    ]);
  return store;
};

async function attested(over: Partial<Begun> = {}, by: SignerKey = key, origin = ORIGIN): Promise<Created> {
  const it = { ...begun, ...over };
  return { ...it, attestation: await attest(memoryStore(), { key: by, origin }, it, NONCE) };
}
const why = (created: Created, nonce: string | null = NONCE, keys: LogKeys | null = trusted): string | null => {
  const judged = judgeAttestation(created, nonce, keys);
  return judged.ok ? null : judged.why;
};
/** As somebody would sign it who has the key of the log. */
const note = (text: string): Created => ({ ...begun, attestation: signNote(text, [key]) });

describe("an attestation", () => {
  test("says what begins, where and by whom, in nine lines", async () => {
    const { attestation = "" } = await attested();
    expect(unverifiedText(attestation)?.split("\n")).toEqual([
      "opsc.run/v1",
      `origin ${ORIGIN}`,
      `run ${begun.run}`,
      `plan ${DIGEST}`,
      `nonce ${NONCE}`,
      `at ${begun.at}`,
      `applier ${begun.applier}`,
      expect.stringMatching(/^begun sha256:[0-9a-f]{64}$/),
      `log 0 ${Buffer.from(EMPTY, "hex").toString("base64")}`,
      "",
    ]);
    expect(judgeAttestation(await attested(), NONCE, trusted)).toEqual({
      ok: true,
      by: `${ORIGIN}+${key.verifier.id}`,
      log: { size: 0, root: EMPTY },
    });
  });

  test("is of nothing else: no other run, plan, time or person, and no other word of its beginning", async () => {
    const created = await attested();
    for (const [over, of] of [
      [{ run: "20261121-0914-aaaaaa" }, "another run"],
      [{ plan: DIGEST.replace("0", "1") }, "another plan"],
      [{ at: "2026-11-21T09:14:00.001Z" }, "another time"],
      [{ applier: "eve@example.com" }, "somebody else"],
      [{ action: "main.ops#other" }, "a beginning that was written otherwise"],
      [{ requester: "eve@example.com" }, "a beginning that was written otherwise"],
      [{ trust: { root: "path", by: "machine", place: "/x" } }, "a beginning that was written otherwise"],
    ] as const)
      expect(why({ ...created, ...over })).toBe(`holds an attestation of ${of}`);
    expect(why(created, "other")).toBe("holds an attestation of another plan");
    expect(why(created, null)).toBeNull();
  });

  test("counts by a key that is listed, and of the log that is meant", async () => {
    expect(why(begun)).toBe("holds no attestation");
    expect(why(await attested({}, other))).toMatch(/does not verify: it is signed by .* no key that is trusted here/);
    const created = await attested();
    const forged = (created.attestation ?? "").replace(/(— \S+ )(\S+)/, (_, head: string, data: string) => {
      const bytes = Buffer.from(data, "base64");
      bytes[20] = (bytes[20] ?? 0) ^ 1;
      return head + bytes.toString("base64");
    });
    expect(why({ ...created, attestation: forged })).toMatch(/does not verify: .* did not sign this/);
    expect(why({ ...created, attestation: "nothing" })).toMatch(/no signed note/);
    const elsewhere = await attested({}, key, "example.com/other");
    expect(why(elsewhere)).toBe("holds an attestation of another log, example.com/other");
    expect(why(elsewhere, NONCE, { ...trusted, origin: "example.com/other" })).toBeNull();
    expect(why(created, NONCE, { ...trusted, origin: "example.com/other" })).toMatch(/another log/);
  });

  test("is by any key that is listed, as where two machines share a log", async () => {
    const both: LogKeys = { keys: [key.verifier, other.verifier], origin: ORIGIN };
    for (const by of [key, other])
      expect(judgeAttestation(await attested({}, by), NONCE, both)).toMatchObject({
        by: `${ORIGIN}+${by.verifier.id}`,
      });
  });

  test("is held against its run also by who has no keys", async () => {
    const created = await attested({}, other, "example.com/any");
    expect(judgeAttestation(created, NONCE, null)).toMatchObject({ ok: true, by: null });
    expect(why({ ...created, run: "20261121-0914-aaaaaa" }, NONCE, null)).toBe("holds an attestation of another run");
    expect(why({ ...created, attestation: "x" }, NONCE, null)).toBe(
      "holds something else where its attestation should be",
    );
  });

  test("is none with a line more, less or otherwise", async () => {
    const text = unverifiedText((await attested()).attestation ?? "") ?? "";
    expect(why(note(text))).toBeNull();
    const lines = text.split("\n").slice(0, -1);
    const texts = [
      `${text}x\n`,
      `${lines.slice(0, -1).join("\n")}\n`,
      [lines[0], ...lines.slice(2), lines[1], ""].join("\n"),
      text.replace(ATTESTED, "opsc.run/v2"),
      text.replace("log 0 ", "log 00 "),
      text.replace("log 0 ", "more\nlog 0 "),
      text.replace("run ", "ran "),
      text.replace("log 0 ", "log 99999999999999999999 "),
      text.replace("nonce ", "nonce  "),
    ];
    for (const each of texts) expect(why(note(each)), each).not.toBeNull();
  });

  test("cannot be made of what would be another line", async () => {
    for (const over of [{ applier: "eve\nlog 0 x" }, { run: "" }, { applier: "a\u0085b" }])
      await expect(attested(over)).rejects.toThrow(TypeError);
  });
});

describe("the log that it was begun in", () => {
  test("is this one, up to then", async () => {
    const store = await logOf(5);
    const created = { ...begun, attestation: await attest(store, { key, origin: ORIGIN }, begun, NONCE) };
    const judged = judgeAttestation(created, NONCE, trusted);
    if (!judged.ok) throw new Error(judged.why);
    expect(judged.log.size).toBe(5);
    expect(await misplaced(store, 5, judged.log)).toBeNull();
    expect(await misplaced(store, 4, judged.log)).toMatch(/was begun in another log/);
    const grown = await logOf(9);
    expect(await misplaced(grown, 8, judged.log)).toBeNull();
    expect(await misplaced(grown, 8, { ...judged.log, size: 6 })).toMatch(/was begun in another log/);
  });
});

describe("the audit", () => {
  const audited = async (own: number, attestedIn: number, over: Partial<Begun> = {}, keys?: LogKeys) => {
    const elsewhere = await logOf(attestedIn);
    const created = {
      ...begun,
      ...over,
      attestation: await attest(elsewhere, { key, origin: ORIGIN }, begun, NONCE),
    };
    const store = await logOf(own);
    const claim = await store.claim(created.run);
    await store.append([{ stream: `run/${created.run}`, expected: 0, fence: claim.fence, events: [created] }]);
    const { findings, attested: counted } = await verifyLog(store, keys === undefined ? {} : { logKeys: keys });
    return { counted, found: findings.filter(({ what }) => what === "attestation").map(({ detail }) => detail) };
  };

  test("counts runs that are attested, and finds those that were not begun so, or not there", async () => {
    expect(await audited(5, 5, {}, trusted)).toEqual({ counted: { runs: 1, unverified: 0, without: 0 }, found: [] });
    expect(await audited(5, 3, {}, trusted)).toMatchObject({ found: [] });
    expect(await audited(5, 5)).toEqual({ counted: { runs: 0, unverified: 1, without: 0 }, found: [] });
    const moved =
      "the run was begun in another log, or what stood before it was rewritten: its attestation is of other first 9 entries";
    expect(await audited(5, 9, {}, trusted)).toMatchObject({ found: [moved] });
    expect(await audited(5, 9)).toMatchObject({ found: [moved] });
    const edited = `run ${begun.run} holds an attestation of a beginning that was written otherwise`;
    expect(await audited(5, 5, { requester: "eve@example.com" })).toMatchObject({ found: [edited] });
    const no = await audited(5, 5, {}, { ...trusted, keys: [other.verifier] });
    expect(no).toMatchObject({ counted: { runs: 0 }, found: [expect.stringContaining("does not verify")] });
  });
});

describe("checkpoints and attestations", () => {
  test("are never taken for each other", async () => {
    const { attestation = "" } = await attested();
    expect(unverifiedCheckpoint(attestation)).toBeNull();
    expect(openCheckpoint(attestation, [key.verifier], ATTESTED)).toEqual({
      ok: false,
      why: "what is signed is no checkpoint",
    });
    const checkpoint = signCheckpoint({ origin: ORIGIN, size: 3, root: EMPTY }, key);
    expect(why({ ...begun, attestation: checkpoint })).toBe("holds something else where its attestation should be");
    expect(() => signCheckpoint({ origin: ATTESTED, size: 3, root: EMPTY }, key)).toThrow(TypeError);
  });

  test("whatever a log, a run or a person is called", async () => {
    const word = fc.oneof(
      fc.constantFrom(ATTESTED, "origin", "0", "5", "log 0 x"),
      fc.string({ minLength: 1, maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(word, word, word, fc.nat(), async (origin, run, applier, size) => {
        const it = { ...begun, run, applier };
        const made = await attest(memoryStore(), { key, origin }, it, NONCE).catch((error: unknown) => {
          if (!(error instanceof TypeError)) throw error;
          return null;
        });
        if (made !== null) {
          expect(unverifiedCheckpoint(made)).toBeNull();
          expect(why({ ...it, attestation: made }, NONCE, { ...trusted, origin })).toBeNull();
        }
        let checkpoint: string;
        try {
          checkpoint = signCheckpoint({ origin, size, root: EMPTY }, key);
        } catch {
          return;
        }
        expect(why({ ...it, attestation: checkpoint }, NONCE, { ...trusted, origin })).not.toBeNull();
      }),
    );
  });
});
