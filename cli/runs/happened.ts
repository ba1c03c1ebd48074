/** What became of a plan in a run, for the renderings of the plan. */
import type { Happened, NodeFate } from "../../compiler/render/happened.ts";
import type { NodeView, RunView } from "../progress/view.ts";

export function happenedOf(view: RunView): Happened {
  const { finished, startedAt } = view;
  return {
    run: view.run,
    outcome: finished?.outcome ?? null,
    why: finished?.why ?? null,
    startedAt,
    endedAt: finished === null ? null : Date.parse(finished.at),
    nodes: new Map([...view.nodes].map(([id, n]) => [id, fateOf(n)])),
    left: finished?.left ?? [],
  };
}

function fateOf({ standing, attempts, took, began, ended, why, failure }: NodeView): NodeFate {
  return {
    fate: standing,
    attempts,
    took: took ?? (began !== null && ended !== null ? ended - began : null),
    // What is undone failed first, perhaps: that is what one wants to know of it.
    why: standing === "unknown" ? "it was cut off" : (why ?? failure),
  };
}
