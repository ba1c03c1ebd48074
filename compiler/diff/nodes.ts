/** The nodes of two plans, or of two hooks: which are new, which are gone, and what became of those that stayed. */
import { formatDuration } from "../ir/format.ts";
import type { Plan, PlanNode, StepNode } from "../plan/plan.schema.ts";
import { elementsOf } from "../render/outline.ts";
import { approverName, brief } from "../render/show-value.ts";
import { approvalWords, callText, checkText, requirementText, resourceText, undoOf } from "../render/words.ts";
import { isWide, resourceKey } from "./call.ts";
import type { Spot } from "./entry.ts";
import { compareFields } from "./fields.ts";
import { compareGuard } from "./guards.ts";
import type { Matched, NodePair } from "./match.ts";
import { type NodeContext, STEP } from "./step.ts";

export interface NodesContext extends NodeContext {
  readonly old: Plan;
  readonly now: Plan;
  /** Ids of new nodes that somebody approves beforehand; null where the plan asks nobody. */
  readonly approved: ReadonlySet<string> | null;
  /** Loops that are in both plans, as the new one calls them. */
  readonly loops: ReadonlySet<string>;
  /** Elements of loops that are in the new plan. */
  readonly elements: ReadonlySet<string>;
}

export function compareNodes(
  { pairs, gone, come }: Pick<Matched, "pairs" | "gone" | "come">,
  at: Spot,
  context: NodesContext,
  hook: boolean,
): void {
  const on = ({ id }: PlanNode): Spot =>
    at
      .in(hook ? "hooks" : "effects")
      .on(id, id)
      .of("nodes");
  for (const node of come) newNode(node, on(node), context, hook);
  for (const node of gone) goneNode(node, on(node), context, hook);
  for (const pair of pairs) pairOf(pair, on(pair.now), context);
}

/** Nodes that are known again by what they do. */
export function compareNames({ pairs }: Matched, at: Spot): void {
  for (const { now, was } of pairs)
    if (was !== null)
      at.in("names")
        .on(now.id, now.id)
        .of("nodes.id")
        .say("changed", "goes by another name", { from: brief(was, 200), to: brief(now.id, 200) });
}

function pairOf({ old, now }: NodePair, at: Spot, context: NodesContext): void {
  if (old.kind === "step" && now.kind === "step") compareFields(STEP, old, now, at, context);
  else compareGuard(old, now, at, context);
}

function newNode(node: PlanNode, at: Spot, context: NodesContext, hook: boolean): void {
  switch (node.kind) {
    case "step":
      return newStep(node, at, context, hook);
    case "check":
      return at.in("checks").say("narrowed", "is checked", { to: `${callText(node.call)} ${checkText(node)}` });
    case "approve":
      return at.in("approvals").say("narrowed", "is asked for", { to: approvalText(node, context.now) });
    case "require":
      return at.in("checks").say("narrowed", "is required", { to: requirementText(node.requirement) });
    case "wait":
      return at.in("order").say("narrowed", "is waited for", { to: formatDuration(node.duration) });
    case "join":
      return undefined;
  }
}

function newStep(node: StepNode, at: Spot, context: NodesContext, hook: boolean): void {
  const { effect } = node.call;
  const to = callText(node.call);
  if (effect === "read") return at.say("added", "is read", { to });
  const undo = undoOf(node)?.how ?? "undo";
  const notes = [
    ...(undo === "irreversible" ? [`it cannot be undone: “${brief(node.irreversible ?? "", 160)}”`] : []),
    ...(undo === "nothing" ? ["it stays when the run fails"] : []),
    ...(undo === "unstated" ? ["no way back is stated"] : []),
    ...(node.call.resource.is === "deferred" ? ["only the run will know what it touches"] : []),
    ...(node.call.resource.is === "known" && isWide(node.call.resource.value)
      ? ["it touches whatever a wildcard matches"]
      : []),
    ...(!hook && context.approved?.has(node.id) === false ? ["nobody approves before it"] : []),
  ];
  const fresh = context.written.has(resourceKey(node.call)) ? "" : ", which OLD does not touch";
  const verb = effect === "destroy" ? "destroys" : "writes";
  const what = `${verb} ${brief(resourceText(node.call), 120)}${fresh}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
  const grave = effect === "destroy" || undo === "irreversible" ? -4 : notes.length > 0 ? -1 : null;
  at.say("widened", `is new: ${what}`, { to, ...(hook || grave === null ? {} : { rank: grave }) });
}

function goneNode(node: PlanNode, at: Spot, context: NodesContext, hook: boolean): void {
  switch (node.kind) {
    case "step": {
      const from = callText(node.call);
      const { effect } = node.call;
      if (effect === "read") return at.say("removed", "is not read any more", { from });
      const verb = effect === "destroy" ? "destroy" : "write";
      return at.say(hook ? "removed" : "narrowed", `does not ${verb} ${brief(resourceText(node.call), 120)} any more`, {
        from,
      });
    }
    case "check":
    case "require": {
      // Where nothing is done to an element any more, nothing is checked of it either.
      const from =
        node.kind === "check" ? `${callText(node.call)} ${checkText(node)}` : requirementText(node.requirement);
      const word = node.kind === "check" ? "checked" : "required";
      return at
        .in("checks")
        .say(withElement(node, context) ? "removed" : "widened", `is not ${word} any more`, { from });
    }
    case "approve":
      return at.in("approvals").say(withElement(node, context) ? "removed" : "widened", "is not asked for any more", {
        from: approvalText(node, context.old),
        rank: -2,
      });
    case "wait":
      return at
        .in("order")
        .say(context.loops.has(loopOf(node.id)) ? "removed" : "widened", "is not waited for any more", {
          from: formatDuration(node.duration),
        });
    case "join":
      return undefined;
  }
}

/** Whether the whole element of a loop that it lies in is gone with it, the loop itself being there. */
function withElement({ id }: PlanNode, { elements, loops }: NodesContext): boolean {
  return elementsOf(id).some(({ loop, element }) => loops.has(loop) && !elements.has(element));
}

/** Of the pause between two batches, `roll[batch 2]`: its loop. */
const loopOf = (id: string): string => (id.endsWith("]") ? id.slice(0, id.lastIndexOf("[")) : "");

function approvalText(node: Extract<PlanNode, { kind: "approve" }>, plan: Plan): string {
  const words = approvalWords(node, plan.requester);
  return `${words.by === "" ? approverName(node.id) : words.by}: ${words.quorum}, ${words.terms.join(", ")}`;
}

/** Ids of nodes with an approval before them, over whatever way; null where the plan has none. */
export function approvedIn(nodes: readonly PlanNode[]): ReadonlySet<string> | null {
  const found = new Set<string>();
  let any = false;
  for (const node of nodes) {
    any ||= node.kind === "approve";
    if (node.kind === "approve" || node.after.some(({ id }) => found.has(id))) found.add(node.id);
  }
  return any ? found : null;
}
