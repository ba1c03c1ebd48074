/** Approvals that travel as files. */
import { collectApprovals } from "../runtime/approvals/file.ts";
import type { Approval } from "../runtime/event.schema.ts";
import type { Io } from "./io.ts";

/** Those of a folder, none where none is named; files that are no approvals are told and left out. */
export async function fromFolder(io: Io, folder: string | undefined): Promise<Approval[]> {
  if (folder === undefined) return [];
  const { approvals, faults } = await collectApprovals(folder);
  for (const fault of faults) io.err(`${fault.path}: ${fault.message}; ${fault.remedy}`);
  return approvals.map((each) => each.approval);
}
