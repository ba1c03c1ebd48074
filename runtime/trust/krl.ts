/**
 * Key revocation lists as `ssh-keygen -k` makes them (PROTOCOL.krl of OpenSSH). What it says of certificates is checked for
 * form and passed over, for opsc takes no certificates.
 */
import { SshReader } from "./wire.ts";

const MAGIC = "SSHKRL\n\0";
const FORMAT = 1;

export interface Krl {
  /** Public keys, in hex. */
  readonly keys: ReadonlySet<string>;
  /** Digests of public keys, in hex. */
  readonly sha1: ReadonlySet<string>;
  readonly sha256: ReadonlySet<string>;
}

export type ReadKrl = { readonly ok: true; readonly krl: Krl } | { readonly ok: false; readonly why: string };

export function isKrl(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, MAGIC.length)).toString("latin1") === MAGIC;
}

const no = (why: string): ReadKrl => ({ ok: false, why });

const SECTION = { certificates: 1, keys: 2, sha1: 3, signature: 4, sha256: 5, extension: 255 } as const;
const CERT_EXTENSION = 0x39;
const CERT_SECTIONS: readonly number[] = [0x20, 0x21, 0x22, 0x23, CERT_EXTENSION];

/** Never throws; `why` follows on the name of the file. A list that is not wholly understood is no list. */
export function readKrl(bytes: Uint8Array): ReadKrl {
  const reader = new SshReader(bytes);
  if (!isKrl(bytes) || reader.take(MAGIC.length) === null) return no("is not a key revocation list");
  const format = reader.uint32();
  if (format !== FORMAT) return no(`is a key revocation list of form ${format}, which opsc does not know`);
  // Its version, when it was made, flags; what is reserved, a comment.
  const head = [reader.take(8), reader.take(8), reader.take(8), reader.string(), reader.string()];
  if (head.includes(null)) return no("is not whole");
  const found = { keys: new Set<string>(), sha1: new Set<string>(), sha256: new Set<string>() };
  while (!reader.done) {
    const [type, section] = [reader.byte(), reader.string()];
    if (type === null || section === null) return no("is not whole");
    const why = readSection(type, section, found);
    if (why !== null) return no(why);
  }
  return { ok: true, krl: found };
}

type Found = Record<keyof Krl, Set<string>>;

function readSection(type: number, section: Uint8Array, found: Found): string | null {
  switch (type) {
    case SECTION.keys:
      return blobs(section, null, found.keys);
    case SECTION.sha1:
      return blobs(section, 20, found.sha1);
    case SECTION.sha256:
      return blobs(section, 32, found.sha256);
    case SECTION.certificates:
      return certificates(section);
    case SECTION.extension:
      return extension(section);
    case SECTION.signature:
      return "holds a signature, which OpenSSH has given up: sign the file beside it";
    default:
      return `holds a section of the kind ${type}, which opsc does not know`;
  }
}

function blobs(section: Uint8Array, length: number | null, into: Set<string>): string | null {
  const reader = new SshReader(section);
  while (!reader.done) {
    const blob = reader.string();
    if (blob === null || blob.length === 0 || (length !== null && blob.length !== length)) return "is not whole";
    into.add(Buffer.from(blob).toString("hex"));
  }
  return null;
}

function certificates(section: Uint8Array): string | null {
  const reader = new SshReader(section);
  if (reader.string() === null || reader.string() === null) return "is not whole";
  while (!reader.done) {
    const [type, inner] = [reader.byte(), reader.string()];
    if (type === null || inner === null) return "is not whole";
    if (!CERT_SECTIONS.includes(type))
      return `holds a section of certificates of the kind ${type}, which opsc does not know`;
    const why = type === CERT_EXTENSION ? extension(inner) : null;
    if (why !== null) return why;
  }
  return null;
}

function extension(section: Uint8Array): string | null {
  const reader = new SshReader(section);
  const [name, critical, value] = [reader.text(), reader.byte(), reader.string()];
  if (name === null || critical === null || value === null || !reader.done) return "is not whole";
  return critical === 0 ? null : `asks for ${name.slice(0, 64)}, which opsc does not know`;
}
