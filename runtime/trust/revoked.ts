/** Keys that do not count any more: public keys a line each, or a key revocation list, as `ssh-keygen -Y verify -r` takes them. */
import { createHash } from "node:crypto";
import { KEY_TYPES, readKey, type SshKey } from "./keys.ts";
import { isKrl, type Krl, readKrl } from "./krl.ts";
import { fromBase64, SshReader } from "./wire.ts";

export interface RevokedFault {
  /** From 1; null: the file as a whole. */
  readonly line: number | null;
  readonly message: string;
  readonly remedy: string;
}

export interface RevokedKeys {
  readonly revokes: (key: SshKey) => boolean;
  /** With a fault nothing can be said of any key: none may count. */
  readonly fault: RevokedFault | null;
}

const MOST_BYTES = 16 * 1024 * 1024;

/** Never throws. */
export function readRevokedKeys(bytes: Uint8Array): RevokedKeys {
  if (bytes.length > MOST_BYTES)
    return faulty(null, "is too large for a list of keys", "keep to keys that were once allowed");
  if (isKrl(bytes)) {
    const read = readKrl(bytes);
    if (!read.ok) return faulty(null, read.why, "make it again with ssh-keygen -k");
    return { revokes: (key) => holds(read.krl, key), fault: null };
  }
  return readList(Buffer.from(bytes).toString("latin1"));
}

function faulty(line: number | null, message: string, remedy: string): RevokedKeys {
  return { revokes: () => true, fault: { line, message, remedy } };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function holds(krl: Krl, { blob }: SshKey): boolean {
  if (krl.keys.has(hex(blob))) return true;
  const digest = (hash: string): string => createHash(hash).update(blob).digest("hex");
  return (
    (krl.sha256.size > 0 && krl.sha256.has(digest("sha256"))) || (krl.sha1.size > 0 && krl.sha1.has(digest("sha1")))
  );
}

function readList(text: string): RevokedKeys {
  const revoked = new Set<string>();
  for (const [index, raw] of text.split("\n").entries()) {
    const words = raw
      .replace(/\r$/, "")
      .split(/[ \t]+/)
      .filter((word) => word !== "");
    const [type, written] = words;
    if (type === undefined || type.startsWith("#")) continue;
    const wrong = (message: string): RevokedKeys =>
      faulty(index + 1, message, "write KEYTYPE KEY, as it stands in the .pub file of the key");
    const blob = fromBase64(written ?? "");
    if (blob === null) return wrong("is not a public key");
    const named = new SshReader(blob).text();
    if (named !== type) return wrong("is not a public key of the kind it says");
    if (type.endsWith("-cert-v01@openssh.com")) return wrong("is a certificate, which opsc does not take");
    // A key that would not count anyhow may be revoked too, whatever it is; of the others, only one form is theirs.
    const read = readKey(blob);
    if (!read.ok && KEY_TYPES.some((known) => known === type) && !/^has \d+ bits/.test(read.why))
      return wrong(`holds a key that ${read.why}`);
    revoked.add(hex(blob));
  }
  return { revokes: (key) => revoked.has(hex(key.blob)), fault: null };
}
