/**
 * Held to the examples of c2sp.org/signed-note, and to the cases of golang.org/x/mod/sumdb/note (note_test.go at fe2ec04f7c3c),
 * the implementation that the specification was written down from.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  generateSignerKey,
  parseSignerKey,
  parseVerifierKey,
  type VerifierKey,
} from "../../runtime/checkpoints/keys.ts";
import { openNote, signNote, unverifiedText } from "../../runtime/checkpoints/note.ts";

const VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const PETER_SIG =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_SIG =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const NOTE = `${TEXT}\n${PETER_SIG}`;

function key(text: string): VerifierKey {
  const found = parseVerifierKey(text);
  if (found === null) throw new TypeError(`no key: ${text}`);
  return found;
}
const PETER = key(VKEY);
const names = (note: string, known: readonly VerifierKey[]): unknown => {
  const opened = openNote(note, known);
  return opened.ok ? opened.by.map(({ name }) => name) : opened.fault;
};

describe("keys", () => {
  test("are read as they are written, and nothing else is a key", () => {
    expect(PETER).toMatchObject({ name: "PeterNeumann", id: "c74f20a3", text: VKEY });
    expect(parseSignerKey(SKEY)?.verifier.text).toBe(VKEY);
    expect(parseSignerKey(`${SKEY}\n`)?.verifier.text).toBe(VKEY);
    for (const [whole, parse] of [
      [VKEY, parseVerifierKey],
      [SKEY, parseSignerKey],
    ] as const) {
      for (let i = 0; i < whole.length; i += 1) {
        for (let j = i + 1; j <= whole.length; j += 1)
          if (j - i < whole.length) expect(parse(whole.slice(i, j)), whole.slice(i, j)).toBeNull();
        const next = whole.slice(0, i) + String.fromCharCode(whole.charCodeAt(i) + 1) + whole.slice(i + 1);
        expect(parse(next), next).toBeNull();
      }
    }
  });

  test("of a wrong length, an unknown kind or another id are none", () => {
    expect(parseVerifierKey("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")).toBeNull();
    expect(parseVerifierKey("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")).toBeNull();
    expect(parseVerifierKey(VKEY.replace("c74f20a3", "C74F20A3"))).toBeNull();
    expect(parseVerifierKey(`${VKEY}\n`)).toBeNull();
  });

  test("that are made sign what only they sign", () => {
    const { key: made, secret } = generateSignerKey("example.com/log");
    expect(secret).toMatch(/^PRIVATE\+KEY\+example\.com\/log\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
    const again = parseSignerKey(secret);
    expect(again?.verifier.text).toBe(made.verifier.text);
    expect(key(made.verifier.text).id).toBe(made.verifier.id);
    expect(signNote("hi\n", [made])).toBe(again === null ? "" : signNote("hi\n", [again]));
    expect(generateSignerKey("example.com/log").secret).not.toBe(secret);
    expect(openNote(signNote("hi\n", [made]), [made.verifier])).toMatchObject({ ok: true, text: "hi\n" });
    for (const name of ["", "a b", "a+b", "a\u00a0b", "a\n", "\ud800"])
      expect(() => generateSignerKey(name)).toThrow(TypeError);
  });
});

describe("a signed note", () => {
  test("is the one of the specification", () => {
    const foo = key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    const note =
      "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    expect(openNote(note, [foo])).toEqual({ ok: true, text: "This is an example message.\n", by: [foo] });
    const poem =
      "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    expect(unverifiedText(Buffer.from(poem))).toBe(
      "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n",
    );
    expect(openNote(poem, [foo])).toMatchObject({ ok: false, fault: "unsigned" });
  });

  test("is written to the byte as Go's sumdb writes it", () => {
    const signer = parseSignerKey(SKEY);
    expect(signer === null ? "" : signNote(TEXT, [signer])).toBe(NOTE);
    for (const bad of ["abc", "a\u0000\n", "a\r\n", "\ud800\n"]) expect(() => signNote(bad, [])).toThrow(TypeError);
  });

  test("counts by the keys that are known, each once", () => {
    const both = `${TEXT}\n${PETER_SIG}${ENOCH_SIG}`;
    const enoch = key(ENOCH);
    expect(names(both, [PETER])).toEqual(["PeterNeumann"]);
    expect(names(both, [PETER, enoch])).toEqual(["PeterNeumann", "EnochRoot"]);
    expect(names(both, [])).toBe("unsigned");
    const damaged = `${ENOCH_SIG.slice(0, 60)}ABCD${ENOCH_SIG.slice(60)}`;
    expect(names(`${TEXT}\n${PETER_SIG}${PETER_SIG}${ENOCH_SIG}${ENOCH_SIG}${damaged}`, [PETER])).toEqual([
      "PeterNeumann",
    ]);
    // Sixteen must be taken, and a hundred are.
    expect(names(`${TEXT}\n${ENOCH_SIG.repeat(99)}${PETER_SIG}`, [PETER])).toEqual(["PeterNeumann"]);
    expect(names(`${TEXT}\n${PETER_SIG.repeat(101)}`, [PETER])).toBe("malformed");
  });

  test("whose known key did not sign it is refused as a whole", () => {
    expect(names(`${TEXT}\n${PETER_SIG.slice(0, 60)}ABCD${PETER_SIG.slice(60)}`, [PETER])).toBe("forged");
    expect(names(NOTE.replace("cryptography", "opsc"), [PETER])).toBe("forged");
    expect(names(`${TEXT}\n${ENOCH_SIG}${PETER_SIG}`.replace("think", "thank"), [PETER])).toBe("forged");
    // The name alone, or the id alone, make no known key.
    expect(names(NOTE.replace("— PeterNeumann", "— CarmenSandiego"), [PETER])).toBe("unsigned");
    expect(names(NOTE.replace("x08g", "xxxx"), [PETER])).toBe("unsigned");
  });

  test("is nothing else", () => {
    for (const bad of [
      TEXT,
      `${TEXT}\n`,
      `${TEXT}\n${PETER_SIG.slice(0, -1)}`,
      `\u0001${TEXT}\n${PETER_SIG}`,
      `${TEXT}\n— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=`,
      `${TEXT}\n${PETER_SIG}Unexpected line.\n`,
      `${TEXT}\n${PETER_SIG.replace("— ", "- ")}`,
      `${TEXT}\n${PETER_SIG.replace("=\n", "\n")}`,
      `${TEXT}\n— a+b ${"A".repeat(8)}\n`,
      `${TEXT}\n— PeterNeumann AAAA\n`,
      `${TEXT}\r\n${PETER_SIG}`,
      "",
    ])
      expect(names(bad, [PETER]), bad).toBe("malformed");
    const bytes = Buffer.concat([Buffer.of(0xff), Buffer.from(NOTE)]);
    expect(openNote(bytes, [PETER])).toMatchObject({ ok: false, fault: "malformed", why: "it is not UTF-8" });
    expect(openNote(Buffer.alloc(1_000_001), [PETER])).toMatchObject({ ok: false, fault: "malformed" });
  });

  test("of which any bit is another is not signed any more, whatever the bytes", () => {
    const bytes = Buffer.from(NOTE);
    for (let at = 0; at < bytes.length * 8; at += 1) {
      const other = Buffer.from(bytes);
      other[at >> 3] = (other[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(openNote(other, [PETER]).ok, `bit ${at}`).toBe(false);
    }
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string({ unit: "binary" }).map((text) => `${text}\n\n${PETER_SIG}`),
        ),
        (note) => {
          expect(openNote(note, [PETER]).ok).toBe(false);
        },
      ),
    );
  });

  test("holds any text that a note may hold", () => {
    const { key: made } = generateSignerKey("example.com/log");
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/\p{Cc}/gu, ""));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = `${lines.join("\n")}\n`;
        expect(openNote(signNote(text, [made]), [made.verifier])).toMatchObject({ ok: true, text });
      }),
    );
  });
});

test("a note that is too large, or a signature too short to hold one, is none", () => {
  const { key } = generateSignerKey("example.com/n");
  const note = signNote("text\n", [key]);
  const large = signNote(`${"x".repeat(1_000_000)}\n`, [key]);
  expect(openNote(note, [key.verifier])).toMatchObject({ ok: true });
  expect(openNote(large, [key.verifier])).toMatchObject({ ok: false, fault: "malformed" });
  const id = Buffer.from(key.verifier.id, "hex").toString("base64");
  expect(openNote(`text\n\n— example.com/n ${id}\n`, [key.verifier])).toMatchObject({ ok: false, fault: "malformed" });
});
