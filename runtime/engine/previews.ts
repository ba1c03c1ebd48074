/**
 * Previews before the first write: what was approved is what the plan shows, so a step that would change something else by now
 * makes the plan stale, also where nothing is left to change: then somebody has done it, and another plan is what is wanted.
 *
 * Looked at until the run itself writes: from then on the world is not that of the plan, whatever others do. And once more
 * before a run that had ended is rolled back: where what a step did stands, to do it again would change nothing.
 */

import type { PartlyEnv } from "../../compiler/ir/partly/decide.ts";
import { known } from "../../compiler/ir/partly/value.ts";
import type { Preview, StepNode } from "../../compiler/plan/plan.schema.ts";
import { conditionsOf } from "../../compiler/plan/view.ts";
import type { EventOf } from "../event.schema.ts";
import { goesOn, isWrite } from "./calls.ts";
import { resourceOf } from "./scope.ts";
import { changedSinceText, otherChangeText } from "./stale.ts";
import { isOver, mayHaveActed, type NodeState, ownNodes, type RunState } from "./state.ts";
import { needsUndo } from "./undo.ts";

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
export const previewsToCompare = (state: RunState): string[] => compared(state).map((n) => n.node.id);

function compared(state: RunState): readonly NodeState[] {
  if (state.ending?.cause === "rolled_back") return standing(state);
  if (state.wrote || state.ending !== null) return [];
  const env = resultsOf(state);
  return ownNodes(state).filter((n) => shown(n) !== null && mayStillRun(state, n, env));
}

/** Steps that are to be undone and after which none of the run has written there: else the world is what that one made of it. */
function standing(state: RunState): readonly NodeState[] {
  const found: NodeState[] = [];
  const resources = new Set<string>();
  const instances = new Set<string>();
  /** Those on which something was written that cannot be told. */
  const anywhere = new Set<string>();
  for (const n of [...ownNodes(state)].reverse()) {
    if (!isWrite(n) || !mayHaveActed(n.call) || n.undo.status === "undone") continue;
    const { instance } = n.node.call;
    const resource = resourceOf(state, n.node.call);
    const isCovered = resource === null ? instances.has(instance) : resources.has(resource) || anywhere.has(instance);
    if (!isCovered && shown(n) !== null && needsUndo(n) && n.undo.status === "none") found.push(n);
    instances.add(instance);
    if (resource === null) anywhere.add(instance);
    else resources.add(resource);
  }
  return found.reverse();
}

/** `told` is null where none was asked. */
export function judgePreviews(
  state: RunState,
  reads: readonly PreviewRead[],
): { readonly told: Judged | null; readonly reasons: readonly string[] } {
  const changed: Judged["changed"][number][] = [];
  let [count, more] = [0, 0];
  // A read that ended meanwhile may have decided that a step does not run.
  const asked = new Map(compared(state).map((n) => [n.node.id, shown(n)]));
  const back = state.ending !== null;
  for (const read of reads) {
    const was = asked.get(read.id) ?? null;
    if (was === null) continue;
    count++;
    if (read.ok && (sameChange(was, read.preview) || (back && isNothing(read.preview)))) continue;
    if (changed.length >= RECORDED) more++;
    else {
      const why = back ? changedSinceText(read.id, read) : otherChangeText(read.id, was, read);
      changed.push({ node: read.id, was: was.summary, is: read.ok ? read.preview.summary : null, why });
    }
  }
  if (count === 0) return { told: null, reasons: [] };
  const rest = changed.length + more - TOLD;
  const reasons = changed.slice(0, TOLD).map(({ why }) => why);
  const others = `${rest} further step${rest === 1 ? "" : "s"}`;
  if (rest > 0) reasons.push(back ? `so has what ${others} left` : `${others} would change something else too`);
  return { told: { compared: count, changed, more }, reasons };
}

/** What the contract of providers has a preview say where all is as wanted. */
const isNothing = ({ summary, diff }: Preview): boolean => summary === "no change" && diff === null;

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
