/** What git says; opsc never needs it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a git command prints, trimmed; `found` is false where there is no git, `ok` where it said no. */
export interface Said {
  readonly found: boolean;
  readonly ok: boolean;
  readonly out: string;
}

export async function git(args: readonly string[], directory: string): Promise<Said> {
  try {
    const { stdout } = await promisify(execFile)("git", [...args], { cwd: directory, timeout: 5000 });
    return { found: true, ok: true, out: stdout.trim() };
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return { found: !missing, ok: false, out: "" };
  }
}
