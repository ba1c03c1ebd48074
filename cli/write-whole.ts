/** Files written whole or not at all. */

import { randomBytes } from "node:crypto";
import { readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../runtime/message.ts";
import { EXIT, Stop } from "./exit.ts";
import { realSource } from "./links.ts";

/**
 * Through a file beside it, so that a reader never sees half. A link stays one, and its target is written; a device or a
 * pipe is written to, since a file in its place would be another thing.
 */
export async function writeWhole(named: string, text: string, mode = 0o644): Promise<void> {
  const file = await realpath(named).catch(() => named);
  const there = await stat(file).catch(() => null);
  if (there !== null && !there.isFile()) return writeInto(named, text, there.isDirectory());
  const temporary = path.join(
    path.dirname(path.resolve(file)),
    `.${path.basename(file)}.${randomBytes(6).toString("hex")}`,
  );
  try {
    await writeFile(temporary, text, { mode, flag: "wx" });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw cannotWrite(named, error);
  }
}

async function writeInto(file: string, text: string, isFolder: boolean): Promise<void> {
  if (isFolder) throw new Stop(EXIT.wrong, `${file} is a folder`, "name a file to write");
  try {
    await writeFile(file, text, { flag: "a" });
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

function cannotWrite(file: string, error: unknown): Stop {
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
  const why = missing ? "there is no such folder" : messageOf(error);
  return new Stop(EXIT.environment, `${file} cannot be written: ${why}`, "check the folder and its permissions");
}

interface SourceChange {
  /** The real folder of the project it belongs to: nothing outside is written. */
  readonly home: string;
  readonly file: string;
  /** The file as people name it. */
  readonly shown: string;
  readonly before: string | undefined;
  readonly text: string;
  /** The command to give again. */
  readonly again: string;
}

/** Whole or not at all, through links, with the permissions it had; not over what somebody wrote meanwhile. */
export async function writeSource({ home, file, shown, before, text, again }: SourceChange): Promise<void> {
  const target = await realSource(home, file, shown);
  if ((await readFile(target, "utf8")) !== before)
    throw new Stop(EXIT.wrong, `${shown} was changed meanwhile and is left as it is`, `run ${again} again`);
  await writeWhole(target, text, (await stat(target)).mode & 0o777);
}
