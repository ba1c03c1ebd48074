/**
 * What becomes of what was done when something fails: of the whole run, and of one element of a loop that tolerates it. Every
 * rendering says it in these words, which promise no more undo than the steps have.
 */
import type { Plan, PlanLoop, PlanNode, StepNode } from "../plan/plan.schema.ts";
import { namesOf } from "./alike.ts";
import { elementsOf } from "./outline.ts";
import { plural } from "./words.ts";

/** A step that writes or destroys. */
export const isChange = (node: PlanNode): node is StepNode => node.kind === "step" && node.call.effect !== "read";

/** Steps of the action that change something, in their order. */
export function writesOf({ nodes }: Pick<Plan, "nodes">): StepNode[] {
  return nodes.filter(isChange);
}

/** Whether nothing takes it back, whatever fails. */
export function staysAsMade({ irreversible, rollback }: StepNode): boolean {
  return irreversible !== null || rollback === null || rollback.kind === "nothing";
}

/** It stays, and so does what it rests on: a step with nothing to undo holds nothing back. */
const holdsBack = (step: StepNode): boolean => staysAsMade(step) && step.rollback?.kind !== "nothing";

/** `writes`, or `changes` where one of them destroys. */
export function changesWord(steps: readonly StepNode[], n: number): string {
  const destroys = steps.some(({ call }) => call.effect === "destroy");
  return plural(n, destroys ? "change" : "write", destroys ? "changes" : "writes");
}

/** `a failure undoes what was done: 1 of 9 writes; 8 stay as made (host[×8].deploy)`. Without a full stop. */
export function failureWords(plan: Plan): string {
  switch (plan.onFailure) {
    case "halt":
      return "a failure halts; nothing is undone";
    case "continue":
      return "a failure does not stop the rest; nothing is undone";
    case "rollback":
      return undoWords(writesOf(plan));
  }
}

function undoWords(writes: readonly StepNode[]): string {
  const stay = writes.filter(staysAsMade);
  if (stay.length === 0) return "a failure undoes what was done";
  const undone = writes.length - stay.length;
  const names = namesOf(stay.map(({ id }) => id));
  if (undone === 0) {
    const n = changesWord(writes, writes.length);
    const all = writes.length === 1 ? n : writes.length === 2 ? n.replace(/^2/, "both") : `all ${n}`;
    return `a failure undoes nothing: ${all} ${stays(writes.length)} (${names})`;
  }
  const rests = stay.some(holdsBack) ? ", and once begun what they rest on" : "";
  const held = stay.length === 1 ? rests.replace("they rest", "it rests") : rests;
  return `a failure undoes what was done: ${undone} of ${changesWord(writes, writes.length)}; ${stay.length} ${stays(stay.length)} (${names})${held}`;
}

/** Changes that a node, at `at` in the plan, rests on. Nodes stand after what they wait for, so one walk is enough. */
export function changesBefore({ nodes }: Pick<Plan, "nodes">, at: number): StepNode[] {
  const wanted = new Set(nodes[at]?.after.map(({ id }) => id));
  const found: StepNode[] = [];
  for (let i = at - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node === undefined || !wanted.has(node.id)) continue;
    for (const { id } of node.after) wanted.add(id);
    if (isChange(node)) found.push(node);
  }
  return found.reverse();
}

/** The first step that cannot be undone, and what that means: `once it starts, 6 changes before it stay as made`; null where there is none. */
export function pointOfNoReturn(plan: Plan): { readonly step: StepNode; readonly words: string } | null {
  const at = plan.nodes.findIndex((node) => node.kind === "step" && node.irreversible !== null);
  const step = plan.nodes[at];
  if (step?.kind !== "step") return null;
  // What it does not wait for is undone all the same.
  const before = changesBefore(plan, at).length;
  const kept = `: once it starts, ${plural(before, "change")} before it ${before === 1 ? "stays" : "stay"} as made`;
  return { step, words: `is the point of no return${before === 0 ? "" : kept}` };
}

const stays = (n: number): string => (n === 1 ? "stays as made" : "stay as made");

/** By plan and loop: every rendering asks for each of them again. */
const tolerated = new WeakMap<Plan, ReadonlyMap<string, string>>();

/** What becomes of an element that fails and is tolerated: `what fails is undone alone`, as far as it is. */
export function toleratedWords(plan: Plan, { id }: Pick<PlanLoop, "id">): string {
  const all = tolerated.get(plan) ?? toleratedIn(plan);
  tolerated.set(plan, all);
  return all.get(id) ?? elementWords([]);
}

function toleratedIn(plan: Plan): ReadonlyMap<string, string> {
  const found = new Map<string, StepNode[]>(plan.loops.map(({ id }) => [id, []]));
  for (const step of writesOf(plan)) for (const { loop } of elementsOf(step.id)) found.get(loop)?.push(step);
  return new Map([...found].map(([id, writes]) => [id, elementWords(writes)]));
}

function elementWords(writes: readonly StepNode[]): string {
  const stay = writes.filter(staysAsMade);
  if (stay.length === 0) return "what fails is undone alone";
  if (stay.length === writes.length) return "a failed element is not put back";
  return `of a failed element not all is put back (${namesOf(stay.map((step) => step.id))} ${stays(stay.length)})`;
}
