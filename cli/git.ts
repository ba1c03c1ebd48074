/** What git says; opsc never needs it. */
import { execFile, spawnSync } from "node:child_process";
import process from "node:process";
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

/** Of what `gitData` gives, in bytes; and how long it may take, in milliseconds. */
const MOST = 128 * 1024 * 1024;
const TIME = 20_000;

/**
 * What git prints of a repository that is only data here: no hook of it is run, no monitor, nothing is fetched, no object is
 * replaced, and no variable leads elsewhere. null where git says no.
 */
export function gitData(directory: string, args: readonly string[], input = ""): Buffer | null | "no git" {
  const safe = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.allow=never"].flatMap((s) => ["-c", s]);
  // Of git's own variables, those that name whose configuration is read stay: it may say whose repositories are safe.
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("GIT_") || /^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$/.test(name),
  );
  const ran = spawnSync("git", [...safe, "-C", directory, ...args], {
    input,
    env: { ...Object.fromEntries(kept), GIT_NO_REPLACE_OBJECTS: "1", GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0" },
    timeout: TIME,
    maxBuffer: MOST,
    stdio: ["pipe", "pipe", "ignore"],
  });
  if (ran.error !== undefined && "code" in ran.error && ran.error.code === "ENOENT") return "no git";
  return ran.status === 0 ? ran.stdout : null;
}
