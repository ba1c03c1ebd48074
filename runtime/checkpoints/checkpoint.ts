/** Checkpoints (c2sp.org/tlog-checkpoint): how long a log was, and its root then, signed. */
import { hashFromBase64, hashToBase64 } from "./base64.ts";
import type { SignerKey, VerifierKey } from "./keys.ts";
import { openNote, signNote, unverifiedText } from "./note.ts";

export interface Checkpoint {
  /** Which log: `example.com/operations`. */
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

export type OpenedCheckpoint =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly by: readonly VerifierKey[] }
  | { readonly ok: false; readonly why: string };

/** The first line of what the same keys sign of a run that begins (`../attestations`): no log is named so. */
export const ATTESTED = "opsc.run/v1";

/** One line, so that it can stand in a note: neither empty nor with control characters in it. */
export const isOrigin = (text: string): boolean =>
  text !== "" && text !== ATTESTED && text.isWellFormed() && !/\p{Cc}/u.test(text);

/** Throws `TypeError` for an origin or a size that cannot be. */
export function signCheckpoint({ origin, size, root }: Checkpoint, key: SignerKey): string {
  if (!isOrigin(origin) || !Number.isSafeInteger(size) || size < 0) throw new TypeError("no checkpoint can say this");
  return signNote(`${origin}\n${size}\n${hashToBase64(root)}\n`, [key]);
}

/**
 * A checkpoint that a key of `known` signed, for the log `origin`; null: that of the name of the key, as logs are to be
 * named. Never throws for what a note may hold.
 */
export function openCheckpoint(
  note: Uint8Array | string,
  known: readonly VerifierKey[],
  origin: string | null,
): OpenedCheckpoint {
  const opened = openNote(note, known);
  if (!opened.ok)
    return { ok: false, why: opened.fault === "malformed" ? `it is no signed note: ${opened.why}` : opened.why };
  const checkpoint = parseCheckpoint(opened.text);
  if (checkpoint === null) return { ok: false, why: "what is signed is no checkpoint" };
  const { by } = opened;
  if (origin === null ? by.some(({ name }) => name === checkpoint.origin) : checkpoint.origin === origin)
    return { ok: true, checkpoint, by };
  const expected = origin ?? by.map(({ name }) => name).join(" or ");
  return { ok: false, why: `it is of the log ${checkpoint.origin}, not of ${expected}` };
}

/** What a note says of a log, whoever signed it; null where it is no checkpoint. Not to be trusted. */
export function unverifiedCheckpoint(note: Uint8Array | string): Checkpoint | null {
  const text = unverifiedText(note);
  return text === null ? null : parseCheckpoint(text);
}

/** Lines after the third may hold anything, and are passed over. */
function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = "", size = "", hash = "", ...more] = text.slice(0, -1).split("\n");
  const root = hashFromBase64(hash);
  if (origin === "" || !/^(0|[1-9][0-9]*)$/.test(size) || root === null || more.includes("")) return null;
  const leaves = Number(size);
  return Number.isSafeInteger(leaves) ? { origin, size: leaves, root } : null;
}
