/** Reads and replaces files, whole or not at all, with what is wrong said in plain words. */
import { randomBytes } from "node:crypto";
import { type FileHandle, lstat, open, readlink, realpath, rename, symlink, unlink } from "node:fs/promises";
import path from "node:path";
import { ProviderError } from "../../provider/kit.ts";

/** What stands at a path. Small and plain: undo keeps it. */
export type State =
  | { readonly is: "absent" }
  /** `mode` holds the permission bits; `uid` and `gid` the owner. */
  | { readonly is: "file"; readonly content: string; readonly mode: number; readonly uid: number; readonly gid: number }
  | { readonly is: "link"; readonly target: string };

export const SIZE_LIMIT = 1024 * 1024;
const PERMISSIONS = 0o7777;

export const refuse = (message: string): ProviderError => new ProviderError(message, { retryable: false });

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** The operating system's error as a `ProviderError`; `doing` is what was tried, `read`, `write`, `delete`. */
export function inWords(error: unknown, doing: string, shown: string): ProviderError {
  if (error instanceof ProviderError) return error;
  const say = (message: string, retryable = false): ProviderError =>
    new ProviderError(`cannot ${doing} \`${shown}\`: ${message}`, { retryable, cause: error });
  switch (codeOf(error)) {
    case "ENOENT":
      return say("the folder it is to be in does not exist. Create it first, or correct `path`.");
    case "ENOTDIR":
      return say("something on the way to it is a file, not a folder. Correct `path`.");
    case "EISDIR":
      return say("it is a folder. Name a file.");
    case "EACCES":
    case "EPERM":
      return say("permission denied. Run opsc as a user who may, or change the permissions.");
    case "ELOOP":
      return say("its symbolic links lead in a circle. Correct them.");
    case "ENAMETOOLONG":
      return say("the path is too long for the file system.");
    case "EROFS":
      return say("the file system is read-only.");
    case "ENOSPC":
    case "EDQUOT":
      return say("no space is left on the file system. Free some.", true);
    case "EMFILE":
    case "ENFILE":
      return say("too many files are open just now.", true);
    case "EBUSY":
      return say("it is in use just now.", true);
    default:
      return say(error instanceof Error ? error.message : String(error));
  }
}

