/**
 * Public keys of OpenSSH and the signatures they make, read from bytes that anybody may have written.
 *
 * Key forms: RFC 4253 6.6 (RSA), RFC 5656 3.1 (ECDSA), RFC 8709 (Ed25519), PROTOCOL.u2f of OpenSSH (security keys). Signatures:
 * RFC 8332 (RSA with SHA-2; with SHA-1 it does not count), RFC 5656 3.1.2, RFC 8709, PROTOCOL.u2f.
 */
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { SshReader, sshUint32 } from "./wire.ts";

export interface SshKey {
  readonly type: KeyType;
  /** As it stands in a signature: one key has one form. */
  readonly blob: Uint8Array;
  /** `SHA256:…`, as ssh-keygen shows it. */
  readonly fingerprint: string;
  /** Why this is no signature of `data` by this key; null if it is. */
  readonly refuses: (signature: Uint8Array, data: Uint8Array) => string | null;
}

export const KEY_TYPES = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
] as const;
export type KeyType = (typeof KEY_TYPES)[number];

export type ReadKey =
  | { readonly ok: true; readonly key: SshKey }
  /** `why` follows on the name of the key, such as "is too short". */
  | { readonly ok: false; readonly why: string; readonly remedy: string };

const RSA_LEAST = 2048;
/** What OpenSSH reads at most: larger ones only cost time. */
const RSA_MOST = 16_384;
/** Bytes of a key; the largest RSA key takes about 2 KiB. */
const MOST_BYTES = 8192;

const bad = (why: string, remedy = "take it anew from the owner's .pub file"): ReadKey => ({ ok: false, why, remedy });

/** Never throws. */
export function readKey(blob: Uint8Array): ReadKey {
  if (blob.length > MOST_BYTES) return bad("is too long for a key");
  const reader = new SshReader(blob);
  const name = reader.text();
  if (name === null) return bad("is not a public key");
  if (name.endsWith("-cert-v01@openssh.com"))
    return bad("is a certificate, which opsc does not take", "name the key itself, as it stands in the .pub file");
  const type = KEY_TYPES.find((each) => each === name);
  if (type === undefined)
    return bad(`is of the kind ${name.slice(0, 64)}, which opsc does not take`, `use one of ${KEY_TYPES.join(", ")}`);
  const found = read(type, reader);
  if (typeof found === "string")
    return bad(found, found.startsWith("has ") ? "make a new key: ssh-keygen -t ed25519" : undefined);
  if (!reader.done) return bad("has bytes after its end");
  const copy = Uint8Array.from(blob);
  const fingerprint = `SHA256:${createHash("sha256").update(copy).digest("base64").replace(/=+$/, "")}`;
  return { ok: true, key: { type, blob: copy, fingerprint, refuses: found } };
}

type Refuses = SshKey["refuses"];

/** What judges signatures of the key, or what is wrong with it. */
function read(type: KeyType, reader: SshReader): Refuses | string {
  switch (type) {
    case "ssh-ed25519":
      return ed25519(reader, (key) => plain(type, (signature, data) => verifyEd25519(key, signature, data)));
    case "sk-ssh-ed25519@openssh.com":
      return ed25519(reader, (key) =>
        securityKey(type, reader, (signature, data) => verifyEd25519(key, signature, data)),
      );
    case "ssh-rsa":
      return rsa(reader);
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
      return ecdsa(type.slice("ecdsa-sha2-".length), reader, (judge) => plain(type, judge));
    case "sk-ecdsa-sha2-nistp256@openssh.com":
      return ecdsa("nistp256", reader, (judge) => securityKey(type, reader, judge));
  }
}

/** Whether `signature`, without its frame, is one of `data`. */
type Judge = (signature: Uint8Array, data: Uint8Array) => boolean;

const NO_MATCH = "the signature is not of this content by this key";
const NO_FORM = "the signature is not of the form its key asks for";

function plain(algorithm: string, judge: Judge): Refuses {
  return (signature, data) => {
    const reader = new SshReader(signature);
    const [name, inner] = [reader.text(), reader.string()];
    if (name !== algorithm || inner === null || !reader.done) return NO_FORM;
    return judge(inner, data) ? null : NO_MATCH;
  };
}

const USER_PRESENT = 0x01;

/** A key that lives in a device: the device says, in what is signed, whether somebody touched it. */
function securityKey(algorithm: string, key: SshReader, judge: Judge): Refuses | string {
  const application = key.text();
  if (application === null) return "is not a whole key";
  const applied = createHash("sha256").update(application, "utf8").digest();
  return (signature, data) => {
    const reader = new SshReader(signature);
    const [name, inner, flags, counter] = [reader.text(), reader.string(), reader.byte(), reader.uint32()];
    if (name?.startsWith("webauthn-")) return "the signature was made by a browser, which opsc does not take";
    if (name !== algorithm || inner === null || flags === null || counter === null || !reader.done) return NO_FORM;
    const told = Buffer.concat([
      applied,
      Uint8Array.of(flags),
      sshUint32(counter),
      createHash("sha256").update(data).digest(),
    ]);
    if (!judge(inner, told)) return NO_MATCH;
    return (flags & USER_PRESENT) === 0 ? "nobody touched the security key when it signed" : null;
  };
}

