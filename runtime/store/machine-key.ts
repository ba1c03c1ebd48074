/** Keys of this machine: files beside the store, read by their owner alone, and known to no plan and no log. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { prepareDirectory, prepareFile } from "./directory.ts";

const LENGTH = 32;

/** `fingerprint` is that of differences in plans (`../plan/preview.ts`), `seal` that of what undo will need (`seal.ts`). */
export type MachineKey = "fingerprint" | "seal";

/**
 * Of the store in `directory`; with `create` it is made where there is none. null where there is none, or none to be trusted:
 * what may not be written, or has others' hands in it, is no reason not to plan.
 */
export function machineKey(directory: string, which: MachineKey, create: boolean): Uint8Array | null {
  const file = path.join(directory, `${which}.key`);
  try {
    // Whoever makes the folder owns the store: one who only plans in somebody else's project does not take it.
    const makes = create && (fs.existsSync(directory) || ownedByMe(path.dirname(directory)));
    prepareDirectory(directory, makes);
    if (makes && !fs.existsSync(file)) makeKey(file);
    prepareFile(file, false);
    const key = fs.readFileSync(file);
    return key.length === LENGTH ? key : null;
  } catch {
    return null;
  }
}

const ownedByMe = (folder: string): boolean => fs.statSync(folder).uid === (process.getuid?.() ?? 0);

/** Whole or not at all, and never over one that another process made meanwhile. */
function makeKey(file: string): void {
  const key = randomBytes(LENGTH);
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    fs.writeFileSync(temporary, key, { mode: 0o600, flag: "wx", flush: true });
    fs.linkSync(temporary, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}
