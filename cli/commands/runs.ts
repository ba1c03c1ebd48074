/** `opsc runs` */

import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { findRoot } from "../project.ts";
import { openStore } from "../store.ts";
import { safeText } from "../words.ts";

export async function run(io: Io, options: Common): Promise<ExitCode> {
  const store = await openStore(await findRoot(options.dir), { create: false });
  try {
    const runs = [...(await store.runs())].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    if (io.json) {
      io.raw(JSON.stringify({ runs }));
      return EXIT.done;
    }
    if (runs.length === 0) io.out("no runs yet");
    const width = Math.max(0, ...runs.map((r) => r.action.length));
    for (const r of runs) {
      const state = r.outcome ?? (r.held ? "running" : "not finished: opsc resume goes on with it");
      io.out(
        `${r.run}  ${safeText(r.action).padEnd(width)}  ${r.createdAt.slice(0, 16).replace("T", " ")}  ${safeText(r.requester)}  ${state}`,
      );
    }
    return EXIT.done;
  } finally {
    await store.close();
  }
}
