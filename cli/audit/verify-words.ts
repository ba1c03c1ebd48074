/** What `opsc audit verify` tells people. */
import type { AuditReport, KeptHead } from "../../runtime/audit/check.ts";
import type { Finding } from "../../runtime/audit/findings.ts";
import type { Checkpoint } from "../../runtime/checkpoints/checkpoint.ts";
import type { Io } from "../io.ts";
import { entries, plural, safeNames } from "../words.ts";

export interface Elsewhere {
  /** Whether keys are known by which runs are to be attested. */
  readonly known: boolean;
  readonly kept: readonly Checkpoint[];
  readonly places: readonly string[];
}

export function show(
  io: Io,
  report: AuditReport,
  heads: readonly KeptHead[],
  { kept, places, known }: Elsewhere,
): void {
  const size = `${entries(report.entries)} of ${plural(report.runs, "run")}`;
  if (report.findings.length === 0) {
    io.out(`the log is intact: ${size}`);
    tellKept(io, kept, report);
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
  const only = (kinds: ReadonlySet<Finding["what"]>): boolean => report.findings.every(({ what }) => kinds.has(what));
  const changed = !only(WORDS_ONLY);
  io.out(
    only(NOTES_ONLY)
      ? `the log by itself is intact, ${size}, and could not be held against what was given: ${plural(report.findings.length, "finding")}`
      : `${changed ? "the log was changed" : "the log does not hold"}: ${plural(report.findings.length, "finding")} in ${size}`,
  );
  for (const finding of report.findings.slice(0, 20)) io.out(`  ${placeOf(finding)}${finding.detail}`);
  if (report.findings.length > 20) io.out(`  and ${report.findings.length - 20} more; --json lists them`);
  if (!changed) tellKept(io, kept, report);
  if (only(NOTES_ONLY))
    io.err(
      "Ask whoever keeps it for the checkpoint again, and for the key it is signed with (--key): what is published is what `opsc audit checkpoint` prints.",
    );
}

/** What is wrong with what the log was to be held against, and not with the log. */
const NOTES_ONLY: ReadonlySet<Finding["what"]> = new Set(["checkpoint"]);

/** What is told of entries that are as they were written: that they make no sense, or rest on words that do not count, as of a key that was revoked since. */
const WORDS_ONLY: ReadonlySet<Finding["what"]> = new Set(["sense", "signature"]);

function tellKept(io: Io, kept: readonly Checkpoint[], report: AuditReport): void {
  for (const { origin, size } of kept)
    io.out(
      `it is the log of the checkpoint of ${origin} at ${entries(size)}, ${report.entries > size ? "grown since" : "and nothing was added since"}`,
    );
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
