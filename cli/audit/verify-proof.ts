/** `opsc audit verify --proof FILE`: needs no store and no project, only the key that signed the checkpoint in it. */
import { type ProofReport, verifyProof } from "../../runtime/audit/verify-proof.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { entries, plural } from "../words.ts";
import { believed } from "./keys.ts";
import type { AuditOptions } from "./options.ts";
import { readGiven } from "./read.ts";

export async function verifyProofFile(io: Io, file: string, options: AuditOptions): Promise<ExitCode> {
  const other = ["run", "head", "file", "checkpoint"].filter((name) => name in options);
  if (other.length > 0)
    throw new Stop(
      EXIT.wrong,
      `a proof stands for itself: --${other.join(" and --")} ${other.length === 1 ? "goes" : "go"} with a log`,
      "leave it out",
    );
  const { keys, origin } = await believed(options);
  const report = verifyProof(await readGiven(file, "opsc audit prove RUN -o FILE makes one"), keys, origin);
  const ok = report.findings.length === 0;
  if (io.json) io.raw(JSON.stringify({ ok, ...report }));
  else if (ok) for (const line of shown(report)) io.out(line);
  else {
    io.out(`the proof does not hold: ${plural(report.findings.length, "finding")}`);
    for (const { detail, seq, what } of report.findings.slice(0, 20))
      io.out(`  ${what === "checkpoint" || what === "parse" ? "" : `entry ${seq}: `}${detail}`);
    if (report.findings.length > 20) io.out(`  and ${report.findings.length - 20} more; --json lists them`);
  }
  return ok ? EXIT.done : EXIT.unverified;
}

function shown({ shows, checkpoint }: ProofReport): string[] {
  const log = checkpoint === null ? "" : `the log ${checkpoint.origin} of ${entries(checkpoint.size)}`;
  switch (shows?.kind) {
    case "entry":
      return [`entry ${shows.index} of ${shows.stream} is in ${log}:`, shows.entry];
    case "run":
      return [`all ${entries(shows.entries)} given of run ${shows.run} are in ${log}`];
    case "growth":
      return [`${log} begins with the ${entries(shows.from.size)} of the earlier checkpoint`];
    case undefined:
      return [];
  }
}
