/** How a fact that is not what the plan saw is told. */
import type { Value } from "../../compiler/ir/expr.ts";

/** What was and what is; of texts of several lines the first line that differs, for the rest would hide it. */
export function staleText(name: string, was: Value, is: Value): string {
  const lines = typeof was === "string" && typeof is === "string" ? firstDifference(was, is) : null;
  return lines === null
    ? `${name} was ${show(was)} when the plan was made and is ${show(is)} now; make a new plan`
    : `${name} is another text than when the plan was made: line ${lines.number} was ${show(lines.was)} and is ${show(lines.is)} now; make a new plan`;
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
