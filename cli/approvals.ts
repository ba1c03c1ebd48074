/** Approvals that travel as files. */
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type CollectedApprovals, collectApprovals } from "../runtime/approvals/file.ts";
import { AT_THEIR_WORD, type Judge } from "../runtime/approvals/judge.ts";
import type { Approval } from "../runtime/event.schema.ts";
import { EXIT, Stop } from "./exit.ts";
import type { Io } from "./io.ts";
import { safeName, safeNames } from "./words.ts";

/** Milliseconds after which a file that does not verify is read again: it may just be on its way here. */
const ON_ITS_WAY = 400;

/**
 * Those of a folder, whatever plan they are for; none where none is named. A file that does not verify ends the command:
 * it may be a denial, which must not be lost by spoiling it.
 */
export async function fromFolder(
  folder: string | undefined,
  judge: Judge,
  tell: (words: string) => void,
): Promise<Approval[]> {
  if (folder === undefined) return [];
  await demandFolder(folder);
  let found = await collectApprovals(folder);
  if (found.faults.length > 0) {
    await sleep(ON_ITS_WAY);
    found = await collectApprovals(folder);
  }
  demandVerified({ ...found, faults: [...found.faults, ...found.approvals.flatMap(spoilt)] });
  return found.approvals.flatMap(({ path, approval }) => {
    const refused = judge.refuses(approval, Date.now());
    if (refused !== null) tell(`${safeName(path)} does not count: ${safeNames([refused.why, refused.remedy], "; ")}`);
    return refused === null ? [approval] : [];
  });
}

/** Signed, and changed since. */
function spoilt({ path, approval }: CollectedApprovals["approvals"][number]): CollectedApprovals["faults"] {
  const refused = AT_THEIR_WORD.refuses(approval, Date.now());
  return refused === null
    ? []
    : [{ path, message: `${safeName(path)} does not verify: ${refused.why}`, remedy: refused.remedy }];
}

/** Tells each thing once. */
export function teller(io: Io): (words: string) => void {
  const told = new Set<string>();
  return (words) => {
    if (!told.has(words)) io.err(words);
    told.add(words);
  };
}

/** Ends the command where what is named is no folder. */
export async function demandFolder(folder: string): Promise<void> {
  const help = "--approvals names the folder that holds the approval files";
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      throw new Stop(EXIT.wrong, `there is no folder ${folder}`, help);
    throw new Stop(EXIT.environment, `${folder} cannot be read: ${error.message}`, "check its permissions");
  });
  if (!found.isDirectory()) throw new Stop(EXIT.wrong, `${folder} is no folder`, help);
}

function demandVerified({ faults }: CollectedApprovals): void {
  const [first, ...more] = faults;
  if (first === undefined) return;
  const help = (remedy: string): string => `${remedy}; what is no approval for this does not belong in the folder`;
  throw new Stop(
    EXIT.unverified,
    first.message,
    help(first.remedy),
    { kind: "approval_unverified", file: first.path },
    more.map((each) => ({ message: each.message, help: each.remedy })),
  );
}
