/** The words for where a run stands. */
import type { Outcome } from "../../runtime/event.schema.ts";

/**
 * `running` a process is at it · `waiting` for an approval · `locked` waiting for locks of other runs · `unknown` a person must say what became of a step ·
 * `paused` stopped before its next step · `frozen` before its next write · `cut_off` by a crash, or let go; else how it ended.
 */
export const OPEN = ["running", "waiting", "locked", "unknown", "paused", "frozen", "cut_off"] as const;

const ENDED: { readonly [outcome in Outcome]: true } = {
  succeeded: true,
  refused: true,
  undone: true,
  incomplete: true,
  halted: true,
  cancelled: true,
  denied: true,
};

export type Standing = (typeof OPEN)[number] | Outcome;
export const STANDINGS = [...OPEN, ...(Object.keys(ENDED) as Outcome[])] as readonly Standing[];

/** What `--status` takes: a standing, or `open` for all that have not ended. */
export const STATUSES: readonly (Standing | "open")[] = ["open", ...STANDINGS];
export const isStatus = (text: string): text is Standing | "open" => STATUSES.some((each) => each === text);
