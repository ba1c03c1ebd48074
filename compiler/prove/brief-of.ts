/** Makes the brief of an action: beside `brief.ts`, which all proofs read, so that neither waits for the other. */
import type { Action } from "../program.ts";
import {
  type Brief,
  type Briefs,
  finalOf,
  firstIn,
  holds,
  isBarrier,
  isConcurrent,
  isWrite,
  nested,
  undoableOf,
} from "./brief.ts";
import { leastWorstOf } from "./worst.ts";

export function briefOf({ body, lock, timeout }: Pick<Action, "body" | "lock" | "timeout">, briefs: Briefs): Brief {
  return {
    final: firstIn(body, (each) => finalOf(each, briefs)),
    undoable: firstIn(body, (each) => undoableOf(each, briefs)),
    concurrent: isConcurrent(body, briefs),
    barrier: holds(body, (each) => isBarrier(each) || nested(each, briefs)?.barrier === true),
    writes: holds(body, (each) => isWrite(each) || nested(each, briefs)?.writes === true),
    approval: holds(body, (each) => each.s === "approve" || nested(each, briefs)?.approval === true),
    facts: holds(body, (each) => each.s === "fact" || nested(each, briefs)?.facts === true),
    lock: lock !== null || holds(body, (each) => nested(each, briefs)?.lock === true),
    worst: leastWorstOf({ body, timeout }, briefs),
  };
}
