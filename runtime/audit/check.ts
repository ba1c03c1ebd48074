/** The check of a log, entry by entry: shared by the audit of a store and of an exported file. */
import { canonicalJson } from "../../compiler/canonical.ts";
import type { Spoken } from "../../compiler/plan/statement.schema.ts";
import { AT_THEIR_WORD, isByToken } from "../approvals/judge.ts";
import { statementsIn } from "../approvals/said.ts";
import { type Created, judgeAttestation, type LogKeys, type LogThen } from "../attestations/attestation.ts";
import type { RunEvent } from "../event.schema.ts";
import { EMPTY, isHash, leafHash } from "../merkle/hash.ts";
import { MerkleTree } from "../merkle/tree.ts";
import { isEvent, parseObject } from "../store/entry.ts";
import { runOf } from "../store/names.ts";
import type { RawEntry } from "../store/port.ts";
import { mayNameBlob, type NamedBlobs } from "./blobs.ts";
import { Erasures } from "./erasures.ts";
import { type Finding, Findings } from "./findings.ts";
import { glance } from "./form.ts";
import { printable } from "./printable.ts";
import type { Place, RunsSaid } from "./runs.ts";
import { judge, judgeAttempt, newSense, type StreamSense } from "./sense.ts";

/** What somebody wrote down earlier: so many entries, and their root. */
export interface KeptHead {
  /** What it is, in words of a sentence; "the kept head" where nothing is said. */
  readonly shown?: string;
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
  /** Empty: nothing found. At most `MOST_FINDINGS`, in the order they were found. */
  readonly findings: readonly Finding[];
}

const MOST_ISSUERS = 20;

export interface CheckOptions {
  /** Several may be kept, of different times. */
  readonly heads?: readonly KeptHead[] | undefined;
  /** Only this run's entries are given, so that `seq` leaps. */
  readonly run?: string | undefined;
  /** Whose attestations count; without, it is only seen whether they are about their runs. */
  readonly logKeys?: LogKeys | undefined;
  /** Hears what runs say of their approvals, where there are plans to judge it by. */
  readonly said?: RunsSaid | undefined;
  /** Hears what is kept beside the entries, where that is at hand. */
  readonly blobs?: NamedBlobs | undefined;
}

interface Chain {
  next: number;
  leaf: string;
  readonly stream: string;
  /** Whether its name stands in JSON as it is. */
  readonly plain: boolean;
  /** How its entries end then. */
  readonly tail: string;
  /** Whether one of its entries was erased. */
  erased: boolean;
  readonly sense: StreamSense;
}

const shownHead = ({ shown }: KeptHead): string => shown ?? "the kept head";