function ed25519(reader: SshReader, then: (key: KeyObject) => Refuses | string): Refuses | string {
  const point = reader.string();
  if (point === null || point.length !== 32) return "is not a whole key";
  if (isWeakPoint(point)) return "has no private half: anybody could sign for it";
  const key = publicKey({ kty: "OKP", crv: "Ed25519", x: url(point) });
  return key === null ? "is no point of its curve" : then(key);
}

function verifyEd25519(key: KeyObject, signature: Uint8Array, data: Uint8Array): boolean {
  return signature.length === 64 && holds(null, data, key, signature);
}

/** y of the points of small order, without the sign: 0, 1, p - 1, p, p + 1 and the two of order 8. */
const WEAK = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

/** With a public key of small order a signature can be made up that holds for a share of all texts. */
function isWeakPoint(point: Uint8Array): boolean {
  const unsigned = Buffer.from(point);
  unsigned[31] = (unsigned[31] ?? 0) & 0x7f;
  return WEAK.has(unsigned.toString("hex"));
}

const CURVES: Readonly<Record<string, { readonly crv: string; readonly bytes: number; readonly hash: string }>> = {
  nistp256: { crv: "P-256", bytes: 32, hash: "sha256" },
  nistp384: { crv: "P-384", bytes: 48, hash: "sha384" },
  nistp521: { crv: "P-521", bytes: 66, hash: "sha512" },
};

function ecdsa(curve: string, reader: SshReader, then: (judge: Judge) => Refuses | string): Refuses | string {
  const known = CURVES[curve];
  const [named, point] = [reader.text(), reader.string()];
  if (known === undefined || named !== curve || point === null) return "is not a whole key";
  const { crv, bytes, hash } = known;
  // 4: both coordinates follow. OpenSSH takes no other form either.
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) return "is not a whole key";
  const key = publicKey({ kty: "EC", crv, x: url(point.subarray(1, 1 + bytes)), y: url(point.subarray(1 + bytes)) });
  if (key === null) return "is no point of its curve";
  return then((signature, data) => {
    const numbers = new SshReader(signature);
    const [r, s] = [padded(numbers.mpint(), bytes), padded(numbers.mpint(), bytes)];
    if (r === null || s === null || !numbers.done) return false;
    return holds(hash, data, { key, dsaEncoding: "ieee-p1363" }, Buffer.concat([r, s]));
  });
}

function rsa(reader: SshReader): Refuses | string {
  const [e, n] = [reader.mpint(), reader.mpint()];
  if (e === null || n === null) return "is not a whole key";
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bits < RSA_LEAST) return `has ${bits} bits, fewer than ${RSA_LEAST}`;
  if (bits > RSA_MOST) return `has ${bits} bits, more than ${RSA_MOST}`;
  // Every number is a signature under the exponent 1; an even one has no private half.
  if ((e.length === 1 && (e[0] ?? 0) < 3) || ((e.at(-1) ?? 0) & 1) === 0 || e.length > 32)
    return "has an exponent that protects nothing";
  const key = publicKey({ kty: "RSA", n: url(n), e: url(e) });
  if (key === null) return "is not a whole key";
  return (signature, data) => {
    const framed = new SshReader(signature);
    const [name, inner] = [framed.text(), framed.string()];
    if (name === "ssh-rsa") return "the signature is made with SHA-1, which can be forged";
    if ((name !== "rsa-sha2-256" && name !== "rsa-sha2-512") || inner === null || !framed.done) return NO_FORM;
    const whole = padded(inner, n.length);
    if (whole === null) return NO_FORM;
    return holds(name === "rsa-sha2-256" ? "sha256" : "sha512", data, key, whole) ? null : NO_MATCH;
  };
}

/** Leading zeros up to `bytes`; null if it is longer than that, or not there. */
function padded(number: Uint8Array | null, bytes: number): Uint8Array | null {
  if (number === null || number.length > bytes) return null;
  return Buffer.concat([Buffer.alloc(bytes - number.length), number]);
}

function holds(
  hash: string | null,
  data: Uint8Array,
  key: Parameters<typeof verify>[2],
  signature: Uint8Array,
): boolean {
  try {
    return verify(hash, data, key, signature);
  } catch {
    // What the library will not even look at is no signature.
    return false;
  }
}

const url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

function publicKey(key: JsonWebKey): KeyObject | null {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    return null;
  }
}
