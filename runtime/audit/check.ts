/** The check of a log, entry by entry: shared by the audit of a store and of an exported file. */
import { canonicalJson } from "../../compiler/canonical.ts";
import type { PlanFile } from "../../compiler/plan/plan.schema.ts";
import type { Statement } from "../../compiler/plan/statement.schema.ts";
import { AT_THEIR_WORD, BY_ANY_KEY, isByToken, type Judge } from "../approvals/judge.ts";
import { type ApprovalEvent, isApprovalEvent, passedUnapproved } from "../approvals/passed.ts";
import { unsaidInLog } from "../approvals/said.ts";
import { type Created, judgeAttestation, type LogKeys, type LogThen } from "../attestations/attestation.ts";
import type { RunEvent } from "../event.schema.ts";
import { EMPTY, isHash, leafHash } from "../merkle/hash.ts";
import { TILE } from "../merkle/tiles.ts";
import { MerkleTree } from "../merkle/tree.ts";
import { isEvent, parseObject } from "../store/entry.ts";
import { runOf } from "../store/names.ts";
import type { RawEntry } from "../store/port.ts";
import { glance } from "./form.ts";
import { printable } from "./printable.ts";
import { judge, judgeAttempt, newSense, type StreamSense } from "./sense.ts";

/**
 * `unreadable` the store cannot give it · `parse` no entry at all · `columns` row and entry differ · `canonical` not in its one
 * form · `leaf` not the hash kept · `seq` missing or out of order · `n` missing in its stream · `prev` does not follow the
 * one before · `event` not an event · `sense` an event that cannot stand here · `signature` what somebody signed does not verify · `attestation` a run is not the one that was attested, or not here · `plan` the plan of a run is missing or not
 * the one named · `head` not the log of the kept head · `checkpoint` one that does not
 * verify · `proof` one that does not show what it is of · `erased` taken out without
 * a word · `tree` a hash
 * kept of many entries is not theirs · `more` further findings, not listed
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
  | "tree"
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
export interface KeptHead {
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

export interface AuditReport {
  readonly entries: number;
  readonly streams: number;
  readonly runs: number;
  /** `leaf` of the last entry, "" if there is none. */
  readonly head: { readonly size: number; readonly leaf: string };
  /** RFC 6962 tree hash of all leaves, hex; "" where only one run was given. */
  readonly root: string;
  /** Entries in which somebody acts by a token, and its issuers, safe to show and at most `MOST_ISSUERS`. Nothing can verify a token that is kept nowhere. */
  readonly byToken: { readonly entries: number; readonly issuers: readonly string[] };
  /** Runs that are attested by keys that were given, those whose attestation nothing was given to verify with, and those that hold none. */
  readonly attested: { readonly runs: number; readonly unverified: number; readonly without: number };
  /** Empty: nothing found. At most `MOST_FINDINGS`, in order. */
  readonly findings: readonly Finding[];
}

export const MOST_FINDINGS = 1000;
const MOST_ISSUERS = 20;
/** Of a detail, in characters: it may quote what somebody put into the log. */
const LONGEST = 500;

export interface CheckOptions {
  /** Several may be kept, of different times. */
  readonly heads?: readonly KeptHead[] | undefined;
  /** Only this run's entries are given, so that `seq` leaps. */
  readonly run?: string | undefined;
  /** Whose attestations count; without, it is only seen whether they are about their runs. */
  readonly logKeys?: LogKeys | undefined;
  /** Whose word counts, for plans made for `asked`; without, signatures are verified, but not whose they are. */
  readonly judgeOf?: ((asked: Judge["identities"]) => Judge) | undefined;
}

const withoutKeys = (asked: Judge["identities"]): Judge => (asked === "signed" ? BY_ANY_KEY : AT_THEIR_WORD);

/** All that people said, in one event. */
function statementsIn(event: RunEvent): readonly Statement[] {
  switch (event.type) {
    case "approval.recorded":
    case "approval.given":
      return [event.approval];
    case "run.created":
      return [...event.approvals, event.request, event.signed].filter((each) => each !== undefined);
    case "run.held":
    case "run.rollback_requested":
    case "control.said":
      return event.signed === undefined ? [] : [event.signed];
    default:
      return [];
  }
}

