/** What `-o` may name: nothing that is lost is to be lost by a slip of the hand. */
import { readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { EXIT, Stop } from "./exit.ts";
import { MAX_PLAN } from "./files.ts";

/** A plan replaces a plan or an empty file. A device or a pipe is written to. Ends the command for all else. */
export async function mayHoldPlan(out: string): Promise<void> {
  await outsideOfStore(out);
  const found = await stat(out).catch(() => null);
  if (found === null || !found.isFile() || found.size === 0) return;
  if (found.size <= MAX_PLAN && isPlan(await readFile(out, "utf8").catch(() => ""))) return;
  throw new Stop(
    EXIT.wrong,
    `${out} is there already and is no plan: it is left as it is`,
    "name a new file, such as NAME.opsplan.json, or remove this one first",
  );
}

/** The folder `.opsc` holds the log, and nothing but the store writes there; a link into it is found out. */
export async function outsideOfStore(out: string): Promise<void> {
  for (const file of [path.resolve(out), await realOf(out)])
    if (file.split(path.sep).some((name) => name.toLowerCase() === ".opsc"))
      throw new Stop(
        EXIT.wrong,
        `${out} is within .opsc, where the log of all runs is kept: nothing else is written there`,
        "name a file elsewhere",
      );
}

async function realOf(out: string): Promise<string> {
  const file = path.resolve(out);
  return realpath(file).catch(() =>
    realpath(path.dirname(file)).then(
      (folder) => path.join(folder, path.basename(file)),
      () => file,
    ),
  );
}

function isPlan(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && "digest" in json && "plan" in json;
  } catch {
    return false;
  }
}
