/** Programs that tests need and npm does not bring. As root on Debian one that is missing is installed; else this says what to do. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";

/** The path of the first of `names` there is, or of what the package brings. Throws an `Error` that says what is missing, and `why` it is needed. */
export function programPath(names: readonly string[], debian: string, why: string): string {
  const found = find(names) ?? install(names, debian);
  if (found === null) throw new Error(`${why} There is no ${names[0]} here: install it (apt-get install ${debian}).`);
  return found;
}

function find(names: readonly string[]): string | null {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter))
    for (const name of names) if (existsSync(path.join(folder, name))) return path.join(folder, name);
  return null;
}

function install(names: readonly string[], debian: string): string | null {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return null;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    execFileSync("apt-get", ["update", "-q"], { stdio: "pipe", env });
    execFileSync("apt-get", ["install", "-qy", "--no-install-recommends", debian], { stdio: "pipe", env });
  } catch {
    return null;
  }
  return find(names);
}
