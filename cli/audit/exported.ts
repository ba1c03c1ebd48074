/** An exported log, from a file or standard input. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import process from "node:process";
import type { AuditReport } from "../../runtime/audit/check.ts";
import { verifyExport } from "../../runtime/audit/export.ts";
import { messageOf } from "../../runtime/message.ts";
import { EXIT, Stop } from "../exit.ts";
import type { Against, AuditOptions } from "./options.ts";

const MAKES = "opsc audit export > FILE makes one";
/** Of a line, in characters: far more than any entry has. */
const LONGEST = 64 * 1024 * 1024;

export async function verifyFile(file: string, options: AuditOptions, against: Against): Promise<AuditReport> {
  const shown = file === "-" ? "standard input" : file;
  if (file !== "-") await demandFile(file);
  const report = await verifyExport(linesOf(file, shown), { ...against, run: options.run });
  // What was cut off whole, or never came through a pipe, is no log that could be intact; nor is any other file one that was changed.
  if (report.entries === 0 && report.findings.every(({ what }) => what === "parse" || what === "more"))
    throw new Stop(
      EXIT.wrong,
      report.findings.length === 0
        ? `${shown} holds no entries, so there is nothing to verify`
        : `${shown} is no exported log: none of its lines is an entry`,
      MAKES,
    );
  return report;
}

async function demandFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => {
    throw new Stop(EXIT.wrong, `there is no file ${file}`, MAKES);
  });
  if (found.isDirectory()) throw new Stop(EXIT.wrong, `${file} is a folder`, MAKES);
}

/** Without their ends. Ends the command where it cannot be read, or a line has no end. */
async function* linesOf(file: string, shown: string): AsyncIterable<string> {
  const input = file === "-" ? process.stdin : createReadStream(file);
  input.setEncoding("utf8");
  let rest = "";
  try {
    for await (const chunk of input) {
      const lines = String(chunk).split("\n");
      lines[0] = `${rest}${lines[0]}`;
      rest = lines.pop() ?? "";
      if (rest.length > LONGEST)
        throw new Stop(EXIT.wrong, `${shown} has a line of more than ${LONGEST} characters, which no entry has`, MAKES);
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
  } catch (error) {
    // The system's own: it may not be read, say.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Stop(EXIT.environment, `${shown} cannot be read: ${messageOf(error)}`, "check its permissions");
  }
  if (rest !== "") yield rest;
}
