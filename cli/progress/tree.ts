/** The outline of a plan with what became of each node, counted for everything that holds others. */

import { formatDuration } from "../../compiler/ir/format.ts";
import type { PlanNode } from "../../compiler/plan/plan.schema.ts";
import { type Item, type Loop, outline } from "../../compiler/render/outline.ts";
import { brief } from "../../compiler/render/show-value.ts";
import { approvalWords, requirementText } from "../../compiler/render/words.ts";
import { safeName } from "../words.ts";
import { type Counts, noCounts } from "./standing.ts";
import type { Counter, NodeView, RunView } from "./view.ts";

export interface Leaf {
  readonly kind: "leaf";
  readonly name: string;
  readonly n: NodeView;
}

export interface Branch extends Counter {
  readonly kind: "run" | "loop" | "element" | "part" | "hook";
  readonly id: string;
  readonly name: string;
  readonly parent: Branch | null;
  readonly children: (Branch | Leaf)[];
  readonly counts: Counts;
  /** Of a loop: its waves, of which each element is in one, and the pauses between them. */
  readonly waves: ReadonlyMap<string, number>;
  readonly waveCount: number;
  readonly pauses: readonly NodeView[];
  /** Of a loop: how many of its elements may fail. */
  readonly tolerate: number;
}

/** Builds it, and lets `view` keep its counts from now on. Hooks stand at its end. */
export function treeOf(view: RunView): Branch {
  const top: Branch = branch("run", "", safeName(view.plan.action.title), null, view.counts);
  const { nodes, parts, hooks } = view.plan;
  fill(top, outline({ nodes, parts }), view);
  for (const { event, nodes: told } of hooks) {
    // What hooks do is not counted with the action.
    const hook = branch("hook", `on ${event}`, `on ${event.replace("_", " ")}`, null);
    fill(hook, outline({ nodes: told, parts }), view);
    top.children.push(hook);
  }
  return top;
}

function branch(
  kind: Branch["kind"],
  id: string,
  name: string,
  parent: Branch | null,
  counts: Counts = noCounts(),
  loop: Pick<Branch, "waves" | "waveCount" | "pauses" | "tolerate"> = {
    waves: new Map(),
    waveCount: 0,
    pauses: [],
    tolerate: 0,
  },
): Branch {
  return { kind, id, name, parent, children: [], counts, ...loop };
}

function fill(into: Branch, items: readonly Item[], view: RunView): void {
  for (const item of items) {
    switch (item.kind) {
      case "node": {
        const n = view.nodes.get(item.node.id);
        if (n !== undefined) into.children.push(leaf(into, n, nameOf(item.node, item.name, view.plan.requester)));
        break;
      }
      case "loop": {
        const loop = branch("loop", item.loop.id, item.loop.name, into, noCounts(), loopOf(item.loop, view));
        for (const element of item.loop.elements) {
          const each = branch("element", element.id, element.key, loop);
          fill(each, element.items, view);
          loop.children.push(each);
        }
        into.children.push(loop);
        break;
      }
      case "part": {
        const { id, plan, name, items: own } = item.part;
        const title = plan.action.title === plan.action.name ? name : `${name}: ${safeName(plan.action.title)}`;
        const part = branch("part", id, title, into);
        fill(part, own, view);
        into.children.push(part);
        break;
      }
    }
  }
}

function leaf(parent: Branch, n: NodeView, name: string): Leaf {
  // The run's own count has it already.
  n.counters = parent;
  for (let at: Branch | null = parent; at !== null && at.kind !== "run"; at = at.parent) at.counts[n.standing]++;
  return { kind: "leaf", name, n };
}

function loopOf(
  { id, elements, waves, pauseIds }: Loop,
  view: RunView,
): Pick<Branch, "waves" | "waveCount" | "pauses" | "tolerate"> {
  const byKey = new Map(waves.flatMap((keys, wave) => keys.map((key) => [key, wave] as const)));
  return {
    waves: new Map(elements.map((element) => [element.id, byKey.get(element.key) ?? 0])),
    waveCount: waves.length,
    pauses: [...pauseIds].flatMap((pause) => view.nodes.get(pause) ?? []),
    tolerate: view.plan.loops.find((loop) => loop.id === id)?.tolerate ?? 0,
  };
}

/** What people call it: steps and checks by their names, the rest by what it is about. */
function nameOf(node: PlanNode, name: string, requester: string): string {
  switch (node.kind) {
    case "step":
    case "check":
    case "join":
      return name;
    case "approve":
      return `approval of ${approvalWords(node, requester).by}`;
    case "require":
      return `require ${brief(requirementText(node.requirement), 80)}`;
    case "wait":
      return `wait ${formatDuration(node.duration)}`;
  }
}
