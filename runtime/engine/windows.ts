/**
 * The windows of a run: all those of a part, and of the parts around it, are open whenever one of its steps writes. Undo
 * and hooks ask no window.
 */
import type { Plan, PlanWindow } from "../../compiler/plan/plan.schema.ts";
import type { EventOf } from "../event.schema.ts";
import { isWrite } from "./calls.ts";
import type { NodeState, RunState } from "./state.ts";

type WindowJudgement = NonNullable<EventOf<"gate.judged">["windows"]>[number];

/** Whether some window of a write is closed. Costs next to nothing while what was found holds. `now` in milliseconds. */
export function isClosed(state: RunState, n: NodeState, now: number): boolean {
  if (state.plan.windows.length === 0 || n.hook !== null) return false;
  return windowsOf(state.plan, n.node.part).some((window) => !state.rules.window(window, now).open);
}

/**
 * Those of one write; with `node` null, of all parts that still have something to write: a run that would find one of them
 * closed later is better not begun.
 */
export function judgeWindows(state: RunState, node: string | null, now: number): WindowJudgement[] {
  if (state.plan.windows.length === 0) return [];
  const asking = node === null ? state.nodes : state.nodes.filter((n) => n.node.id === node && n.hook === null);
  const parts = new Set(asking.filter((n) => mayWriteYet(n)).map((n) => n.node.part));
  const wanted = new Set([...parts].flatMap((part) => windowsOf(state.plan, part)));
  return state.plan.windows
    .filter((window) => wanted.has(window))
    .map((window) => {
      const { open, until, why } = state.rules.window(window, now);
      return { window: window.id, open, until: until === null ? null : timeOf(until), why };
    });
}

const mayWriteYet = (n: NodeState): boolean =>
  n.hook === null && isWrite(n) && (n.status === "pending" || n.status === "ready" || n.status === "active");

/** RFC 3339; the last year there is where it is later. */
const timeOf = (at: number): string => new Date(Math.min(at, Date.UTC(9999, 11, 31))).toISOString();

const known = new WeakMap<Plan, Map<string, readonly PlanWindow[]>>();

function windowsOf(plan: Plan, part: string): readonly PlanWindow[] {
  const parts = known.get(plan) ?? new Map<string, readonly PlanWindow[]>();
  known.set(plan, parts);
  const found = parts.get(part);
  if (found !== undefined) return found;
  const ids = new Set(plan.parts.filter(({ id }) => isAround(id, part)).flatMap(({ windows }) => windows));
  const made = plan.windows.filter(({ id }) => ids.has(id));
  parts.set(part, made);
  return made;
}

const isAround = (outer: string, part: string): boolean =>
  outer === "" || outer === part || part.startsWith(`${outer}.`);
