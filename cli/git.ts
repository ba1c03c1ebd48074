/** What git says; opsc never needs it. No command here runs a hook or a monitor of the repository it asks. */
import { execFile, spawnSync } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";

/** What a git command prints, trimmed; `found` is false where there is no git, `ok` where it said no. */
export interface Said {
  readonly found: boolean;
  readonly ok: boolean;
  readonly out: string;
}

/** Of any repository: what it would have git run beside what is asked. */
const QUIET = ["core.hooksPath=/dev/null", "core.fsmonitor=false"].flatMap((setting) => ["-c", setting]);

/** Git sets these for the hooks it runs; opsc asks of the folder it names, also where a hook runs it. */
const ELSEWHERE =
  /^GIT_(?:DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE)$/;

const here = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !ELSEWHERE.test(name)));

/** A folder of the tree that only looks like a repository is not asked: what it says anybody may have written. */
const NOT_OF_THE_TREE = ["-c", "safe.bareRepository=explicit"];

export async function git(args: readonly string[], directory: string): Promise<Said> {
  try {
    const asked = [...QUIET, ...NOT_OF_THE_TREE, ...args];
    const { stdout } = await promisify(execFile)("git", asked, { cwd: directory, env: here(), timeout: 5000 });
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
  const safe = [...QUIET, "-c", "protocol.allow=never"];
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

export interface GitRequest {
  /** Given on standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long a git command may take that may ask another machine, in milliseconds. */
const PATIENCE = 30_000;

/** What a git command prints, to the byte. Rejects with an `Error` that says what git says, in one line. */
export function gitOut(
  args: readonly string[],
  directory: string,
  { input = "", env }: GitRequest = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: directory,
      timeout: PATIENCE,
      maxBuffer: 16 * 1024 * 1024,
      // Nobody is there to be asked for a password.
      env: { ...here(), GIT_TERMINAL_PROMPT: "0", ...env },
    };
    const child = execFile("git", [...QUIET, ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const missing = error.code === "ENOENT";
      const said = stderr.trim().split("\n").at(-1) ?? "";
      const what = `git ${args[0]}`;
      if (missing) return reject(new Error(`there is no git here, or no folder ${directory}`));
      if (error.killed === true) return reject(new Error(`${what} did not end within ${PATIENCE / 1000} seconds`));
      reject(new Error(`${what}: ${said === "" ? error.message : said}`));
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
