/**
 * Looks at a command before a process is made for it, so that what is wrong is said in words. At once, without threads: a
 * few looks at the disk's cache cost less than being woken for each.
 */
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { ProviderError } from "../provider/contract.ts";

/** Where the shell looks when the environment has no PATH. */
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

const refuse = (message: string): ProviderError => new ProviderError(message, { retryable: false });

function kindOf(file: string): "absent" | "folder" | "not executable" | "executable" {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return "absent";
    if (found.isDirectory()) return "folder";
    accessSync(file, constants.X_OK);
    return "executable";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "EACCES" || code === "EPERM" ? "not executable" : "absent";
  }
}

/** Throws where `cwd` is no folder that can be entered. */
export function checkFolder(cwd: string): void {
  const kind = kindOf(cwd);
  if (kind === "folder") return;
  throw refuse(
    kind === "absent"
      ? `the working directory \`${cwd}\` does not exist. Create it, or correct \`cwd\`.`
      : `the working directory \`${cwd}\` is not a folder that can be entered. Correct \`cwd\`.`,
  );
}

/**
 * The absolute path of a command: looked for along `PATH` of `env`, or from `cwd` if it has a slash. Throws
 * `ProviderError` where it is not there or cannot be executed.
 */
export function findCommand(name: string, cwd: string, env: { readonly [name: string]: string }): string {
  if (name === "") throw refuse("the command is an empty text. Put the program's name first in `argv`.");
  if (name.includes("/")) {
    const file = path.resolve(cwd, name);
    const kind = kindOf(file);
    if (kind === "executable") return file;
    if (kind === "absent") throw refuse(`\`${file}\` does not exist. Correct the first element of \`argv\`.`);
    throw refuse(
      kind === "folder"
        ? `\`${file}\` is a folder, not a program. Correct the first element of \`argv\`.`
        : `\`${file}\` may not be executed. Make it executable (\`chmod +x\`), or run it through its interpreter.`,
    );
  }
  const search = env.PATH ?? DEFAULT_PATH;
  let blocked: string | null = null;
  for (const folder of search.split(":")) {
    const file = path.resolve(cwd, folder, name);
    const kind = kindOf(file);
    if (kind === "executable") return file;
    if (kind === "not executable") blocked ??= file;
  }
  if (blocked !== null) throw refuse(`\`${blocked}\` may not be executed. Make it executable (\`chmod +x\`).`);
  throw refuse(`no program named \`${name}\` on PATH (${search}). Install it there, or give its path.`);
}
