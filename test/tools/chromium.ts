/** Where Chromium is, for tests of what runs in a browser. As root on Debian it is installed where it is missing; else this says what to do. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import process from "node:process";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const HINT = "Install Chromium (apt-get install chromium), or set CHROMIUM to the path of one.";

/** The path of a Chromium. Throws an `Error` that says what is missing. */
export function chromiumPath(): string {
  const told = process.env.CHROMIUM;
  if (told !== undefined && told !== "") {
    if (!existsSync(told)) throw new Error(`CHROMIUM is ${told}, and there is no such file. ${HINT}`);
    return told;
  }
  const found = find() ?? install();
  if (found === null) throw new Error(`The page is tested in a real browser, and there is none here. ${HINT}`);
  return found;
}

function find(): string | null {
  for (const folder of (process.env.PATH ?? "").split(path.delimiter))
    for (const name of NAMES) if (existsSync(path.join(folder, name))) return path.join(folder, name);
  return null;
}

function install(): string | null {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return null;
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    execFileSync("apt-get", ["update", "-q"], { stdio: "pipe", env });
    execFileSync("apt-get", ["install", "-qy", "--no-install-recommends", "chromium"], { stdio: "pipe", env });
  } catch (error) {
    throw new Error(`Chromium could not be installed: ${error instanceof Error ? error.message : error}. ${HINT}`);
  }
  return find();
}
