/**
 * Previews before the first write: what was approved is what the plan shows, so a step that would change something else by now
 * makes the plan stale, also where nothing is left to change: then somebody has done it, and another plan is what is wanted.
 *
 * Looked at until the run itself writes: from then on the world is not that of the plan, whatever others do.
 */

import type { PartlyEnv } from "../../compiler/ir/partly/decide.ts";
import { known } from "../../compiler/ir/partly/value.ts";
import type { Preview, StepNode } from "../../compiler/plan/plan.schema.ts";
import { conditionsOf } from "../../compiler/plan/view.ts";
import type { EventOf } from "../event.schema.ts";
import { goesOn, isWrite } from "./calls.ts";
import { otherChangeText } from "./stale.ts";
import { isOver, type NodeState, ownNodes, type RunState } from "./state.ts";

/** What asking again gave, kept as a plan keeps it. */
export type PreviewRead = { readonly id: string } & (
  | { readonly ok: true; readonly preview: Preview }
  | { readonly ok: false; readonly why: string }
);

type Judged = NonNullable<EventOf<"gate.judged">["previews"]>;

/** Of a fleet all of which is another by now, so many are recorded, and so many told as the reason. */
const RECORDED = 20;
const TOLD = 3;

/** Ids of the steps that are asked again what they would change, in the order of the plan. */
export function previewsToCompare(state: RunState): string[] {
  if (state.wrote || state.ending !== null) return [];
  const env = resultsOf(state);
  return ownNodes(state).flatMap((n) => (shown(n) !== null && mayStillRun(state, n, env) ? [n.node.id] : []));
}

/** `told` is null where none was asked. */
export function judgePreviews(
  state: RunState,
  reads: readonly PreviewRead[],
): { readonly told: Judged | null; readonly reasons: readonly string[] } {
  const changed: Judged["changed"][number][] = [];
  let [compared, more] = [0, 0];
  const env = resultsOf(state);
  for (const read of reads) {
    const n = state.byId.get(read.id);
    const was = n === undefined ? null : shown(n);
    // A read that ended meanwhile may have decided that it does not run.
    if (n === undefined || was === null || !mayStillRun(state, n, env)) continue;
    compared++;
    if (read.ok && sameChange(was, read.preview)) continue;
    if (changed.length >= RECORDED) more++;
    else {
      const why = otherChangeText(read.id, was, read);
      changed.push({ node: read.id, was: was.summary, is: read.ok ? read.preview.summary : null, why });
    }
  }
  if (compared === 0) return { told: null, reasons: [] };
  const rest = changed.length + more - TOLD;
  const reasons = changed.slice(0, TOLD).map(({ why }) => why);
  if (rest > 0) reasons.push(`${rest} further step${rest === 1 ? "" : "s"} would change something else too`);
  return { told: { compared, changed, more }, reasons };
}

/** What the plan shows of a write; null where it shows nothing. */
const shown = (n: NodeState): StepNode["preview"] => (isWrite(n) ? n.node.preview : null);

/** Whether it may run as far as is known; a branch that is not taken asks nothing. */
const mayStillRun = (state: RunState, n: NodeState, env: PartlyEnv): boolean =>
  !isOver(n) && goesOn(state, n) && (n.node.when.length === 0 || conditionsOf(n.node.when, env) !== null);

/** What steps gave so far: all else, the time too, may be another when the step is reached. */
const resultsOf = (state: RunState): PartlyEnv => ({
  fresh: { next: 0 },
  ref(root, name) {
    const n = root === "step" ? state.byId.get(name) : undefined;
    return n !== undefined && isOver(n) ? known(n.result) : undefined;
  },
});

/** Fingerprints by different keys say nothing. */
function sameChange(was: Preview, is: Preview): boolean {
  if (was.summary !== is.summary || was.diff !== is.diff) return false;
  const [a, b] = [was.fingerprint, is.fingerprint];
  return a === undefined || b === undefined || a.key !== b.key || a.mac === b.mac;
}