async function lstatOrNull(file: string) {
  try {
    return await lstat(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** The file behind `file`, through symbolic links; `file` itself where nothing is there. */
export async function behindLinks(file: string, shown: string): Promise<string> {
  const info = await lstatOrNull(file);
  if (info?.isSymbolicLink() !== true) return file;
  try {
    return await realpath(file);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw refuse(
      `\`${shown}\` is a symbolic link to something that is not there. Correct it with \`file.link\`, or delete it.`,
    );
  }
}

export interface Opened {
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The file's bytes; null where there is none. Refuses what is no plain file, and more than `SIZE_LIMIT`. */
export async function readBytes(file: string, shown: string): Promise<Opened | null> {
  const info = await lstatOrNull(file);
  if (info === null) return null;
  // Looked at first: opening a pipe or a device may wait for ever.
  if (info.isDirectory()) throw refuse(`\`${shown}\` is a folder. Name a file.`);
  if (!info.isFile()) throw refuse(`\`${shown}\` is not a plain file but a pipe, socket or device.`);
  if (info.size > SIZE_LIMIT) {
    throw refuse(
      `\`${shown}\` has ${info.size} bytes; the limit is 1 MiB. Use \`exec.run\` with a program made for large files.`,
    );
  }
  const handle = await open(file, "r");
  try {
    const bytes = await readAtMost(handle, SIZE_LIMIT, shown);
    return { bytes, mode: info.mode & PERMISSIONS, uid: info.uid, gid: info.gid };
  } finally {
    await handle.close();
  }
}

/** Some files (in /proc) say that they have no size and yet have content. */
async function readAtMost(handle: FileHandle, limit: number, shown: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let size = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    size += bytesRead;
    if (size > limit) throw refuse(`\`${shown}\` has more than 1 MiB, which is the limit.`);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

export function asText(bytes: Uint8Array, shown: string): string {
  try {
    // A byte order mark is content: what is read is what is written back.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse(
      `\`${shown}\` is not UTF-8 text, and these operations are for text. Use \`exec.run\` for binary files.`,
    );
  }
}

/** `follow` looks through a symbolic link at the file behind it. */
export async function stateOf(file: string, shown: string, follow: boolean): Promise<State> {
  try {
    const info = await lstatOrNull(file);
    if (info?.isSymbolicLink() === true && !follow) return { is: "link", target: await readlink(file) };
    const opened = await readBytes(await behindLinks(file, shown), shown);
    if (opened === null) return { is: "absent" };
    const { mode, uid, gid } = opened;
    return { is: "file", content: asText(opened.bytes, shown), mode, uid, gid };
  } catch (error) {
    throw inWords(error, "read", shown);
  }
}

/** Permissions and owner of a file. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A name may have 255 bytes, and a character up to three of them for each half of it. */
const temporaryBeside = (file: string): string =>
  path.join(path.dirname(file), `.${path.basename(file).slice(0, 70)}.${randomBytes(6).toString("hex")}.tmp`);

/**
 * Makes the file at `file` what it should be: before or after, never half. What `wanted` does not say is kept, or, for
 * a new file, as for any that this process makes.
 */
export async function replaceFile(file: string, content: string, wanted: Partial<Attributes>): Promise<void> {
  const before = await lstatOrNull(file);
  if (before?.isDirectory() === true) throw refuse(`\`${file}\` is a folder. Name a file.`);
  const kept = before?.isFile() === true ? { mode: before.mode & PERMISSIONS, uid: before.uid, gid: before.gid } : {};
  const { mode, uid, gid } = { ...kept, ...wanted };
  const temporary = temporaryBeside(file);
  // A new file is made as any program would make it, so that the umask counts; one with permissions is closed till then.
  const handle = await open(temporary, "wx", mode === undefined ? 0o666 : 0o600);
  try {
    try {
      await handle.writeFile(content, "utf8");
      if (uid !== undefined && gid !== undefined) await giveTo(handle, uid, gid, file);
      // After the owner: changing that clears some of the bits.
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(path.dirname(file));
}

async function giveTo(handle: FileHandle, uid: number, gid: number, file: string): Promise<void> {
  const now = await handle.stat();
  if (now.uid === uid && now.gid === gid) return;
  try {
    await handle.chown(uid, gid);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
    throw refuse(
      `\`${file}\` belongs to user ${uid}, group ${gid}, and replacing it would change that. Run opsc as a user who may.`,
    );
  }
}

/** Points a symbolic link elsewhere, or makes it, in one step. */
export async function replaceLink(file: string, target: string): Promise<void> {
  const temporary = temporaryBeside(file);
  await symlink(target, temporary);
  try {
    await rename(temporary, file);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** Takes away a file or a link; false where nothing was there. Folders are refused. */
export async function removeFile(file: string, shown: string): Promise<boolean> {
  const info = await lstatOrNull(file);
  if (info === null) return false;
  if (info.isDirectory()) throw refuse(`\`${shown}\` is a folder, and only files are deleted. Name a file.`);
  try {
    await unlink(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  await syncFolder(path.dirname(file));
  return true;
}

/** A rename or unlink is only durable once its folder is. By now it has happened, so a folder that may not be read is no failure. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, "r");
  } catch (error) {
    if (codeOf(error) === "EACCES" || codeOf(error) === "EPERM") return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts back what `stateOf` saw. Harmless where it stands already. */
export async function restoreState(file: string, shown: string, state: State, follow: boolean): Promise<void> {
  try {
    const at = follow ? await behindLinks(file, shown) : file;
    switch (state.is) {
      case "absent":
        await removeFile(at, shown);
        return;
      case "link":
        await replaceLink(at, state.target);
        return;
      case "file":
        await replaceFile(at, state.content, { mode: state.mode, uid: state.uid, gid: state.gid });
        return;
    }
  } catch (error) {
    throw inWords(error, "restore", shown);
  }
}
