/**
 * Ed25519 keys of signed notes (c2sp.org/signed-note). A verifier key is public, and short enough for a configuration:
 * `NAME+ID+BASE64`. A signer key is written as golang.org/x/mod/sumdb/note does, since the specification names no form for it.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { fromBase64, toBase64 } from "./base64.ts";

/** What `name` is signed by. A name and an id name one key. */
export interface VerifierKey {
  readonly name: string;
  /** The key's id, 8 hex digits. */
  readonly id: string;
  /** As it is written down. */
  readonly text: string;
  verifies(text: string, signature: Uint8Array): boolean;
}

export interface SignerKey {
  readonly verifier: VerifierKey;
  sign(text: string): Uint8Array;
}

/** The signature type byte of Ed25519. */
const ED25519 = 0x01;
/** What stands before 32 bytes of a key in DER (RFC 8410). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** Neither empty nor with a space of Unicode or a `+` in it. */
export const isKeyName = (name: string): boolean =>
  name !== "" && name.isWellFormed() && !/[\p{White_Space}+]/u.test(name);

/** null for what is no key of a kind known here, or one whose id is not its own. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const [, name = "", id = "", data = ""] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(text) ?? [];
  const bytes = keyBytes(data);
  if (bytes === null || !isKeyName(name) || idOf(name, bytes) !== id) return null;
  return verifierKey(name, bytes);
}

/** A signer key, a line's end after it or not; null for what is none. */
export function parseSignerKey(text: string): SignerKey | null {
  const [, name = "", id = "", data = ""] = /^PRIVATE\+KEY\+([^+]*)\+([0-9a-f]{8})\+([^\n]*)\n?$/.exec(text) ?? [];
  const seed = keyBytes(data);
  if (seed === null || !isKeyName(name)) return null;
  const key = signerKey(name, createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" }));
  return key.verifier.id === id ? key : null;
}

/** A new key, and how it is written down, without a line's end. Throws `TypeError` for a name no key can have. */
export function generateSignerKey(name: string): { readonly key: SignerKey; readonly secret: string } {
  if (!isKeyName(name)) throw new TypeError(`${JSON.stringify(name)} cannot be the name of a key`);
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = signerKey(name, privateKey);
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(PKCS8.length);
  return { key, secret: `PRIVATE+KEY+${name}+${key.verifier.id}+${toBase64(typed(seed))}` };
}

/** The 32 bytes of an Ed25519 key after its type. */
function keyBytes(data: string): Buffer | null {
  const bytes = fromBase64(data);
  return bytes?.length === 33 && bytes[0] === ED25519 ? bytes.subarray(1) : null;
}

const typed = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.of(ED25519), bytes]);

const idOf = (name: string, key: Uint8Array): string =>
  hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), typed(key)]), "hex").slice(0, 8);

function verifierKey(name: string, bytes: Buffer): VerifierKey {
  const id = idOf(name, bytes);
  const key = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: "der", type: "spki" });
  return {
    name,
    id,
    text: `${name}+${id}+${toBase64(typed(bytes))}`,
    verifies: (text, signature) => signature.length === 64 && verify(null, Buffer.from(text), key, signature),
  };
}

function signerKey(name: string, key: KeyObject): SignerKey {
  const bytes = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(SPKI.length);
  return { verifier: verifierKey(name, bytes), sign: (text) => sign(null, Buffer.from(text), key) };
}
