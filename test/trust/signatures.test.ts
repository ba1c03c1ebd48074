/** Signatures: ours and ssh-keygen's verdict on the same bytes. */
import { createHash, generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { readKey } from "../../runtime/trust/keys.ts";
import { readSignature, verifySignature } from "../../runtime/trust/sshsig.ts";
import { fromBase64, sshString, sshUint32 } from "../../runtime/trust/wire.ts";
import { holds, makeKey, type Pair, sign } from "../tools/ssh.ts";

const MESSAGE = Buffer.from('{"decision":"approve"}');
const NS = "opsc.approval";

const KINDS: readonly (readonly [string, number?])[] = [
  ["ed25519"],
  ["ecdsa", 256],
  ["ecdsa", 384],
  ["ecdsa", 521],
  ["rsa", 2048],
  ["rsa", 3072],
];
const keys = new Map<string, Pair>();
const keyOf = (kind: string, bits?: number): Pair => {
  const found = keys.get(`${kind}${bits ?? ""}`);
  if (found === undefined) throw new Error(`no key ${kind}`);
  return found;
};

beforeAll(() => {
  for (const [kind, bits] of KINDS) keys.set(`${kind}${bits ?? ""}`, makeKey(kind, bits));
});

function why(armored: string, message: Uint8Array = MESSAGE, namespace = NS): string | null {
  const found = verifySignature(armored, message, namespace);
  return found.ok ? null : found.why;
}

describe("what ssh-keygen signed", () => {
  test.each(KINDS.map(([kind, bits]) => ({ kind, bits })))("$kind $bits", ({ kind, bits }) => {
    const key = keyOf(kind, bits);
    for (const hash of ["sha256", "sha512"]) {
      const armored = sign(key, MESSAGE, NS, "-O", `hashalg=${hash}`);
      const found = verifySignature(armored, MESSAGE, NS);
      expect(found.ok && Buffer.from(found.key.blob).equals(key.blob)).toBe(true);
      expect(why(armored, Buffer.from('{"decision":"deny"}'))).toMatch(/not of this content/);
      expect(why(armored, MESSAGE, "opsc.request")).toBe('it was signed for "opsc.approval", not for "opsc.request"');
    }
  });

  test("the fingerprint is the one ssh-keygen shows", () => {
    const read = readKey(keyOf("ed25519").blob);
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    const shown = execFileSync("ssh-keygen", ["-l", "-f", `${keyOf("ed25519").file}.pub`], { encoding: "utf8" });
    expect(read.ok && shown.split(" ")[1]).toBe(read.ok && read.key.fingerprint);
  });

  test("lines of any length, and of Windows", () => {
    const armored = sign(keyOf("ed25519"), MESSAGE, NS);
    const [, ...rest] = armored.trim().split("\n");
    const body = rest.slice(0, -1).join("");
    const long = `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`;
    for (const form of [armored.replace(/\n/g, "\r\n"), long, armored.trim()]) expect(why(form)).toBeNull();
    expect(why(` ${armored}`)).toMatch(/does not begin/);
    expect(why(`${armored}x`)).toMatch(/end with/);
    expect(why(armored.replace(body.slice(10, 20), "!!!!!!!!!!"))).toMatch(/not base64/);
  });
});

/** A signature with every part of its frame as it is given. */
function frame(parts: {
  readonly key: Uint8Array;
  readonly sign: (data: Uint8Array) => Uint8Array;
  readonly namespace?: string;
  readonly hash?: string;
  readonly version?: number;
  readonly after?: string;
}): string {
  const { key, namespace = NS, hash = "sha512", version = 1, after = "" } = parts;
  const digest = createHash(hash === "sha256" ? "sha256" : "sha512")
    .update(MESSAGE)
    .digest();
  const head = Buffer.from("SSHSIG");
  const data = Buffer.concat([head, sshString(namespace), sshString(""), sshString(hash), sshString(digest)]);
  const names = [sshString(key), sshString(namespace), sshString(""), sshString(hash)];
  return armor(Buffer.concat([head, sshUint32(version), ...names, sshString(parts.sign(data)), Buffer.from(after)]));
}

const armor = (blob: Uint8Array): string =>
  `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(blob)
    .toString("base64")
    .replace(/(.{70})/g, "$1\n")
    .trim()}\n-----END SSH SIGNATURE-----\n`;

const signed = (algorithm: string, bytes: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([sshString(algorithm), sshString(bytes), ...more]);

const mpint = (bytes: Uint8Array): Uint8Array => {
  let from = 0;
  while (bytes[from] === 0) from++;
  const bare = bytes.subarray(from);
  return sshString((bare[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bare]) : bare);
};

const jwk = (key: KeyObject, field: "x" | "y" | "n" | "e"): Buffer =>
  Buffer.from(key.export({ format: "jwk" })[field] ?? "", "base64url");

const UP = 0x01;

/** A security key in software: what PROTOCOL.u2f says one signs. */
function securityKey(kind: "ed25519" | "ecdsa"): {
  readonly blob: Uint8Array;
  readonly make: (flags: number) => string;
} {
  const application = "ssh:opsc";
  const told = (flags: number, data: Uint8Array): Buffer =>
    Buffer.concat([
      createHash("sha256").update(application).digest(),
      Uint8Array.of(flags),
      sshUint32(7),
      createHash("sha256").update(data).digest(),
    ]);
  if (kind === "ed25519") {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const type = "sk-ssh-ed25519@openssh.com";
    const blob = Buffer.concat([sshString(type), sshString(jwk(publicKey, "x")), sshString(application)]);
    const make = (flags: number): string =>
      frame({
        key: blob,
        sign: (data) =>
          signed(type, signBytes(null, told(flags, data), privateKey), Uint8Array.of(flags), sshUint32(7)),
      });
    return { blob, make };
  }
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const type = "sk-ecdsa-sha2-nistp256@openssh.com";
  const point = Buffer.concat([Uint8Array.of(4), jwk(publicKey, "x"), jwk(publicKey, "y")]);
  const blob = Buffer.concat([sshString(type), sshString("nistp256"), sshString(point), sshString(application)]);
  const make = (flags: number): string =>
    frame({
      key: blob,
      sign: (data) => {
        const both = signBytes("sha256", told(flags, data), { key: privateKey, dsaEncoding: "ieee-p1363" });
        const numbers = Buffer.concat([mpint(both.subarray(0, 32)), mpint(both.subarray(32))]);
        return signed(type, numbers, Uint8Array.of(flags), sshUint32(7));
      },
    });
  return { blob, make };
}

describe("security keys", () => {
  test.each(["ed25519", "ecdsa"] as const)("%s: only when somebody touched it", (kind) => {
    const { make } = securityKey(kind);
    const touched = make(UP);
    expect(holds(MESSAGE, NS, touched)).toBe(true);
    expect(why(touched)).toBeNull();
    expect(why(touched, Buffer.from("{}"))).toMatch(/not of this content/);
    // ssh-keygen leaves it to whoever asks.
    expect(why(make(0))).toBe("nobody touched the security key when it signed");
    expect(why(make(0x04))).toBe("nobody touched the security key when it signed");
  });
});

describe("frames and keys that are not right", () => {
  const own = generateKeyPairSync("ed25519");
  const blob = Buffer.concat([sshString("ssh-ed25519"), sshString(jwk(own.publicKey, "x"))]);
  const right = (data: Uint8Array): Uint8Array => signed("ssh-ed25519", signBytes(null, data, own.privateKey));

  test("the frame itself is one ssh-keygen takes", () => {
    const armored = frame({ key: blob, sign: right });
    expect(holds(MESSAGE, NS, armored)).toBe(true);
    expect(why(armored)).toBeNull();
  });

  test.each([
    ["of a later version", { version: 2 }, /version 2/],
    ["of version 0", { version: 0 }, /not whole/],
    ["with bytes after its end", { after: "x" }, /after its end/],
    ["without a namespace", { namespace: "" }, /no namespace/],
    ["of a weak hash", { hash: "sha1" }, /sha256 or sha512/],
    ["of a longer namespace", { namespace: `${NS}.x` }, /signed for/],
  ])("%s", (_, parts, expected) => {
    expect(why(frame({ key: blob, sign: right, ...parts }))).toMatch(expected);
  });

  test("of an algorithm that is not the key's", () => {
    const odd = (name: string) => (data: Uint8Array) => signed(name, signBytes(null, data, own.privateKey));
    expect(why(frame({ key: blob, sign: odd("sk-ssh-ed25519@openssh.com") }))).toMatch(/not of the form/);
    expect(why(frame({ key: blob, sign: (data) => Buffer.concat([right(data), Uint8Array.of(0)]) }))).toMatch(/form/);
  });

  test("of RSA with SHA-1, and by a short key", () => {
    for (const [bits, expected] of [
      [2048, /SHA-1/],
      [1024, /has 1024 bits, fewer than 2048/],
    ] as const) {
      const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
      const key = Buffer.concat([sshString("ssh-rsa"), mpint(jwk(publicKey, "e")), mpint(jwk(publicKey, "n"))]);
      const made = frame({ key, sign: (data) => signed("ssh-rsa", signBytes("sha1", data, privateKey)) });
      expect(why(made)).toMatch(expected);
      expect(holds(MESSAGE, NS, made)).toBe(false);
      const sound = frame({ key, sign: (data) => signed("rsa-sha2-512", signBytes("sha512", data, privateKey)) });
      if (bits === 2048) expect([why(sound), holds(MESSAGE, NS, sound)]).toEqual([null, true]);
      else expect(why(sound)).toMatch(expected);
    }
  });

  test("one key has one form, so it has one fingerprint", () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const long = Buffer.concat([Buffer.alloc(2), jwk(publicKey, "n")]);
    const key = Buffer.concat([sshString("ssh-rsa"), mpint(jwk(publicKey, "e")), sshString(long)]);
    expect(readKey(key)).toMatchObject({ ok: false, why: "is not a whole key" });
    const x = jwk(own.publicKey, "x");
    for (const point of [x.subarray(1), Buffer.concat([x, Uint8Array.of(0)])])
      expect(readKey(Buffer.concat([sshString("ssh-ed25519"), sshString(point)]))).toMatchObject({ ok: false });
  });

  test("keys for which anybody could sign", () => {
    const zero = Buffer.concat([sshString("ssh-ed25519"), sshString(Buffer.alloc(32))]);
    expect(readKey(zero)).toMatchObject({ ok: false, why: "has no private half: anybody could sign for it" });
    const one = Buffer.concat([sshString("ssh-rsa"), mpint(Uint8Array.of(1)), mpint(Buffer.alloc(256, 0xff))]);
    expect(readKey(one)).toMatchObject({ ok: false, why: "has an exponent that protects nothing" });
  });

  test("what is larger than any key or signature is not worked upon", () => {
    const n = (bits: number): Buffer => Buffer.from([...Uint8Array.of(0x80), ...Buffer.alloc(bits / 8 - 1, 1)]);
    const key = (bits: number) =>
      readKey(Buffer.concat([sshString("ssh-rsa"), mpint(Uint8Array.of(1, 0, 1)), mpint(n(bits))]));
    expect(key(16_384).ok).toBe(true);
    expect(key(16_392)).toMatchObject({ ok: false, why: "has 16392 bits, more than 16384" });
    expect(readKey(Buffer.alloc(8193))).toMatchObject({ ok: false, why: "is too long for a key" });
    expect(why(armor(Buffer.alloc(20_000)))).toBe("the signature is too long");
  });

  test("one text stands for some bytes in base64, and no other", () => {
    expect(fromBase64("QQ==")).toEqual(Buffer.from("A"));
    for (const other of ["QR==", "QQ", "QQ=", "QQ== ", "Q Q=", "-_==", ""]) expect(fromBase64(other)).toBeNull();
  });

  test("kinds that are not taken are named", () => {
    const read = readKey(Buffer.concat([sshString("ssh-dss"), sshString("x")]));
    expect(read).toMatchObject({ ok: false, why: "is of the kind ssh-dss, which opsc does not take" });
    const certificate = readKey(Buffer.concat([sshString("ssh-ed25519-cert-v01@openssh.com"), sshString("x")]));
    expect(certificate).toMatchObject({ ok: false, why: "is a certificate, which opsc does not take" });
  });
});

describe("hostile bytes", () => {
  test("reading never throws, and what is taken is verified", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.uint8Array({ maxLength: 400 }).map(armor)), (text) => {
        expect(readSignature(text).ok && why(text) === null).toBe(false);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof readKey(bytes).ok === "boolean"),
      { numRuns: 300 },
    );
  });

  test("one byte changed anywhere, and it is none", () => {
    for (const [kind, bits] of KINDS) {
      const armored = sign(keyOf(kind, bits), MESSAGE, NS);
      const blob = Buffer.from(armored.split("\n").slice(1, -2).join(""), "base64");
      // The length of what is reserved stands there: what it holds is not signed, as PROTOCOL.sshsig has it.
      fc.assert(
        fc.property(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
          const changed = Buffer.from(blob);
          changed[at] = (changed[at] ?? 0) ^ flip;
          expect(why(armor(changed))).not.toBeNull();
        }),
        { numRuns: 60 },
      );
    }
  });
});
