/** `opsc audit verify`: the log of the store, an exported one, or a proof. */
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import type { LogKeys } from "../../runtime/attestations/attestation.ts";
import type { AuditReport, KeptHead } from "../../runtime/audit/check.ts";
import { verifyExport } from "../../runtime/audit/export.ts";
import type { Finding } from "../../runtime/audit/findings.ts";
import { printable } from "../../runtime/audit/printable.ts";
import { type VerifyOptions, verifyLog } from "../../runtime/audit/verify.ts";
import { type Checkpoint, openCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { findRoot, settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { entries, plural, safeNames } from "../words.ts";
import { judges } from "./judges.ts";
import { believed } from "./keys.ts";
import type { AuditOptions } from "./options.ts";
import { placeOf as placeOfCheckpoints } from "./places.ts";
import { readGiven } from "./read.ts";
import { verifyProofFile } from "./verify-proof.ts";

export async function verify(io: Io, options: AuditOptions): Promise<ExitCode> {
  if (options.proof !== undefined) return verifyProofFile(io, options.proof, options);
  refuseMixed(options);
  const kept = await readKept(options);
  const logKeys = await logKeysFor(options);
  const heads = [...(options.head === undefined ? [] : [parseHead(options.head)]), ...kept.heads];
  const found =
    options.file === undefined
      ? await verifyStore(io, options, { heads, logKeys })
      : await verifyFile(options.file, options, { heads, logKeys });
  const report = { ...found, findings: [...kept.findings, ...found.findings] };
  if (io.json)
    io.raw(
      JSON.stringify({
        ok: report.findings.length === 0,
        ...report,
        head: `${report.head.size}:${report.root}`,
        lastLeaf: report.head.leaf,
        checkpoints: kept.checkpoints,
      }),
    );
  else
    show(io, report, heads, { kept: kept.checkpoints, places: await placesOf(options), known: logKeys !== undefined });
  return report.findings.length === 0 ? EXIT.done : EXIT.unverified;
}

function refuseMixed(options: AuditOptions): void {
  if (options.run === undefined) return;
  if (options.file === undefined)
    throw new Stop(EXIT.wrong, "the whole log is verified: --run goes with export, or with --file", "leave --run out");
  if (options.head !== undefined || options.checkpoint !== undefined)
    throw new Stop(
      EXIT.wrong,
      `a ${options.head === undefined ? "checkpoint" : "head"} is of the whole log, so it says nothing of one run`,
      "leave --run or the other out",
    );
}

/** What every log is held against. */
type Against = Pick<VerifyOptions, "heads" | "logKeys">;

/** Whose attestations count: the keys that were given, those of the trust root, or else the project's own, where that can be had. */
async function logKeysFor(options: AuditOptions): Promise<LogKeys | undefined> {
  try {
    return await believed(options);
  } catch (error) {
    // A key that was given and is none is told; that there is no other is told where runs hold attestations.
    if (!(error instanceof Stop) || (options.key ?? []).length > 0) throw error;
    return undefined;
  }
}

interface Kept {
  readonly checkpoints: readonly Checkpoint[];
  /** The same, named after their files. */
  readonly heads: readonly KeptHead[];
  /** Those that do not verify. */
  readonly findings: readonly Finding[];
}

async function readKept(options: AuditOptions): Promise<Kept> {
  const files = options.checkpoint ?? [];
  if (files.length === 0) return { checkpoints: [], heads: [], findings: [] };
  const { keys, origin } = await believed(options);
  const checkpoints: Checkpoint[] = [];
  const heads: KeptHead[] = [];
  const findings: Finding[] = [];
  for (const file of files) {
    const shown = `the checkpoint ${file === "-" ? "of standard input" : file}`;
    const opened = openCheckpoint(await readGiven(file, "opsc audit checkpoint -o FILE makes one"), keys, origin);
    if (opened.ok) {
      checkpoints.push(opened.checkpoint);
      heads.push({ ...opened.checkpoint, shown });
    } else {
      const detail = printable(`${shown} does not verify: ${opened.why}`);
      findings.push({ seq: 0, stream: "", what: "checkpoint", detail });
    }
  }
  return { checkpoints, heads, findings };
}

async function verifyStore(io: Io, options: AuditOptions, against: Against): Promise<AuditReport> {
  const store = await openStore(await findRoot(options.dir), { readonly: true, still: true });
  try {
    return await verifyLog(store, { ...against, judgeOf: await judges(io, options) });
  } finally {
    await store.close();
  }
}

async function verifyFile(file: string, options: AuditOptions, against: Against): Promise<AuditReport> {
  if (file !== "-")
    await access(file).catch(() => {
      throw new Stop(EXIT.wrong, `there is no file ${file}`, "opsc audit export > FILE makes one");
    });
  const input = file === "-" ? process.stdin : createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const report = await verifyExport(lines, { ...against, run: options.run }).catch((error: unknown) => {
    // The system's own: it is a folder, say, or may not be read.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Stop(
      EXIT.environment,
      `${file} cannot be read: ${error.message}`,
      "name a file, and check its permissions",
    );
  });
  // What was cut off whole, or never came through a pipe, is no log that could be intact.
  if (report.entries === 0 && report.findings.length === 0)
    throw new Stop(
      EXIT.wrong,
      `${file === "-" ? "standard input" : file} holds no entries, so there is nothing to verify`,
      "opsc audit export > FILE makes one",
    );
  return report;
}

function parseHead(text: string): KeptHead {
  const [, size, root] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (size === undefined || root === undefined)
    throw new Stop(
      EXIT.wrong,
      `${JSON.stringify(text)} is not a head`,
      "give it as opsc audit verify printed it: SIZE:ROOT",
    );
  return { size: Number(size), root, shown: "the head that was given" };
}

/** Where the project's checkpoints are kept, as the configuration names them; none of a log that lies in a file. */
async function placesOf(options: AuditOptions): Promise<readonly string[]> {
  if (options.file !== undefined) return [];
  try {
    const { root, config } = await settingsOf(options.dir);
    return (config.audit.checkpoint?.to ?? []).map((each) => placeOfCheckpoints(root, each).shown);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return [];
  }
}

interface Elsewhere {
  /** Whether keys are known by which runs are to be attested. */
  readonly known: boolean;
  readonly kept: readonly Checkpoint[];
  readonly places: readonly string[];
}

function show(io: Io, report: AuditReport, heads: readonly KeptHead[], { kept, places, known }: Elsewhere): void {
  const size = `${entries(report.entries)} of ${plural(report.runs, "run")}`;
  if (report.findings.length === 0) {
    io.out(`the log is intact: ${size}`);
    tellKept(io, kept);
    tellTokens(io, report);
    tellAttested(io, report, known);
    if (report.root !== "") io.out(`head ${report.head.size}:${report.root}`);
    if (heads.length === 0 && report.root !== "")
      io.err(
        places.length === 0
          ? "Entries cut off at the end show only against a head kept elsewhere: keep this one, and give it with --head next time."
          : `Entries cut off at the end, and a log rewritten as a whole, show only against what is kept elsewhere: give a checkpoint with --checkpoint FILE, from ${safeNames(places)}.`,
      );
    return;
  }
  const changed = report.findings.some(({ what }) => !WORDS_ONLY.has(what));
  io.out(
    `${changed ? "the log was changed" : "the log does not hold"}: ${plural(report.findings.length, "finding")} in ${size}`,
  );
  for (const finding of report.findings.slice(0, 20)) io.out(`  ${placeOf(finding)}${finding.detail}`);
  if (report.findings.length > 20) io.out(`  and ${report.findings.length - 20} more; --json lists them`);
  if (!changed) tellKept(io, kept);
}

/** What is told of entries that are as they were written: that they make no sense, or rest on words that do not count, as of a key that was revoked since. */
const WORDS_ONLY: ReadonlySet<Finding["what"]> = new Set(["sense", "signature"]);

function tellKept(io: Io, kept: readonly Checkpoint[]): void {
  for (const { origin, size } of kept)
    io.out(`it is the log of the checkpoint of ${origin} at ${entries(size)}, grown since`);
}

/** What the audit cannot verify, and so does not pass over. */
function tellTokens(io: Io, { byToken: { entries: count, issuers } }: AuditReport): void {
  if (count === 0) return;
  const one = count === 1;
  io.out(
    `${entries(count)} ${one ? "rests on a token" : "rest on tokens"} of ${safeNames([...issuers])}: verified when ${one ? "it was" : "they were"} recorded, and not to be verified again`,
  );
}

/** `known`: keys by which runs are to be attested. Nothing where there are none, and no run is. */
function tellAttested(io: Io, { attested: { runs, unverified, without } }: AuditReport, known: boolean): void {
  const are = (count: number): string => `${plural(count, "run")} ${count === 1 ? "is" : "are"}`;
  if (runs > 0) io.out(`${are(runs)} attested: opsc apply began ${runs === 1 ? "it" : "them"} where the key is`);
  if (unverified > 0)
    io.out(
      `${are(unverified)} attested by a key that is not known here: name it with --key, as opsc audit keygen printed it`,
    );
  if (without > 0 && known)
    io.out(`${are(without)} not attested: nothing shows that opsc apply began ${without === 1 ? "it" : "them"}`);
}

/** What is of no stream names the entries it is about itself. */
const placeOf = ({ seq, stream }: Finding): string => (stream === "" ? "" : `entry ${seq} of ${stream}: `);
