/** What keeps a run apart from others, how much of it may fail, and which secrets it reads: in words, for every rendering. */
import { formatDuration } from "../ir/format.ts";
import type { Plan } from "../plan/plan.schema.ts";
import { showSource } from "../secret.ts";
import { toleratedWords } from "./failing.ts";
import { approverName, brief } from "./show-value.ts";
import { plural } from "./words.ts";

/** Sentences about secrets, locks, limits and loops that tolerate failures; none where there are none. Not escaped for Markdown. */
export function keepingWords(plan: Plan): string[] {
  return [
    ...secretWords(plan.secrets),
    ...lockWords(plan.locks),
    ...plan.limits.map(limitWords),
    ...plan.loops.flatMap((loop) => loopWords(plan, loop)),
  ];
}

/** Names of secrets and of locks shown before the rest is counted. */
const MOST_SECRETS = 12;
const MOST_LOCKS = 20;

function secretWords(secrets: Plan["secrets"]): string[] {
  if (secrets.length === 0) return [];
  const shown = secrets.slice(0, MOST_SECRETS).map(({ id, source }) => {
    const from = brief(showSource(source), 120);
    return id.startsWith("@") ? from : `${brief(id.slice(id.indexOf("#") + 1), 80)} from ${from}`;
  });
  const rest = secrets.length > shown.length ? `, and ${secrets.length - shown.length} more` : "";
  return [`reads ${secrets.length === 1 ? "the secret" : "the secrets"} ${shown.join(", ")}${rest}`];
}

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
