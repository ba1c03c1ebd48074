/**
 * What a reviewer must see before anything else, the worst first. What cannot be undone has a section of its own in every
 * rendering and is not repeated here.
 */
import type { Plan, StepNode } from "../plan/plan.schema.ts";
import { type Line, run } from "./ink.ts";
import { brief, count } from "./show-value.ts";
import { plural, resourceText } from "./words.ts";

/** From here on the number of things changed is worth a line of its own. */
const MANY = 50;
/** Steps named in one line before the rest is counted. */
const NAMED = 3;

/** `grave`: think twice before a yes; `warning`: know it before a yes; `note`: good to know. */
export type DangerLevel = "grave" | "warning" | "note";

export interface Danger {
  readonly level: DangerLevel;
  /** One sentence without a full stop. Control characters are written out; nothing else is escaped yet. */
  readonly words: string;
  /** Ids of the nodes it is about, in their order; none where it is about the plan as a whole. */
  readonly nodes: readonly string[];
}

const LEVELS: readonly DangerLevel[] = ["grave", "warning", "note"];

/** The worst first. Empty where nothing stands out. */
export function dangersOf(plan: Plan): Danger[] {
  const writes = plan.nodes.filter((n): n is StepNode => n.kind === "step" && n.call.effect !== "read");
  const found = [
    ...destroyed(writes),
    ...wildcards(writes),
    ...unknownTargets(writes),
    ...notTakenBack(writes),
    ...nobodyAsked(plan, writes),
    ...manyTargets(writes),
    ...tolerated(plan),
    ...staysOnFailure(plan, writes),
  ];
  return found.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** As it stands in a terminal. */
export function dangerLine({ level, words }: Danger): Line {
  switch (level) {
    case "grave":
      return [run("! ", "bold-red"), run(words, "bold")];
    case "warning":
      return [run("! ", "yellow"), run(words)];
    case "note":
      return [run("· ", "dim"), run(words, "dim")];
  }
}

/** One danger about `of`, or none where there are no such nodes. */
function about(level: DangerLevel, of: readonly StepNode[], words: () => string): Danger[] {
  return of.length === 0 ? [] : [{ level, words: words(), nodes: of.map(({ id }) => id) }];
}

/** `w1.purge on cdn:*, w2.purge on cdn:* and 3 more`. */
function named(steps: readonly StepNode[]): string {
  const shown = steps.slice(0, NAMED).map((s) => `${brief(s.id, 60)} on ${brief(resourceText(s.call), 80)}`);
  return `${shown.join(", ")}${steps.length > NAMED ? ` and ${count(steps.length - NAMED)} more` : ""}`;
}

function destroyed(writes: readonly StepNode[]): Danger[] {
  const found = writes.filter((s) => s.call.effect === "destroy");
  return about(
    "grave",
    found,
    () => `${plural(found.length, "step destroys", "steps destroy")} something: ${named(found)}`,
  );
}

/** A `*` on its own or behind a separator: it names more than one thing, and nobody can see how many. */
const WILDCARD = /^\*+$|[/:.,=]\*+$|^\*+[/:.]/;

function wildcards(writes: readonly StepNode[]): Danger[] {
  const wide = ({ call }: StepNode): boolean =>
    [call.resource, ...call.args.map((a) => a.value)].some(
      (v) => v.is === "known" && typeof v.value === "string" && WILDCARD.test(v.value),
    );
  const found = writes.filter(wide);
  return about(
    "grave",
    found,
    () => `${plural(found.length, "step reaches", "steps reach")} whatever a wildcard matches: ${named(found)}`,
  );
}

function unknownTargets(writes: readonly StepNode[]): Danger[] {
  const found = writes.filter((s) => s.call.resource.is === "deferred");
  return about(
    "warning",
    found,
    () => `${plural(found.length, "step changes", "steps change")} what only the run will know: ${named(found)}`,
  );
}

/** `rollback nothing`: a failed run leaves it as made. */
function notTakenBack(writes: readonly StepNode[]): Danger[] {
  const found = writes.filter((s) => s.irreversible === null && s.rollback?.kind === "nothing");
  return about(
    "warning",
    found,
    () =>
      `${plural(found.length, "change stays", "changes stay")} when the run fails, as the action says: ${named(found)}`,
  );
}

function nobodyAsked(plan: Plan, writes: readonly StepNode[]): Danger[] {
  const { risk } = plan.action;
  const grave = risk === "high" || risk === "critical";
  if (!grave || writes.length === 0 || plan.nodes.some((n) => n.kind === "approve")) return [];
  return [{ level: "warning", words: `nobody has to approve it, though its risk is ${risk}`, nodes: [] }];
}

function manyTargets(writes: readonly StepNode[]): Danger[] {
  const targets = new Set(writes.map((s) => resourceText(s.call)));
  return targets.size < MANY
    ? []
    : [{ level: "warning", words: `it changes ${count(targets.size)} things`, nodes: [] }];
}

function tolerated(plan: Plan): Danger[] {
  return plan.loops
    .filter((loop) => loop.tolerate * 2 >= loop.elements.length && loop.tolerate > 0)
    .map(
      ({ id, tolerate, elements }): Danger => ({
        level: "warning",
        words: `${brief(id, 60)} goes on while ${count(tolerate)} of its ${count(elements.length)} elements have failed`,
        nodes: [],
      }),
    );
}

function staysOnFailure(plan: Plan, writes: readonly StepNode[]): Danger[] {
  if (plan.onFailure === "rollback" || writes.length === 0) return [];
  return [
    {
      level: "warning",
      words:
        plan.onFailure === "halt"
          ? "a failure halts the run where it is: what was done stays"
          : "a failure neither stops the rest nor undoes anything",
      nodes: [],
    },
  ];
}
