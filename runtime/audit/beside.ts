/**
 * What a store knows of its log beside the log, against the log: somebody who changes entries by hand, or a file that lost some, is seldom
 * as thorough with all of that. It proves nothing where all is as it should be.
 */
import type { Beside } from "../store/port.ts";
import type { Findings } from "./findings.ts";

export function judgeBeside(
  { size, most, kept, fences, odd }: Beside,
  held: ReadonlyMap<string, { readonly seq: number; readonly fence: number }>,
  findings: Findings,
): void {
  const report = (what: string): void => findings.report({ seq: size, stream: "" }, "store", what);
  for (const each of odd) report(`the store ${each}: somebody had a hand in it`);
  if (most > size)
    report(`the log ends after ${size} entries, and the store has counted ${most}: its end was cut off, or lost`);
  for (const [level, count] of kept)
    if (count > Math.floor(size / 2 ** level))
      report(
        `the log ends after ${size} entries, and the store keeps hashes of the first ${count * 2 ** level}: its end was cut off, or lost`,
      );
  for (const [run, { seq, fence }] of held) {
    const last = fences.get(run) ?? 0;
    if (last < fence)
      findings.report(
        { seq, stream: `run/${run}` },
        "store",
        `it is held under claim ${fence}, and the store has given out ${last === 0 ? "none" : `no more than ${last}`}: a process that lost the run could write to it again`,
      );
  }
}
