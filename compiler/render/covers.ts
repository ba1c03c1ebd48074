/** When people are asked, and what of the plan their yes still holds up: what was changed before it they can no longer stop. */
import type { ApproveNode, Plan, StepNode } from "../plan/plan.schema.ts";
import { foldIds } from "./alike.ts";
import { changesBefore, changesWord, isChange } from "./failing.ts";
import { brief } from "./show-value.ts";
import { askedWhen } from "./words.ts";

/** Approvals half way of which it is worked out: it takes a walk over the plan for each. */
const MOST = 50;
/** Names of steps, or of what is alike, before they are only counted. */
const NAMED = 2;

const known = new WeakMap<Plan, ReadonlyMap<string, string>>();

/** `asked after host[×8].deploy; guards only announce`. Without a full stop; safe to show, not escaped for a format. */
export function askedWords(plan: Plan, node: ApproveNode): string {
  const all = known.get(plan) ?? coveredIn(plan);
  known.set(plan, all);
  return all.get(node.id) ?? askedWhen(node);
}

function coveredIn(plan: Plan): ReadonlyMap<string, string> {
  // In an element of a loop it is asked for once in each, and differs from one to the next.
  const found = plan.nodes.flatMap((node, at) =>
    node.kind === "approve" && !node.upfront && node.element === null ? [{ node, at }] : [],
  );
  if (found.length > MOST) return new Map();
  return new Map(
    found.flatMap(({ node, at }) => {
      const before = changesBefore(plan, at);
      if (before.length === 0) return [];
      const after = writesAfter(plan, at);
      const guards = after.length === 0 ? "no change waits for it" : `guards only ${named(after)}`;
      return [[node.id, `asked after ${named(before)}; ${guards}`] as const];
    }),
  );
}

function named(steps: readonly StepNode[]): string {
  const groups = foldIds(steps, ({ id }) => id);
  return groups.length > NAMED
    ? changesWord(steps, steps.length)
    : groups.map(({ name }) => brief(name, 60)).join(" and ");
}

function writesAfter({ nodes }: Plan, at: number): StepNode[] {
  const behind = new Set([nodes[at]?.id ?? ""]);
  return nodes.slice(at + 1).filter((node): node is StepNode => {
    if (!node.after.some(({ id }) => behind.has(id))) return false;
    behind.add(node.id);
    return isChange(node);
  });
}
