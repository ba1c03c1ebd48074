/** What an audit finds. */
import { printable } from "./printable.ts";

/**
 * `unreadable` the store cannot give it · `parse` no entry at all · `columns` row and entry differ · `canonical` not in its one
 * form · `leaf` not the hash kept · `seq` missing or out of order · `n` missing in its stream · `prev` does not follow the
 * one before · `event` not an event · `sense` an event that cannot stand here · `signature` what somebody signed does not verify · `attestation` a run is not the one that was attested, or not here · `plan` the plan of a run is missing or not
 * the one named · `head` not the log of the kept head · `checkpoint` one that does not
 * verify · `proof` one that does not show what it is of · `erased` taken out without
 * a word · `blob` what an entry keeps beside the log is gone or another · `tree` a hash
 * kept of many entries is not theirs · `store` what the store knows beside the log is not what the log says · `more` further findings, not listed
 */
export type FindingKind =
  | "unreadable"
  | "parse"
  | "columns"
  | "canonical"
  | "leaf"
  | "seq"
  | "n"
  | "prev"
  | "event"
  | "sense"
  | "signature"
  | "attestation"
  | "plan"
  | "head"
  | "checkpoint"
  | "proof"
  | "erased"
  | "blob"
  | "tree"
  | "store"
  | "more";

export interface Finding {
  /** The entry, or where a missing one should stand. */
  readonly seq: number;
  /** "" where no stream is meant. Safe to show, like `detail`. */
  readonly stream: string;
  readonly what: FindingKind;
  readonly detail: string;
}

/** What somebody wrote down earlier, elsewhere: so many entries, and their root. */

export const MOST_FINDINGS = 1000;
/** Of a detail, in characters: it may quote what somebody put into the log. */
const LONGEST = 500;

/** Findings as they come, safe to show, and no more of them than can be looked at. */
export class Findings {
  readonly #list: Finding[] = [];
  #more = 0;

  report(row: { readonly seq: number; readonly stream: string }, what: FindingKind, detail: string): void {
    if (this.#list.length >= MOST_FINDINGS - 1) this.#more += 1;
    else
      this.#list.push({
        seq: row.seq,
        stream: printable(row.stream.slice(0, LONGEST)),
        what,
        detail: printable(detail.slice(0, LONGEST)),
      });
  }

  /** All that are listed, and how many are not. */
  all(size: number): readonly Finding[] {
    if (this.#more === 0) return this.#list;
    return [
      ...this.#list,
      { seq: size, stream: "", what: "more", detail: `${this.#more} more findings are not listed` },
    ];
  }
}
