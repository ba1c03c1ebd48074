/** `opsc show PLAN|RUN` */

import type { Store } from "../../runtime/store/port.ts";
import { type Attested, attestationOf, logKeysOf } from "../attested.ts";
import type { Common } from "../common.ts";
import { EXIT, type ExitCode, Stop } from "../exit.ts";
import { isPlanName, readPlanFile } from "../files.ts";
import type { Io } from "../io.ts";
import { findRoot, settingsOf } from "../project.ts";
import { type PlanFormat, renderPlan } from "../render-plan.ts";
import { happenedOf, whatNow } from "../runs/happened.ts";
import { readRun } from "../runs/reading.ts";
import { recordOf } from "../runs/record.ts";
import { reportLines } from "../runs/report.ts";
import { openStore } from "../store.ts";

interface Options extends Common {
  readonly format?: PlanFormat;
  readonly history?: true;
}

export async function run(io: Io, what: string, options: Options): Promise<ExitCode> {
  if (isPlanName(what)) {
    if (options.history === true)
      throw new Stop(
        EXIT.wrong,
        "--history is for a run: a plan has none",
        "leave it out, or name a run; opsc runs lists them",
      );
    io.raw(await renderPlan(await readPlanFile(what), io.json ? "json" : (options.format ?? "text"), io));
    return EXIT.done;
  }
  const store = await openStore(await findRoot(options.dir), { readonly: true });
  try {
    const now = Date.now();
    const reading = await readRun(store, what, now);
    const attested = await attestedHere(store, what, options.dir);
    if (io.json || options.format === "json") io.rawJson(JSON.stringify(recordOf(reading, attested)));
    else if (options.format !== undefined)
      io.raw(await renderPlan(reading.file, options.format, io, happenedOf(reading.view, whatNow(reading))));
    else
      for (const line of reportLines(reading, { ...io, now, attested, history: options.history === true }))
        io.raw(line);
    return EXIT.done;
  } finally {
    await store.close();
  }
}

/** null where the trust root lists no keys of the log, or cannot be read, as with a store that was copied elsewhere. */
async function attestedHere(store: Store, run: string, dir: string | undefined): Promise<Attested | null> {
  try {
    const trusted = logKeysOf(await settingsOf(dir));
    return trusted === null ? null : await attestationOf(store, run, trusted);
  } catch (error) {
    if (error instanceof Stop) return null;
    throw error;
  }
}
