/** What became of a plan in a run, for the renderings of the plan. */
import type { Happened, NodeFate } from "../../compiler/render/happened.ts";
import type { NodeView, RunView } from "../progress/view.ts";

/** `alive`: a process has the run in hand; of what nobody has in hand, nothing goes on. */
export function happenedOf(view: RunView, alive: boolean): Happened {
  const { finished, startedAt } = view;
  return {
    run: view.run,
    outcome: finished?.outcome ?? null,
    why: finished?.why ?? null,
    startedAt,
    endedAt: finished === null ? null : Date.parse(finished.at),
    nodes: new Map([...view.nodes].map(([id, n]) => [id, fateOf(n, alive)])),
    left: finished?.left ?? [],
  };
}

function fateOf(n: NodeView, alive: boolean): NodeFate {
  const { standing, attempts, took } = n;
  const cutOff = !alive && (standing === "running" || standing === "undoing") && n.node.kind === "step";
  return {
    fate: cutOff ? "unknown" : standing,
    attempts,
    took: took ?? (n.began !== null && n.ended !== null ? n.ended - n.began : null),
    // What is undone failed first, perhaps: that is what one wants to know of it.
    why: cutOff ? "it was cut off" : (n.why ?? n.failure),
  };
}
