/** What keeps a run apart from others, how much of it may fail, and what it tells whom: in words, for every rendering. */
import { formatDuration } from "../ir/format.ts";
import type { Plan } from "../plan/plan.schema.ts";
import { toleratedWords } from "./failing.ts";
import { approverName, brief } from "./show-value.ts";
import { plural } from "./words.ts";

/** Sentences about locks, limits and loops that tolerate failures; none where there are none. Not escaped for Markdown. */
export function keepingWords(plan: Plan): string[] {
  return [
    ...lockWords(plan.locks),
    ...plan.limits.map(limitWords),
    ...plan.loops.flatMap((loop) => loopWords(plan, loop)),
  ];
}

/** Names of locks shown before the rest is counted. */
const MOST_LOCKS = 20;

function lockWords(locks: Plan["locks"]): string[] {
  if (locks.length === 0) return [];
  const shown = locks.slice(0, MOST_LOCKS).map((name) => brief(name, 120));
  const rest = locks.length > shown.length ? `, and ${locks.length - shown.length} more` : "";
  return [
    `${locks.length === 1 ? "lock" : "locks"} ${shown.join(", ")}${rest}: held from before the first write until the run is over, its undo too`,
  ];
}

function limitWords({ action, key, count, per }: Plan["limits"][number]): string {
  const of = `${brief(approverName(action), 60)}${key === null ? "" : ` for ${brief(key, 60)}`}`;
  return `limit: at most ${plural(count, "run")} of ${of} may start in ${formatDuration(per)}`;
}

function loopWords(plan: Plan, { id, tolerate, elements }: Plan["loops"][number]): string[] {
  if (tolerate === 0) return [];
  const may = `${tolerate} of ${plural(elements.length, "element")} of ${brief(id, 80)} may fail`;
  return [`${may}: ${toleratedWords(plan, { id })}, and the others go on`];
}
