/**
 * What became of a plan in a run, as far as renderings draw it. Plain data: whoever reads the run's log makes it, and
 * each rendering shows the same plan with it.
 */

/** Where a node stands. `unknown`: it began, and how it ended only a person can say. */
export type Fate =
  | "pending"
  | "running"
  | "retrying"
  | "waiting"
  | "done"
  | "skipped"
  | "failed"
  | "unknown"
  | "undoing"
  | "undone"
  | "undo failed";

export interface NodeFate {
  readonly fate: Fate;
  /** Begun so far; 0 before the first, and of what is not attempted, such as a wait. */
  readonly attempts: number;
  /** Milliseconds from its beginning to its latest end; null before both. */
  readonly took: number | null;
  /** Why it failed or was skipped, what it waits for. Not escaped. */
  readonly why: string | null;
  /** How what it gave for a time stands, where it gave something; within a sentence. */
  readonly lease?: string;
}

export interface Happened {
  readonly run: string;
  /** `succeeded`, `undone`, …; null while it goes on or waits to be taken up. */
  readonly outcome: string | null;
  readonly why: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** By node id. A node that is not in it is pending. */
  readonly nodes: ReadonlyMap<string, NodeFate>;
  /** To be done by hand. */
  readonly left: readonly { readonly node: string; readonly what: string }[];
}

const PENDING: NodeFate = { fate: "pending", attempts: 0, took: null, why: null };

export function fateOf(happened: Happened, node: string): NodeFate {
  return happened.nodes.get(node) ?? PENDING;
}
