/** Checks proofs by a key alone: no store, no project. */

import { hashFromBase64 } from "../checkpoints/base64.ts";
import { type Checkpoint, openCheckpoint } from "../checkpoints/checkpoint.ts";
import type { VerifierKey } from "../checkpoints/keys.ts";
import { parseTlogProof } from "../checkpoints/tlog-proof.ts";
import type { RunEvent } from "../event.schema.ts";
import { EMPTY, leafHash } from "../merkle/hash.ts";
import { isConsistent, isIncluded } from "../merkle/proof.ts";
import { isEvent, parseObject } from "../store/entry.ts";
import type { RawEntry } from "../store/port.ts";
import { LogCheck } from "./check.ts";
import type { Finding } from "./findings.ts";
import { printable } from "./printable.ts";
import { type ProofFile, proofFileSchema } from "./proof.schema.ts";

export interface ProofReport {
  /** `null`: it is no proof at all, or its checkpoint does not verify. */
  readonly shows:
    | { readonly kind: "entry"; readonly index: number; readonly stream: string; readonly entry: string }
    | { readonly kind: "run"; readonly run: string; readonly entries: number }
    | { readonly kind: "growth"; readonly from: Checkpoint }
    | null;
  /** The checkpoint it is against; null where that does not verify. */
  readonly checkpoint: Checkpoint | null;
  /** Empty: it shows what it says. */
  readonly findings: readonly Finding[];
  /** Of a run, where nothing was found: what happened, in order. */
  readonly events: readonly RunEvent[];
}

/** `origin` as `openCheckpoint` takes it. Never throws for what a proof may hold. */
export function verifyProof(text: string, known: readonly VerifierKey[], origin: string | null): ProofReport {
  const single = parseTlogProof(text);
  const notes = (note: string): Checkpoint | Finding => {
    const opened = openCheckpoint(note, known, origin);
    return opened.ok ? opened.checkpoint : finding("checkpoint", opened.why);
  };
  if (single !== null) {
    const { index, path, extra } = single;
    const checkpoint = notes(single.checkpoint);
    if ("what" in checkpoint) return refused(checkpoint);
    if (extra === null) return refused(finding("proof", "the entry is not in it, so there is nothing to show", index));
    const entry = new TextDecoder("utf-8", { ignoreBOM: true }).decode(extra);
    return entryReport({ index, path, entry }, checkpoint);
  }
  const file = proofFileSchema.safeParse(parseObject(text));
  if (!file.success) return refused(finding("parse", "it is no proof that this opsc knows"));
  return file.data.kind === "run" ? runReport(file.data, notes(file.data.checkpoint)) : growthReport(file.data, notes);
}

interface Proved {
  readonly index: number;
  readonly entry: string;
  readonly path: readonly string[];
}

function entryReport(proved: Proved, checkpoint: Checkpoint): ProofReport {
  const row = rowOf(proved);
  if (row === null) return refused(finding("parse", "what it is of is no entry of a log", proved.index));
  const shows = { kind: "entry" as const, index: proved.index, stream: printable(row.stream), entry: proved.entry };
  return { shows, checkpoint, findings: outside(proved, row, checkpoint), events: [] };
}

function runReport(file: Extract<ProofFile, { kind: "run" }>, checkpoint: Checkpoint | Finding): ProofReport {
  if ("what" in checkpoint) return refused(checkpoint);
  const check = new LogCheck({ run: file.run });
  const findings: Finding[] = [];
  for (const { index, entry, path } of file.entries) {
    const proved = { index, entry, path: path.map((hash) => hashFromBase64(hash) ?? "") };
    const row = rowOf(proved);
    if (row === null) findings.push(finding("parse", "what it is of is no entry of a log", index));
    else {
      findings.push(...outside(proved, row, checkpoint));
      check.add(row);
    }
  }
  if (file.entries.length === 0) findings.push(finding("proof", "it holds no entries, so there is nothing to show"));
  const shows = { kind: "run" as const, run: printable(file.run), entries: file.entries.length };
  const found = [...findings, ...check.finish().findings];
  return { shows, checkpoint, findings: found, events: found.length > 0 ? [] : file.entries.map(eventOf) };
}

function growthReport(
  file: Extract<ProofFile, { kind: "growth" }>,
  notes: (note: string) => Checkpoint | Finding,
): ProofReport {
  const [from, to] = [notes(file.from), notes(file.to)];
  if ("what" in from) return refused(from);
  if ("what" in to) return refused(to);
  const path = file.path.map((hash) => hashFromBase64(hash) ?? "");
  const grew = from.size === 0 ? from.root === EMPTY && path.length === 0 : isConsistent(path, from, to);
  const detail = `the log of ${from.size} entries is not the beginning of that of ${to.size}`;
  return {
    shows: { kind: "growth", from },
    checkpoint: to,
    findings: grew ? [] : [finding("proof", detail, Math.max(0, from.size - 1))],
    events: [],
  };
}

/** Whether the entry is where the proof says, in the log of the checkpoint. */
function outside(proved: Proved, row: RawEntry, { size, root }: Checkpoint): Finding[] {
  if (isIncluded(proved.path, row.leaf, proved.index, size, root)) return [];
  return [
    {
      ...finding("proof", `it is not entry ${proved.index} of the log that the checkpoint is of`, proved.index),
      stream: printable(row.stream),
    },
  ];
}

/** Of an entry in which nothing was found. */
function eventOf({ entry }: { readonly entry: string }): RunEvent {
  const event = parseObject(entry)?.event;
  if (!isEvent(event)) throw new TypeError("an entry without a finding holds no event");
  return event;
}

/** The entry as a row of a log, its own words taken for what it says of itself. */
function rowOf({ index, entry }: Proved): RawEntry | null {
  const found = parseObject(entry);
  if (found === null) return null;
  const { stream, n, prev } = found;
  if (typeof stream !== "string" || typeof n !== "number" || typeof prev !== "string") return null;
  return { seq: index, stream, n, prev, leaf: leafHash(entry), entry };
}

const finding = (what: Finding["what"], detail: string, seq = 0): Finding => ({
  seq,
  stream: "",
  what,
  detail: printable(detail),
});

const refused = (why: Finding): ProofReport => ({ shows: null, checkpoint: null, findings: [why], events: [] });
