/** Names of runs and streams. A run's name becomes the name of a file, so it is checked before anything is done with it. */
import { hash } from "node:crypto";
import { StoreError } from "./port.ts";

const RUN = /^[a-z0-9-]{1,64}$/;
const OTHER_STREAM =
  /^(plan\/[!-~]{1,128}|(lock|limit|lease)\/[0-9a-f]{64}|(control|erasure)\/[a-z0-9-]{1,64}|switch\/freeze)$/;

/** The run a stream belongs to, or null for a stream that is not a run's. */
export function runOf(stream: string): string | null {
  return stream.startsWith("run/") ? stream.slice("run/".length) : null;
}

export const erasureStream = (run: string): string => `erasure/${run}`;

/** Throws `StoreError` `missing`: no run can have this name. */
export function checkRun(run: string): void {
  if (RUN.test(run)) return;
  throw new StoreError(
    "missing",
    `there is no run ${JSON.stringify(run)}: a run is named by 1 to 64 of a-z, 0-9 and "-"`,
    "`opsc runs` lists the runs there are",
  );
}

/** The stream of what has this name: of a lock, a limit or what leases are on, whose names may be any text. */
export const namedStream = (kind: "lock" | "limit" | "lease", ...name: readonly string[]): string =>
  `${kind}/${hash("sha256", JSON.stringify(name), "hex")}`;

/** Throws `StoreError` `missing` for a bad run, `TypeError` for a stream of no known kind. */
export function checkStream(stream: string): void {
  const run = runOf(stream);
  if (run !== null) checkRun(run);
  else if (!OTHER_STREAM.test(stream)) throw new TypeError(`${JSON.stringify(stream)} is the name of no stream`);
}
