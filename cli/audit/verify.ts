/** `opsc audit verify`: the log of the store, an exported one, or a proof. */
import type { LogKeys } from "../../runtime/attestations/attestation.ts";
import type { AuditReport, KeptHead } from "../../runtime/audit/check.ts";
import { verifyExport } from "../../runtime/audit/export.ts";
import type { Finding } from "../../runtime/audit/findings.ts";
import { printable } from "../../runtime/audit/printable.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import { type Checkpoint, openCheckpoint } from "../../runtime/checkpoints/checkpoint.ts";
import { StoreError } from "../../runtime/store/port.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { lostRuns, lostWords } from "../lost-runs.ts";
import { findRoot, settingsOf } from "../project.ts";
import { openStore } from "../store.ts";
import { verifyFile } from "./exported.ts";
import { judges } from "./judges.ts";
import { believed } from "./keys.ts";
import type { Against, AuditOptions } from "./options.ts";
import { placeOf as placeOfCheckpoints } from "./places.ts";
import { readGiven } from "./read.ts";
import { verifyProofFile } from "./verify-proof.ts";
import { show } from "./verify-words.ts";

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
  const root = await findRoot(options.dir);
  const store = await openStore(root, { readonly: true, still: true }).catch((error: unknown) => {
    if (error instanceof StoreError && error.fault === "missing") return error;
    throw error;
  });
  if (store instanceof StoreError) return verifyNone(root, store, against);
  try {
    const report = await verifyLog(store, { ...against, judgeOf: await judges(io, options) });
    return { ...report, findings: [...report.findings, ...lost(await lostRuns(root, store))] };
  } finally {
    await store.close();
  }
}

/** Of a store that is not there: no fault where nothing was ever run, and else the log is gone. Rejects where there is nothing to tell that by. */
async function verifyNone(root: string, missing: StoreError, against: Against): Promise<AuditReport> {
  const report = await verifyExport([], against);
  const findings = [...report.findings, ...lost(await lostRuns(root, null))];
  if (findings.length === 0) throw missing;
  return { ...report, findings };
}

const lost = (runs: readonly string[]): readonly Finding[] =>
  runs.length === 0
    ? []
    : [{ seq: 0, stream: "", what: "store", detail: `${lostWords(runs).what}: it was emptied, deleted or replaced` }];

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
