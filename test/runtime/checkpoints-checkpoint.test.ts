/** Held to c2sp.org/tlog-checkpoint, and to the cases of golang.org/x/mod/sumdb/tlog (note_test.go at fe2ec04f7c3c). */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openCheckpoint, signCheckpoint, unverifiedCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import { generateSignerKey } from "../../runtime/checkpoints/keys.ts";
import { signNote } from "../../runtime/checkpoints/note.ts";
import { leafHash } from "../../runtime/merkle/hash.ts";

const ORIGIN = "example.com/operations";
const { key } = generateSignerKey(ORIGIN);
const known = [key.verifier];
const root = leafHash("hello world");
const checkpoint = { origin: ORIGIN, size: 123_456_789_012, root };

describe("a checkpoint", () => {
  test("is the text of the specification, signed", () => {
    const note = signCheckpoint({ ...checkpoint, origin: "go.sum database tree" }, key);
    expect(note.split("\n\n")[0]).toBe(
      "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=",
    );
    expect(openCheckpoint(note, known, "go.sum database tree")).toMatchObject({
      ok: true,
      checkpoint: { root, size: 123_456_789_012 },
    });
    const sofa =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    expect(unverifiedCheckpoint(sofa)).toEqual({
      origin: "example.com/behind-the-sofa",
      size: 20_852_163,
      root: Buffer.from("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "base64").toString("hex"),
    });
    expect(openCheckpoint(sofa, known, null)).toMatchObject({ ok: false });
  });

  test("comes back as it was signed", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, bytes) => {
        const said = { origin: ORIGIN, size, root: Buffer.from(bytes).toString("hex") };
        expect(openCheckpoint(signCheckpoint(said, key), known, null)).toEqual({
          ok: true,
          checkpoint: said,
          by: known,
        });
      }),
    );
  });

  test("of another log, or of another's key, is told as that", () => {
    const other = generateSignerKey("example.com/other").key;
    const told = (note: string, origin: string | null): unknown => {
      const opened = openCheckpoint(note, known, origin);
      return opened.ok ? "ok" : opened.why;
    };
    const note = signCheckpoint(checkpoint, key);
    expect(told(note, ORIGIN)).toBe("ok");
    expect(told(note, "example.com/other")).toBe("it is of the log example.com/operations, not of example.com/other");
    expect(told(signCheckpoint({ ...checkpoint, origin: "example.com/other" }, key), null)).toBe(
      "it is of the log example.com/other, not of example.com/operations",
    );
    expect(told(signCheckpoint(checkpoint, other), ORIGIN)).toBe(
      `it is signed by example.com/other+${other.verifier.id}, and by no key that is trusted here`,
    );
    expect(told(note.replace("\n1", "\n2"), ORIGIN)).toBe(`${ORIGIN}+${key.verifier.id} did not sign this`);
    expect(told("no note", ORIGIN)).toBe("it is no signed note: it has no signatures");
  });

  test("may say more, and is nothing else", () => {
    const hash = "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=";
    const opens = (text: string): boolean => openCheckpoint(signNote(text, [key]), known, ORIGIN).ok;
    expect(opens(`${ORIGIN}\n0\n${hash}\n`)).toBe(true);
    expect(opens(`${ORIGIN}\n7\n${hash}\nmore\n${"more\n".repeat(1000)}`)).toBe(true);
    for (const bad of [
      `\n7\n${hash}\n`,
      `${ORIGIN}\n07\n${hash}\n`,
      `${ORIGIN}\n0xabcdef\n${hash}\n`,
      `${ORIGIN}\n-1\n${hash}\n`,
      `${ORIGIN}\n+7\n${hash}\n`,
      `${ORIGIN}\n7 \n${hash}\n`,
      `${ORIGIN}\n9007199254740993\n${hash}\n`,
      `${ORIGIN}\n7\n${hash.replace("Bb0=", "BTOOBIG=")}\n`,
      `${ORIGIN}\n7\n${hash.replace("0=", "1=")}\n`,
      `${ORIGIN}\n7\n${hash} \n`,
      `${ORIGIN}\n7\n${root}\n`,
      `${ORIGIN}\n7\n`,
      `${ORIGIN}\n7\n${hash}\n\nmore\n`,
      `not-${ORIGIN}\n7\n${hash}\n`,
    ])
      expect(opens(bad), bad).toBe(false);
  });

  test("that cannot be said is not signed", () => {
    for (const bad of [{ size: -1 }, { size: 0.5 }, { size: 2 ** 60 }, { origin: "" }, { origin: "a\nb" }])
      expect(() => signCheckpoint({ ...checkpoint, ...bad }, key)).toThrow(TypeError);
  });
});
