/** Signatures as `ssh-keygen -Y sign` makes them (PROTOCOL.sshsig of OpenSSH), verified here. */
import { createHash } from "node:crypto";
import { readKey, type SshKey } from "./keys.ts";
import { fromBase64, SshReader, sshString } from "./wire.ts";

const BEGIN = "-----BEGIN SSH SIGNATURE-----";
const END = "-----END SSH SIGNATURE-----";
const MAGIC = "SSHSIG";
const VERSION = 1;
/** Characters of an armored signature: one by the largest RSA key has about 6,000. */
export const MOST_CHARACTERS = 16_384;

/** A signature taken apart, not verified. */
export interface SshSignature {
  readonly key: SshKey;
  readonly namespace: string;
  readonly hash: "sha256" | "sha512";
  readonly signature: Uint8Array;
}

export type ReadSignature =
  | { readonly ok: true; readonly signature: SshSignature }
  | { readonly ok: false; readonly why: string };

export type VerifiedSignature =
  | { readonly ok: true; readonly key: SshKey }
  | { readonly ok: false; readonly why: string };

const no = (why: string): { readonly ok: false; readonly why: string } => ({ ok: false, why });

/** Never throws. Lines may end as they do on Windows, and be as long as they like; nothing may stand before or after. */
export function readSignature(armored: string): ReadSignature {
  if (armored.length > MOST_CHARACTERS) return no("the signature is too long");
  const lines = armored.replace(/\r\n/g, "\n").replace(/\n+$/, "").split("\n");
  if (lines.length < 3 || lines[0] !== BEGIN || lines.at(-1) !== END)
    return no(`the signature does not begin with ${BEGIN} and end with ${END}`);
  const blob = fromBase64(lines.slice(1, -1).join(""));
  if (blob === null) return no("the signature is not base64");
  return readBlob(blob);
}

function readBlob(blob: Uint8Array): ReadSignature {
  const reader = new SshReader(blob);
  const magic = reader.take(MAGIC.length);
  if (magic === null || Buffer.from(magic).toString("latin1") !== MAGIC)
    return no("it is not a signature by ssh-keygen");
  const version = reader.uint32();
  if (version === null || version === 0) return no("the signature is not whole");
  if (version > VERSION) return no(`the signature is of version ${version}, which this opsc does not know`);
  const publicKey = reader.string();
  const namespace = reader.text();
  // Not looked at, as PROTOCOL.sshsig says; what is signed has it empty, as OpenSSH has.
  const reserved = reader.string();
  const hash = reader.text();
  const signature = reader.string();
  if (publicKey === null || namespace === null || reserved === null || hash === null || signature === null)
    return no("the signature is not whole");
  if (!reader.done) return no("the signature has bytes after its end");
  if (namespace === "") return no("the signature has no namespace");
  if (hash !== "sha256" && hash !== "sha512")
    return no("the signature hashes with something else than sha256 or sha512");
  const key = readKey(publicKey);
  if (!key.ok) return no(`the key it was signed with ${key.why}`);
  return { ok: true, signature: { key: key.key, namespace, hash, signature } };
}

/** Whether `armored` is a signature of `message` in `namespace`, by whatever key it names: who that is, it does not say. Never throws. */
export function verifySignature(armored: string, message: Uint8Array, namespace: string): VerifiedSignature {
  const read = readSignature(armored);
  if (!read.ok) return read;
  const { key, hash, signature, namespace: signed } = read.signature;
  if (signed !== namespace)
    return no(`it was signed for ${JSON.stringify(signed)}, not for ${JSON.stringify(namespace)}`);
  const why = key.refuses(signature, signedData(message, namespace, hash));
  return why === null ? { ok: true, key } : no(why);
}

/** What the key signs: section 3 of PROTOCOL.sshsig. */
function signedData(message: Uint8Array, namespace: string, hash: "sha256" | "sha512"): Uint8Array {
  return Buffer.concat([
    Buffer.from(MAGIC, "latin1"),
    sshString(namespace),
    sshString(""),
    sshString(hash),
    sshString(createHash(hash).update(message).digest()),
  ]);
}
