/** What stands in a condition that does not hold, for people: what was read, not only what was asked for. */
import { type Chain, walkChains } from "../../compiler/ir/chains.ts";
import type { Expr, Value } from "../../compiler/ir/expr.ts";

/** More would hide the condition. */
const VALUES = 3;
/** Characters of a text. */
const SHOWN = 60;

/**
 * `it.status is 503, it.body is ""`: plain values of what was read or of results, by the names that stand there; "" where
 * there are none. `read` is undefined of what cannot be computed.
 */
export function seenIn(condition: Expr, read: (expr: Expr) => Value | undefined): string {
  const seen = new Map<string, string>();
  walkChains(condition, ({ whole, root, path }) => {
    const name = nameOf(root, path);
    // That it is false has been said.
    if (name === null || whole === condition) return;
    const value = read(whole);
    const shown = value === undefined ? null : shownValue(value);
    if (shown !== null) seen.set(name, shown);
  });
  return [...seen]
    .slice(0, VALUES)
    .map(([name, value]) => `${name} is ${value}`)
    .join(", ");
}

function nameOf(root: Chain["root"], path: readonly string[]): string | null {
  if (root.k !== "ref" || (root.root !== "it" && root.root !== "step")) return null;
  return [root.root === "it" ? "it" : root.name, ...path].join(".");
}

/** Null of what is no plain value. */
function shownValue(value: Value): string | null {
  if (value === null) return "none";
  if (typeof value !== "string") return typeof value === "object" ? null : `${value}`;
  const letters = [...value];
  return letters.length <= SHOWN ? JSON.stringify(value) : `${JSON.stringify(letters.slice(0, SHOWN).join(""))}…`;
}
