/** Proofs that an entry is in a log, as a text that can be checked anywhere (c2sp.org/tlog-proof). */
import { fromBase64, hashFromBase64, hashToBase64, toBase64 } from "./base64.ts";

export interface TlogProof {
  /** Place of the entry in the log. */
  readonly index: number;
  /** Hashes in hex, from the entry's sibling up. */
  readonly path: readonly string[];
  /** The checkpoint, a signed note. */
  readonly checkpoint: string;
  /** What is given along and nobody vouches for: here, the entry itself. */
  readonly extra: Uint8Array | null;
}

const FIRST = "c2sp.org/tlog-proof@v1";
/** No tree that can be counted is higher. */
const MOST_HASHES = 64;

export function formatTlogProof({ index, path, checkpoint, extra }: TlogProof): string {
  const lines = [
    FIRST,
    ...(extra === null ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...path.map(hashToBase64),
    "",
  ];
  return `${lines.join("\n")}\n${checkpoint}`;
}

/** null for text that is no such proof; whether it proves anything is another question. */
export function parseTlogProof(text: string): TlogProof | null {
  const end = text.indexOf("\n\n");
  if (end < 0) return null;
  const [first, ...lines] = text.slice(0, end).split("\n");
  if (first !== FIRST) return null;
  const extra =
    lines[0]?.startsWith("extra ") === true ? fromBase64((lines.shift() ?? "").slice("extra ".length)) : undefined;
  const [, digits] = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? "") ?? [];
  const path = lines.map(hashFromBase64);
  const index = Number(digits);
  if (extra === null || digits === undefined || !Number.isSafeInteger(index)) return null;
  if (path.length > MOST_HASHES || !path.every((hash) => hash !== null)) return null;
  return { index, path, checkpoint: text.slice(end + 2), extra: extra ?? null };
}
