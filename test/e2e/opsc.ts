/** The real `opsc` command, as built, in folders of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

export const root = path.resolve(import.meta.dirname, "../..");
export const binary = path.join(root, "dist/opsc.mjs");

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Of whoever runs the tests: what would make the command somebody else. */
const NOBODY = { OPSC_OIDC_TOKEN: "", OPSC_OIDC_TOKEN_FILE: "", ACTIONS_ID_TOKEN_REQUEST_URL: "" };

export function start(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, [binary, ...args], {
    cwd,
    env: {
      ...process.env,
      NO_COLOR: "1",
      COLUMNS: "100",
      CI: "",
      FORCE_COLOR: "0",
      OPSC_DIR: "",
      OPSC_AS: "",
      ...NOBODY,
      ...env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** As `start`, held to what permissions say, also where the tests run as root, who may do all of it otherwise. */
export function startHeld(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const caps = "-dac_override,-dac_read_search";
  const [command = "", ...before] =
    process.getuid?.() === 0
      ? ["setpriv", "--bounding-set", caps, "--inh-caps", caps, process.execPath]
      : [process.execPath];
  return spawn(command, [...before, binary, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", COLUMNS: "100", CI: "", OPSC_DIR: "", OPSC_AS: "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

export async function ended(child: ChildProcess, input = ""): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, out: Buffer.concat(out).toString("utf8"), err: Buffer.concat(err).toString("utf8") };
}

export const opsc = (
  args: readonly string[],
  cwd: string,
  input = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> => ended(start(args, cwd, env), input);

/** A project of these files in a folder of its own. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "opsc-e2e-"));
  writeFileSync(path.join(folder, "opsc.config.json"), "{}\n");
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

export function copyOf(folder: string): string {
  const copy = mkdtempSync(path.join(tmpdir(), "opsc-e2e-"));
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

export async function until(holds: () => boolean | Promise<boolean>, what: string, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain: ${what}`);
}
