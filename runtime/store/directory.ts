/** The directory of a store: made for its owner alone, and refused where somebody else could have put or changed it. */
import * as fs from "node:fs";
import * as path from "node:path";
import { StoreError, type StoreFault } from "./port.ts";

/**
 * Makes sure of the directory; makes it (mode 0700) if `create`. Throws `StoreError`: `missing`, `broken` for a symlink
 * or a directory others could write to, `readonly`, `full`.
 */
export function prepareDirectory(directory: string, create: boolean): void {
  try {
    if (lstat(directory) === null) {
      if (!create) throw noStore(directory);
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      syncDirectory(path.dirname(directory));
    }
    const found = lstat(directory);
    if (found === null || !found.isDirectory()) {
      const what = found?.isSymbolicLink() === true ? "a symbolic link" : "not a directory";
      throw new StoreError(
        "broken",
        `the store's directory ${directory} is ${what}`,
        "name the directory itself, or move what is there out of the way",
      );
    }
    refuseOthers(directory, found);
  } catch (error) {
    throw diskError(error, directory);
  }
}

/**
 * Makes sure of a file in a prepared directory: a plain one of ours that others cannot read. Returns whether it was
 * made (mode 0600, and the directory synced, so that it is there after a power cut).
 */
export function prepareFile(file: string, create: boolean): boolean {
  try {
    let made = false;
    if (create && lstat(file) === null) made = makeFile(file);
    const found = lstat(file);
    if (found === null) throw noStore(path.dirname(file));
    if (!found.isFile())
      throw new StoreError("broken", `${file} is not a plain file`, "move what is there out of the way");
    refuseOthers(file, found);
    // By name, never through a descriptor: closing one would drop the locks this process holds on the file.
    if (create && (found.mode & 0o077) !== 0) fs.chmodSync(file, 0o600);
    return made;
  } catch (error) {
    throw diskError(error, file);
  }
}

/** An error of the file system as a `StoreError`; others come back as they are. */
export function diskError(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError || !("code" in error)) return error;
  const [fault, message, remedy] = explain(String(error.code), where);
  return new StoreError(fault, message, remedy, { cause: error });
}

function explain(code: string, where: string): [StoreFault, string, string] {
  switch (code) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return [
        "readonly",
        `${where} may not be written (${code})`,
        "run as the owner of the store, or keep the store elsewhere",
      ];
    case "ENOSPC":
    case "EDQUOT":
      return ["full", `there is no space left for ${where} (${code})`, "make space; nothing that was written is lost"];
    case "ENOENT":
      return ["missing", `${where} is not there`, "name the directory of a store"];
    default:
      return ["broken", `${where} cannot be used (${code})`, "look at the file system; keep the store on a local disk"];
  }
}

function makeFile(file: string): boolean {
  try {
    fs.closeSync(fs.openSync(file, "wx", 0o600));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  syncDirectory(path.dirname(file));
  return true;
}

function refuseOthers(where: string, found: fs.Stats): void {
  const me = process.getuid?.();
  if (me === undefined) return;
  if (found.uid !== me) {
    throw new StoreError(
      "broken",
      `${where} belongs to user ${found.uid}, not to you (${me})`,
      `run as its owner, or \`chown\` it`,
    );
  }
  if ((found.mode & 0o022) !== 0) {
    throw new StoreError(
      "broken",
      `others may write to ${where}, so what it says cannot be trusted`,
      `\`chmod go-w ${where}\``,
    );
  }
}

function noStore(directory: string): StoreError {
  return new StoreError(
    "missing",
    `there is no store in ${directory}`,
    "the first `opsc apply` makes one; or name another directory",
  );
}

function lstat(where: string): fs.Stats | null {
  return fs.lstatSync(where, { throwIfNoEntry: false }) ?? null;
}

function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const handle = fs.openSync(directory, "r");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}
