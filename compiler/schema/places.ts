/**
 * Places of statements that ask for a value of a type, by a time: as properties of blocks do (`blocks.ts`), though they
 * have no name of their own there. The checker and the reference read this table.
 */
import { DURATION, INT } from "../types/relations.ts";
import type { Type } from "../types/type.ts";
import type { PropertySpec } from "./blocks.ts";

export interface PlaceSpec {
  /** In messages. */
  readonly what: string;
  /** Null where other rules say what may stand there. */
  readonly type: Type | null;
  readonly known: PropertySpec["known"];
  readonly least?: number;
}

export const PLACES = {
  wait: { what: "the time to wait", type: DURATION, known: "plan", least: 0 },
  over: { what: "what a for goes over", type: null, known: "plan" },
  batch: { what: "the size of a batch", type: INT, known: "plan", least: 1 },
  every: { what: "the pause between batches", type: DURATION, known: "plan", least: 0 },
  tolerate: { what: "how many may fail", type: INT, known: "plan", least: 0 },
  at_most: { what: "at most", type: INT, known: "plan", least: 1 },
  approver: { what: "who approves", type: null, known: "plan" },
  escalate_after: { what: "the time to wait until others are asked", type: DURATION, known: "plan", least: 1 },
  limit_by: { what: "what limit counts by", type: null, known: "plan" },
} as const satisfies Readonly<Record<string, PlaceSpec>>;
