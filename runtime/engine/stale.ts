/** How a fact that is not what the plan saw is told, and a step that would change something else than the plan shows. */
import type { Value } from "../../compiler/ir/expr.ts";
import type { Preview } from "../../compiler/plan/plan.schema.ts";

/** What was and what is; of texts of several lines the first line that differs, for the rest would hide it. */
export function staleText(name: string, was: Value, is: Value, so = "; make a new plan"): string {
  const lines = typeof was === "string" && typeof is === "string" ? firstDifference(was, is) : null;
  return lines === null
    ? `${name} was ${show(was)} when the plan was made and is ${show(is)} now${so}`
    : `${name} is another text than when the plan was made: line ${lines.number} was ${show(lines.was)} and is ${show(lines.is)} now${so}`;
}

function firstDifference(
  was: string,
  is: string,
): { readonly number: number; readonly was: string | null; readonly is: string | null } | null {
  const [before, after] = [was.split("\n"), is.split("\n")];
  if (before.length < 3 && after.length < 3) return null;
  const at = before.findIndex((line, i) => line !== after[i]);
  const index = at < 0 ? before.length : at;
  return { number: index + 1, was: before[index] ?? null, is: after[index] ?? null };
}

const show = (value: Value): string => (value === null ? "none" : JSON.stringify(value));

/** What a step would change now, beside what the plan shows; of what is sensitive, no more than summaries, which every plan shows. */
export function otherChangeText(
  node: string,
  was: Preview,
  now: { readonly ok: true; readonly preview: Preview } | { readonly ok: false; readonly why: string },
): string {
  if (!now.ok) return `what ${node} would change could not be asked again: ${now.why}`;
  return `${node} would change something else than the plan shows: ${otherChange(was, now.preview)}; make a new plan`;
}

/** Before a rollback, of a fact: since no step writes what it reads, it is not the run that is taken to have changed it. */
export const notOursText = (resource: string | null): string =>
  `, and no step of this run writes ${resource ?? "what it reads"}, so that somebody else is taken to have changed it: look, and plan an action that brings about what you want`;

/** Before a rollback: what a step left is another by now, which undoing it would overwrite. */
export function changedSinceText(
  node: string,
  now: { readonly ok: true; readonly preview: Preview } | { readonly ok: false; readonly why: string },
): string {
  if (!now.ok) return `whether what ${node} left is still there could not be asked: ${now.why}`;
  const [, again] = aroundDifference(null, oneLine(now.preview.summary));
  return `what ${node} left has been changed since: to do it again would be ${again}`;
}

function otherChange(was: Preview, is: Preview): string {
  // Where what is replaced came or went, the summaries say so, and lines would be those of unlike differences.
  const alike = was.diff !== null && is.diff !== null && headOf(was.diff) === headOf(is.diff);
  const line = alike || was.summary === is.summary ? otherLine(was.diff, is.diff) : null;
  if (line !== null) {
    const [before, after] = aroundDifference(line.was, line.is);
    return `${before} when it was made, and now ${after}`;
  }
  if (was.summary !== is.summary) {
    const [before, after] = aroundDifference(oneLine(was.summary), oneLine(is.summary));
    return `${before} when it was made, and now ${after}`;
  }
  if (was.sensitive) return "the difference is another, and is not shown since it may be sensitive";
  return "the difference is another";
}

/** The names of what was and what will be. */
const headOf = (diff: string): string => diff.slice(0, Math.max(0, diff.indexOf("\n@@")));

/** The first line of two unified diffs that is another; where they stand in the file is told only if nothing else is. */
function otherLine(
  a: string | null,
  b: string | null,
): { readonly was: string | null; readonly is: string | null } | null {
  const all = (text: string | null): string[] => text?.replace(/\n$/, "").split("\n") ?? [];
  const changes = (text: string | null): string[] => all(text).filter((line) => !line.startsWith("@@"));
  for (const [before, after] of [
    [changes(a), changes(b)],
    [all(a), all(b)],
  ] as const) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      if (before[i] !== after[i]) return { was: before[i] ?? null, is: after[i] ?? null };
  }
  return null;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Characters told of a line, and how many of them stand before the first that differs. */
const [WIDTH, BEFORE] = [100, 40];

/** Both, quoted, as far as they tell the difference: a line may be a whole file. */
function aroundDifference(was: string | null, is: string | null): readonly [string, string] {
  const [a, b] = [Array.from(was ?? ""), Array.from(is ?? "")];
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const from = Math.max(a.length, b.length) <= WIDTH || same <= BEFORE ? 0 : same - BEFORE;
  const quoted = (line: string | null, characters: readonly string[]): string =>
    line === null
      ? "nothing"
      : `\`${from > 0 ? "…" : ""}${characters.slice(from, from + WIDTH).join("")}${characters.length > from + WIDTH ? "…" : ""}\``;
  return [quoted(was, a), quoted(is, b)];
}
