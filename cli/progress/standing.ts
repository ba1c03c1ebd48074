/** Where a node of a plan stands in a run, and how many stand so. */
import type { Fate } from "../../compiler/render/happened.ts";

export type Standing = Fate;
export type Counts = Record<Standing, number>;

export const noCounts = (): Counts => ({
  pending: 0,
  running: 0,
  retrying: 0,
  waiting: 0,
  done: 0,
  skipped: 0,
  failed: 0,
  unknown: 0,
  undoing: 0,
  undone: 0,
  "undo failed": 0,
});

/** Of those on which something goes on, or that a person is asked about. */
export const activeIn = (c: Counts): number => c.running + c.retrying + c.waiting + c.undoing + c.unknown;
export const failedIn = (c: Counts): number => c.failed + c["undo failed"];
/** Of those that came to their end as they should, be it that they were not to run. */
export const overIn = (c: Counts): number => c.done + c.skipped;
/** `12 of 40 done`, `3 skipped`. */
export const doneWords = ({ done, skipped }: Counts, all: number): string[] => [
  `${done} of ${all} done`,
  ...(skipped > 0 ? [`${skipped} skipped`] : []),
];
export const allIn = (c: Counts): number => Object.values(c).reduce((sum, each) => sum + each, 0);

export function isActive(standing: Standing): boolean {
  switch (standing) {
    case "running":
    case "retrying":
    case "waiting":
    case "undoing":
    case "unknown":
      return true;
    case "pending":
    case "done":
    case "skipped":
    case "failed":
    case "undone":
    case "undo failed":
      return false;
  }
}
