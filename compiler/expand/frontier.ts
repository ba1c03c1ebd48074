/**
 * The order of steps: writes, checks, approvals and waits (barriers) run in the order written; reads between two
 * barriers run together, after the one and before the other.
 */
export interface Frontier {
  /** What the next node waits for at least. */
  entry: readonly string[];
  /** Reads since the last barrier, which the next barrier waits for. Each of them waits for `entry`. */
  open: string[];
}

export const newFrontier = (entry: readonly string[]): Frontier => ({ entry, open: [] });

/** What a barrier waits for: the reads since the last one, or that one if there were none. */
export function exits(frontier: Frontier): readonly string[] {
  return frontier.open.length > 0 ? frontier.open : frontier.entry;
}

export function passBarrier(frontier: Frontier, ids: readonly string[]): void {
  frontier.entry = ids;
  frontier.open = [];
}
