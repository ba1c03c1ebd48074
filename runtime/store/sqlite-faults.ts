/** SQLite's errors in this store's words. */
import { messageOf } from "../message.ts";
import { StoreError } from "./port.ts";

const [BUSY, LOCKED, PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB] = [5, 6, 3, 8, 10, 11, 13, 14, 26];
/** Could not write, sync or grow: a quota, a limit on file size, or a failing disk. */
const IOERR_WRITE = new Set([778, 1034, 1290, 1546, 4618, 4874]);

/** Whether it may go well in a moment: another connection is at work. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && ((code & 0xff) === BUSY || (code & 0xff) === LOCKED);
}

/** Whether the database, or a file that belongs beside it, cannot be opened or made, as in a folder that may not be written, or on a disk that is full. */
export function isClosedOff(error: unknown): boolean {
  const code = codeOf(error);
  return code !== null && ([CANTOPEN, READONLY, PERM, FULL].includes(code & 0xff) || IOERR_WRITE.has(code));
}

/** An error of SQLite as a `StoreError` about `file`; whatever else it is comes back as it is. */
export function sqliteError(error: unknown, file: string): unknown {
  const code = codeOf(error);
  if (code === null) return error;
  const why = messageOf(error);
  const say = (...[fault, message, remedy]: [StoreError["fault"], string, string]): StoreError =>
    new StoreError(fault, message, remedy, { cause: error });
  if (IOERR_WRITE.has(code)) {
    return say(
      "full",
      `the disk took no more for ${file} (${why}); what was written before is whole`,
      "look at free space, quotas, limits on file size and the disk's health, then resume",
    );
  }
  switch (code & 0xff) {
    case BUSY:
    case LOCKED:
      return say(
        "busy",
        `${file} is locked by another process for too long`,
        "try again; if it stays, `fuser` names the process that holds it",
      );
    case FULL:
      return say(
        "full",
        `there is no space left for ${file}; what was written before is whole`,
        "make space, then resume",
      );
    case PERM:
    case READONLY:
      return say(
        "readonly",
        `${file} may not be written`,
        "run as the owner of the store, on a file system that may be written",
      );
    case CANTOPEN:
      return say(
        "readonly",
        `${file} or a file beside it cannot be opened (${why})`,
        "look at the permissions of the directory; of a copy on a read-only medium, take a copy you may write",
      );
    case NOTADB:
      return say(
        "broken",
        `${file} is not a store: it is no SQLite database`,
        "move it away, or put back a copy of the store",
      );
    case CORRUPT:
      return say(
        "broken",
        `${file} is damaged (${why})`,
        "keep it for whoever looks into it, and put back a copy from before",
      );
    case IOERR:
      return say(
        "broken",
        `${file} could not be read (${why})`,
        "look at the disk's health; keep the store on a local disk",
      );
    default:
      return say(
        "broken",
        `${file} is not as this opsc left it (${why})`,
        "keep it for whoever looks into it, and put back a copy from before",
      );
  }
}

function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode;
}