interface Chain {
  next: number;
  leaf: string;
  /** Whether its name stands in JSON as it is. */
  readonly plain: boolean;
  /** How its entries end then. */
  readonly tail: string;
  /** How many were erased, and the first of them. */
  erased: number;
  firstErased: number;
  readonly sense: StreamSense;
  /** What the run says of its approvals, and where. */
  readonly approvals: { readonly row: RawEntry; readonly event: ApprovalEvent }[];
}

/** How an entry begins, and a name that JSON writes as it is. */
const BEGINS = '{"event":';
const PLAIN = /^[!#-[\]-~]+$/;

export class LogCheck {
  readonly #options: CheckOptions;
  /** Entries that were erased, as the log says, by run. */
  readonly #erasures = new Map<string, number>();
  readonly #kept = new Map<number, string[]>();
  readonly #tree = new MerkleTree((level, _, hash) => {
    if (level % TILE !== 0) return;
    const hashes = this.#kept.get(level);
    if (hashes === undefined) this.#kept.set(level, [hash]);
    else hashes.push(hash);
  });
  readonly #chains = new Map<string, Chain>();
  readonly #findings: Finding[] = [];
  readonly #plans = new Map<string, RawEntry>();
  /** Those not come to yet, the shortest log first. */
  readonly #heads: KeptHead[];
  readonly #issuers = new Set<string>();
  #byToken = 0;
  readonly #attested = { runs: 0, unverified: 0, without: 0 };
  readonly #begun: { readonly row: RawEntry; readonly log: LogThen }[] = [];
  #more = 0;
  #nextSeq = 0;
  #leaf = "";

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#heads = [...(options.heads ?? [])].sort((a, b) => a.size - b.size);
    this.#compareHead();
  }

  /** The digests of the plans that runs name, each with the first entry to do so. */
  get plans(): ReadonlyMap<string, RawEntry> {
    return this.#plans;
  }

  /** Hashes of the subtrees of which a store keeps them, by level, as the entries give them. */
  get kept(): ReadonlyMap<number, readonly string[]> {
    return this.#kept;
  }

  /** Looks at the runs of the plan: whether what they passed had been approved. */
  judgeApprovals({ plan, digest }: Pick<PlanFile, "plan" | "digest">): void {
    for (const { approvals } of this.#chains.values()) {
      const [first] = approvals;
      if (first?.event.type !== "run.created" || first.event.plan !== digest) continue;
      const events = approvals.map(({ event }) => event);
      const judge = (this.#options.judgeOf ?? withoutKeys)(plan.trust.identities);
      for (const [what, found] of [
        ["sense", passedUnapproved(plan, digest, events, judge)],
        ["signature", unsaidInLog(plan, digest, events, judge)],
      ] as const) {
        const row = found === null ? undefined : approvals[found.index]?.row;
        if (found !== null && row !== undefined) this.report(row, what, found.why);
      }
    }
  }

  get entries(): number {
    return this.#tree.size;
  }

  add(row: RawEntry): void {
    if (row.entry === "") return this.#addErased(row);
    const leaf = leafHash(row.entry);
    if (!this.#inOrder(row, leaf)) this.#inFull(row, leaf);
    this.#tree.add(leaf);
    this.#leaf = leaf;
    if (this.#heads.length > 0) this.#compareHead();
  }

  /** Of an erased entry its hash is taken at its word: against a head that was kept it shows where it is another. */
  #addErased(row: RawEntry): void {
    this.#placed(row);
    const leaf = isHash(row.leaf) ? row.leaf : EMPTY;
    if (leaf !== row.leaf) this.report(row, "leaf", "the entry is gone, and what is kept of it is no hash");
    const chain = this.#chainOf(row.stream);
    this.#follow(row, chain, leaf);
    chain.erased += 1;
    if (chain.erased === 1) chain.firstErased = row.seq;
    this.#tree.add(leaf);
    this.#leaf = leaf;
    if (this.#heads.length > 0) this.#compareHead();
  }

  /** Takes an entry of which nothing is wrong, as nearly all are; false where that takes a closer look, and nothing was taken. */
  #inOrder(row: RawEntry, leaf: string): boolean {
    const { seq, stream, n, prev, entry } = row;
    if (this.#options.run !== undefined || seq !== this.#nextSeq || leaf !== row.leaf) return false;
    const chain = this.#chainOf(stream);
    if (!chain.plain || n !== chain.next || prev !== chain.leaf || !entry.startsWith(BEGINS)) return false;
    const rest = `,"n":${n},"prev":"${prev}","seq":${seq}${chain.tail}`;
    if (!entry.endsWith(rest)) return false;
    const end = entry.length - rest.length;
    const seen = glance(entry, BEGINS.length, end);
    if (seen === null) return false;
    this.#nextSeq = seq + 1;
    chain.next = n + 1;
    chain.leaf = leaf;
    const judged = seen.tried === null ? undefined : judgeAttempt(chain.sense, seen.tried);
    if (judged === undefined) this.#told(row, chain, JSON.parse(entry.slice(BEGINS.length, end)) as RunEvent);
    else if (judged !== null) this.report(row, "sense", judged);
    return true;
  }

  #inFull(row: RawEntry, leaf: string): void {
    this.#placed(row);
    if (leaf !== row.leaf) this.report(row, "leaf", "its bytes do not give the hash kept with them");
    const event = this.#opened(row);
    const chain = this.#chainOf(row.stream);
    this.#follow(row, chain, leaf);
    if (event !== null) this.#told(row, chain, event);
  }

  #follow(row: RawEntry, chain: Chain, leaf: string): void {
    if (row.n !== chain.next) this.report(row, "n", `it is number ${row.n} of its stream, where ${chain.next} is due`);
    if (row.prev !== chain.leaf) this.report(row, "prev", "it does not follow the entry before it in its stream");
    chain.next = row.n + 1;
    chain.leaf = leaf;
  }

  #chainOf(stream: string): Chain {
    const found = this.#chains.get(stream);
    if (found !== undefined) return found;
    const [plain, tail] = [PLAIN.test(stream), `,"stream":"${stream}"}`];
    const chain = { next: 0, leaf: "", plain, tail, erased: 0, firstErased: 0, sense: newSense(stream), approvals: [] };
    this.#chains.set(stream, chain);
    return chain;
  }

  report(row: { readonly seq: number; readonly stream: string }, what: FindingKind, detail: string): void {
    if (this.#findings.length >= MOST_FINDINGS - 1) this.#more += 1;
    else
      this.#findings.push({
        seq: row.seq,
        stream: printable(row.stream),
        what,
        detail: printable(detail.slice(0, LONGEST)),
      });
  }

  finish(): AuditReport {
    const { run } = this.#options;
    const size = this.#tree.size;
    for (const head of this.#heads)
      this.report({ seq: size, stream: "" }, "head", `the log ends after ${size} entries; it once held ${head.size}`);
    this.#judgeErasures();
    const findings = [...this.#findings];
    if (this.#more > 0) {
      findings.push({ seq: size, stream: "", what: "more", detail: `${this.#more} more findings are not listed` });
    }
    return {
      entries: size,
      streams: this.#chains.size,
      runs: [...this.#chains.keys()].filter((stream) => runOf(stream) !== null).length,
      head: { size, leaf: this.#leaf },
      root: run === undefined ? this.#tree.root() : "",
      byToken: { entries: this.#byToken, issuers: [...this.#issuers].sort() },
      attested: { ...this.#attested },
      findings,
    };
  }

  /** What is gone has to be what the log says was erased, to the entry. */
  #judgeErasures(): void {
    // An export of one run does not hold who erased it.
    if (this.#options.run !== undefined) return;
    const gone = new Map<string, { entries: number; first: number; stream: string }>();
    for (const [stream, { erased, firstErased }] of this.#chains) {
      if (erased === 0) continue;
      const run = /^(?:run|control)\/(.*)$/s.exec(stream)?.[1];
      const before = gone.get(run ?? stream) ?? { entries: 0, first: firstErased, stream };
      gone.set(run ?? stream, { ...before, entries: before.entries + erased });
    }
    for (const [run, { entries, first, stream }] of gone) {
      const said = this.#erasures.get(run);
      if (said === entries) continue;
      const why = said === undefined ? "nothing in the log says by whom" : `the log says that ${said} were erased`;
      this.report({ seq: first, stream }, "erased", `${entries} entries of it are gone, and ${why}`);
    }
    for (const [run, said] of this.#erasures)
      if (!gone.has(run))
        this.report(
          { seq: 0, stream: `erasure/${run}` },
          "erased",
          `${said} entries are said to be erased, and none is gone`,
        );
  }

  #placed(row: RawEntry): void {
    const { run } = this.#options;
    if (run !== undefined && row.stream !== `run/${run}`) this.report(row, "sense", `it is not of run ${run}`);
    if (row.seq > this.#nextSeq && run === undefined) {
      const last = row.seq - 1;
      const missing =
        last === this.#nextSeq ? `entry ${last} is missing` : `entries ${this.#nextSeq} to ${last} are missing`;
      this.report({ seq: this.#nextSeq, stream: "" }, "seq", `${missing}: the next is ${row.seq}`);
    }
    if (row.seq < this.#nextSeq) this.report(row, "seq", `it comes after entry ${this.#nextSeq - 1}`);
    else this.#nextSeq = row.seq + 1;
  }

  /** The event of the entry, if it can be read at all. */
  #opened(row: RawEntry): RunEvent | null {
    try {
      const entry = parseObject(row.entry);
      if (entry === null) {
        this.report(row, "parse", "the entry is no JSON object");
        return null;
      }
      const { seq, stream, n, prev, event } = entry;
      if (seq !== row.seq || stream !== row.stream || n !== row.n || prev !== row.prev) {
        this.report(row, "columns", `the entry itself says ${JSON.stringify({ seq, stream, n, prev })}`);
      }
      if (canonicalJson({ seq, stream, n, prev, event }) !== row.entry) {
        this.report(row, "canonical", "the entry is not in the one form it is written in");
      }
      if (isEvent(event)) return event;
      this.report(row, "event", "this opsc knows no such event");
      return null;
    } catch (error) {
      // Nested so deep that it cannot be walked: nothing that was ever written.
      if (!(error instanceof RangeError)) throw error;
      this.report(row, "parse", "the entry is nested too deep");
      return null;
    }
  }

  /** What the event says, together with those before it. */
  #told(row: RawEntry, chain: Chain, event: RunEvent): void {
    if (chain.erased > 0) {
      this.report(row, "sense", `${event.type} comes after what was erased`);
      return;
    }
    if (event.type === "run.erased") this.#erasures.set(event.run, event.entries);
    const nonsense = judge(chain.sense, event);
    if (nonsense !== null) this.report(row, "sense", nonsense);
    const statements = statementsIn(event);
    if (statements.some(isByToken)) this.#byToken += 1;
    for (const statement of statements) {
      if (isByToken(statement) && this.#issuers.size < MOST_ISSUERS)
        this.#issuers.add(printable(statement.token.issuer));
      const refused = AT_THEIR_WORD.refuses(statement, Date.parse(event.at));
      if (refused !== null)
        this.report(
          row,
          "signature",
          `what ${statement.who} signed (${statement.decision}) does not verify: ${refused.why}`,
        );
    }
    if (runOf(row.stream) !== null && isApprovalEvent(event))
      chain.approvals.push({ row: { ...row, entry: "" }, event });
    if (event.type === "run.created") this.#judgeBeginning(row, event);
    if (event.type === "run.created" && !this.#plans.has(event.plan)) this.#plans.set(event.plan, row);
  }

  #judgeBeginning(row: RawEntry, event: Created): void {
    if (event.attestation === undefined) {
      this.#attested.without += 1;
      return;
    }
    const judged = judgeAttestation(event, null, this.#options.logKeys ?? null);
    if (!judged.ok) this.report(row, "attestation", `run ${event.run} ${judged.why}`);
    else {
      this.#attested[judged.by === null ? "unverified" : "runs"] += 1;
      this.#begun.push({ row: { ...row, entry: "" }, log: judged.log });
    }
  }

  /** Attestations, each with the log as it says that it was then. */
  get begun(): readonly { readonly row: RawEntry; readonly log: LogThen }[] {
    return this.#begun;
  }

  /** Compares with what was kept when the log was as long as it is now. */
  #compareHead(): void {
    for (let [head] = this.#heads; head !== undefined && head.size <= this.#tree.size; [head] = this.#heads) {
      this.#heads.shift();
      if (head.root === this.#tree.root()) continue;
      const detail = `the first ${head.size} entries are not those of the kept head: something in them was rewritten`;
      this.report({ seq: Math.max(0, head.size - 1), stream: "" }, "head", detail);
    }
  }
}
