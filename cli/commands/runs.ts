/** `opsc runs` */

import type { RunSummary, Store } from "../../runtime/store/port.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { newView, see } from "../progress/view.ts";
import { findRoot } from "../project.ts";
import { openStore } from "../store.ts";
import { planOfRun } from "../stored.ts";
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
      const state = r.outcome ?? (await stateOf(store, r));
      io.out(
        `${r.run}  ${safeText(r.action).padEnd(width)}  ${r.createdAt.slice(0, 16).replace("T", " ")}  ${safeText(r.requester)}  ${state}`,
      );
    }
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** Where a run that has not ended stands, as far as its log tells. */
async function stateOf(store: Store, { run, held }: RunSummary): Promise<string> {
  const { file, events } = await planOfRun(store, run);
  const view = newView(file.plan);
  for (const event of events) see(view, event);
  const waiting = [...view.nodes.values()].some((n) => n.standing === "waiting");
  if (held) return waiting ? "waits for approval, in a process that lives" : "running";
  return waiting
    ? "waits for approval: opsc approve, then opsc resume"
    : "was cut off or let go: opsc resume goes on with it";
}
