/** `opsc audit verify | export` */
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import type { AuditReport, KeptHead } from "../../runtime/audit/check.ts";
import { exportLog, verifyExport } from "../../runtime/audit/export.ts";
import { verifyLog } from "../../runtime/audit/verify.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import type { Io } from "../io.ts";
import { findRoot } from "../project.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";
import { plural } from "../words.ts";

interface Options extends Common {
  readonly run?: string;
  readonly head?: string;
  readonly file?: string;
}

export async function run(io: Io, what: string, options: Options): Promise<ExitCode> {
  switch (what) {
    case "verify":
      return verify(io, options);
    case "export":
      return exportAll(io, options);
    default:
      throw new Stop(EXIT.wrong, `opsc audit ${what} is not there`, "opsc audit verify, or opsc audit export");
  }
}

async function exportAll(io: Io, options: Options): Promise<ExitCode> {
  const store = await openStore(await findRoot(options.dir), { readonly: true });
  try {
    if (options.run !== undefined) await planOfRun(store, options.run);
    for await (const line of exportLog(store, options.run === undefined ? {} : { run: options.run })) io.raw(line);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

async function verify(io: Io, options: Options): Promise<ExitCode> {
  if (options.run !== undefined && options.file === undefined)
    throw new Stop(EXIT.wrong, "the whole log is verified: --run goes with export, or with --file", "leave --run out");
  if (options.run !== undefined && options.head !== undefined)
    throw new Stop(
      EXIT.wrong,
      "a head is of the whole log, so it says nothing of one run",
      "leave --run or --head out",
    );
  const head = options.head === undefined ? undefined : parseHead(options.head);
  const report =
    options.file === undefined ? await verifyStore(options, head) : await verifyFile(options.file, options, head);
  if (io.json)
    io.raw(
      JSON.stringify({
        ok: report.findings.length === 0,
        ...report,
        head: `${report.head.size}:${report.root}`,
        lastLeaf: report.head.leaf,
      }),
    );
  else show(io, report, head);
  return report.findings.length === 0 ? EXIT.done : EXIT.unverified;
}

async function verifyStore(options: Options, head: KeptHead | undefined): Promise<AuditReport> {
  const store = await openStore(await findRoot(options.dir), { readonly: true });
  try {
    return await verifyLog(store, head === undefined ? {} : { head });
  } finally {
    await store.close();
  }
}

async function verifyFile(file: string, options: Options, head: KeptHead | undefined): Promise<AuditReport> {
  if (file !== "-")
    await access(file).catch(() => {
      throw new Stop(EXIT.wrong, `there is no file ${file}`, "opsc audit export > FILE makes one");
    });
  const input = file === "-" ? process.stdin : createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const report = await verifyExport(lines, { head, run: options.run }).catch((error: unknown) => {
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
  return { size: Number(size), root };
}

function show(io: Io, report: AuditReport, head: KeptHead | undefined): void {
  const size = `${report.entries} ${report.entries === 1 ? "entry" : "entries"} of ${plural(report.runs, "run")}`;
  if (report.findings.length === 0) {
    io.out(`the log is intact: ${size}`);
    if (report.root !== "") io.out(`head ${report.head.size}:${report.root}`);
    if (head === undefined && report.root !== "")
      io.err(
        "Entries cut off at the end show only against a head kept elsewhere: keep this one, and give it with --head next time.",
      );
    return;
  }
  io.out(`the log was changed: ${plural(report.findings.length, "finding")} in ${size}`);
  for (const finding of report.findings.slice(0, 20))
    io.out(`  entry ${finding.seq}${finding.stream === "" ? "" : ` of ${finding.stream}`}: ${finding.detail}`);
  if (report.findings.length > 20) io.out(`  and ${report.findings.length - 20} more; --json lists them`);
}
