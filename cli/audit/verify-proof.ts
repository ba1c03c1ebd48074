/** `opsc audit verify --proof FILE`: needs no store and no project, only the key that signed the checkpoint in it. */

import type { Statement } from "../../compiler/plan/statement.schema.ts";
import { timeText } from "../../compiler/render/words.ts";
import { isByToken, signedWith } from "../../runtime/approvals/judge.ts";
import { type ProofReport, verifyProof } from "../../runtime/audit/verify-proof.ts";
import type { EventOf, RunEvent } from "../../runtime/event.schema.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { peopleIn } from "../runs/people.ts";
import { entries, plural, safeName, safeText } from "../words.ts";
import { judges } from "./judges.ts";
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
  const { events, ...told } = report;
  const people = await peopleProved(io, events, options);
  if (io.json) io.raw(JSON.stringify({ ok, ...told, ...(people === null ? {} : { people }) }));
  else if (ok) {
    for (const line of [...shown(report), ...aboutLines(events), ...(people ?? []).map(personLine)]) io.out(line);
    if (people?.some(({ key, counts }) => key !== null && counts === null))
      io.err("whose keys these are is not known here: OPSC_TRUST names the trust root that says so");
  } else {
    io.out(`the proof does not hold: ${plural(report.findings.length, "finding")}`);
    for (const { detail, seq, what } of report.findings.slice(0, 20))
      io.out(`  ${what === "checkpoint" || what === "parse" ? "" : `entry ${seq}: `}${detail}`);
    if (report.findings.length > 20) io.out(`  and ${report.findings.length - 20} more; --json lists them`);
  }
  return ok ? EXIT.done : EXIT.unverified;
}

/** What somebody had to do with a run that is proved. */
interface Proved {
  readonly at: string;
  readonly who: string;
  readonly did: string;
  /** By what it is known that they did; null of what the log itself tells. */
  readonly by: "signature" | "token" | "word" | null;
  /** Fingerprint of the key. */
  readonly key: string | null;
  /** Whether it counts by the trust root here; null where there is none, or nothing to be held against it. */
  readonly counts: boolean | null;
  readonly why: string | null;
}

/** null where no run is proved. */
async function peopleProved(io: Io, events: readonly RunEvent[], options: AuditOptions): Promise<Proved[] | null> {
  const [created] = events;
  if (created?.type !== "run.created") return null;
  const judge = (await judges(io, options))?.("signed");
  return peopleIn(events).map(({ at, who, did, statement }) => {
    const told = { at, who, did, key: null, counts: null, why: null };
    if (statement === null) return { ...told, by: who === "" ? null : "word" };
    if (isByToken(statement)) return { ...told, by: "token" };
    const key = signedWith(statement);
    if (key === null) return { ...told, by: "word" };
    const why = elsewhere(statement, created) ?? judge?.refuses(statement, Date.parse(at))?.why ?? null;
    return { ...told, by: "signature", key, counts: why !== null ? false : judge === undefined ? null : true, why };
  });
}

/** What was signed for something else, and copied into this run; null if it was not. */
function elsewhere(statement: Statement, { plan, run }: EventOf<"run.created">): string | null {
  if (statement.plan !== plan) return "it is of another plan";
  return statement.run === null || statement.run === run ? null : "it is of another run";
}

function aboutLines([created]: readonly RunEvent[]): string[] {
  return created?.type === "run.created" ? [`  action ${safeName(created.action)}, plan ${created.plan}`] : [];
}

function personLine({ at, did, by, key, counts, why }: Proved): string {
  const known: Readonly<Record<NonNullable<Proved["by"]>, string>> = {
    signature: ` (signed with ${key}${counts === null ? "" : counts ? ", a key of theirs" : `, which does not count: ${why}`})`,
    token: " (by a token, verified when it was recorded)",
    word: " (unverified: the name is taken at its word)",
  };
  return `  ${timeText(at)}  ${safeText(`${did}${by === null ? "" : known[by]}`)}`;
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
