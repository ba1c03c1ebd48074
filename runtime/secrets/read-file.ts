/** A secret from a file: small, its owner's own, and nobody else's to write. */
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { SecretFault } from "./fault.ts";

/** Bytes; larger than any key. */
const LIMIT = 64 * 1024;

export interface FileRules {
  /** Of the project: relative paths are taken from here, and do not lead out of it. */
  readonly directory: string;
  /** Files that every user of the machine may read are taken too: some containers mount secrets so. */
  readonly worldReadable: boolean;
}

/** Its text, as it stands there. Rejects with `SecretFault`; `shown` names the secret. */
export async function readSecretFile(file: string, shown: string, rules: FileRules): Promise<string> {
  const refuse = (what: string, remedy: string): SecretFault => new SecretFault(`${shown} ${what}`, remedy);
  try {
    const real = await realpath(path.resolve(rules.directory, file));
    if (!path.isAbsolute(file) && leadsOut(await realpath(rules.directory), real))
      throw refuse("leads out of the project", "write the path of where it really is");
    // What is no file (a pipe, a terminal) is not waited for.
    const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stat = await handle.stat();
      const { mode, uid } = stat;
      if (!stat.isFile()) throw refuse("is no file", "name a file that holds the secret and nothing else");
      const me = process.getuid?.() ?? uid;
      if (uid !== me && uid !== 0 && me !== 0)
        throw refuse("belongs to another user", "make it a file of whoever runs opsc, or of root");
      if ((mode & 0o022) !== 0) throw refuse("may be written by others", `do chmod go-w ${file}`);
      if ((mode & 0o004) !== 0 && !rules.worldReadable)
        throw refuse(
          "may be read by every user of this machine",
          `do chmod o-rwx ${file}; where it is mounted so, set file.worldReadable of secrets in opsc.config.json`,
        );
      const bytes = Buffer.alloc(LIMIT + 1);
      const { bytesRead } = await handle.read(bytes, 0, LIMIT + 1, 0);
      if (bytesRead > LIMIT)
        throw refuse(`is larger than ${LIMIT / 1024} KiB`, "name a file that holds the secret and nothing else");
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof SecretFault) throw error;
    throw refuse(...inWords(error));
  }
}

function leadsOut(root: string, file: string): boolean {
  const way = path.relative(root, file);
  return way === ".." || way.startsWith(`..${path.sep}`) || path.isAbsolute(way);
}

function inWords(error: unknown): [what: string, remedy: string] {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return ["is not there", "make the file, or correct the path of the secret"];
    case "EACCES":
    case "EPERM":
      return ["may not be read by whoever runs opsc", "look at the permissions of the file and of its folders"];
    case "ELOOP":
      return ["leads round in a circle", "correct the link"];
    case "EISDIR":
      return ["is a folder", "name a file that holds the secret and nothing else"];
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return ["is not text (UTF-8)", "keep it as text, such as base64, and let what uses it decode it"];
    default:
      return [`cannot be read (${code === "" ? "unknown fault" : code})`, "look at the file"];
  }
}
