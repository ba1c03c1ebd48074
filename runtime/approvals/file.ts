/** Approval files: `*.opsapproval.json`, small files that travel from whoever approves to whoever applies. */
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { canonicalJson } from "../../compiler/canonical.ts";
import { printable } from "../audit/printable.ts";
import { type Approval, approvalSchema } from "../event.schema.ts";
import { messageOf } from "../message.ts";

export const APPROVAL_SUFFIX = ".opsapproval.json";

/** Of an approval file, in bytes; and of approval files in a directory. */
const MOST_BYTES = 64 * 1024;
const MOST_FILES = 10_000;

/** What is wrong with a file, for people. */
export interface ApprovalFault {
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

export interface ReadApproval {
  /** null if and only if there is a fault. */
  readonly approval: Approval | null;
  readonly fault: ApprovalFault | null;
}

export interface CollectedApprovals {
  readonly approvals: readonly { readonly path: string; readonly approval: Approval }[];
  readonly faults: readonly ApprovalFault[];
}

/** The text of the file: canonical JSON and a line's end, so that one approval has one text. */
export function approvalText(approval: Approval): string {
  return `${canonicalJson(approvalSchema.parse(approval))}\n`;
}

/** Reads the text of an approval file; `path` is only named in the fault. */
export function parseApproval(text: string, path: string): ReadApproval {
  const again = "ask whoever gave it to make it again with `opsc approve -o`";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return bad(path, `is not JSON (${printable(messageOf(error))})`, again);
  }
  const version = typeof value === "object" && value !== null && "approvalVersion" in value ? value.approvalVersion : 1;
  if (typeof version === "number" && version > 1)
    return bad(path, "was written by a later opsc", "use that opsc, or a later one");
  const judged = approvalSchema.safeParse(value);
  if (!judged.success) {
    const issue = judged.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    return bad(path, `is not an approval (${printable(`${where}${issue?.message ?? ""}`)})`, again);
  }
  // One text for one approval: a field given twice, for one, reads differently to different readers.
  if (approvalText(judged.data).trimEnd() !== text.trimEnd()) {
    return bad(path, "was changed by hand or by a program: it is not in the form it is written in", again);
  }
  return { approval: judged.data, fault: null };
}

/** Never throws for what may be wrong with a file: it is a fault. */
export async function readApproval(path: string): Promise<ReadApproval> {
  try {
    const found = await fs.stat(path);
    if (!found.isFile()) return bad(path, "is not a file", "name an approval file");
    if (found.size > MOST_BYTES)
      return bad(path, "is too large for an approval", `an approval has at most ${MOST_BYTES / 1024} KiB`);
    return parseApproval(await fs.readFile(path, "utf8"), path);
  } catch (error) {
    return bad(path, `cannot be read (${codeOf(error)})`, "look at its name and its permissions");
  }
}

/** Writes the file, durably, and never over another. Throws `Error` saying what is in the way. */
export async function writeApproval(file: string, approval: Approval): Promise<void> {
  const text = approvalText(approval);
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new Error(
      `${printable(file)} would have more than ${MOST_BYTES / 1024} KiB, which nobody reads: say it in fewer words`,
    );
  try {
    await fs.writeFile(file, text, { flag: "wx", flush: true });
  } catch (error) {
    const code = codeOf(error);
    // A part of it must not lie around looking like the whole.
    if (code !== "EEXIST") await fs.rm(file, { force: true }).catch(() => undefined);
    throw new Error(`${printable(file)} cannot be written (${code}): ${writeRemedy(code)}`, { cause: error });
  }
}

/** All approval files of a directory, by name; not of those within it. A directory that cannot be read is a fault. */
export async function collectApprovals(directory: string): Promise<CollectedApprovals> {
  let names: string[];
  try {
    names = (await fs.readdir(directory)).filter((name) => name.endsWith(APPROVAL_SUFFIX)).sort();
  } catch (error) {
    return {
      approvals: [],
      faults: [faultOf(directory, `cannot be read (${codeOf(error)})`, "name the directory that holds the approvals")],
    };
  }
  if (names.length > MOST_FILES) {
    const faults = [
      faultOf(
        directory,
        `holds ${names.length} approvals, more than ${MOST_FILES}`,
        "keep those of one plan in one directory",
      ),
    ];
    return { approvals: [], faults };
  }
  const approvals: { path: string; approval: Approval }[] = [];
  const faults: ApprovalFault[] = [];
  for (const name of names) {
    const file = path.join(directory, name);
    const { approval, fault } = await readApproval(file);
    if (approval !== null) approvals.push({ path: file, approval });
    if (fault !== null) faults.push(fault);
  }
  return { approvals, faults };
}

function bad(path: string, what: string, remedy: string): ReadApproval {
  return { approval: null, fault: faultOf(path, what, remedy) };
}

function faultOf(path: string, what: string, remedy: string): ApprovalFault {
  return { path, message: `${printable(path)} ${what}`, remedy };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function writeRemedy(code: string): string {
  return code === "EEXIST"
    ? "there is a file of this name; take another name"
    : "look at the directory and its permissions";
}
