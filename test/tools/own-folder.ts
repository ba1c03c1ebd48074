/** A temporary folder for all that the tests of one run make, taken away with it at the end: a thousand projects, half a gigabyte. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

export default function ownFolder(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-"));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
