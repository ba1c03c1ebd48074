/** Text files of people, read with distrust: only plain files, only so large, only UTF-8. */

import { constants } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { DataFile } from "../compiler/data/file.ts";
import { notUtf8 } from "../language/utf8.ts";
import { messageOf } from "../runtime/message.ts";

/** `fault` is `wrong` where the file is, `environment` where it could not be read, `absent` where there is none. */
export type TextFile =
  | { readonly text: string }
  | { readonly problem: string; readonly help: string | null; readonly fault: "wrong" | "environment" | "absent" };

/** At most `limit` bytes are read, whatever the file's size; pipes and devices are not waited for. */
export async function readTextFile(file: string, limit: number): Promise<TextFile> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await handle.stat();
      if (found.isDirectory()) return wrong("it is a folder", "name a file");
      if (!found.isFile()) return wrong("it is no file but a device or a pipe", "take it away");
      if (found.size > limit) return wrong(`it has ${found.size} bytes; at most ${limit} are read`, "split it");
      const bytes = await handle.readFile();
      const bad = notUtf8(bytes);
      if (bad !== null)
        return wrong(
          `it is not UTF-8 text: byte ${bad.offset}, on line ${bad.line}, begins no character`,
          "save it as UTF-8",
        );
      return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return { problem: inWords(error), help: null, fault: codeOf(error) === "ENOENT" ? "absent" : "environment" };
  }
}

function wrong(problem: string, help: string): TextFile {
  return { problem, help, fault: "wrong" };
}

/** `readTextFile` of a file that must lie within `root` (a real path), also after links are followed. */
export async function readWithin(root: string, file: string, limit: number): Promise<DataFile> {
  try {
    if (!isWithin(root, await realpath(file)))
      return { problem: "it lies outside", help: "copy it to where it is used: what lies outside is not under review" };
  } catch (error) {
    return { problem: inWords(error), help: null };
  }
  const read = await readTextFile(file, limit);
  return "text" in read ? read : { problem: read.problem, help: read.help };
}

/** Whether something is there, links followed. */
export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

export function isWithin(folder: string, file: string): boolean {
  const way = path.relative(folder, file);
  return way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function inWords(error: unknown): string {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file";
    case "ELOOP":
      return "it is a link that leads back to itself";
    case "EACCES":
    case "EPERM":
      return "its permissions do not allow it";
    default:
      return messageOf(error);
  }
}