/** How an entry begins, and a name that JSON writes as it is. */
const BEGINS = '{"event":';
const PLAIN = /^[!#-[\]-~]+$/;

export class LogCheck {
  readonly findings = new Findings();
  readonly #options: CheckOptions;
  readonly #erasures = new Erasures();
  readonly #kept = new Map<number, string[]>();
  readonly #tree = new MerkleTree((level, hash) => {
    const hashes = this.#kept.get(level);
    if (hashes === undefined) this.#kept.set(level, [hash]);
    else hashes.push(hash);
  });
  readonly #chains = new Map<string, Chain>();
  /** That of the last entry: often it is that of the next. */
  #chain: Chain | null = null;
  #runs = 0;
  /** Those not come to yet, the shortest log first. */
  readonly #heads: KeptHead[];
  readonly #issuers = new Set<string>();
  readonly #held = new Map<string, { readonly seq: number; readonly fence: number }>();
  #byToken = 0;
  readonly #attested = { runs: 0, unverified: 0, without: 0 };
  readonly #begun: { readonly place: Place; readonly log: LogThen }[] = [];
  #nextSeq = 0;
  #leaf = "";

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#heads = [...(options.heads ?? [])].sort((a, b) => a.size - b.size);
    this.#compareHead();
  }

  /** Hashes of the subtrees of which a store keeps them, by level, as the entries give them. */
  get kept(): ReadonlyMap<number, readonly string[]> {
    return this.#kept;
  }

  /** The last claim under which each run was held, and the first entry that says so. */
  get held(): ReadonlyMap<string, { readonly seq: number; readonly fence: number }> {
    return this.#held;
  }

  get entries(): number {
    return this.#tree.size;
  }

  add(row: RawEntry): void {
    if (row.entry === "") return this.#addErased(row);
    const leaf = leafHash(row.entry);
    if (!this.#inOrder(row, leaf)) this.#inFull(row, leaf);
    this.#took(leaf);
  }

  /** Of an erased entry its hash is taken at its word: against a head that was kept it shows where it is another. */
  #addErased(row: RawEntry): void {
    this.#placed(row);
    const leaf = isHash(row.leaf) ? row.leaf : EMPTY;
    if (leaf !== row.leaf) this.#report(row, "leaf", "the entry is gone, and what is kept of it is no hash");
    const chain = this.#chainOf(row.stream);
    this.#follow(row, chain, leaf);
    chain.erased = true;
    this.#erasures.gone(row.seq, row.stream);
    this.#took(leaf);
  }

  #took(leaf: string): void {
    this.#tree.add(leaf);
    this.#leaf = leaf;
    if (this.#heads.length > 0) this.#compareHead();
  }

  /** Takes an entry of which nothing is wrong, as nearly all are; false where that takes a closer look, and nothing was taken. */
  #inOrder(row: RawEntry, leaf: string): boolean {
    const { seq, n, prev, entry } = row;
    if (this.#options.run !== undefined || seq !== this.#nextSeq || leaf !== row.leaf) return false;
    const chain = this.#chainOf(row.stream);
    if (!chain.plain || n !== chain.next || prev !== chain.leaf || !entry.startsWith(BEGINS)) return false;
    const rest = `,"n":${n},"prev":"${prev}","seq":${seq}${chain.tail}`;
    const end = entry.length - rest.length;
    if (entry.slice(end) !== rest) return false;
    const seen = glance(entry, BEGINS.length, end);
    if (seen === null) return false;
    this.#nextSeq = seq + 1;
    chain.next = n + 1;
    chain.leaf = leaf;
    const judged = seen.tried === null || chain.erased ? undefined : judgeAttempt(chain.sense, seen.tried);
    const event = (): RunEvent => JSON.parse(entry.slice(BEGINS.length, end)) as RunEvent;
    if (judged === undefined) this.#told(row, chain, event());
    else {
      if (judged !== null) this.#report(row, "sense", judged);
      if (this.#options.blobs !== undefined && mayNameBlob(seen.type, entry)) this.#options.blobs.hear(row, event());
    }
    return true;
  }

  #inFull(row: RawEntry, leaf: string): void {
    this.#placed(row);
    if (leaf !== row.leaf) this.#report(row, "leaf", "its bytes do not give the hash kept with them");
    const event = this.#opened(row);
    const chain = this.#chainOf(row.stream);
    this.#follow(row, chain, leaf);
    if (event !== null) this.#told(row, chain, event);
  }

  #follow(row: RawEntry, chain: Chain, leaf: string): void {
    if (row.n !== chain.next) this.#report(row, "n", `it is number ${row.n} of its stream, where ${chain.next} is due`);
    if (row.prev !== chain.leaf) this.#report(row, "prev", "it does not follow the entry before it in its stream");
    chain.next = row.n + 1;
    chain.leaf = leaf;
  }

  #chainOf(stream: string): Chain {
    if (this.#chain !== null && this.#chain.stream === stream) return this.#chain;
    const chain = this.#chains.get(stream) ?? this.#newChain(stream);
    this.#chain = chain;
    return chain;
  }

  #newChain(stream: string): Chain {
    const [plain, tail] = [PLAIN.test(stream), `,"stream":"${stream}"}`];
    const chain = { next: 0, leaf: "", stream, plain, tail, erased: false, sense: newSense(stream) };
    this.#chains.set(stream, chain);
    if (runOf(stream) !== null) this.#runs += 1;
    return chain;
  }

  readonly #report: Findings["report"] = (row, what, detail) => this.findings.report(row, what, detail);

  finish(): AuditReport {
    const { run } = this.#options;
    const size = this.#tree.size;
    for (const head of this.#heads)
      this.#report(
        { seq: size, stream: "" },
        "head",
        `the log ends after ${size} entries, and ${shownHead(head)} is of ${head.size}: its end was cut off, or this is an older copy`,
      );
    // An export of one run does not hold who erased it.
    if (run === undefined) this.#erasures.judge(this.findings);
    return {
      entries: size,
      streams: this.#chains.size,
      runs: this.#runs,
      head: { size, leaf: this.#leaf },
      root: run === undefined ? this.#tree.root() : "",
      attested: { ...this.#attested },
      byToken: { entries: this.#byToken, issuers: [...this.#issuers].sort() },
      findings: this.findings.all(size),
    };
  }

  #placed(row: RawEntry): void {
    const { run } = this.#options;
    if (run !== undefined && row.stream !== `run/${run}`) this.#report(row, "sense", `it is not of run ${run}`);
    if (row.seq > this.#nextSeq && run === undefined) {
      const last = row.seq - 1;
      const missing =
        last === this.#nextSeq ? `entry ${last} is missing` : `entries ${this.#nextSeq} to ${last} are missing`;
      this.#report({ seq: this.#nextSeq, stream: "" }, "seq", `${missing}: the next is ${row.seq}`);
    }
    if (row.seq < this.#nextSeq) this.#report(row, "seq", `it comes after entry ${this.#nextSeq - 1}`);
    else this.#nextSeq = row.seq + 1;
  }

  /** The event of the entry, if it can be read at all. */
  #opened(row: RawEntry): RunEvent | null {
    try {
      const entry = parseObject(row.entry);
      if (entry === null) {
        this.#report(row, "parse", "the entry is no JSON object");
        return null;
      }
      const { seq, stream, n, prev, event } = entry;
      if (seq !== row.seq || stream !== row.stream || n !== row.n || prev !== row.prev) {
        this.#report(row, "columns", `the entry itself says ${JSON.stringify({ seq, stream, n, prev })}`);
      }
      if (canonicalJson({ seq, stream, n, prev, event }) !== row.entry) {
        this.#report(row, "canonical", "the entry is not in the one form it is written in");
      }
      if (isEvent(event)) return event;
      this.#report(row, "event", "this opsc knows no such event");
      return null;
    } catch (error) {
      // Nested so deep that it cannot be walked: nothing that was ever written.
      if (!(error instanceof RangeError)) throw error;
      this.#report(row, "parse", "the entry is nested too deep");
      return null;
    }
  }

  /** What the event says, together with those before it. */
  #told(row: RawEntry, chain: Chain, event: RunEvent): void {
    if (chain.erased) {
      this.#report(row, "sense", `${event.type} comes after what was erased`);
      return;
    }
    if (event.type === "run.erased") this.#erasures.said(row.seq, event);
    const nonsense = judge(chain.sense, event);
    if (nonsense !== null) this.#report(row, "sense", nonsense);
    for (const statement of statementsIn(event)) this.#signed(row, event, statement);
    if (statementsIn(event).some(isByToken)) this.#byToken += 1;
    if (event.type === "run.created") this.#judgeBeginning(row, event);
    if (event.type === "run.held") this.#hold(row, event.fence);
    this.#options.blobs?.hear(row, event);
    if (runOf(row.stream) !== null) this.#options.said?.hear(row, event);
  }

  #hold({ seq, stream }: RawEntry, fence: number): void {
    const run = runOf(stream);
    if (run !== null && fence > (this.#held.get(run)?.fence ?? 0)) this.#held.set(run, { seq, fence });
  }

  #judgeBeginning({ seq, stream }: RawEntry, event: Created): void {
    if (event.attestation === undefined) {
      this.#attested.without += 1;
      return;
    }
    const judged = judgeAttestation(event, null, this.#options.logKeys ?? null);
    if (!judged.ok) this.#report({ seq, stream }, "attestation", `run ${event.run} ${judged.why}`);
    else {
      this.#attested[judged.by === null ? "unverified" : "runs"] += 1;
      this.#begun.push({ place: { seq, stream }, log: judged.log });
    }
  }

  /** Attestations, each with the log as it says that it was then. */
  get begun(): readonly { readonly place: Place; readonly log: LogThen }[] {
    return this.#begun;
  }

  #signed(row: RawEntry, event: RunEvent, statement: Spoken): void {
    if (isByToken(statement) && this.#issuers.size < MOST_ISSUERS) this.#issuers.add(printable(statement.token.issuer));
    const refused = AT_THEIR_WORD.refuses(statement, Date.parse(event.at));
    if (refused === null) return;
    const detail = `what ${statement.who} signed (${statement.decision}) does not verify: ${refused.why}`;
    this.#report(row, "signature", detail);
  }

  /** Compares with what was kept when the log was as long as it is now. */
  #compareHead(): void {
    for (let [head] = this.#heads; head !== undefined && head.size <= this.#tree.size; [head] = this.#heads) {
      this.#heads.shift();
      if (head.root === this.#tree.root()) continue;
      const detail = `the first ${head.size} entries are not those of ${shownHead(head)}: something in them was rewritten, or it is of another log`;
      this.#report({ seq: Math.max(0, head.size - 1), stream: "" }, "head", detail);
    }
  }
}
