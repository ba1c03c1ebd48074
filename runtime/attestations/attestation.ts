/**
 * Attestations: that a plan was made again and admitted where its run began, signed as a note (c2sp.org/signed-note) with a key of
 * checkpoints. Its text begins with a line that no checkpoint begins with, and its second is no size, so neither is ever taken
 * for the other:
 *
 *     opsc.run/v1
 *     origin example.com/operations
 *     run 20261121-0914-k3f9q2
 *     plan sha256:…
 *     nonce …
 *     at 2026-11-21T09:14:00.000Z
 *     applier dana@example.com
 *     begun sha256:…
 *     log 1204 (the root of its first 1204 entries, in base64)
 *
 * `begun` is the digest of the whole event `run.created`, but for the attestation in it.
 */
import { digestOf } from "../../compiler/digest.ts";
import { hashFromBase64, hashToBase64 } from "../checkpoints/base64.ts";
import { ATTESTED } from "../checkpoints/checkpoint.ts";
import type { SignerKey, VerifierKey } from "../checkpoints/keys.ts";
import { openNote, signNote, unverifiedText } from "../checkpoints/note.ts";
import type { EventOf } from "../event.schema.ts";
import { rootOf } from "../merkle/proof.ts";
import type { Store } from "../store/port.ts";

export type Created = EventOf<"run.created">;
/** What is attested. */
export type Begun = Omit<Created, "attestation">;

/** Whose attestations are believed. */
export interface LogKeys {
  readonly keys: readonly VerifierKey[];
  /** Of which log; null: that of the name of the key, as logs are to be named. */
  readonly origin: string | null;
}

export type Attested =
  | {
      readonly ok: true;
      /** The key that signed it, `NAME+ID`; null where no keys were given to verify it with. */
      readonly by: string | null;
      /** The log as it was then. */
      readonly log: LogThen;
    }
  /** `why` goes on after the name of the run: `holds no attestation`. */
  | { readonly ok: false; readonly why: string };

export interface LogThen {
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

/** What of a store an attestation rests on. */
export type AttestedStore = Pick<Store, "size" | "subtrees">;

/** Throws `TypeError` for what no attestation can say. */
export async function attest(
  store: AttestedStore,
  { key, origin }: { readonly key: SignerKey; readonly origin: string },
  begun: Begun,
  nonce: string,
): Promise<string> {
  const size = await store.size();
  const root = await rootOf(size, (wanted) => store.subtrees(wanted));
  return signNote(textOf(linesOf(begun, nonce, origin), { size, root }), [key]);
}

const LABELS = ["origin", "run", "plan", "nonce", "at", "applier", "begun"] as const;
type Lines = Readonly<Record<(typeof LABELS)[number], string>>;

/** In the words of a sentence that tells that one is another. */
const NAMED: Readonly<Record<keyof Lines, string>> = {
  origin: "another log",
  run: "another run",
  plan: "another plan",
  nonce: "another plan",
  at: "another time",
  applier: "somebody else",
  begun: "a beginning that was written otherwise",
};

function linesOf(begun: Begun, nonce: string, origin: string): Lines {
  const { run, plan, at, applier } = begun;
  return { origin, run, plan, nonce, at, applier, begun: digestOf(begun) };
}

function textOf(lines: Lines, { size, root }: LogThen): string {
  const said = LABELS.map((label) => {
    const value = lines[label];
    if (value === "" || /\p{Cc}/u.test(value)) throw new TypeError(`no attestation can say this of ${label}`);
    return `${label} ${value}\n`;
  });
  return `${ATTESTED}\n${said.join("")}log ${size} ${hashToBase64(root)}\n`;
}

/**
 * Whether the beginning of a run is attested by one of the keys; `keys` null: whether what it holds, if anything, is at least about it.
 * `nonce` is that of the plan, null where the plan is not at hand. Never throws for what a note may hold.
 */
export function judgeAttestation(created: Created, nonce: string | null, trusted: LogKeys | null): Attested {
  const { attestation, ...begun } = created;
  const no = (why: string): Attested => ({ ok: false, why });
  if (attestation === undefined) return no("holds no attestation");
  const opened = trusted === null ? null : openNote(attestation, trusted.keys);
  if (opened?.ok === false)
    return no(
      opened.fault === "malformed"
        ? `holds an attestation that is no signed note: ${opened.why}`
        : `holds an attestation that does not verify: ${opened.why}`,
    );
  const text = opened?.text ?? unverifiedText(attestation);
  const said = text === null ? null : parse(text);
  if (said === null) return no("holds something else where its attestation should be");
  const { lines, log } = said;
  const expected = linesOf(begun, nonce ?? lines.nonce, trusted?.origin ?? lines.origin);
  const other = LABELS.find((label) => lines[label] !== expected[label]);
  if (other !== undefined)
    return no(`holds an attestation of ${NAMED[other]}${other === "origin" ? `, ${lines.origin}` : ""}`);
  const [by] = opened?.by ?? [];
  if (trusted !== null && trusted.origin === null && opened?.by.every(({ name }) => name !== lines.origin))
    return no(`holds an attestation of ${NAMED.origin}, ${lines.origin}`);
  return { ok: true, by: by === undefined ? null : `${by.name}+${by.id}`, log };
}

function parse(text: string): { readonly lines: Lines; readonly log: LogThen } | null {
  const [domain, ...rest] = text.slice(0, -1).split("\n");
  if (domain !== ATTESTED || rest.length !== LABELS.length + 1) return null;
  const found = new Map<string, string>();
  for (const [i, label] of LABELS.entries()) {
    const line = rest[i] ?? "";
    if (!line.startsWith(`${label} `)) return null;
    found.set(label, line.slice(label.length + 1));
  }
  const [, size = "", hash = ""] = /^log (0|[1-9][0-9]*) (\S+)$/.exec(rest.at(-1) ?? "") ?? [];
  const root = hashFromBase64(hash);
  const leaves = Number(size);
  if (size === "" || root === null || !Number.isSafeInteger(leaves)) return null;
  const of = (label: keyof Lines): string => found.get(label) ?? "";
  const lines: Lines = {
    origin: of("origin"),
    run: of("run"),
    plan: of("plan"),
    nonce: of("nonce"),
    at: of("at"),
    applier: of("applier"),
    begun: of("begun"),
  };
  return { lines, log: { size: leaves, root } };
}

/** Why the run cannot have begun in this log, which goes on after the name of the run; null where it can. `seq` is the place of its first entry. */
export async function misplaced(
  store: Pick<Store, "subtrees">,
  seq: number,
  { size, root }: LogThen,
): Promise<string | null> {
  const why = `was begun in another log, or what stood before it was rewritten: its attestation is of other first ${size} entries`;
  if (size > seq) return why;
  return (await rootOf(size, (wanted) => store.subtrees(wanted))) === root ? null : why;
}
