/** Runs that were here and of which the store knows nothing any more, as when it was emptied or an older copy put back. */
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Store } from "../runtime/store/port.ts";
import { plural } from "./words.ts";

/** Of so many the names are told. */
const NAMED = 3;

/** Their names, in order; `store` is null where there is none, or an empty one. A lock file outlives its run and all copies of the log. */
export async function lostRuns(root: string, store: Pick<Store, "beside"> | null): Promise<readonly string[]> {
  // The locks first: a run that begins in between is then in the store.
  const files = await readdir(path.join(root, ".opsc", "locks")).catch(() => []);
  const claimed = new Set((await store?.beside())?.fences.keys());
  return files
    .flatMap((name) => /^([a-z0-9-]{1,64})\.db$/.exec(name)?.[1] ?? [])
    .filter((run) => !claimed.has(run))
    .sort();
}

/** What is to be said of them; there is at least one. */
export function lostWords(lost: readonly string[]): Readonly<Record<"what" | "why" | "remedy", string>> {
  const more = lost.length > NAMED ? ` and ${lost.length - NAMED} more` : "";
  return {
    what: `the store knows nothing of ${plural(lost.length, "run")} that ${lost.length === 1 ? "was" : "were"} begun here: ${lost.slice(0, NAMED).join(", ")}${more}`,
    why: "it was emptied, deleted or replaced: what those runs did, and which plans were used, is not recorded any more",
    remedy: "put back a copy of .opsc/opsc.db from before; where the loss is meant, delete .opsc/locks too",
  };
}
