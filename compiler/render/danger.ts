/**
 * What a reviewer must see before anything else, the worst first. What cannot be undone has a section of its own in every
 * rendering and is not repeated here.
 */
import type { Plan, StepNode } from "../plan/plan.schema.ts";
import { brief, count } from "./show-value.ts";
import { plural, resourceText } from "./words.ts";

/** From here on the number of things changed is worth a line of its own. */
const MANY = 50;
/** Steps named in one line before the rest is counted. */
const NAMED = 3;

/** Sentences without a full stop, of texts of the plan that are not escaped yet. Empty where nothing stands out. */
export function dangersOf(plan: Plan): string[] {
  const writes = plan.nodes.filter((n): n is StepNode => n.kind === "step" && n.call.effect !== "read");
  return [
    ...destroyed(writes),
    ...wildcards(writes),
    ...unknownTargets(writes),
    ...notTakenBack(writes),
    ...nobodyAsked(plan, writes),
    ...manyTargets(writes),
    ...tolerated(plan),
    ...staysOnFailure(plan, writes),
  ];
}

/** `w1.purge on cdn:*, w2.purge on cdn:* and 3 more`. */
function named(steps: readonly StepNode[]): string {
  const shown = steps.slice(0, NAMED).map((s) => `${brief(s.id, 60)} on ${brief(resourceText(s.call), 80)}`);
  return `${shown.join(", ")}${steps.length > NAMED ? ` and ${count(steps.length - NAMED)} more` : ""}`;
}

function destroyed(writes: readonly StepNode[]): string[] {
  const found = writes.filter((s) => s.call.effect === "destroy");
  return found.length === 0
    ? []
    : [`${plural(found.length, "step destroys", "steps destroy")} something: ${named(found)}`];
}

/** A `*` on its own or behind a separator: it names more than one thing, and nobody can see how many. */
const WILDCARD = /^\*+$|[/:.,=]\*+$|^\*+[/:.]/;

function wildcards(writes: readonly StepNode[]): string[] {
  const wide = ({ call }: StepNode): boolean =>
    [call.resource, ...call.args.map((a) => a.value)].some(
      (v) => v.is === "known" && typeof v.value === "string" && WILDCARD.test(v.value),
    );
  const found = writes.filter(wide);
  return found.length === 0
    ? []
    : [`${plural(found.length, "step reaches", "steps reach")} whatever a wildcard matches: ${named(found)}`];
}

function unknownTargets(writes: readonly StepNode[]): string[] {
  const found = writes.filter((s) => s.call.resource.is === "deferred");
  return found.length === 0
    ? []
    : [`${plural(found.length, "step changes", "steps change")} what only the run will know: ${named(found)}`];
}

/** `rollback nothing`: a failed run leaves it as made. */
function notTakenBack(writes: readonly StepNode[]): string[] {
  const found = writes.filter((s) => s.irreversible === null && s.rollback?.kind === "nothing");
  return found.length === 0
    ? []
    : [
        `${plural(found.length, "change stays", "changes stay")} when the run fails, as the action says: ${named(found)}`,
      ];
}

function nobodyAsked(plan: Plan, writes: readonly StepNode[]): string[] {
  const { risk } = plan.action;
  const grave = risk === "high" || risk === "critical";
  if (!grave || writes.length === 0 || plan.nodes.some((n) => n.kind === "approve")) return [];
  return [`nobody has to approve it, though its risk is ${risk}`];
}

function manyTargets(writes: readonly StepNode[]): string[] {
  const targets = new Set(writes.map((s) => resourceText(s.call)));
  return targets.size < MANY ? [] : [`it changes ${count(targets.size)} things`];
}

function tolerated(plan: Plan): string[] {
  return plan.loops
    .filter((loop) => loop.tolerate * 2 >= loop.elements.length && loop.tolerate > 0)
    .map(
      ({ id, tolerate, elements }) =>
        `${brief(id, 60)} goes on while ${count(tolerate)} of its ${count(elements.length)} elements have failed`,
    );
}

function staysOnFailure(plan: Plan, writes: readonly StepNode[]): string[] {
  if (plan.onFailure === "rollback" || writes.length === 0) return [];
  return [
    plan.onFailure === "halt"
      ? "a failure halts the run where it is: what was done stays"
      : "a failure neither stops the rest nor undoes anything",
  ];
}
