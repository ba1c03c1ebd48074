/** Names of runs and streams. A run's name becomes the name of a file, so it is checked before anything is done with it. */
import { StoreError } from "./port.ts";

const RUN = /^[a-z0-9-]{1,64}$/;
const PLAN_STREAM = /^plan\/[!-~]{1,128}$/;

/** The run a stream belongs to, or null for a stream that is not a run's. */
export function runOf(stream: string): string | null {
  return stream.startsWith("run/") ? stream.slice("run/".length) : null;
}

/** Throws `StoreError` `missing`: no run can have this name. */
export function checkRun(run: string): void {
  if (RUN.test(run)) return;
  throw new StoreError(
    "missing",
    `there is no run ${JSON.stringify(run)}: a run is named by 1 to 64 of a-z, 0-9 and "-"`,
    "`opsc runs` lists the runs there are",
  );
}

/** Throws `StoreError` `missing` for a bad run, `TypeError` for a stream that is neither a run's nor a plan's. */
export function checkStream(stream: string): void {
  const run = runOf(stream);
  if (run !== null) checkRun(run);
  else if (!PLAN_STREAM.test(stream))
    throw new TypeError(`${JSON.stringify(stream)} is neither run/<id> nor plan/<digest>`);
}
